import { type ElementInHand, Parser } from 'saxen'
import type { ImportLimits } from './limits.ts'
import { PREFIX_OF_NAMESPACE } from './namespaces.ts'
import { wellFormedText } from './xml-text.ts'

/** An element of the file. Names carry the prefix of namespaces.ts; those of other namespaces a prefix of their own. */
export interface XmlElement {
  readonly name: string
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
  readonly code: 'notWellFormed' | 'dtdRefused' | 'tooManyElements' | 'tooDeep' | 'attributeTooLong' | 'undeclaredPrefix'
  readonly message: string
  readonly offset: number
}

export interface XmlDocument {
  /** Null where there is none, or where the file cannot be read to its end. */
  readonly root: XmlElement | null
  readonly problems: readonly XmlProblem[]
  /** URIs of the namespaces that the file declares anywhere. */
  readonly namespaces: ReadonlySet<string>
  /** Ids that stand in the diagram, in order. */
  readonly diagramIds: readonly { readonly id: string; readonly offset: number }[]
}

/** The same element while it is being read. */
interface OpenElement extends XmlElement {
  readonly attributes: Record<string, string>
  readonly children: OpenElement[]
  text: string
  textOffset: number
}

/**
 * Reads well-formed XML into a tree with places, without its diagram. Refuses document types, so that entities of the file's own never come up.
 * saxen finds the tags and the namespaces; what it lets pass (bare ampersands, `<` in values, a second root) is checked here.
 */
export function readXml(text: string, limits: ImportLimits): XmlDocument {
  const problems: XmlProblem[] = []
  const namespaces = new Set<string>()
  const diagramIds: { id: string; offset: number }[] = []
  const parser = new Parser({ proxy: true }).ns(PREFIX_OF_NAMESPACE)
  let root: OpenElement | null = null
  let current: OpenElement | null = null
  let depth = 0
  let depthOfDiagram = Number.POSITIVE_INFINITY
  let elements = 0
  let stopped = false
  let cursor = 0 // end of what has been reported so far: the next token begins at the next `<`
  let start = 0

  function fail(code: XmlProblem['code'], message: string, offset: number): void {
    if (stopped || (code === 'undeclaredPrefix' && problems.length >= limits.findingsMax)) return
    problems.push({ code, message, offset })
    if (code === 'undeclaredPrefix') return
    stopped = true
    parser.stop()
  }

  function beginToken(): number {
    const at = text.indexOf('<', cursor)
    start = at === -1 ? cursor : at
    return start
  }

  function openTag(element: ElementInHand): void {
    cursor = beginToken() + 1
    depth += 1
    elements += 1
    if (elements > limits.elementsMax) return fail('tooManyElements', `The file has more than ${limits.elementsMax} elements.`, start)
    if (depth > limits.depthMax) return fail('tooDeep', `Elements stand more than ${limits.depthMax} deep in one another.`, start)
    if (depth === 1 && root !== null) return fail('notWellFormed', `There is a second root element "${element.originalName}".`, start)
    const attributes = readAttributes(element)
    if (attributes === null) return
    if (depth < depthOfDiagram && element.name === 'bpmndi:BPMNDiagram') depthOfDiagram = depth
    if (depth >= depthOfDiagram) {
      if (attributes.id !== undefined) diagramIds.push({ id: attributes.id, offset: start })
      return
    }
    const opened: OpenElement = {
      name: element.name,
      attributes,
      children: [],
      text: '',
      parent: current,
      offset: start,
      textOffset: start,
    }
    if (current === null) root = opened
    else current.children.push(opened)
    current = opened
  }

  function readAttributes(element: ElementInHand): Record<string, string> | null {
    const given = element.attrs
    // No prototype: names such as "constructor" must not be found where the file has none.
    const attributes: Record<string, string> = Object.create(null)
    if (given === false) {
      fail('notWellFormed', `The attributes of "${element.originalName}" cannot be read.`, start)
      return null
    }
    for (const [name, raw] of Object.entries(given)) {
      if (raw.length > limits.attributeMax) {
        fail('attributeTooLong', `Attribute "${name}" is longer than ${limits.attributeMax} characters.`, start)
        return null
      }
      const value = raw.includes('<') ? null : wellFormedText(raw.replace(/\r\n?|[\t\n]/g, ' '))
      if (value === null) {
        fail('notWellFormed', `The value of attribute "${name}" holds a bare "<" or "&", or an unknown entity.`, start)
        return null
      }
      if (name === 'xmlns' || name.startsWith('xmlns:')) namespaces.add(value)
      else attributes[name] = value
    }
    return attributes
  }

  function closeTag(selfClosing: boolean): void {
    if (!selfClosing) cursor = beginToken() + 1
    if (depth < depthOfDiagram)
      current = (current?.parent as OpenElement | null | undefined) ?? null // parents are made by openTag
    else if (depth === depthOfDiagram) depthOfDiagram = Number.POSITIVE_INFINITY
    depth -= 1
  }

  function addText(raw: string, decoded: string | null, offset: number): void {
    if (decoded === null) return fail('notWellFormed', 'The text holds a bare "&" or an unknown entity.', offset)
    if (current === null || depth >= depthOfDiagram) return
    if (current.text.trim() === '') current.textOffset = offset + (raw.length - raw.trimStart().length)
    current.text += decoded
  }

  parser
    .on('openTag', openTag)
    .on('closeTag', (_, __, selfClosing) => closeTag(selfClosing))
    .on('text', (raw) => addText(raw, wellFormedText(raw.replace(/\r\n?/g, '\n')), beginToken() - raw.length))
    .on('cdata', (raw) => {
      cursor = beginToken() + raw.length + '<![CDATA[]]>'.length
      addText(raw, raw.replace(/\r\n?/g, '\n'), start + '<![CDATA['.length)
    })
    .on('comment', (raw) => {
      cursor = beginToken() + raw.length + '<!---->'.length
    })
    .on('question', (raw) => {
      cursor = beginToken() + raw.length
    })
    .on('attention', () => fail('dtdRefused', 'The file has a document type or entity declaration.', beginToken()))
    .on('warn', (error) => {
      const isPrefix = error.message.startsWith('missing namespace for prefix')
      fail(isPrefix ? 'undeclaredPrefix' : 'notWellFormed', `The XML is not sound: ${error.message}.`, isPrefix ? start : beginToken())
    })
    .on('error', (error) => fail('notWellFormed', `The XML cannot be read: ${error.message}.`, placeOfError(error)))

  function placeOfError(error: Error): number {
    return error.message === 'unexpected end of file' ? text.length : beginToken()
  }

  const control = FORBIDDEN_CHARACTER.exec(text)
  if (control !== null) fail('notWellFormed', 'The file holds a control character that XML does not allow.', control.index)
  else parser.parse(text)
  return { root: stopped ? null : root, problems, namespaces, diagramIds }
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters that XML 1.0 forbids.
const FORBIDDEN_CHARACTER = /[\u0000-\u0008\u000B\u000C\u000E-\u001F\uFFFE\uFFFF]/
