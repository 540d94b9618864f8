import fc from 'fast-check'
import { FRAGILE } from './dialect.ts'
import type {
  Async,
  Block,
  Boundary,
  Content,
  Ending,
  ErrorCode,
  Handler,
  ModelShape,
  Repeat,
  Tail,
  TaskType,
  Undo,
} from './model-shape.ts'

/** Random sound models: every construct, nested up to four deep. */
export function modelShapes(): fc.Arbitrary<ModelShape> {
  return fc.record({
    dialect: fc.constantFrom('camunda7' as const, 'camunda7' as const, 'zeebe' as const),
    begins: fc.constantFrom(...(Array(9).fill('itself') as 'itself'[]), 'message', 'gateway', 'condition', 'allOf', 'signal', 'timer'),
    partner: sometimes,
    content: content({ depth: 3, catches: false, inLoop: false, inHandler: false, inTransaction: false, inRounds: false }, 1, 3),
  })
}

/** What a block may use, by where it stands. */
interface Place {
  /** How many more levels of blocks may stand inside; below 0 not even boundary events. */
  readonly depth: number
  /** An error that is thrown here is caught further out. */
  readonly catches: boolean
  readonly inLoop: boolean
  /** Inside an event sub-process: nothing is escalated there, for two could call each other for ever. */
  readonly inHandler: boolean
  /** It can be cancelled from here. */
  readonly inTransaction: boolean
  /** Inside a multi-instance. */
  readonly inRounds: boolean
}

const known = new Map<string, fc.Arbitrary<Block>>()

function block(place: Place): fc.Arbitrary<Block> {
  const key = JSON.stringify(place)
  const found = known.get(key)
  if (found) return found
  const made =
    place.depth <= 0
      ? fc.oneof({ weight: 6, arbitrary: task(place) }, { weight: 3, arbitrary: event(place) }, { weight: 1, arbitrary: link })
      : nested(place)
  known.set(key, made)
  return made
}

function nested(place: Place): fc.Arbitrary<Block> {
  return fc.oneof(
    { weight: 5, arbitrary: task(place) },
    { weight: 2, arbitrary: event(place) },
    { weight: 1, arbitrary: link },
    { weight: 2, arbitrary: branches('exclusive', place) },
    { weight: 5, arbitrary: branches('parallel', place) },
    { weight: 2, arbitrary: branches('inclusive', place) },
    ...(place.inLoop ? [] : [{ weight: 1, arbitrary: complex(place) }]),
    { weight: 1, arbitrary: events(place) },
    { weight: 1, arbitrary: loop(place) },
    { weight: 4, arbitrary: subProcess(place) },
    { weight: 1, arbitrary: guard(place) },
    { weight: 2, arbitrary: adHoc(place) },
    { weight: 1, arbitrary: crowd },
  )
}

function inside(place: Place): Place {
  return { ...place, depth: place.depth - 1 }
}

function blocks(place: Place, min = 0, max = 2): fc.Arbitrary<readonly Block[]> {
  return fc.array(block(place), { minLength: min, maxLength: max, size: 'max' })
}

function content(place: Place, min: number, max: number): fc.Arbitrary<Content> {
  return fc.record({
    start: fc.constantFrom('event' as const, 'event' as const, 'missing' as const),
    blocks: blocks(place, min, max),
    ending: ending(place),
    handlers:
      place.depth <= 0 ? fc.constant([]) : fc.oneof({ weight: 2, arbitrary: fc.constant([]) }, { weight: 1, arbitrary: handlers(place) }),
  })
}

function handlers(place: Place): fc.Arbitrary<readonly Handler[]> {
  const within = { ...place, depth: Math.min(place.depth - 1, 1), inLoop: false, inHandler: true }
  const handler = fc.record({
    event: fc.constantFrom('timer', 'cycle', 'fragile', 'message', 'signal', 'error', 'escalation', 'condition', 'allOf', 'change'),
    interrupting: fc.boolean(),
    content: content(within, 0, 1),
  }) as fc.Arbitrary<Handler> // the events are those of a handler
  // What catches an error of an activity is over when that is undone.
  const undoing = fc.record({
    event: fc.constant('compensate' as const),
    interrupting: fc.constant(true),
    content: content({ ...within, catches: false }, 0, 1),
  })
  const some = fc.array(handler, { minLength: 1, maxLength: 2 })
  return fc.oneof(
    { weight: 3, arbitrary: some },
    { weight: 2, arbitrary: fc.tuple(undoing).map(([one]) => [one]) },
    { weight: 1, arbitrary: fc.tuple(undoing, some).map(([one, others]) => [one, ...others]) },
  )
}

function ending(place: Place): fc.Arbitrary<Ending> {
  const end = fc.record({
    kind: fc.constant('end' as const),
    event: fc.constantFrom(
      ...(['none', 'none', 'message', 'signal', 'terminate', 'missing', 'compensate'] as const),
      ...(place.inHandler ? [] : (['escalation', 'alarm'] as const)),
      ...(place.inTransaction ? (['cancel', 'cancel', 'cancel'] as const) : []),
      ...(place.inRounds ? (['terminateRounds', 'terminateRounds', 'terminateRounds', 'terminateRounds', 'terminateRounds'] as const) : []),
    ),
  })
  const fork = fc.record({
    kind: fc.constant('fork' as const),
    implicit: fc.boolean(),
    tails: fc.array(tail(place), { minLength: 2, maxLength: 3 }),
  })
  const error = fc.record({ kind: fc.constant('error' as const), code: errorCode })
  return fc.oneof(
    { weight: 5, arbitrary: end },
    ...(place.depth > 0 ? [{ weight: 2, arbitrary: fork }] : []),
    ...(place.catches ? [{ weight: 3, arbitrary: error }] : []),
  ) as fc.Arbitrary<Ending> // each member is one
}

function tail(place: Place): fc.Arbitrary<Tail> {
  return fc.record({ blocks: blocks({ ...place, depth: 0 }, 1, 2), event: fc.constantFrom('none', 'none', 'terminate', 'missing') })
}

const errorCode: fc.Arbitrary<ErrorCode> = fc.constantFrom('E1', 'E2')
const above: fc.Arbitrary<number> = fc.oneof(
  { weight: 9, arbitrary: fc.integer({ min: 1, max: 8 }) },
  { weight: 1, arbitrary: fc.constant(FRAGILE) },
)
const rarely: fc.Arbitrary<boolean> = fc.nat(9).map((n) => n === 9)
const sometimes: fc.Arbitrary<boolean> = fc.nat(3).map((n) => n === 3)
const undo: fc.Arbitrary<Undo | null> = fc.constantFrom(null, null, null, null, 'task', 'userTask', 'serviceTask', 'subProcess')
const rarelyUndone: fc.Arbitrary<Undo | null> = fc.constantFrom(null, null, null, null, null, null, 'userTask', 'subProcess')
const async: fc.Arbitrary<Async> = fc.record({ before: rarely, after: rarely })
const link: fc.Arbitrary<Block> = fc.constant({ kind: 'link' as const })

function event({ inHandler, depth }: Place): fc.Arbitrary<Block> {
  return fc.record({
    kind: fc.constant('event' as const),
    event: fc.constantFrom(
      ...([
        'timer',
        'timer',
        'timerDate',
        'timerHours',
        'message',
        'signal',
        'condition',
        'any',
        'allOf',
        'throwMessage',
        'throwSignal',
        'throwNone',
        'throwCompensate',
        'throwCompensateOn',
      ] as const),
      ...(inHandler ? [] : (['throwEscalation', 'throwAll'] as const)),
      // A path beside an activity may begin by them, again and again.
      ...(inHandler || depth < 0 ? [] : (['throwAlarm', 'throwNews'] as const)),
    ),
    async,
  })
}

const taskType: fc.Arbitrary<TaskType> = fc.constantFrom(
  'task',
  'manualTask',
  'userTask',
  'userTask',
  'userTask',
  'serviceTask',
  'serviceTask',
  'sendTask',
  'scriptTask',
  'businessRuleTask',
  'receiveTask',
  'callActivity',
  'callActivity',
)

function task(place: Place): fc.Arbitrary<Block> {
  return fc.record({
    kind: fc.constant('task' as const),
    undo,
    type: taskType,
    async,
    io: sometimes,
    data: sometimes,
    store: rarely,
    retries: sometimes,
    listeners: rarely,
    repeat: repeat(3, place),
    boundaries: place.depth < 0 ? fc.constant([]) : boundaries(place, false),
  })
}

function subProcess(place: Place): fc.Arbitrary<Block> {
  const common = {
    kind: fc.constant('subProcess' as const),
    undo: rarelyUndone,
    async,
    io: sometimes,
    listeners: rarely,
  }
  return fc.tuple(sometimes, sometimes, repeat(3, place)).chain(([catching, transaction, repeated]) => {
    const within = {
      ...inside(place),
      catches: place.catches || catching,
      inTransaction: place.inTransaction || transaction,
      inRounds: place.inRounds || repeated?.kind === 'multiInstance',
    }
    return fc.record({
      ...common,
      repeat: fc.constant(repeated),
      transaction: fc.constant(transaction),
      content: content(within, 1, 2),
      boundaries: catching ? boundaries(place, true).map((others) => [...others, catchAll]) : boundaries(place, false),
    })
  })
}

function adHoc(place: Place): fc.Arbitrary<Block> {
  return fc.record({
    kind: fc.constant('adHoc' as const),
    sequential: fc.boolean(),
    cancels: fc.boolean(),
    above: fc.option(above, { freq: 2 }),
    activities: fc.array(task({ ...place, depth: -1 }), { minLength: 1, maxLength: 3, size: 'max' }),
    led: fc.boolean(),
    driven: fc.boolean(),
    handlers: place.depth <= 0 ? fc.constant([]) : fc.oneof(fc.constant([]), handlers(place)),
    async,
    io: sometimes,
    listeners: rarely,
    repeat: repeat(6, place),
    boundaries: boundaries(place, false),
  }) as fc.Arbitrary<Block> // an option without a value is null
}

const crowd: fc.Arbitrary<Block> = fc.record({ kind: fc.constant('crowd' as const), count: fc.integer({ min: 2, max: 3 }) })

const catchAll: Boundary = { event: 'anyError', interrupting: true, path: [] }

function repeat(oneIn: number, { inHandler, depth }: Place): fc.Arbitrary<Repeat | null> {
  const loopOf = fc.record({
    kind: fc.constant('loop' as const),
    testBefore: fc.boolean(),
    maximum: fc.integer({ min: 1, max: 3 }),
    above: fc.option(above),
  })
  const tells = fc.record({
    when: fc.constantFrom('each', 'first', 'fromSecond'),
    event: fc.constantFrom(
      ...(['signal', 'message'] as const),
      ...(inHandler || depth < 0 ? [] : (['alarm', 'news', 'escalation', 'escalation'] as const)),
    ),
  })
  const multiInstance = fc.record({
    kind: fc.constant('multiInstance' as const),
    sequential: fc.boolean(),
    count: fc.constantFrom(0, 1, 2, 2, 3, 3),
    source: fc.constantFrom('cardinality', 'collection', 'collection', 'late'),
    completion: fc.option(fc.constantFrom(1, 1, 2, 2, FRAGILE), { freq: 2 }),
    output: fc.boolean(),
    tells: fc.option(tells, { freq: 2 }),
  })
  return fc.oneof(
    { weight: oneIn, arbitrary: fc.constant(null) },
    { weight: 1, arbitrary: fc.oneof({ weight: 1, arbitrary: loopOf }, { weight: 2, arbitrary: multiInstance }) },
  ) as fc.Arbitrary<Repeat | null> // each member is one
}

function boundaries(place: Place, forced: boolean): fc.Arbitrary<readonly Boundary[]> {
  const boundary = fc.record({
    event: fc.constantFrom('timer', 'cycle', 'hours', 'message', 'signal', 'error', 'escalation', 'condition', 'any', 'allOf', 'change'),
    interrupting: fc.boolean(),
    path: blocks({ ...place, depth: -1 }, 0, 1),
  }) as fc.Arbitrary<Boundary> // the events are those of a boundary
  const some = fc.array(boundary, { minLength: 1, maxLength: 2 })
  return forced ? fc.oneof(fc.constant([]), some) : fc.oneof({ weight: 3, arbitrary: fc.constant([]) }, { weight: 1, arbitrary: some })
}

function branches(kind: 'exclusive' | 'parallel' | 'inclusive', place: Place): fc.Arbitrary<Block> {
  return fc.record({
    kind: fc.constant(kind),
    branches: fc.array(blocks(inside(place)), { minLength: 2, maxLength: 3, size: 'max' }),
    above: fc.tuple(above, above, above),
    implicitSplit: sometimes,
    otherJoin: sometimes,
    gap: kind === 'exclusive' ? sometimes : fc.constant(false),
    async,
  })
}

function complex(place: Place): fc.Arbitrary<Block> {
  return fc.array(blocks(inside(place)), { minLength: 2, maxLength: 3, size: 'max' }).chain((all) =>
    fc.record({
      kind: fc.constant('complex' as const),
      branches: fc.constant(all),
      enough: fc.constantFrom(FRAGILE, ...all.map((_, k) => k + 1)),
    }),
  )
}

function events(place: Place): fc.Arbitrary<Block> {
  const branch = fc.record({
    event: fc.constantFrom('timer', 'message', 'signal', 'receive', 'condition', 'allOf'),
    blocks: blocks(inside(place), 0, 1),
  })
  return fc.record({
    kind: fc.constant('events' as const),
    branches: fc.uniqueArray(branch, { minLength: 2, maxLength: 3, selector: (one) => (one.event === 'receive' ? 'message' : one.event) }),
  }) as fc.Arbitrary<Block> // the events are those of an event-based gateway
}

function loop(place: Place): fc.Arbitrary<Block> {
  return fc.record({
    kind: fc.constant('loop' as const),
    body: blocks({ ...inside(place), inLoop: true }),
    above: fc.integer({ min: 4, max: 8 }),
  })
}

function guard(place: Place): fc.Arbitrary<Block> {
  return fc.record({
    kind: fc.constant('guard' as const),
    above: fc.integer({ min: 5, max: 8 }),
    end: fc.constantFrom(
      'terminate' as const,
      ...(place.catches ? (['E1', 'E2'] as const) : []),
      ...(place.inTransaction ? (['cancel', 'cancel', 'cancel'] as const) : []),
    ),
  })
}
