import type { CasesOptions } from '../../src/index.ts'
import { boundary, caught, message, model, timer, user } from '../desk.ts'

/** When the golden databases were written, by their own clock. */
export const NOW = '2026-03-02T09:00:00Z'

/** What customers are promised. */
export const CASES: CasesOptions = {
  templates: [
    { key: 'modem', severities: { normal: { resolution: 'PT72H' }, urgent: { resolution: 'PT24H' } }, tiers: { gold: 'urgent' } },
  ],
}

const named = (key: string, xml: string): string => xml.replaceAll('id="p"', `id="${key}"`)

/** A step with a timer at it. */
export const TIMED: string = named(
  'timed',
  model(user('A') + boundary('late', 'A', timer('P2D')) + user('L') + user('B'), 'S>A A>B B>E late>L L>E'),
)

/** A step that waits for a message. */
export const HEARING: string = named('hearing', model(caught('W', message()) + user('B'), 'S>W W>B B>E'))

/** Two steps that can be undone, each by a person's work, and the end that undoes them. */
export const UNDOING: string = named(
  'undoing',
  model(
    `${user('book')}${undone('book', 'unbook')}${user('pay')}${undone('pay', 'refund')}${user('decide')}
    <bpmn:intermediateThrowEvent id="undo"><bpmn:compensateEventDefinition/></bpmn:intermediateThrowEvent>`,
    'S>book book>pay pay>decide decide>undo undo>E',
  ),
)

function undone(activity: string, by: string): string {
  return `<bpmn:boundaryEvent id="${activity}_undone" attachedToRef="${activity}"><bpmn:compensateEventDefinition/></bpmn:boundaryEvent>
    <bpmn:userTask id="${by}" name="${by}" isForCompensation="true"/>
    <bpmn:association id="${activity}_by" sourceRef="${activity}_undone" targetRef="${by}" associationDirection="One"/>`
}
