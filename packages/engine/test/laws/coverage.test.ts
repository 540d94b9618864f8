import { beforeAll, expect, test } from 'vitest'
import { type Coverage, coverage } from './coverage.ts'
import { LAW_SEED } from './runs.ts'

const CONSTRUCTS = [
  ...[
    'task',
    'manualTask',
    'userTask',
    'serviceTask',
    'sendTask',
    'scriptTask',
    'businessRuleTask',
    'receiveTask',
    'callActivity',
    'sub-process',
  ],
  ...[
    'exclusive gateway',
    'parallel gateway',
    'inclusive gateway',
    'event-based gateway',
    'complex gateway',
    'parallel split joined inclusively',
  ],
  ...[
    'implicit split',
    'implicit merge',
    'implicit fork',
    'no default flow',
    'fragile condition',
    'back edge',
    'guard',
    'link',
    'no start event',
    'no end event',
  ],
  ...['none end', 'message end', 'signal end', 'terminate end', 'error end', 'compensate end', 'cancel end', 'transaction'],
  ...['task', 'userTask', 'serviceTask', 'subProcess'].map((undo) => `compensated by ${undo}`),
  ...[
    'timer event',
    'timerDate event',
    'timerHours event',
    'message event',
    'signal event',
    'throwMessage event',
    'throwSignal event',
    'throwNone event',
    'throwAlarm event',
    'throwNews event',
    'alarm end',
  ],
  ...['throwCompensate event', 'throwCompensateOn event', 'event sub-process by compensate'],
  ...['condition event', 'any event', 'allOf event', 'condition behind a gateway', 'allOf behind a gateway'],
  ...['timer', 'cycle', 'hours', 'message', 'signal', 'condition', 'any', 'allOf'].flatMap((event) => [
    `interrupting ${event} boundary`,
    `non-interrupting ${event} boundary`,
  ]),
  ...['interrupting error boundary', 'interrupting anyError boundary'],
  ...[
    'interrupting escalation boundary',
    'non-interrupting escalation boundary',
    'escalation end',
    'throwEscalation event',
    'throwAll event',
  ],
  ...['interrupting event sub-process', 'non-interrupting event sub-process'],
  ...['timer', 'cycle', 'fragile', 'message', 'signal', 'error', 'escalation', 'condition', 'allOf'].map(
    (event) => `event sub-process by ${event}`,
  ),
  ...['standard loop', 'sequential multi-instance', 'parallel multi-instance', 'cardinality source', 'collection source', 'late source'],
  ...['each', 'first', 'fromSecond'].map((when) => `${when} round tells`),
  ...['alarm', 'news', 'signal', 'message', 'escalation'].map((event) => `rounds tell ${event}`),
  ...['completion condition', 'output collection', 'input and output mapping', 'async before', 'async after', 'listeners'],
  ...['parallel ad hoc sub-process', 'sequential ad hoc sub-process', 'ad hoc sub-process that waits', 'quantities'],
  'ad hoc sub-process that a handler drives',
  ...['data associations', 'event sub-process in an ad hoc sub-process', 'joins of a path in an ad hoc sub-process'],
  ...['message', 'signal', 'timer', 'gateway', 'condition', 'allOf'].map((event) => `instantiated by ${event}`),
  ...['terminateRounds end', 'data store', 'retries', 'message flow to another pool', 'event sub-process by change'],
  ...['interrupting change boundary', 'non-interrupting change boundary'],
  ...['dialect camunda7', 'dialect zeebe'],
]

let drawn: Coverage

beforeAll(async () => {
  drawn = await coverage(1_000, LAW_SEED)
}, 120_000)

test.each(CONSTRUCTS)('the laws see "%s" in at least 5 % of the models', (construct) => {
  expect(drawn.shares.get(construct) ?? 0).toBeGreaterThanOrEqual(0.05)
})

test('the laws see sub-processes nested three levels deep in at least 5 % of the models', () => {
  expect(drawn.shares.get('three levels') ?? 0).toBeGreaterThanOrEqual(0.05)
})

test('at least half of the walks have two or more tokens at work at once', () => {
  expect(drawn.concurrent).toBeGreaterThanOrEqual(0.5)
})
