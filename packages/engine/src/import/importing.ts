import type { ParsedExpression } from '../expressions/parse-expression.ts'
import type { Dialect } from '../model/definition.ts'
import type { Findings } from './findings.ts'
import type { ImportOptions } from './import-options.ts'
import type { XmlElement } from './read-xml.ts'

/** What every reader of one file is given. */
export interface Importing {
  readonly findings: Findings
  readonly dialect: Dialect
  readonly options: ImportOptions
  /** Root of the file. */
  readonly definitions: XmlElement
  /** Elements of the BPMN namespace by id; the first where several have one. */
  readonly ids: ReadonlyMap<string, XmlElement>
  /** What was parsed so far, by text: a message may be referred to from many events. */
  readonly expressions: Map<string, ParsedExpression>
}

/** The element that a reference names, with or without a prefix, or null. Says nothing: check-references.ts does. */
export function resolve(importing: Importing, reference: string | null | undefined): XmlElement | null {
  if (reference === null || reference === undefined) return null
  const name = reference.trim()
  return importing.ids.get(name) ?? importing.ids.get(name.slice(name.lastIndexOf(':') + 1)) ?? null
}
