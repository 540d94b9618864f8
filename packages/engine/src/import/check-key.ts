import { SEARCHED_BYTES_MAX, utf8Bytes } from '../model/searched-text.ts'
import type { Findings } from './findings.ts'
import type { XmlElement } from './read-xml.ts'
import { localName, titleOf, withArticle } from './xml-access.ts'

/**
 * Names the key of a process or a decision that would not tell itself from version and tenant in the id of a definition,
 * `key:version@tenant`, or would make it longer than a store keeps.
 */
export function checkKey(findings: Findings, element: XmlElement, key: string): void {
  if (/[:@]/.test(key)) findings.add('invalidKey', element, `The id of ${titleOf(element)} has a colon or an @ in it.`, { elementId: key })
  checkIdLength(findings, element, key)
}

/** Longest id of an element, in bytes as UTF-8: ids of rows are made of it, with that of an instance, a version or a tenant. */
export const ID_BYTES_MAX: number = SEARCHED_BYTES_MAX - 100

/** Names an id that is longer. */
export function checkIdLength(findings: Findings, element: XmlElement, id: string): void {
  const bytes = utf8Bytes(id)
  if (bytes <= ID_BYTES_MAX) return
  const message = `The id of ${withArticle(localName(element.name))} has ${bytes} bytes; ${ID_BYTES_MAX} are kept of one.`
  findings.add('textTooLong', element, message, { attribute: 'id', elementId: id })
}
