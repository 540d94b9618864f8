import { DIAGNOSTIC_CODES, type DiagnosticCode } from './diagnostic-codes.ts'
import type { Diagnostic } from './diagnostics.ts'
import type { XmlElement } from './read-xml.ts'

/** Collects what an import finds, with places. */
export interface Findings {
  /** Adds a finding at an element (its id, or that of the nearest element around it that has one) or at a bare place of the text. */
  add(code: DiagnosticCode, at: XmlElement | number, message: string, more?: FindingDetails): void
  /** All findings in order of place, errors of the whole file first; at most the limit, then one that says how many more there are. */
  list(): readonly Diagnostic[]
}

export interface FindingDetails {
  /** Instead of the code's own. */
  readonly severity?: Diagnostic['severity']
  readonly related?: readonly string[]
  readonly trace?: readonly string[]
  readonly hint?: string
  /** A place inside the element. With `attribute`, counted from where its value begins. */
  readonly offset?: number
  /** The attribute of the element that is meant. */
  readonly attribute?: string
  /** Where the element has no id of its own but one was made for it. */
  readonly elementId?: string
}

/** `isDrawing` tells whether an element stands in a process that is not to be executed: there most codes are of severity info. */
export function createFindings(text: string, limit: number, isDrawing: (element: XmlElement) => boolean): Findings {
  const found: { readonly offset: number; readonly diagnostic: Diagnostic }[] = []
  const known = new Set<string>()
  let beyond = 0
  let lineStarts: readonly number[] | null = null

  function add(code: DiagnosticCode, at: XmlElement | number, message: string, more: FindingDetails = {}): void {
    const entry = DIAGNOSTIC_CODES[code]
    const element = typeof at === 'number' ? null : at
    const drawn = element !== null && entry.inDrawings === 'info' && isDrawing(element)
    const severity = drawn ? 'info' : (more.severity ?? entry.severity)
    // Room is kept for errors: a thousand infos must not hide one.
    if (found.length >= limit && (severity !== 'error' || found.length >= 2 * limit)) {
      beyond += 1
      return
    }
    const offset = placeIn(at, more)
    const key = `${code} ${offset} ${message}`
    if (known.has(key)) return // one message of the file is read for each event that refers to it
    known.add(key)
    const elementId = more.elementId ?? idAround(element)
    const hint = more.hint ?? entry.hint
    found.push({
      offset,
      diagnostic: {
        code,
        severity,
        message: message.length > MESSAGE_LENGTH_MAX ? `${message.slice(0, MESSAGE_LENGTH_MAX)}…` : message,
        ...(elementId === null ? {} : { elementId }),
        ...(more.related === undefined ? {} : { related: more.related }),
        ...(more.trace === undefined ? {} : { trace: more.trace }),
        ...placeOf(offset),
        ...(hint === null ? {} : { hint }),
      },
    })
  }

  function placeOf(offset: number): { line: number; column: number } {
    lineStarts ??= startsOfLines(text)
    let low = 0
    let high = lineStarts.length - 1
    while (low < high) {
      const middle = (low + high + 1) >> 1
      if (lineStarts[middle]! <= offset) low = middle
      else high = middle - 1
    }
    return { line: low + 1, column: offset - lineStarts[low]! + 1 }
  }

  function placeIn(at: XmlElement | number, { offset, attribute }: FindingDetails): number {
    if (typeof at === 'number') return offset ?? at
    return attribute === undefined ? (offset ?? at.offset) : placeOfValue(at, attribute) + (offset ?? 0)
  }

  function placeOfValue(element: XmlElement, attribute: string): number {
    const local = attribute.slice(attribute.indexOf(':') + 1)
    // Names of attributes come from tables of this package: nothing in them means anything to a regular expression.
    const pattern = new RegExp(`[\\s:]${local}\\s*=\\s*["']`, 'g')
    pattern.lastIndex = element.offset
    const match = pattern.exec(text.slice(0, element.offset + ATTRIBUTES_LENGTH_MAX))
    return match === null ? element.offset : match.index + match[0].length
  }

  function list(): readonly Diagnostic[] {
    const sorted = found.toSorted((a, b) => a.offset - b.offset).map((one) => one.diagnostic)
    if (beyond === 0) return sorted
    const { severity, hint } = DIAGNOSTIC_CODES.tooManyFindings
    return [
      ...sorted,
      { code: 'tooManyFindings', severity, message: `There are ${beyond} more findings.`, ...(hint === null ? {} : { hint }) },
    ]
  }

  return { add, list }
}

const MESSAGE_LENGTH_MAX = 500
const ATTRIBUTES_LENGTH_MAX = 10_000

function idAround(element: XmlElement | null): string | null {
  for (let at = element; at !== null; at = at.parent) {
    if (at.attributes.id !== undefined && at.attributes.id !== '') return at.attributes.id
  }
  return null
}

function startsOfLines(text: string): readonly number[] {
  const starts = [0]
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) starts.push(at + 1)
  return starts
}
