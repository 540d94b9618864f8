import type { ImportLimits } from './limits.ts'
import { PREFIX_OF_NAMESPACE } from './namespaces.ts'
import { scanXml, type XmlFault, type XmlTag } from './scan-xml.ts'

/** An element of the file. Names carry the prefix of namespaces.ts; those of other namespaces a prefix of their own. */
export interface XmlElement {
  readonly name: string
  /** By name; attributes of the element's own vocabulary without prefix. */
  readonly attributes: Readonly<Record<string, string>>
  readonly children: readonly XmlElement[]
  /** Its own text, as it stands, without that of its children. */
  readonly text: string
  readonly parent: XmlElement | null
  /** Place of its `<`. */
  readonly offset: number
  /** Place where its first text that is not blank begins, or that of the element. */
  readonly textOffset: number
}

export interface XmlProblem {
  readonly code: XmlFault['code'] | 'undeclaredPrefix'
  readonly message: string
  readonly offset: number
}

export interface XmlDocument {
  /** Null where the file cannot be read to its end. */
  readonly root: XmlElement | null
  /** How the root is written, and the URI of its namespace; null where it has none. */
  readonly rootName: { readonly written: string; readonly namespace: string | null }
  readonly problems: readonly XmlProblem[]
  /** URIs of the namespaces that the file declares anywhere. */
  readonly namespaces: ReadonlySet<string>
  /** Ids that stand in the diagram, in order. */
  readonly diagramIds: readonly { readonly id: string; readonly offset: number }[]
}

/** Reads well-formed XML into a tree with places, whatever its prefixes. The diagram is checked for form and left out. */
export function readXml(text: string, limits: ImportLimits): XmlDocument {
  const problems: XmlProblem[] = []
  const namespaces = new Set<string>()
  const diagramIds: { id: string; offset: number }[] = []
  const scopes: PrefixScope[] = [XML_SCOPE]
  let root: OpenElement | null = null
  let rootName: XmlDocument['rootName'] = { written: '', namespace: null }
  let current: OpenElement | null = null
  let depth = 0
  let depthOfDiagram = Number.POSITIVE_INFINITY

  function open(tag: XmlTag): void {
    depth = tag.depth
    const scope = scopeOf(tag, scopes.at(-1) ?? XML_SCOPE, namespaces)
    scopes.push(scope)
    const undeclared = (prefix: string): void => {
      if (problems.length >= limits.findingsMax) return
      problems.push({
        code: 'undeclaredPrefix',
        message: `The prefix "${prefix}" is declared nowhere around <${tag.name}>.`,
        offset: tag.offset,
      })
    }
    const name = elementName(tag.name, scope, undeclared)
    if (depth < depthOfDiagram && (name === 'bpmndi:BPMNDiagram' || name === 'dmndi:DMNDI')) depthOfDiagram = depth
    if (depth >= depthOfDiagram) {
      const id = tag.attributes.find(([written]) => written === 'id')
      if (id !== undefined) diagramIds.push({ id: id[1], offset: tag.offset })
      return
    }
    // A plain record, for speed: attributes are looked up by names of this package's tables alone, none of which every object has.
    const attributes: Record<string, string> = {}
    for (const [written, value] of tag.attributes) {
      if (written !== 'xmlns' && !written.startsWith('xmlns:')) attributes[attributeName(written, scope, undeclared)] = value
    }
    const opened: OpenElement = {
      name,
      attributes,
      children: [],
      text: '',
      parent: current,
      offset: tag.offset,
      textOffset: tag.offset,
      hasText: false,
    }
    if (current === null) {
      root = opened
      rootName = { written: tag.name, namespace: namespaceOfRoot(tag) }
    } else current.children.push(opened)
    current = opened
  }

  function close(): void {
    scopes.pop()
    if (depth < depthOfDiagram) current = current?.parent ?? null
    else if (depth === depthOfDiagram) depthOfDiagram = Number.POSITIVE_INFINITY
    depth -= 1
  }

  function addText(decoded: string, raw: string, offset: number): void {
    if (current === null || depth >= depthOfDiagram) return
    const begins = current.hasText ? '' : raw.trimStart()
    if (begins !== '') {
      current.textOffset = offset + (raw.length - begins.length)
      current.hasText = true
    }
    current.text += decoded
  }

  const fault = scanXml(text, limits, { open, close, text: addText })
  return {
    root: fault === null ? root : null,
    rootName,
    problems: fault === null ? problems : [...problems, fault],
    namespaces,
    diagramIds,
  }
}

function namespaceOfRoot(tag: XmlTag): string | null {
  const colon = tag.name.indexOf(':')
  const declaration = colon === -1 ? 'xmlns' : `xmlns:${tag.name.slice(0, colon)}`
  return tag.attributes.find(([name]) => name === declaration)?.[1] || null
}

/** An element while it is being read. */
interface OpenElement extends XmlElement {
  readonly attributes: Record<string, string>
  readonly children: OpenElement[]
  readonly parent: OpenElement | null
  text: string
  textOffset: number
  hasText: boolean
}

/** What an element and those around it declare: prefix ('' for the default) to the prefix that the import uses for its namespace. */
interface PrefixScope {
  readonly declared: ReadonlyMap<string, string>
  readonly outer: PrefixScope | null
}

const XML_SCOPE: PrefixScope = { declared: new Map([['xml', 'xml']]), outer: null }
const OWN_PREFIXES: ReadonlyMap<string, string> = new Map(Object.entries(PREFIX_OF_NAMESPACE))
const TAKEN: ReadonlySet<string> = new Set(OWN_PREFIXES.values())

function scopeOf(tag: XmlTag, outer: PrefixScope, namespaces: Set<string>): PrefixScope {
  let declared: Map<string, string> | null = null
  for (const [name, uri] of tag.attributes) {
    if (name !== 'xmlns' && !name.startsWith('xmlns:')) continue
    const prefix = name.slice('xmlns:'.length)
    namespaces.add(uri)
    // A foreign namespace may be called "bpmn" or "zeebe": then it must not be taken for it.
    declared ??= new Map()
    declared.set(prefix, OWN_PREFIXES.get(uri) ?? (uri === '' ? '' : TAKEN.has(prefix) || prefix === '' ? `other-${prefix}` : prefix))
  }
  return declared === null ? outer : { declared, outer }
}

function lookUp(prefix: string, scope: PrefixScope): string | null {
  for (let at: PrefixScope | null = scope; at !== null; at = at.outer) {
    const found = at.declared.get(prefix)
    if (found !== undefined) return found
  }
  return null
}

function elementName(written: string, scope: PrefixScope, undeclared: (prefix: string) => void): string {
  const colon = written.indexOf(':')
  const prefix = colon === -1 ? '' : written.slice(0, colon)
  const known = lookUp(prefix, scope)
  if (known === null && prefix !== '') undeclared(prefix)
  const own = known ?? (prefix === '' ? '' : 'undeclared')
  return own === '' ? written.slice(colon + 1) : `${own}:${written.slice(colon + 1)}`
}

/** Attributes without prefix belong to their element; those with the prefix of BPMN or DMN are meant so too. */
function attributeName(written: string, scope: PrefixScope, undeclared: (prefix: string) => void): string {
  const colon = written.indexOf(':')
  if (colon === -1) return written
  const prefix = lookUp(written.slice(0, colon), scope)
  if (prefix === null) undeclared(written.slice(0, colon))
  return prefix === 'bpmn' || prefix === 'dmn' ? written.slice(colon + 1) : `${prefix ?? 'undeclared'}:${written.slice(colon + 1)}`
}
