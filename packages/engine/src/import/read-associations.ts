import type { Mapping, MappingSource } from '../model/data.ts'
import { type Importing, resolve } from './importing.ts'
import { hasData, isPlaceholder, variableOf } from './read-data.ts'
import { expressionInBody } from './read-expression.ts'
import type { XmlElement } from './read-xml.ts'
import { readScriptExpression } from './script-expression.ts'
import { attributeOf, childOf, childrenOf, titleOf } from './xml-access.ts'

/** A data association that is executed. BPMN 2.0.2 §10.4.2 */
export interface Association {
  readonly sources: readonly XmlElement[]
  readonly target: XmlElement | null
  readonly mappings: readonly Mapping[]
}

/** The associations of one direction that say what to copy where: the transformation or the copy first, then the assignments. */
export function associationsOf(importing: Importing, element: XmlElement, name: string): readonly Association[] {
  return childrenOf(element, name).flatMap((association) => {
    const read = isExecuted(importing, association) ? readAssociation(importing, association) : null
    return read === null || read.mappings.length === 0 ? [] : [read]
  })
}

/**
 * False where an association is a drawing: one without an expression in camunda7 and zeebe, and one that names no data at one of its ends,
 * only a store, or what a modeler puts in the place of a data input.
 */
export function isExecuted(importing: Importing, association: XmlElement): boolean {
  if (leadsToStore(importing, association)) return false
  if (childrenOf(association, 'bpmn:assignment').length > 0 || childOf(association, 'bpmn:transformation') !== null) return true
  if (!hasData(importing.dialect)) return false
  const target = targetOf(importing, association)
  return target !== null && isData(target) && sourcesOf(importing, association).some(isData)
}

/** What an association with a data store says, its copy and the name of its whole given: the store itself is no variable. */
export function associationMappings(
  importing: Importing,
  association: XmlElement,
  copied: MappingSource | null,
  whole: string,
): readonly Mapping[] {
  const assignments = childrenOf(association, 'bpmn:assignment')
  const transformation = childOf(association, 'bpmn:transformation')
  const source = transformation !== null ? expressionOf(importing, transformation) : assignments.length > 0 ? null : copied
  return [
    ...(source === null ? [] : [{ target: [whole], source }]),
    ...assignments.flatMap((assignment) => readAssignment(importing, assignment, whole)),
  ]
}

/** The name of a data input or output, else its id. */
export function dataNamed(element: XmlElement): string | null {
  return attributeOf(element, 'name')?.trim() || attributeOf(element, 'id')
}

function readAssociation(importing: Importing, association: XmlElement): Association {
  const target = targetOf(importing, association)
  const sources = sourcesOf(importing, association)
  const assignments = childrenOf(association, 'bpmn:assignment')
  const transformation = childOf(association, 'bpmn:transformation')
  const source = transformation === null ? copyOf(importing, association, sources, assignments) : expressionOf(importing, transformation)
  const whole = target === null || !isData(target) ? null : variableOf(importing, target)
  return {
    sources,
    target,
    mappings: [
      ...(source === null || whole === null ? [] : [{ target: [whole], source }]),
      ...assignments.flatMap((assignment) => readAssignment(importing, assignment, whole)),
    ],
  }
}

/** What stands at the source, where no expression says more. */
function copyOf(
  importing: Importing,
  association: XmlElement,
  sources: readonly XmlElement[],
  assignments: readonly XmlElement[],
): MappingSource | null {
  if (assignments.length > 0) return null
  const [source, second] = sources
  if (second !== undefined)
    importing.findings.add(
      'dataNotMapped',
      association,
      `${titleOf(association)} of ${titleOf(association.parent ?? association)} has several sources and no transformation: only the first is copied.`,
    )
  const name = source === undefined ? null : variableOf(importing, source)
  return name === null ? null : { type: 'variable', name }
}

function expressionOf(importing: Importing, holder: XmlElement | null, fallback: 'juel' | 'literal' = 'juel'): MappingSource | null {
  const expression = readScriptExpression(importing, holder) ?? expressionInBody(importing, holder, fallback)
  return expression === null ? null : { type: 'expression', expression }
}

function readAssignment(importing: Importing, assignment: XmlElement, whole: string | null): readonly Mapping[] {
  const from = childOf(assignment, 'bpmn:from')
  const source = expressionOf(importing, from, 'literal')
  const target = pathOf(importing, childOf(assignment, 'bpmn:to')?.text ?? '') ?? (whole === null ? null : [whole])
  if (source !== null && target !== null) return [{ target, source }]
  if (source === null && from !== null && from.text.trim() !== '') return [] // the expression is a finding of its own
  const what = source === null ? 'what to assign' : 'what to assign it to'
  importing.findings.add('dataNotMapped', assignment, `An assignment of ${titleOf(assignment.parent ?? assignment)} does not say ${what}.`)
  return []
}

/** `order.total`, also as `${order.total}`; the first may be the id of a data element. */
function pathOf(importing: Importing, text: string): readonly string[] | null {
  const bare = text
    .trim()
    .replace(/^[$#]\{([^{}]*)\}$/, '$1')
    .replace(/^=/, '')
    .trim()
  if (bare === '') return null
  const whole = resolve(importing, bare)
  if (whole !== null && isData(whole)) return [variableOf(importing, whole) ?? bare]
  const [first = '', ...rest] = bare.split('.').map((part) => part.trim())
  const data = resolve(importing, first)
  return [(data !== null && isData(data) ? variableOf(importing, data) : null) ?? first, ...rest]
}

function sourcesOf(importing: Importing, association: XmlElement): readonly XmlElement[] {
  return childrenOf(association, 'bpmn:sourceRef').flatMap(({ text }) => resolve(importing, text) ?? [])
}

function targetOf(importing: Importing, association: XmlElement): XmlElement | null {
  return resolve(importing, childOf(association, 'bpmn:targetRef')?.text)
}

/** Read and written by the host: read-data-stores.ts. */
function leadsToStore(importing: Importing, association: XmlElement): boolean {
  const target = targetOf(importing, association)
  return [...sourcesOf(importing, association), ...(target === null ? [] : [target])].some(({ name }) => name === 'bpmn:dataStoreReference')
}

function isData(element: XmlElement): boolean {
  return DATA.has(element.name) && !isPlaceholder(element)
}

const DATA: ReadonlySet<string> = new Set(
  ['dataObject', 'dataObjectReference', 'dataInput', 'dataOutput', 'property', 'inputDataItem', 'outputDataItem'].map(
    (name) => `bpmn:${name}`,
  ),
)
