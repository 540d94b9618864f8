import type { RoundEvent, RoundEventDefinition } from '../model/round-event.ts'
import { type Importing, resolve } from './importing.ts'
import { eventDefinitionElements, readThrown } from './read-event-definitions.ts'
import { readCondition } from './read-repetition.ts'
import type { XmlElement } from './read-xml.ts'
import { attributeOf, childOf, childrenOf, localName, titleOf } from './xml-access.ts'

/** What a multi-instance activity throws when rounds of it completed: its `behavior`, other than `All`. BPMN 2.0.2 §10.3.8, Table 10.28 */
export function readRoundEvents(importing: Importing, activity: XmlElement): readonly RoundEvent[] {
  const multi = childOf(activity, 'bpmn:multiInstanceLoopCharacteristics')
  const behavior = (multi && attributeOf(multi, 'behavior')?.trim()) ?? 'All'
  if (multi === null || behavior === 'All') return []
  if (behavior === 'None') return referredTo(importing, activity, multi, 'noneBehaviorEventRef', 'each')
  if (behavior === 'One') return referredTo(importing, activity, multi, 'oneBehaviorEventRef', 'first')
  if (behavior === 'Complex')
    return childrenOf(multi, 'bpmn:complexBehaviorDefinition').flatMap((each) => readComplex(importing, activity, each))
  const message = `behavior="${behavior.slice(0, 80)}" of ${titleOf(activity)} is none of None, One, All and Complex.`
  importing.findings.add('invalidValue', multi, message, { attribute: 'behavior' })
  return []
}

function referredTo(
  importing: Importing,
  activity: XmlElement,
  multi: XmlElement,
  reference: string,
  when: 'each' | 'first',
): readonly RoundEvent[] {
  const definition = resolve(importing, attributeOf(multi, reference))
  if (definition === null) return missing(importing, activity, multi, reference)
  const event = readDefinition(importing, activity, definition)
  return event === null ? [] : [{ when, event }]
}

function readComplex(importing: Importing, activity: XmlElement, complex: XmlElement): readonly RoundEvent[] {
  const thrown = childOf(complex, 'bpmn:event')
  const definitions = thrown === null ? [] : eventDefinitionElements(importing, thrown)
  const when = readCondition(importing, childOf(complex, 'bpmn:condition'))
  if (when === null || definitions.length === 0) return missing(importing, activity, complex, when === null ? 'condition' : 'event')
  return definitions.flatMap((definition) => {
    const event = readDefinition(importing, activity, definition)
    return event === null ? [] : [{ when, event }]
  })
}

function missing({ findings }: Importing, activity: XmlElement, at: XmlElement, what: string): readonly RoundEvent[] {
  findings.add('missingEventDefinition', at, `${titleOf(activity)} does not say what its rounds throw: it has no ${what}.`)
  return []
}

/** What ends or undoes the whole activity is no event of one of its rounds. */
function readDefinition(importing: Importing, activity: XmlElement, element: XmlElement): RoundEventDefinition | null {
  const definition = readThrown(importing, activity, element)
  if (definition?.type === 'message' || definition?.type === 'signal' || definition?.type === 'escalation') return definition
  const kind = localName(element.name).replace('EventDefinition', '')
  const message = `Rounds of ${titleOf(activity)} cannot throw a ${kind}.`
  const hint = 'Let them throw a message, a signal or an escalation, which an event at the boundary of the activity can catch.'
  importing.findings.add('misplacedEventDefinition', activity, message, { offset: element.offset, hint })
  return null
}
