import { wellFormedText } from './xml-text.ts'

/** What the scanner finds, in order. A handler that returns a text ends the scan with it. */
export interface XmlHandler {
  open(tag: XmlTag): void
  close(): void
  /** Text inside the root, references resolved. */
  text(decoded: string, raw: string, offset: number): void
}

export interface XmlTag {
  readonly name: string
  /** Names as written; values with references resolved. */
  readonly attributes: readonly (readonly [name: string, value: string])[]
  /** Place of its `<`. */
  readonly offset: number
  /** Elements around it, itself included. */
  readonly depth: number
}

/** Why a scan ended before its end. */
export interface XmlFault {
  readonly code: 'notWellFormed' | 'dtdRefused' | 'tooManyElements' | 'tooDeep' | 'attributeTooLong'
  readonly message: string
  readonly offset: number
}

export interface XmlBounds {
  readonly elementsMax: number
  readonly depthMax: number
  readonly attributeMax: number
}

/**
 * Scans well-formed XML 1.0 without document type; each step looks at a character once. The parsers at hand read leniently (bare
 * ampersands, second roots) or refuse what is sound (`a ="b"`, names beyond ASCII), and know no places: an import that promises an answer
 * for every input needs both strictness and places. Returns why it ended early, or null.
 */
export function scanXml(text: string, bounds: XmlBounds, handler: XmlHandler): XmlFault | null {
  const open: string[] = []
  let elements = 0
  let at = 0
  const fault = (code: XmlFault['code'], message: string, offset: number = at): XmlFault => ({ code, message, offset })

  const control = FORBIDDEN_CHARACTER.exec(text)
  if (control !== null) return fault('notWellFormed', 'The file holds a control character that XML does not allow.', control.index)

  while (at < text.length) {
    const next = text.indexOf('<', at)
    const end = next === -1 ? text.length : next
    if (end > at) {
      const raw = text.slice(at, end)
      if (open.length === 0) {
        if (raw.trim() !== '')
          return fault('notWellFormed', next === -1 && elements === 0 ? noXml(raw) : 'There is text outside of the root element.')
      } else {
        const decoded = raw.includes(']]>') ? null : wellFormedText(raw.replace(LINE_END, '\n'))
        if (decoded === null) return fault('notWellFormed', 'The text holds a bare "&", an unknown entity or "]]>".')
        handler.text(decoded, raw, at)
      }
      at = end
      continue
    }
    if (text.startsWith('<!--', at) || text.startsWith('<?', at)) {
      const [mark, what] = text.startsWith('<?', at) ? ['?>', 'processing instruction'] : ['-->', 'comment']
      const close = text.indexOf(mark, at + 2)
      if (close === -1) return fault('notWellFormed', `A ${what} is not closed.`)
      at = close + mark.length
      continue
    }
    if (text.startsWith('<![CDATA[', at)) {
      const close = text.indexOf(']]>', at)
      if (close === -1 || open.length === 0)
        return fault('notWellFormed', 'A CDATA section is not closed, or stands outside of the root element.')
      const raw = text.slice(at + '<![CDATA['.length, close)
      handler.text(raw.replace(LINE_END, '\n'), raw, at + '<![CDATA['.length)
      at = close + ']]>'.length
      continue
    }
    if (text.startsWith('<!', at)) return fault('dtdRefused', 'The file has a document type or entity declaration.')
    if (text.startsWith('</', at)) {
      const name = open.pop()
      const close = match(CLOSE_TAG, text, at)
      if (close === null || close[1] !== name) {
        const found = close?.[1] === undefined ? 'A closing tag is not complete' : `The closing tag is </${close[1].slice(0, 80)}>`
        return fault(
          'notWellFormed',
          name === undefined ? `${found}; no element is open.` : `${found}; the open element is <${name.slice(0, 80)}>.`,
        )
      }
      handler.close()
      at += close[0].length
      continue
    }
    const tag = scanTag(text, at, bounds)
    if ('code' in tag) return tag
    if (open.length === 0 && elements > 0) return fault('notWellFormed', `There is a second root element <${tag.name.slice(0, 80)}>.`)
    elements += 1
    if (elements > bounds.elementsMax) return fault('tooManyElements', `The file has more than ${bounds.elementsMax} elements.`)
    open.push(tag.name)
    if (open.length > bounds.depthMax) return fault('tooDeep', `Elements stand more than ${bounds.depthMax} deep in one another.`)
    handler.open({ name: tag.name, attributes: tag.attributes, offset: at, depth: open.length })
    if (tag.selfClosing) {
      open.pop()
      handler.close()
    }
    at = tag.end
  }
  if (open.length > 0) return fault('notWellFormed', `The file ends inside of <${(open.at(-1) ?? '').slice(0, 80)}>.`)
  return elements === 0 ? fault('notWellFormed', 'The file holds no element.', 0) : null
}

interface ScannedTag {
  readonly name: string
  readonly attributes: readonly (readonly [string, string])[]
  readonly selfClosing: boolean
  readonly end: number
}

function scanTag(text: string, start: number, bounds: XmlBounds): ScannedTag | XmlFault {
  const head = match(OPEN_TAG, text, start)
  const name = head?.[1]
  if (head === null || name === undefined)
    return { code: 'notWellFormed', message: 'A "<" begins no tag; in text write "&lt;".', offset: start }
  const attributes: (readonly [string, string])[] = []
  const seen = new Set<string>()
  let at = start + head[0].length
  for (;;) {
    const end = match(TAG_END, text, at)
    if (end !== null) return { name, attributes, selfClosing: end[1] === '/', end: at + end[0].length }
    const attribute = match(ATTRIBUTE, text, at)
    if (attribute === null) {
      return {
        code: 'notWellFormed',
        message: `The tag <${name.slice(0, 80)}> is not closed, or an attribute is not written as name="value".`,
        offset: at,
      }
    }
    const [whole, attributeName = '', quoted = ''] = attribute
    const fault = (code: XmlFault['code'], what: string): XmlFault => ({
      code,
      message: `Attribute "${attributeName.slice(0, 80)}" ${what}.`,
      offset: at,
    })
    if (quoted.length - 2 > bounds.attributeMax) return fault('attributeTooLong', `is longer than ${bounds.attributeMax} characters`)
    if (seen.has(attributeName)) return fault('notWellFormed', 'is given twice')
    const value = wellFormedText(quoted.slice(1, -1).replace(LINE_SPACE, ' '))
    if (value === null) return fault('notWellFormed', 'holds a bare "&" or an unknown entity')
    seen.add(attributeName)
    attributes.push([attributeName, value])
    at += whole.length
  }
}

function match(pattern: RegExp, text: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at
  return pattern.exec(text)
}

const NAME = '[A-Za-z_:\\u0080-\\uFFFD][\\w:.\\-\\u0080-\\uFFFD]*'
const SPACE = '[ \\t\\r\\n]'
const OPEN_TAG = new RegExp(`<(${NAME})`, 'y')
const CLOSE_TAG = new RegExp(`</(${NAME})${SPACE}*>`, 'y')
const TAG_END = new RegExp(`${SPACE}*(/?)>`, 'y')
const ATTRIBUTE = new RegExp(`${SPACE}+(${NAME})${SPACE}*=${SPACE}*("[^"<]*"|'[^'<]*')`, 'y')
/** XML 1.0, 2.11 and 3.3.3: what line ends become in text, and space in values. */
const LINE_END = /\r\n?/g
const LINE_SPACE = /\r\n|[\r\n\t]/g
/** Many give the name of a file where its content is asked for. */
function noXml(text: string): string {
  const shown = text.trim().slice(0, 60)
  return `"${shown}" is no XML. If it is the name of a file, read the file and give what it holds.`
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters that XML 1.0 forbids.
const FORBIDDEN_CHARACTER = /[\u0000-\u0008\u000B\u000C\u000E-\u001F\uFFFE\uFFFF]/
