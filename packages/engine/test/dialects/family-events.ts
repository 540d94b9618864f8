import { BpmnError } from '../../src/index.ts'
import { extension, type Run, steps } from './probe.ts'
import type { Row } from './row.ts'
import { active, ofTask, variables } from './seen.ts'

const CAMUNDA = ['camunda', 'operaton'] as const
const FLOWABLE = ['activiti', 'flowable'] as const
const flow = (id: string, from: string, to: string): string => `<sequenceFlow id="${id}" sourceRef="${from}" targetRef="${to}"/>`
const catching = (definition: string, content = ''): string =>
  steps(`<intermediateCatchEvent id="a">${content}${definition}</intermediateCatchEvent>`, '<userTask id="b"/>')
const throwing = (definition: string): string => steps(`<intermediateThrowEvent id="a">${definition}</intermediateThrowEvent>`)
/** A task `a` whose failure or escalation is caught at its boundary. */
const guarded = (task: string, definition: string): string =>
  `${steps(`<serviceTask id="a" ${task}/>`)}<boundaryEvent id="caught" attachedToRef="a">${definition}</boundaryEvent><userTask id="b"/>${flow('g', 'caught', 'b')}`
const heard = (definition: string): string =>
  `<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL"><signal id="s" name="told"/><process id="q" isExecutable="true">
   <startEvent id="s1">${definition}</startEvent><userTask id="t"/>${flow('f', 's1', 't')}</process></definitions>`
const afterDays =
  (days: number) =>
  async (run: Run): Promise<unknown> => {
    await run.engine.advance(`P${days}D`)
    return (await run.engine.instances.find({ processKey: 'p' })).length
  }

/** What events say: attributes. */
export const EVENT_ATTRIBUTES: readonly Row[] = [
  {
    name: 'scope',
    does: '`processInstance`: thrown and heard within the instance only; `global` is the default',
    vendors: FLOWABLE,
    process: catching('<signalEventDefinition signalRef="s"/>'),
    root: '<signal id="s" name="told" v:scope="processInstance"/>',
    show: async (run) => {
      await run.engine.signals.broadcast({ name: 'told' })
      await run.engine.drain()
      return active(run)
    },
    gives: ['a'],
  },
  {
    name: 'endDate',
    does: 'when a cycle ends, also one of cron; a date, or an expression',
    on: 'timeCycle',
    vendors: FLOWABLE,
    process:
      '<startEvent id="start"><timerEventDefinition><timeCycle v:endDate="2026-01-03T00:00:00Z">R/P1D</timeCycle></timerEventDefinition></startEvent><userTask id="a"/><sequenceFlow id="f" sourceRef="start" targetRef="a"/>',
    isStarted: false,
    show: afterDays(5),
    gives: 2,
  },
  {
    name: 'businessCalendarName',
    does: '`dueDate`, `duration` and `cycle` are what they have anyway; any other names [business hours](timers.md) of the engine, as `leeway:calendar` does',
    vendors: FLOWABLE,
    process: catching('<timerEventDefinition v:businessCalendarName="shop"><timeDuration>PT1H</timeDuration></timerEventDefinition>'),
    options: { calendars: { shop: { timeZone: 'UTC', hours: { fri: [['09:00', '17:00']] } } } },
    show: async (run) => {
      await run.engine.advance('PT4H')
      return active(run)
    },
    gives: ['a'],
  },
  {
    name: 'terminateAll',
    does: 'ends the process instance, and those that called it, not only the innermost scope',
    vendors: FLOWABLE,
    process: `${steps('<subProcess id="sub"><startEvent id="s1"/><endEvent id="e1"><terminateEventDefinition v:terminateAll="true"/></endEvent><sequenceFlow id="g" sourceRef="s1" targetRef="e1"/></subProcess>', '<userTask id="b"/>')}`,
    show: active,
    gives: [],
  },
  {
    name: 'terminateMultiInstance',
    does: 'ends all rounds of the innermost multi-instance around it, also of one whose call activity calls the process; what comes after it goes on',
    vendors: ['flowable'],
    process: steps(
      '<subProcess id="sub"><multiInstanceLoopCharacteristics isSequential="true"><loopCardinality>3</loopCardinality></multiInstanceLoopCharacteristics><startEvent id="s1"/><serviceTask id="t" v:class="x.Y"/><endEvent id="e1"><terminateEventDefinition v:terminateMultiInstance="true"/></endEvent><sequenceFlow id="g" sourceRef="s1" targetRef="t"/><sequenceFlow id="h" sourceRef="t" targetRef="e1"/></subProcess>',
    ),
    show: ({ jobs }) => jobs.length,
    gives: 1,
  },
  {
    name: 'errorCodeVariable',
    does: 'variable that gets the code of the caught error',
    vendors: CAMUNDA,
    process: guarded('v:class="x.Y"', '<errorEventDefinition v:errorCodeVariable="code"/>'),
    options: errorOptions(),
    show: variables,
    gives: { code: 'LATE' },
  },
  {
    name: 'errorVariableName',
    does: "Flowable's name of `errorCodeVariable`",
    vendors: ['flowable'],
    process: guarded('v:class="x.Y"', '<errorEventDefinition v:errorVariableName="code"/>'),
    options: errorOptions(),
    show: variables,
    gives: { code: 'LATE' },
  },
  {
    name: 'errorVariableLocalScope',
    does: 'sets it in the scope around the boundary event, where it hides one of its name further out; the start event of an event sub-process keeps it in that anyway',
    vendors: ['flowable'],
    process: steps(
      `<subProcess id="sub">${guarded(
        'v:class="x.Y"',
        '<errorEventDefinition v:errorVariableName="code" v:errorVariableLocalScope="true"/>',
      )
        .replaceAll('"f', '"g')
        .replace(/"(start|end)"/g, '"inner_$1"')}</subProcess>`,
    ),
    variables: { code: 'none' },
    options: errorOptions(),
    show: variables,
    gives: { code: 'none' },
  },
  {
    name: 'errorMessageVariable',
    does: 'variable that gets its message',
    vendors: CAMUNDA,
    process: guarded('v:class="x.Y"', '<errorEventDefinition v:errorMessageVariable="why"/>'),
    options: errorOptions(),
    show: variables,
    gives: { why: 'too late' },
  },
  {
    name: 'errorMessage',
    does: 'the message that a thrown error carries, or that a rule of an external task gives it; an expression',
    vendors: CAMUNDA,
    process: `<startEvent id="start"/><subProcess id="sub"><startEvent id="s1"/><endEvent id="e1"><errorEventDefinition errorRef="e"/></endEvent>${flow('g', 's1', 'e1')}</subProcess>
      <boundaryEvent id="caught" attachedToRef="sub"><errorEventDefinition v:errorMessageVariable="why"/></boundaryEvent><userTask id="b"/>${flow('f', 'start', 'sub')}${flow('h', 'caught', 'b')}`,
    root: '<error id="e" errorCode="LATE" v:errorMessage="${days} days"/>',
    variables: { days: 3 },
    show: variables,
    gives: { days: 3, why: '3 days' },
  },
  {
    name: 'escalationCodeVariable',
    does: 'variable that gets the code of the caught escalation',
    vendors: CAMUNDA,
    process: guarded('v:class="x.Y"', '<escalationEventDefinition v:escalationCodeVariable="code"/>'),
    options: { defaultHandler: (job) => job.escalate('LATE') },
    show: variables,
    gives: { code: 'LATE' },
  },
  {
    name: 'variableName',
    does: 'the condition is asked only when this variable changes; a list of names counts',
    vendors: CAMUNDA,
    process: catching('<conditionalEventDefinition v:variableName="x"><condition>${y == 1}</condition></conditionalEventDefinition>'),
    variables: { y: 0 },
    show: changed({ y: 1 }),
    gives: ['a'],
  },
  {
    name: 'variableEvents',
    does: 'the condition is asked at these changes: `create`, `update`, `delete`',
    vendors: CAMUNDA,
    process: catching(
      '<conditionalEventDefinition v:variableName="y" v:variableEvents="create"><condition>${y == 1}</condition></conditionalEventDefinition>',
    ),
    variables: { y: 0 },
    show: changed({ y: 1 }),
    gives: ['a'],
  },
  {
    name: 'messageExpression',
    does: 'the name of the message, instead of a reference',
    vendors: FLOWABLE,
    process: catching('<messageEventDefinition v:messageExpression="${kind}-paid"/>'),
    variables: { kind: 'order' },
    show: async (run) => (await run.engine.messages.publish({ name: 'order-paid' })).outcome,
    gives: 'correlated',
  },
  {
    name: 'signalExpression',
    does: 'the name of the signal, instead of a reference',
    vendors: FLOWABLE,
    process: throwing('<signalEventDefinition v:signalExpression="${what}"/>'),
    variables: { what: 'told' },
    files: [{ name: 'q.bpmn', content: heard('<signalEventDefinition signalRef="s"/>') }],
    show: ofTask('processKey'),
    gives: 'q',
  },
]

const listening = '<v:variableListenerEventDefinition variableName="y" variableChangeType="update"/>'

/** The same: elements. */
export const EVENT_ELEMENTS: readonly Row[] = [
  {
    name: 'eventType',
    does: "an event of Flowable's registry is a message of its type's name: publish it where a channel would bring it, let an element handler send it where a channel would take it",
    vendors: ['flowable'],
    process: steps(`<receiveTask id="a">${extension('<v:eventType>paid</v:eventType>')}</receiveTask>`),
    show: async (run) => (await run.engine.messages.publish({ name: 'paid' })).outcome,
    gives: 'correlated',
  },
  {
    name: 'eventInParameter',
    does: 'what a sent event carries: only what is named',
    vendors: ['flowable'],
    process: steps(
      `<serviceTask id="a" v:type="send-event">${extension('<v:eventType>paid</v:eventType><v:eventInParameter source="${total}" target="sum"/>')}</serviceTask>`,
    ),
    options: { elementHandlers: { a: (job) => ({ told: job.variables.sum }) } },
    variables: { total: 4 },
    show: async (run) => (await run.engine.history(run.id)).some((one) => one.type === 'elementCompleted' && one.elementId === 'a'),
    gives: true,
  },
  {
    name: 'eventOutParameter',
    does: 'what of an event becomes a variable: only what is named',
    vendors: ['flowable'],
    process: steps(
      `<receiveTask id="a">${extension('<v:eventType>paid</v:eventType><v:eventOutParameter source="sum" target="total"/>')}</receiveTask>`,
      '<userTask id="b"/>',
    ),
    show: async (run) => {
      await run.engine.messages.publish({ name: 'paid', variables: { sum: 4, secret: 1 } })
      return variables(run)
    },
    gives: { total: 4 },
  },
  {
    name: 'eventCorrelationParameter',
    does: "a key that the process's variables are bound to; of an event that starts the process: what the event must carry",
    vendors: ['flowable'],
    process: steps(
      `<receiveTask id="a">${extension('<v:eventType>paid</v:eventType><v:eventCorrelationParameter name="order" value="${order}"/>')}</receiveTask>`,
    ),
    variables: { order: 7 },
    show: async (run) => (await run.engine.messages.publish({ name: 'paid', variables: { order: 8 } })).outcome,
    gives: 'none',
  },
  {
    name: 'triggerEventType',
    does: 'of a `triggerable` task that sends an event: the type of the event that it waits for then; where it names none, it waits for `engine.trigger`',
    vendors: ['flowable'],
    process: asking(''),
    show: async (run) => (await run.engine.messages.publish({ name: 'answered', variables: { order: 7 } })).outcome,
    gives: 'correlated',
  },
  {
    name: 'triggerEventCorrelationParameter',
    does: "a key of that event that the process's variables are bound to",
    vendors: ['flowable'],
    process: asking('<v:triggerEventCorrelationParameter name="order" value="${order}"/>'),
    variables: { order: 7 },
    show: async (run) => (await run.engine.messages.publish({ name: 'answered', variables: { order: 8 } })).outcome,
    gives: 'none',
  },
  {
    name: 'startEventCorrelationConfiguration',
    does: '`storeAsUniqueReferenceId`: an event starts no instance while one runs that was started with the same correlation parameters, those of all elements of the file for its type; `startNewInstance` is the default',
    vendors: ['flowable'],
    process: `<startEvent id="start">${extension('<v:eventType>paid</v:eventType><v:startEventCorrelationConfiguration>storeAsUniqueReferenceId</v:startEventCorrelationConfiguration>')}</startEvent><userTask id="a"/>${flow('f', 'start', 'a')}
      <boundaryEvent id="b" attachedToRef="a" cancelActivity="false">${extension('<v:eventType>paid</v:eventType><v:eventCorrelationParameter name="order" value="${order}"/>')}</boundaryEvent>`,
    isStarted: false,
    show: async ({ engine }) => {
      const outcomes: string[] = []
      for (const order of [1, 2, 1]) {
        outcomes.push((await engine.messages.publish({ name: 'paid', variables: { order }, target: 'all', start: 'always' })).outcome)
        outcomes.push(`${await engine.instances.count({ processKey: 'p' })} run`)
      }
      return outcomes
    },
    gives: ['started', '1 run', 'started', '2 run', 'correlated', '2 run'],
  },
  {
    name: 'variableListenerEventDefinition',
    does: 'occurs at each change of the variable (`create`, `update`, `update-create`, `all`), not by what was so before',
    vendors: ['flowable'],
    process: steps(`<intermediateCatchEvent id="a">${extension(listening)}</intermediateCatchEvent>`, '<userTask id="b"/>'),
    variables: { y: 0 },
    show: changed({ y: 1 }),
    gives: ['b'],
  },
]

/** A task that sends one event and waits for another. */
function asking(more: string): string {
  return steps(
    `<serviceTask id="a" v:type="send-event" v:triggerable="true">${extension(`<v:eventType>asked</v:eventType><v:triggerEventType>answered</v:triggerEventType>${more}`)}</serviceTask>`,
  )
}

function changed(values: Readonly<Record<string, number>>): Row['show'] {
  return async (run) => {
    await run.engine.instances.setVariables(run.id, values)
    await run.engine.drain()
    return active(run)
  }
}

function errorOptions(): NonNullable<Row['options']> {
  return {
    defaultHandler: () => {
      throw new BpmnError('LATE', 'too late')
    },
  }
}
