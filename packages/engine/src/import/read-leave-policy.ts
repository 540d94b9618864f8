import { LEAVE_MODES, type LeavePolicy } from '../model/leave-policy.ts'
import type { Importing } from './importing.ts'
import { isKind } from './metamodel.ts'
import type { XmlElement } from './read-xml.ts'
import { attributeOf, childOf, extensionsOf, readBoolean, titleOf } from './xml-access.ts'

/** Reads `leeway:deviation`: what the model says of leaving the path at the element. Null where it says nothing. */
export function readLeavePolicy(importing: Importing, owner: XmlElement): LeavePolicy | null {
  const { findings } = importing
  const [element, ...more] = extensionsOf(owner, 'leeway:deviation')
  if (element === undefined) return null
  for (const other of more) {
    const message = `${titleOf(owner)} has more than one leeway:deviation: this one is not read.`
    findings.add('extensionWithoutEffect', owner, message, { offset: other.offset, hint: 'Write one that says all.' })
  }
  checkShape(importing, owner, element)
  checkTargets(importing, owner, element)
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

/** What it says stands in attributes that are known, on an element that it can be said of. */
function checkShape({ findings }: Importing, owner: XmlElement, element: XmlElement): void {
  for (const name of Object.keys(element.attributes)) {
    if (KNOWN.has(name)) continue
    const message = `leeway:deviation knows no "${name}"; it knows ${[...KNOWN].join(', ')}.`
    findings.add('unknownExtension', owner, message, { offset: element.offset })
  }
  const [content] = element.children
  if (content !== undefined || element.text.trim() !== '') {
    const message = `What stands inside of leeway:deviation of ${titleOf(owner)} is not read.`
    const place = { offset: content?.offset ?? element.textOffset }
    findings.add('unknownExtension', owner, message, { ...place, hint: `Write it as attributes: ${[...KNOWN].join(', ')}.` })
  }
  if (readBoolean(findings, element, 'unpausable') === true && !mayHaveTimer(owner)) {
    const message = `unpausable="true" of ${titleOf(owner)} has no effect: it is said of timers, and this is none.`
    findings.add('extensionWithoutEffect', owner, message, {
      offset: element.offset,
      hint: 'Move it to the timer event, such as the one at the boundary.',
    })
  }
}

/** A return leads to an element of the path. */
function checkTargets(importing: Importing, owner: XmlElement, element: XmlElement): void {
  for (const target of wordsOf(element, 'returnTargets') ?? []) {
    const found = importing.ids.get(target)
    if (found !== undefined && isKind(found.name, 'bpmn:FlowNode')) continue
    const what = found === undefined ? `"${target}", which the file does not have` : `${titleOf(found)}, to which no return leads`
    const more = {
      severity: 'warning',
      offset: element.offset,
      related: [target],
      hint: 'Name the id of an activity, an event or a gateway.',
    } as const
    importing.findings.add(
      found === undefined ? 'danglingReference' : 'wrongReference',
      owner,
      `returnTargets of ${titleOf(owner)} names ${what}.`,
      more,
    )
  }
}

/** An event that is due by a timer, in its own definition or one that it refers to. */
function mayHaveTimer(owner: XmlElement): boolean {
  return (
    isKind(owner.name, 'bpmn:Event') &&
    ['bpmn:timerEventDefinition', 'bpmn:eventDefinitionRef'].some((name) => childOf(owner, name) !== null)
  )
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
