import { processModel } from './process-model.ts'

/** A change of the model, before and after, and what becomes of an instance that is in the midst of it. */
export interface Change {
  /** As the page tells it. */
  readonly what: string
  /** Where it is after the migration; or by which code it is refused. */
  readonly becomes: { readonly at: string } | { readonly refused: string }
  readonly before: string
  readonly after: string
  readonly map?: Readonly<Record<string, string>>
  /** A task that is completed before. */
  readonly done?: string
  /** The message that comes before. */
  readonly came?: true
  /** What is there afterwards of timers and subscriptions, by due time and name. */
  readonly waits?: readonly string[]
}

const HOUR =
  '<bpmn:timerEventDefinition><bpmn:timeDuration xsi:type="bpmn:tFormalExpression">PT1H</bpmn:timeDuration></bpmn:timerEventDefinition>'
const DAY = HOUR.replace('PT1H', 'P1D')
const GO = '<bpmn:messageEventDefinition messageRef="m"/>'
const STOP = '<bpmn:messageEventDefinition messageRef="m2"/>'
const ROOT = '<bpmn:message id="m" name="go"/><bpmn:message id="m2" name="stop"/>'
const AT_TEN = '2026-01-01T10:00'

const model = (body: string, flows: string): string =>
  processModel('p', `<bpmn:startEvent id="start"/>${body}<bpmn:endEvent id="end"/>`, flows, ROOT)
const one = (element: string): string => model(element, 'start -> a; a -> end')
const task = (id: string, more = ''): string => `<bpmn:userTask id="${id}">${more}</bpmn:userTask>`
const job = (type: string, topic = 't'): string => `<bpmn:${type} id="a" camunda:type="external" camunda:topic="${topic}"/>`
const caught = (id: string, event: string): string => `<bpmn:intermediateCatchEvent id="${id}">${event}</bpmn:intermediateCatchEvent>`
const boundary = (id: string, at: string, event: string, cancels = true): string =>
  `<bpmn:boundaryEvent id="${id}" attachedToRef="${at}" cancelActivity="${cancels}">${event}</bpmn:boundaryEvent>`
const bounded = (event: string, cancels = true): string =>
  model(task('a') + boundary('b', 'a', event, cancels), 'start -> a; a -> end; b -> end')
const rounds = (count: number, isSequential = false): string =>
  `<bpmn:multiInstanceLoopCharacteristics isSequential="${isSequential}"><bpmn:loopCardinality xsi:type="bpmn:tFormalExpression">${count}</bpmn:loopCardinality></bpmn:multiInstanceLoopCharacteristics>`
const inside = (element: string): string =>
  `<bpmn:startEvent id="in"/>${element}<bpmn:sequenceFlow id="in_a" sourceRef="in" targetRef="a"/>`
const LOOP = '<bpmn:standardLoopCharacteristics testBefore="false" loopMaximum="2"/>'
const adHoc = (content: string, ordering = 'Parallel'): string =>
  `<bpmn:adHocSubProcess id="sub" ordering="${ordering}">${content}</bpmn:adHocSubProcess>`
const sub = (element: string, more = '', type = 'subProcess', id = 'sub'): string =>
  `<bpmn:${type} id="${id}">${inside(element)}${more}</bpmn:${type}>`
const wrapped = (element: string, more = '', type?: string): string => model(sub(element, more, type), 'start -> sub; sub -> end')
const handler = (event: string, isInterrupting = true): string =>
  `<bpmn:subProcess id="on" triggeredByEvent="true"><bpmn:startEvent id="came" isInterrupting="${isInterrupting}">${event}</bpmn:startEvent>${task('h')}<bpmn:sequenceFlow id="came_h" sourceRef="came" targetRef="h"/></bpmn:subProcess>`
const race = (events: readonly string[]): string =>
  model(
    `<bpmn:eventBasedGateway id="g"/>${events.map((event, k) => caught(`e${k}`, event)).join('')}`,
    `start -> g${events.map((_, k) => `; g -> e${k}; e${k} -> end`).join('')}`,
  )
const fork = (join: string, branches = 'f -> a; f -> x; a -> j; x -> j'): string =>
  model(`<bpmn:parallelGateway id="f"/><bpmn:${join} id="j"/>${task('a') + task('x')}`, `start -> f; ${branches}; j -> end`)
const forked = (branches: readonly string[], body: string): string =>
  model(`<bpmn:parallelGateway id="f"/>${body}`, `start -> f; ${branches.map((one) => `f -> ${one}; ${one} -> end`).join('; ')}`)
const both = `<bpmn:subProcess id="sub"><bpmn:startEvent id="i"/><bpmn:parallelGateway id="g"/>${task('a') + task('x')}${[
  'i_g',
  'g_a',
  'g_x',
]
  .map((id) => [id, ...id.split('_')])
  .map(([id, from, to]) => `<bpmn:sequenceFlow id="${id}" sourceRef="${from}" targetRef="${to}"/>`)
  .join('')}</bpmn:subProcess>`
const alone = (id: string): string =>
  `<bpmn:subProcess id="sub"><bpmn:startEvent id="i"/>${task(id)}<bpmn:sequenceFlow id="i_${id}" sourceRef="i" targetRef="${id}"/></bpmn:subProcess>`
const repeated = (element: string, how: string): string => element.replace('</bpmn:subProcess>', `${how}</bpmn:subProcess>`)
const loop = (element: string): string => repeated(element, LOOP)
const chained = `<bpmn:subProcess id="sub"><bpmn:startEvent id="i"/>${task('x') + task('a')}<bpmn:sequenceFlow id="i_x" sourceRef="i" targetRef="x"/><bpmn:sequenceFlow id="x_a" sourceRef="x" targetRef="a"/></bpmn:subProcess>`
const undo =
  '<bpmn:serviceTask id="undo" isForCompensation="true" camunda:type="external" camunda:topic="u"/><bpmn:association id="as" associationDirection="One" sourceRef="c" targetRef="undo"/>'
const undone = (id: string): string =>
  model(
    `${task(id)}<bpmn:boundaryEvent id="c" attachedToRef="${id}"><bpmn:compensateEventDefinition/></bpmn:boundaryEvent>${undo}${task('a')}`,
    `start -> ${id}; ${id} -> a; a -> end`,
  )

/** Each row of docs/reference/migration.md. */
export const CHANGES: readonly Change[] = [
  {
    what: 'an element has another name, id (by `map`), assignee, form or job type',
    becomes: { at: 'z' },
    before: one(task('a')),
    after: model(task('z'), 'start -> z; z -> end'),
    map: { a: 'z' },
  },
  { what: 'a boundary event is new', becomes: { at: 'a' }, before: one(task('a')), after: bounded(HOUR), waits: [AT_TEN] },
  { what: 'a boundary event is gone', becomes: { at: 'a' }, before: bounded(HOUR), after: one(task('a')), waits: [] },
  { what: 'a boundary event waits for something else', becomes: { at: 'a' }, before: bounded(HOUR), after: bounded(GO), waits: ['go'] },
  {
    what: 'a boundary event is at another task',
    becomes: { at: 'a' },
    before: bounded(HOUR),
    after: model(task('a') + task('x') + boundary('b', 'x', HOUR), 'start -> a; a -> x; x -> end; b -> end'),
    waits: [],
  },
  {
    what: 'a boundary event interrupts, and did not',
    becomes: { at: 'a' },
    before: bounded(HOUR, false),
    after: bounded(HOUR),
    waits: [AT_TEN],
  },
  { what: 'a timer has another definition', becomes: { at: 'a' }, before: bounded(HOUR), after: bounded(DAY), waits: [AT_TEN] },
  {
    what: 'a message has another name, or key',
    becomes: { at: 'a' },
    before: one(caught('a', GO)),
    after: one(caught('a', STOP)),
    waits: ['stop'],
  },
  {
    what: 'an event waits for a message, and waited for a timer',
    becomes: { refused: 'changedType' },
    before: one(caught('a', HOUR)),
    after: one(caught('a', GO)),
  },
  {
    what: 'a receive task in place of a message event',
    becomes: { refused: 'changedType' },
    before: one(caught('a', GO)),
    after: one('<bpmn:receiveTask id="a" messageRef="m"/>'),
  },
  {
    what: 'an event is new behind an event-based gateway',
    becomes: { at: 'g' },
    before: race([GO]),
    after: race([GO, HOUR]),
    waits: [AT_TEN, 'go'],
  },
  {
    what: 'an event is gone behind an event-based gateway',
    becomes: { at: 'g' },
    before: race([GO, HOUR]),
    after: race([GO]),
    waits: ['go'],
  },
  {
    what: 'an event sub-process is new',
    becomes: { at: 'a' },
    before: one(task('a')),
    after: one(task('a') + handler(HOUR)),
    waits: [AT_TEN],
  },
  { what: 'an event sub-process is gone', becomes: { at: 'a' }, before: one(task('a') + handler(GO)), after: one(task('a')), waits: [] },
  {
    what: 'an event sub-process waits for something else',
    becomes: { at: 'a' },
    before: one(task('a') + handler(HOUR)),
    after: one(task('a') + handler(GO)),
    waits: ['go'],
  },
  {
    what: 'an event sub-process that is under way is gone',
    becomes: { refused: 'unmappedElement' },
    before: one(task('a') + handler(GO)),
    after: one(task('a')),
    came: true,
  },
  {
    what: 'a service task in place of a send, script or business rule task, or the other way about, where both are done by jobs',
    becomes: { at: 'a' },
    before: one(job('serviceTask')),
    after: one(job('sendTask', 'other')),
  },
  { what: 'a task of another kind', becomes: { refused: 'changedType' }, before: one(task('a')), after: one(job('serviceTask')) },
  {
    what: 'the element is gone',
    becomes: { refused: 'unmappedElement' },
    before: one(task('a')),
    after: model(task('x'), 'start -> x; x -> end'),
  },
  {
    what: 'a call activity calls another process',
    becomes: { at: 'a' },
    before: one('<bpmn:callActivity id="a" calledElement="q"/>'),
    after: one('<bpmn:callActivity id="a" calledElement="r"/>'),
  },
  {
    what: 'a multi-instance has another number of rounds',
    becomes: { at: 'a a a' },
    before: one(task('a', rounds(2))),
    after: one(task('a', rounds(5))),
  },
  {
    what: 'a multi-instance is sequential, and was parallel',
    becomes: { refused: 'changedRepetition' },
    before: one(task('a', rounds(2))),
    after: one(task('a', rounds(2, true))),
  },
  {
    what: 'an activity is repeated, and was not',
    becomes: { refused: 'changedRepetition' },
    before: one(task('a')),
    after: one(task('a', rounds(2))),
  },
  {
    what: 'an activity is not repeated any more',
    becomes: { refused: 'changedRepetition' },
    before: one(task('a', rounds(2))),
    after: one(task('a')),
  },
  {
    what: 'a join at which a token waits has more flows',
    becomes: { at: 'a j' },
    before: fork('parallelGateway'),
    after: model(
      `<bpmn:parallelGateway id="f"/><bpmn:parallelGateway id="j"/>${task('a') + task('x') + task('y')}`,
      'start -> f; f -> a; f -> x; a -> j; x -> j; f -> y; y -> j; j -> end',
    ),
    done: 'x',
    map: { f5_x_j: 'f5_x_j' },
  },
  {
    what: 'a join at which a token waits has fewer flows',
    becomes: { refused: 'changedJoin' },
    before: fork('parallelGateway'),
    after: fork('parallelGateway', 'f -> a; f -> x; x -> j; a -> end'),
    done: 'x',
  },
  {
    what: 'a gateway of another kind at which a token waits',
    becomes: { refused: 'changedType' },
    before: fork('parallelGateway'),
    after: fork('inclusiveGateway'),
    done: 'x',
  },
  { what: 'a sub-process is new around the element', becomes: { at: 'a sub' }, before: one(task('a')), after: wrapped(task('a')) },
  {
    what: 'a sub-process is new around the element, and another that is at work is behind it',
    becomes: { refused: 'changedScope' },
    before: forked(['a', 'x'], task('a') + task('x')),
    after: model(
      both.replace(task('x'), '<bpmn:endEvent id="x2"/>').replace('targetRef="x"', 'targetRef="x2"') + task('x'),
      'start -> sub; sub -> x; x -> end',
    ),
  },
  {
    what: 'a sub-process is new around a repeated activity',
    becomes: { at: 'a a sub' },
    before: one(task('a', rounds(2, true))),
    after: wrapped(task('a', rounds(2, true))),
  },
  {
    what: 'a sub-process is new around a sub-process',
    becomes: { at: 'a outer sub' },
    before: wrapped(task('a')),
    after: model(
      `<bpmn:subProcess id="outer"><bpmn:startEvent id="o"/>${sub(task('a'))}<bpmn:sequenceFlow id="o_sub" sourceRef="o" targetRef="sub"/></bpmn:subProcess>`,
      'start -> outer; outer -> end',
    ),
  },
  {
    what: 'a sub-process is new around the element, and is repeated for several',
    becomes: { refused: 'changedScope' },
    before: one(task('a')),
    after: wrapped(task('a'), rounds(2)),
  },
  {
    what: 'a sub-process is gone, and what is at work in it is where it was',
    becomes: { at: 'a' },
    before: wrapped(task('a')),
    after: one(task('a')),
  },
  {
    what: 'a repeated sub-process is gone',
    becomes: { refused: 'unmappedElement' },
    before: wrapped(task('a'), rounds(2)),
    after: one(task('a')),
  },
  {
    what: 'a sub-process is new around the element, and is a loop',
    becomes: { at: 'a sub sub' },
    before: one(task('a')),
    after: wrapped(task('a'), LOOP),
  },
  {
    what: 'the element is out of a loop, in which nothing else is at work',
    becomes: { at: 'a' },
    before: wrapped(task('a'), LOOP),
    after: model(sub(task('x'), LOOP).replaceAll('"a"', '"x"') + task('a'), 'start -> sub; sub -> a; a -> end'),
  },
  {
    what: 'the element is in a loop that is under way beside it, and can hold several tokens',
    becomes: { at: 'a sub sub x' },
    before: forked(['a', 'sub'], loop(alone('x')) + task('a')),
    after: model(loop(both), 'start -> sub; sub -> end'),
  },
  {
    what: 'the element is in a multi-instance that is under way beside it, one round after the other',
    becomes: { at: 'a sub sub x' },
    before: forked(['a', 'sub'], repeated(alone('x'), rounds(2, true)) + task('a')),
    after: model(repeated(both, rounds(2, true)), 'start -> sub; sub -> end'),
  },
  {
    what: 'the element is in a multi-instance that is under way beside it, all rounds at once',
    becomes: { refused: 'changedScope' },
    before: forked(['a', 'sub'], repeated(alone('x'), rounds(2)) + task('a')),
    after: model(repeated(both, rounds(2)), 'start -> sub; sub -> end'),
  },
  {
    what: 'the element is out of a sub-process that is repeated for several',
    becomes: { refused: 'changedScope' },
    before: wrapped(task('a'), rounds(1)),
    after: model(sub(task('x'), rounds(1)).replaceAll('"a"', '"x"') + task('a'), 'start -> sub; sub -> a; a -> end'),
  },
  {
    what: 'an ad hoc sub-process is new around the element',
    becomes: { at: 'a sub' },
    before: one(task('a')),
    after: model(adHoc(task('a') + task('x')), 'start -> sub; sub -> end'),
  },
  {
    what: 'an ad hoc sub-process that has one at a time is new around several',
    becomes: { refused: 'changedScope' },
    before: forked(['a', 'x'], task('a') + task('x')),
    after: model(adHoc(task('a') + task('x'), 'Sequential'), 'start -> sub; sub -> end'),
  },
  {
    what: 'the element is out of an event sub-process that is under way, and nothing else is at work in that',
    becomes: { at: 'h' },
    before: one(task('a') + handler(GO)),
    after: model(
      task('a') + task('h') + handler(STOP).replaceAll('"h"', '"k"').replaceAll('came_h', 'came_k'),
      'start -> a; a -> h; h -> end',
    ),
    came: true,
  },
  {
    what: 'a sub-process is new around all that is at work, an event sub-process among it',
    becomes: { at: 'h on sub' },
    before: one(task('a') + handler(GO)),
    after: wrapped(task('a') + handler(GO)),
    came: true,
  },
  {
    what: 'the element is in an event sub-process that is not under way',
    becomes: { refused: 'changedScope' },
    before: one(task('a')),
    after: model(task('x') + handler(GO).replaceAll('"h"', '"a"').replaceAll('came_h', 'came_a'), 'start -> x; x -> end'),
  },
  {
    what: 'the element is out of its sub-process, which is there still, and nothing else is at work in that',
    becomes: { at: 'a' },
    before: wrapped(task('a')),
    after: model(alone('x') + task('a'), 'start -> sub; sub -> a; a -> end'),
  },
  {
    what: 'the element is out of its sub-process, in which others are at work',
    becomes: { at: 'a sub x' },
    before: model(both, 'start -> sub; sub -> end'),
    after: forked(['a', 'sub'], alone('x') + task('a')),
  },
  {
    what: 'the element is out of its sub-process, in which others are at work, and behind it',
    becomes: { refused: 'changedScope' },
    before: model(both, 'start -> sub; sub -> end'),
    after: model(alone('x') + task('a'), 'start -> sub; sub -> a; a -> end'),
  },
  {
    what: 'the element is in another sub-process, which stood beside it',
    becomes: { at: 'a beside' },
    before: wrapped(task('a')),
    after: model(alone('x') + sub(task('a'), '', 'subProcess', 'beside'), 'start -> sub; sub -> beside; beside -> end'),
  },
  {
    what: 'the element is in a sub-process that is open beside it, and can hold several tokens',
    becomes: { at: 'a sub x' },
    before: forked(['a', 'sub'], alone('x') + task('a')),
    after: model(both, 'start -> sub; sub -> end'),
  },
  {
    what: 'the element is in a sub-process that is open beside it, and holds one token',
    becomes: { at: 'a sub sub x' },
    before: forked(['a', 'sub'], alone('x') + task('a')),
    after: forked(['sub', 'y'], chained + task('y')),
  },
  {
    what: 'a transaction in place of a sub-process, or the other way about',
    becomes: { at: 'a sub' },
    before: wrapped(task('a')),
    after: wrapped(task('a'), '', 'transaction'),
  },
  {
    what: 'an activity that completed and can be compensated is gone, of another kind, or in another scope',
    becomes: { refused: 'changedCompensation' },
    before: undone('d'),
    after: undone('other'),
    done: 'd',
  },
]
