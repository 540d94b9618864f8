import type { MetaProperty } from 'bpmn-moddle'
import { type Importing, resolve } from './importing.ts'
import { typeOfTag } from './metamodel.ts'
import type { XmlElement } from './read-xml.ts'
import { localName, titleOf, withArticle } from './xml-access.ts'

/** A reference from `owner` (written in `holder`, which is the owner itself or a child of it) must name an element of the right kind. */
export function checkReference(importing: Importing, owner: XmlElement, holder: XmlElement, property: MetaProperty, value: string): void {
  const { findings } = importing
  const reference = property.ns.localName
  if (CHECKED_ELSEWHERE.has(reference) || value.trim() === '') return
  if (reference === 'signalRef' && isSignalName(importing, value)) return
  const steers = STEERING.has(`${localName(owner.name)} ${reference}`) || (STEERING.has(reference) && owner.name !== 'bpmn:messageFlow')
  if (!steers && TYPE_ELSEWHERE.test(value.trim())) return
  const severity = steers ? {} : ({ severity: 'warning' } as const)
  const place = holder === owner ? { attribute: reference } : { offset: holder.textOffset }
  const found = resolve(importing, value)
  if (found === null) {
    const message = `${titleOf(owner)} refers with ${reference} to "${value.trim()}", which the file does not have.`
    findings.add('danglingReference', owner, message, { ...severity, ...place, related: [value.trim()] })
  } else if (property.type.startsWith('bpmn:') && typeOfTag(found.name)?.kinds.has(property.type) !== true) {
    const message = `${titleOf(owner)} refers with ${reference} to ${titleOf(found)}, which is not ${withArticle(localName(property.type))}.`
    findings.add('wrongReference', owner, message, { ...severity, ...place, related: [value.trim()] })
  }
}

/**
 * What jBPM writes: the signal's name instead of a reference to it. Read so where no vendor's engine is known to refuse it;
 * read-event-definitions.ts names it.
 */
export function isSignalName(importing: Importing, value: string): boolean {
  return importing.dialect === 'plain' && resolve(importing, value) === null
}

/** Derived from the flows, taken as codes, or taken as names of variables. */
const CHECKED_ELSEWHERE: ReadonlySet<string> = new Set([
  'incoming',
  'outgoing',
  'errorRef',
  'escalationRef',
  'loopDataInputRef',
  'loopDataOutputRef',
])

/** A type of another language. */
const TYPE_ELSEWHERE = /^(?:xsd?|java):/

/** Without these the process cannot run as it is drawn. */
const STEERING: ReadonlySet<string> = new Set([
  'sequenceFlow sourceRef',
  'sequenceFlow targetRef',
  'attachedToRef',
  'default',
  'messageRef',
  'signalRef',
  'eventDefinitionRef',
  'eventDefinitionRefs',
  'activityRef',
])
