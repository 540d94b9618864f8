import { LEAVE_MODES, type LeavePolicy } from '../model/leave-policy.ts'
import type { Importing } from './importing.ts'
import type { XmlElement } from './read-xml.ts'
import { attributeOf, extensionOf, readBoolean } from './xml-access.ts'

/** Reads `leeway:deviation`: what the model says of leaving the path at the element. Null where it says nothing. */
export function readLeavePolicy({ findings }: Pick<Importing, 'findings'>, owner: XmlElement): LeavePolicy | null {
  const element = extensionOf(owner, 'leeway:deviation')
  if (element === null) return null
  for (const name of Object.keys(element.attributes)) {
    if (KNOWN.has(name)) continue
    const message = `leeway:deviation knows no "${name}"; it knows ${[...KNOWN].join(', ')}.`
    findings.add('unknownExtension', owner, message, { offset: element.offset })
  }
  const modes = wordsOf(element, 'modes')
  const known = modes?.filter(isMode) ?? null
  if (modes !== null && known !== null && modes.length > known.length) {
    const message = `modes="${modes.join(' ')}" of leeway:deviation: a mode is one of ${LEAVE_MODES.join(', ')}.`
    findings.add('invalidValue', owner, message, { offset: element.offset })
  }
  const approvals = Number(attributeOf(element, 'approvals') ?? 1)
  const isCount = Number.isSafeInteger(approvals) && approvals >= 1 && approvals <= APPROVALS_MAX
  if (!isCount) {
    const message = `approvals of leeway:deviation is no whole number from 1 to ${APPROVALS_MAX}.`
    findings.add('invalidValue', owner, message, { offset: element.offset })
  }
  return {
    modes: known,
    roles: wordsOf(element, 'roles'),
    mandatory: readBoolean(findings, element, 'mandatory') === true,
    approvals: isCount ? approvals : 1,
    unpausable: readBoolean(findings, element, 'unpausable') === true,
    returnTargets: wordsOf(element, 'returnTargets'),
    outputs: wordsOf(element, 'outputs') ?? [],
  }
}

const APPROVALS_MAX = 100
const KNOWN: ReadonlySet<string> = new Set(['modes', 'roles', 'mandatory', 'approvals', 'unpausable', 'returnTargets', 'outputs'])

function isMode(word: string): word is (typeof LEAVE_MODES)[number] {
  return (LEAVE_MODES as readonly string[]).includes(word)
}

/** Words between spaces or commas, none where it is empty; null where the attribute is not there. */
function wordsOf(element: XmlElement, name: string): readonly string[] | null {
  const text = element.attributes[name]
  return text === undefined ? null : text.split(/[\s,]+/).filter((word) => word !== '')
}
