import type { Findings } from './findings.ts'
import type { XmlElement } from './read-xml.ts'
import { titleOf } from './xml-access.ts'

/**
 * Names the key of a process or a decision that would not tell itself from version and tenant in the id of a definition,
 * `key:version@tenant`.
 */
export function checkKey(findings: Findings, element: XmlElement, key: string): void {
  if (/[:@]/.test(key)) findings.add('invalidKey', element, `The id of ${titleOf(element)} has a colon or an @ in it.`, { elementId: key })
}
