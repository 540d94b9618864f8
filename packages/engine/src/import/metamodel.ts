import { BpmnModdle, type MetaProperty } from 'bpmn-moddle'

/** What BPMN 2.0 knows of one type of element: the metamodel of bpmn-moddle, arranged by the names that a file uses. */
export interface ElementType {
  readonly name: string
  /** Itself and all that it is derived from. */
  readonly kinds: ReadonlySet<string>
  readonly attributes: ReadonlyMap<string, MetaProperty>
  /** Properties written as child elements, by tag. */
  readonly children: readonly MetaProperty[]
  readonly childByTag: ReadonlyMap<string, MetaProperty>
  /** It holds text of its own, in which elements of any namespace may stand. */
  readonly hasText: boolean
}

const types = new Map<string, ElementType>()
const typesByTag = new Map<string, ElementType>()
let moddle: BpmnModdle | null = null

/** The type of a tag (`bpmn:startEvent`), or null where BPMN has no such element. */
export function typeOfTag(tag: string): ElementType | null {
  if (!tag.startsWith('bpmn:')) return null
  const known = typesByTag.get(tag)
  if (known !== undefined) return known
  const type = typeNamed(TYPE_OF_ROLE[tag] ?? `bpmn:${tag.charAt(5).toUpperCase()}${tag.slice(6)}`)
  // Only what exists is kept: a file can hold any number of tags that do not.
  if (type !== null) typesByTag.set(tag, type)
  return type
}

/** Elements that are called by what they are for, and are referred to. BPMN 2.0.2 §10.3.8 */
const TYPE_OF_ROLE: Readonly<Record<string, string | undefined>> = {
  'bpmn:inputDataItem': 'bpmn:DataInput',
  'bpmn:outputDataItem': 'bpmn:DataOutput',
}

/** The type of a name of the metamodel (`bpmn:StartEvent`). Read once and kept: the metamodel is the same for every file. */
export function typeNamed(name: string): ElementType | null {
  const known = types.get(name)
  if (known !== undefined) return known
  if (!namesOfTypes().has(name)) return null
  const { properties, allTypes } = metamodel().getType(name).$descriptor
  const children = properties.filter((property) => property.isAttr !== true && property.isBody !== true)
  const type: ElementType = {
    name,
    kinds: new Set(allTypes.map((one) => one.name)),
    attributes: new Map(properties.filter((property) => property.isAttr === true).map((property) => [property.ns.localName, property])),
    children,
    childByTag: new Map(children.map((property) => [property.ns.localName, property])),
    hasText: properties.some((property) => property.isBody === true),
  }
  types.set(name, type)
  return type
}

/** True where an element of this tag is of the kind, itself or derived (`bpmn:FlowNode`). */
export function isKind(tag: string, kind: string): boolean {
  return typeOfTag(tag)?.kinds.has(kind) === true
}

let names: ReadonlySet<string> | null = null

function namesOfTypes(): ReadonlySet<string> {
  names ??= new Set(
    metamodel()
      .getPackage('bpmn')
      .types.map((type) => (type.name.includes(':') ? type.name : `bpmn:${type.name}`)),
  )
  return names
}

/** Made when it is first asked for: a host that imports nothing does not pay for it. */
function metamodel(): BpmnModdle {
  moddle ??= new BpmnModdle()
  return moddle
}
