import { memoryStorage, type Storage } from '@leeway/storage'
import { expect, test } from 'vitest'
import { createEngine, type Engine, type EngineApi, EngineError, manualClock } from '../../src/index.ts'
import type { ManyIncidents, ManyInstances, ManyJobs } from '../../src/runtime/batches.ts'
import { decision, dmn, literal } from '../decisions/dmn-models.ts'
import type { Operation } from './operations.ts'
import { chain, service, user } from './process-model.ts'

/** Objects that methods are given, those that stand by subject too; a call for many is given more than its last form. */
type Given<Face> = {
  [Name in keyof Face]: Face[Name] extends (...given: infer All) => unknown ? Extract<All[number], object> : Given<Face[Name]>
}[keyof Face]
/** Names that a type knows: variables have any. */
type MemberOf<Request> = Request extends readonly unknown[] | Uint8Array
  ? never
  : Request extends unknown
    ? string extends keyof Request
      ? never
      : keyof Request & string
    : never
type Member = MemberOf<Given<Omit<EngineApi, 'as' | 'within'>> | ManyInstances | ManyJobs | ManyIncidents>

/** An empty one finds nothing, and is none that there is. */
const name = [5, {}, [], 'kim\0', 'ä'.repeat(401)]
const words = [5, {}, [], 'kim\0', '\ud800']
const flag = ['no', 1, {}]
const instant = ['', 'soon 5', '2026-02-31', Number.NaN, 9e15, true, {}, new Date(Number.NaN)]
const each = ['kim', 5, {}, [''], ['a', 5], ['kim\0']]
const duration = ['', 'soon', 5, {}]
const ids = [5, 'x', [], { A: 5 }, { A: '' }, { A: null }]
const values = [5, 'x', [], { f: () => 1 }]
const limit = [0, -1, 1.5, Number.NaN, '5', 1_001]

/** What no call takes as this member, whichever call it is: one that does not know the member refuses that. */
const wrong: { readonly [Name in Member]: readonly unknown[] } = {
  actor: ['', ...name],
  tenantId: ['', ...name],
  idempotencyKey: ['', 5, {}, 'kim\0', 'k'.repeat(257)],
  variables: values,
  match: values,
  businessKey: name,
  at: ['u', 5, {}, [], [''], [5]],
  checkForm: flag,
  includeDrawings: flag,
  instances: ['x', 5, {}, [5], ['']],
  jobs: ['x', 5, {}, [5], ['']],
  incidents: ['x', 5, {}, [5], ['']],
  query: [5, 'x', [], { bogus: 1 }, { limit: 1 }, { elementId: 5 }],
  dryRun: flag,
  reason: words,
  key: name,
  id: name,
  version: [0, -1, 1.5, Number.NaN, '1', {}],
  versionTag: name,
  latest: flag,
  scope: name,
  processKey: name,
  definitionId: name,
  parent: name,
  status: ['', 'nope', 5, {}, ['active', 'nope']],
  startedAfter: instant,
  orderBy: ['bogus', 5, {}, ['bogus']],
  limit,
  after: ['', 'x', 5, {}],
  start: ['sometimes', 5, {}, [null], [{}], [{ before: 5 }], [{ before: 'u', x: 1 }]],
  cancel: ['x', 5, {}, [null], [{}], [{ elementId: 5 }], [{ elementId: 'u', x: 1 }]],
  in: name,
  to: name,
  map: ids,
  reanchor: ids,
  retime: ['yes', 5, {}, [5], ['']],
  afterReturn: flag,
  instanceId: name,
  elementId: name,
  assignee: name,
  candidateUser: name,
  candidateUsers: each,
  candidateGroups: each,
  forUser: [5, 'kim', [], {}, { id: '' }, { id: 'kim', groups: 'g' }, { id: 'kim', x: 1 }],
  state: ['', 'nope', 5, {}, ['nope']],
  dueBefore: instant,
  held: ['no', 1, {}],
  name: words,
  dueAt: instant,
  followUpAt: instant,
  priority: [1.5, Number.NaN, 'high', {}],
  correlationKey: [{}, [], true, 'kim\0', 'ä'.repeat(401)],
  messageId: words,
  ttl: duration,
  target: ['', 'some', 5, {}],
  type: name,
  kind: name,
  following: ['', 'all', 5, {}],
  types: ['x', 5, {}, [''], [5]],
  worker: name,
  lease: [...duration, 'PT0S', 'P366D'],
  max: limit,
  tenantIds: each,
  wait: duration,
  signal: [5, 'x', {}, null],
  token: [Number.NaN, 1.5, 'x', {}],
  retryIn: duration,
  message: [5, {}, []],
  code: words,
  jobType: name,
  activateElements: [5, 'x', {}, [null], [{}], [{ elementId: 5 }]],
  completionConditionFulfilled: flag,
  cancelRemainingInstances: flag,
}

/** Ids of what there is. */
interface There {
  readonly instance: string
  readonly task: string
  readonly job: string
  readonly many: { readonly instances: readonly string[] }
}

const lease = { token: 1 }

/** What each method is called with: well as it stands, but for what there is not. */
const calls: { readonly [Name in Operation]: (there: There) => readonly unknown[] } = {
  deploy: () => [chain('other', []), {}],
  start: () => ['p', {}],
  'processes.list': () => [],
  'processes.find': () => [{}],
  'processes.xml': () => ['p:1'],
  'processes.forms': () => ['p:1'],
  'processes.delete': () => [{ key: 'p' }, {}],
  'processes.suspend': () => [{ key: 'p' }, {}],
  'processes.resume': () => [{ key: 'p' }, {}],
  'deployments.file': () => ['d', 'a.form'],
  'deployments.delete': () => ['d', {}],
  'decisions.list': () => [],
  'decisions.find': () => [{}],
  'decisions.evaluate': () => [{ key: 'd' }, {}],
  'decisions.explain': () => [{ key: 'd' }, {}],
  'instances.get': ({ instance }) => [instance],
  'instances.find': () => [{}],
  'instances.count': () => [{}],
  'instances.variables': ({ instance }) => [instance, {}],
  'instances.setVariables': ({ instance }) => [instance, { x: 1 }, {}],
  'instances.cancel': ({ many }) => [many, {}],
  'instances.suspend': ({ many }) => [many, {}],
  'instances.resume': ({ many }) => [many, {}],
  'instances.modify': ({ instance }) => [instance, { start: [{ before: 'u' }] }],
  'instances.rewind': ({ instance }) => [instance, 'u', {}],
  'instances.restart': ({ instance }) => [instance, {}],
  'instances.migrate': ({ many }) => [{ ...many, to: 'p:1' }],
  'instances.delete': ({ many }) => [many, {}],
  'tasks.find': () => [{}],
  'tasks.get': ({ task }) => [task],
  'tasks.count': () => [{}],
  'tasks.claim': ({ task }) => [task, 'kim', {}],
  'tasks.release': ({ task }) => [task, {}],
  'tasks.assign': ({ task }) => [task, 'kim', {}],
  'tasks.delegate': ({ task }) => [task, 'lee', {}],
  'tasks.resolve': ({ task }) => [task, {}],
  'tasks.update': ({ task }) => [task, { priority: 1 }, {}],
  'tasks.comment': ({ task }) => [task, 'well', {}],
  'tasks.saveDraft': ({ task }) => [task, { x: 1 }, {}],
  'tasks.complete': ({ task }) => [task, {}],
  'messages.publish': () => [{ name: 'm', ttl: 'PT1H' }],
  'signals.broadcast': () => [{ name: 's' }],
  evaluateConditions: () => [{}],
  'jobs.find': () => [{}],
  'jobs.count': () => [{}],
  'jobs.setRetries': ({ job }) => [{ jobs: [job] }, 3, {}],
  'jobs.reschedule': ({ job }) => [job, { dueAt: 0 }],
  'jobs.fetch': () => [{ types: ['pack'], worker: 'w' }],
  'jobs.extend': ({ job }) => [job, { ...lease, lease: 'PT1M' }],
  'jobs.release': ({ job }) => [job, lease],
  'jobs.complete': ({ job }) => [job, lease],
  'jobs.fail': ({ job }) => [job, { ...lease, message: 'no' }],
  'jobs.throwError': ({ job }) => [job, { ...lease, code: 'E' }],
  'incidents.find': () => [{}],
  'incidents.count': () => [{}],
  'incidents.resolve': () => [{ incidents: [] }, {}],
  'adHoc.start': ({ task }) => [task, 'a', {}],
  'adHoc.complete': ({ task }) => [task, {}],
  'adHoc.enabled': ({ task }) => [task],
  trigger: ({ task }) => [task, {}],
  throwError: ({ task }) => [task, 'E', {}],
  escalate: ({ task }) => [task, 'E', {}],
  'batches.get': () => ['b'],
  history: ({ instance }) => [instance],
  explain: ({ instance }) => [instance],
}

/** The same in another form. */
const forms: readonly (readonly [Operation, (there: There) => readonly unknown[]])[] = [
  ['instances.cancel', ({ instance }) => [instance, {}]],
  ['instances.suspend', ({ instance }) => [instance, {}]],
  ['instances.resume', ({ instance }) => [instance, {}]],
  ['instances.delete', ({ instance }) => [instance, {}]],
  ['incidents.resolve', () => ['i', {}]],
  ['jobs.setRetries', ({ job }) => [job, 3, {}]],
  ['start', () => [{ key: 'p' }, {}]],
]

const methods = Object.entries(calls) as [Operation, (there: There) => readonly unknown[]][] // its keys are operations
const all = [...methods, ...forms].map(([operation, given], k) => ({ operation, given, k }))

test.each(all)('$operation refuses what no call takes, as asked wrongly, and writes nothing ($k)', async ({ operation, given }) => {
  const { engine, there, writes } = await begun()
  const args = given(there)
  const taken: string[] = []
  for (const { what, names, put, isPlace } of variants(operation, args)) {
    const error = await Promise.resolve()
      .then(() => methodOf(engine, operation)(...put))
      .then(
        () => 'taken',
        (thrown: unknown) => thrown,
      )
    if (!(error instanceof EngineError)) taken.push(`${what}: ${error}`)
    else if (error.code === 'unknownElementInstance' && isPlace)
      continue // what is no id of one is one that there is not
    else if (error.code !== 'invalidArgument' && error.code !== 'invalidVariable') taken.push(`${what}: ${error.code}`)
    else if (error.code === 'invalidArgument' && ![operation, ...names, ...TOLD_BY_VALUE].some((one) => error.message.includes(one)))
      taken.push(`${what}: names neither call nor argument: ${error.message}`)
  }
  expect(taken).toEqual([])
  expect(writes()).toBe(0)
  await engine.close()
})

/** A variable by its own name, an instant by what was given. */
const TOLD_BY_VALUE = ['by variable', 'no point in time']

interface Variant {
  readonly what: string
  /** One of these is named, or the call. */
  readonly names: readonly string[]
  readonly put: readonly unknown[]
  /** An element instance is given. */
  readonly isPlace: boolean
}

/** The call with each text, and each member of each object, given wrongly. */
function variants(operation: Operation, args: readonly unknown[]): readonly Variant[] {
  return args.flatMap((one, k): readonly Variant[] => {
    const variant = (value: unknown, member: string | null): Variant => {
      const put = args.map((other, i) => (i !== k ? other : member === null ? value : { ...(one as object), [member]: value }))
      const isPlace = (k === 0 && AT_ELEMENTS.has(operation)) || member === 'scope'
      return { what: `${k}${member === null ? '' : `.${member}`}: ${shown(value)}`, names: member === null ? [] : [member], put, isPlace }
    }
    if (typeof one === 'string') return (FREE.get(operation) === k ? [5, {}] : [5, {}, 'x\0']).map((value) => variant(value, null))
    if (typeof one !== 'object' || one === null) return []
    const noObjects = [null, 5, []].map((value) => variant(value, null))
    if (OF_VARIABLES.get(operation) === k) return noObjects
    const members = Object.entries(wrong).filter(([member]) => !operation.endsWith('.count') || !OF_PAGES.has(member))
    return [variant(1, 'misspelt'), ...noObjects, ...members.flatMap(([member, given]) => given.map((value) => variant(value, member)))]
  })
}

/** Calls at element instances. */
const AT_ELEMENTS: ReadonlySet<Operation> = new Set(['adHoc.start', 'adHoc.complete', 'adHoc.enabled', 'trigger', 'throwError', 'escalate'])
/** Where any text is well. */
const FREE: ReadonlyMap<Operation, number> = new Map([
  ['deploy', 0],
  ['tasks.comment', 1],
])
/** Where any names are members. */
const OF_VARIABLES: ReadonlyMap<Operation, number> = new Map([
  ['instances.setVariables', 1],
  ['tasks.saveDraft', 1],
])
/** A count takes the query of a page, and what makes it a page has no meaning there. */
const OF_PAGES: ReadonlySet<string> = new Set(['limit', 'after', 'orderBy'])

async function begun(): Promise<{ readonly engine: Engine; readonly there: There; readonly writes: () => number }> {
  const storage: Storage = memoryStorage()
  let commits = 0
  const commit = storage.commit.bind(storage)
  storage.commit = (sets) => {
    commits += 1
    return commit(sets)
  }
  const engine = await createEngine({ storage, clock: manualClock() })
  await engine.deploy(chain('p', [user('u')]))
  await engine.deploy(chain('q', [service('s', 'pack')]))
  await engine.deploy(dmn(decision('d', literal('1'))))
  const { id: instance } = await engine.start('p')
  await engine.start('q')
  const [task] = await engine.tasks.find()
  const [job] = await engine.jobs.find()
  const before = commits
  const there = { instance, task: task?.id ?? '', job: job?.id ?? '', many: { instances: [instance] } }
  return { engine, there, writes: () => commits - before }
}

function methodOf(engine: Engine, operation: string): (...given: readonly unknown[]) => unknown {
  const [subject, method] = operation.includes('.') ? operation.split('.') : [null, operation]
  const face = subject === null ? engine : Reflect.get(engine, subject ?? '')
  return Reflect.get(face as object, method ?? '') as (...given: readonly unknown[]) => unknown // an operation is a method
}

function shown(value: unknown): string {
  return typeof value === 'object' ? (JSON.stringify(value) ?? '').slice(0, 60) : String(value).slice(0, 20)
}
