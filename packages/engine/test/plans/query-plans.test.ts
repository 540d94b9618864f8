import { describe, test } from 'vitest'
import { testDatabase } from '../../../../scripts/test-database.ts'
import { createEngine, type Engine, manualClock, NoRetry } from '../../src/index.ts'
import { chain, processModel, service, user } from '../runtime/process-model.ts'
import { expectServed, type Known, pages } from './expect-served.ts'
import { type Watched, watchedPostgres, watchedSqlite } from './watched-databases.ts'

/** Rows of each kind are copied so often before the plans are read: a table of a few rows is rightly read whole. */
const COPIES = 2_000

const KNOWN: Known = {
  'all instances': 'a page of all, in the order in which they lie',
  'all instances, the next page': 'as above',
  'all instances counted': 'each is counted',
  'all instances by their start': 'ids are in the order of starts: who wants the newest orders by -id, and no start pays for an index',
  'instances by startedAfter': 'as above: it narrows what other criteria find',
  'instances by startedAfter, of a tenant': 'as above',
  'instances by startedAfter, counted': 'as above',
  'all tasks': 'a page of all, in the order in which they lie',
  'all tasks by their due time': 'each has to be looked at: it is an order for work lists',
  'all tasks counted': 'each is counted',
  'tasks by unassigned': 'most tasks that are open are in work lists: a page is soon full',
  'tasks by unassigned, of a tenant': 'as above',
  'tasks by unassigned, counted': 'as above: most are counted',
  'all jobs': 'a page of all, in the order in which they lie',
  'all jobs counted': 'each is counted',
  'all incidents': 'a page of all, in the order in which they lie',
  'all incidents counted': 'each is counted',
  'a version deleted': 'who else needs its file is looked for among all that is deployed, which are not many',
  'what is kept no longer': 'each instance is looked at once an hour: how long it is kept is up to its process',
}

const model = chain('p', [
  user('approve', 'camunda:candidateGroups="sales" camunda:candidateUsers="ann" camunda:dueDate="2026-05-01T00:00:00Z"'),
  service('work', 'work'),
])
const waits = processModel(
  'w',
  `<bpmn:startEvent id="start"/><bpmn:parallelGateway id="fork"/>
  <bpmn:intermediateCatchEvent id="paid"><bpmn:messageEventDefinition messageRef="m"/></bpmn:intermediateCatchEvent>
  <bpmn:intermediateCatchEvent id="later"><bpmn:timerEventDefinition><bpmn:timeDuration xsi:type="bpmn:tFormalExpression">P30D</bpmn:timeDuration></bpmn:timerEventDefinition></bpmn:intermediateCatchEvent>
  <bpmn:serviceTask id="fails" camunda:type="external" camunda:topic="fails"/><bpmn:endEvent id="e1"/><bpmn:endEvent id="e2"/><bpmn:endEvent id="e3"/>`,
  'start -> fork; fork -> paid; fork -> later; fork -> fails; paid -> e1; later -> e2; fails -> e3',
  `<bpmn:message id="m" name="paid"><bpmn:extensionElements><zeebe:subscription xmlns:zeebe="http://camunda.org/schema/zeebe/1.0" correlationKey="=orderId"/></bpmn:extensionElements></bpmn:message>`,
)

/** What the engine asks of its store, by what a caller asks of the engine. */
const QUERIES: readonly Named[] = [
  ['the next page of instances', (engine) => pages((after) => engine.instances.find({ processKey: 'p', limit: 5, ...after }))],
  ['the next page of a work list', (engine) => pages((after) => engine.tasks.find({ candidateGroups: ['sales'], limit: 1, ...after }))],
  ['the next page of tasks', (engine) => pages((after) => engine.tasks.find({ elementId: 'approve', limit: 5, ...after }))],
  ['the next page of jobs', (engine) => pages((after) => engine.jobs.find({ type: 'work', limit: 5, ...after }))],
  ['the next page of incidents', (engine) => pages((after) => engine.incidents.find({ processKey: 'w', limit: 5, ...after }))],
  ['an instance', (engine, id) => engine.instances.get(id)],
  ...eachBy('instances'),
  ...by('instances', 'processKey', 'status'),
  ...by('instances', 'processKey', 'startedAfter'),
  ...by('instances', 'definitionId', 'status'),
  ...by('instances', 'businessKey', 'status'),
  ...by('instances', 'businessKey', 'processKey'),
  ...by('instances', 'parent', 'status'),
  ...by('instances', 'variables', 'processKey'),
  ...by('instances', 'variables', 'status'),
  ['all instances', (engine) => engine.instances.find()],
  ['all instances, the next page', (engine) => pages((after) => engine.instances.find({ limit: 5, ...after }))],
  ['all instances by their start', (engine) => engine.instances.find({ orderBy: '-startedAt' })],
  ['all instances counted', (engine) => engine.instances.count()],
  ['an open task', async (engine, id) => engine.tasks.get((await engine.tasks.find({ instanceId: id }))[0]?.id ?? '')],
  ...eachBy('tasks'),
  ...by('tasks', 'elementId', 'assignee'),
  ...by('tasks', 'elementId', 'unassigned'),
  ...by('tasks', 'elementId', 'state'),
  ...by('tasks', 'elementId', 'held'),
  ...by('tasks', 'elementId', 'processKey'),
  ...by('tasks', 'elementId', 'candidateUser'),
  ...by('tasks', 'elementId', 'candidateGroups'),
  ...by('tasks', 'elementId', 'forUser'),
  ...by('tasks', 'elementId', 'instanceId'),
  ...by('tasks', 'elementId', 'dueBefore'),
  ...by('tasks', 'processKey', 'forUser'),
  ...by('tasks', 'processKey', 'state'),
  ...by('tasks', 'instanceId', 'assignee'),
  ...by('tasks', 'instanceId', 'state'),
  ...by('tasks', 'assignee', 'state'),
  ...by('tasks', 'assignee', 'dueBefore'),
  ...by('tasks', 'candidateGroups', 'unassigned'),
  ...by('tasks', 'forUser', 'dueBefore'),
  ['all tasks', (engine) => engine.tasks.find({})],
  ['all tasks by their due time', (engine) => engine.tasks.find({ orderBy: 'dueAt' })],
  ['all tasks counted', (engine) => engine.tasks.count()],
  ...eachBy('jobs'),
  ...by('jobs', 'type', 'kind'),
  ...by('jobs', 'instanceId', 'kind'),
  ['all jobs', (engine) => engine.jobs.find()],
  ['all jobs counted', (engine) => engine.jobs.count()],
  ['jobs of a type, all given attempts', (engine) => engine.jobs.setRetries({ query: { type: 'nothing' } }, 1)],
  ...eachBy('incidents'),
  ...by('incidents', 'processKey', 'elementId'),
  ...by('incidents', 'processKey', 'jobType'),
  ['all incidents', (engine) => engine.incidents.find()],
  ['all incidents counted', (engine) => engine.incidents.count()],
  ['all incidents of a process resolved', (engine) => engine.incidents.resolve({ query: { processKey: 'nothing' } })],
  ['instances of a process cancelled', (engine) => engine.instances.cancel({ query: { processKey: 'nothing' } })],
  ['a message by its key', (engine) => engine.messages.publish({ name: 'paid', correlationKey: 'nobody' })],
  ['a message by a business key', (engine) => engine.messages.publish({ name: 'paid', businessKey: 'nobody' })],
  ['a message by a variable', (engine) => engine.messages.publish({ name: 'paid', match: { orderId: 'nobody' } })],
  ['a message to an instance', (engine, id) => engine.messages.publish({ name: 'paid', instanceId: id })],
  ['a message that is kept', (engine) => engine.messages.publish({ name: 'paid', correlationKey: 'nobody', ttl: 'PT1S' })],
  ['a signal', (engine) => engine.signals.broadcast({ name: 'none' })],
  ['a signal to an instance', (engine, id) => engine.signals.broadcast({ name: 'none', instanceId: id })],
  ['conditions', (engine) => engine.evaluateConditions({ variables: { a: 1 } })],
  ['external work', (engine) => engine.jobs.fetch({ types: ['work'], worker: 'w', lease: 'PT1S', max: 5 })],
  ['external work of tenants', (engine) => engine.jobs.fetch({ types: ['work'], tenantIds: ['a', 'b'], worker: 'w', lease: 'PT1S' })],
  [
    'external work of every tenant',
    (engine) => engine.jobs.fetch({ types: ['fails', 'none', 'work'], worker: 'w', lease: 'PT1S', max: 5 }),
  ],
  ['work that is due, and when the next is', (engine) => engine.advance('PT1S')],
  ['the history of an instance', (engine, id) => engine.history(id)],
  ['why an instance waits', (engine, id) => engine.explain(id)],
  ['a start', (engine) => engine.start('p')],
  ['a version', (engine) => engine.processes.find({ key: 'p', version: 1 })],
  ['the latest version', (engine) => engine.processes.find({ key: 'p', latest: true })],
  ['versions with a tag', (engine) => engine.processes.find({ versionTag: 'rare' })],
  ['the latest versions', (engine) => engine.processes.find({ latest: true })],
  ['all versions', (engine) => engine.processes.list()],
  ['decisions with a tag', (engine) => engine.decisions.find({ versionTag: 'rare' })],
  ['all decisions', (engine) => engine.decisions.list()],
  [
    'a version deleted',
    async (engine) => {
      await engine.deploy(chain('gone', [service('fails', 'fails')]))
      await engine.processes.delete('gone')
    },
  ],
  ['an instance suspended', async (engine) => engine.instances.suspend((await engine.start('p')).id)],
  [
    'an instance deleted',
    async (engine) => {
      const { id } = await engine.start('p')
      await engine.instances.cancel(id)
      await engine.instances.delete(id)
    },
  ],
  ['a version suspended', (engine) => engine.processes.suspend({ key: 'rare', version: 1 })],
  ['what is kept no longer', (engine) => engine.cleanUp()],
]

type Named = readonly [string, (engine: Engine, id: string) => Promise<unknown>]

type Subject = 'instances' | 'tasks' | 'jobs' | 'incidents'

/** Each criterion of a query, asked for what few rows have, or none. */
function criteria(id: string) {
  return {
    instances: {
      processKey: { processKey: 'nothing' },
      definitionId: { definitionId: 'nothing:1' },
      businessKey: { businessKey: 'A-17' },
      parent: { parent: id },
      status: { status: 'failed' },
      statuses: { status: ['failed', 'superseded'] },
      startedAfter: { startedAfter: '2099-01-01T00:00:00Z' },
      variables: { variables: { orderId: 'rare' } },
    },
    tasks: {
      id: { id },
      instanceId: { instanceId: id },
      processKey: { processKey: 'nothing' },
      elementId: { elementId: 'nowhere' },
      assignee: { assignee: 'kim' },
      unassigned: { assignee: null },
      candidateUser: { candidateUser: 'nobody' },
      candidateGroups: { candidateGroups: ['lead', 'nobody'] },
      forUser: { forUser: { id: 'bob', groups: ['lead'] } },
      state: { state: 'delegated' },
      dueBefore: { dueBefore: '2026-02-01T00:00:00Z' },
      held: { held: true },
    },
    jobs: { id: { id }, instanceId: { instanceId: id }, type: { type: 'nothing' }, kind: { kind: 'nothing' } },
    incidents: {
      instanceId: { instanceId: id },
      processKey: { processKey: 'nothing' },
      elementId: { elementId: 'nowhere' },
      jobType: { jobType: 'nothing' },
    },
  }
}

function eachBy(subject: Subject): Named[] {
  return Object.keys(criteria('')[subject]).flatMap((name) => by(subject, name))
}

/** The rows that meet these criteria, and how many they are; of a tenant too. */
function by(subject: Subject, ...names: string[]): Named[] {
  const query = (id: string): object => Object.assign({}, ...names.map((name) => (criteria(id)[subject] as Record<string, object>)[name]))
  const what = `${subject} by ${names.join(' and ')}`
  return [
    [what, (engine, id) => engine[subject].find(query(id))],
    [`${what}, of a tenant`, (engine, id) => engine.as({ tenantId: 't' })[subject].find(query(id))],
    [`${what}, counted`, (engine, id) => engine[subject].count(query(id))],
  ]
}

const { url, missing } = await testDatabase()

describe('an index serves every query of the engine on SQLite', () => plansOn(watchedSqlite))
describe.skipIf(url === null)(missing ?? 'an index serves every query of the engine on PostgreSQL', () =>
  plansOn(() => watchedPostgres(url ?? '')),
)

function plansOn(open: () => Promise<Watched>): void {
  test('and none reads a table from end to end', async () => {
    const database = await open()
    const clock = manualClock('2026-01-01T09:00:00Z')
    const handlers = {
      fails: () => {
        throw new NoRetry('no')
      },
    }
    const seed = await createEngine({ storage: database.storage, clock, handlers, history: 'full', searchable: { orderId: 'text' } })
    await seed.deploy(model)
    await seed.deploy(waits)
    const { id } = await seed.start('p', { businessKey: 'A-17', variables: { orderId: 'o1' } })
    const [task] = await seed.tasks.find({ instanceId: id })
    await seed.tasks.claim(task?.id ?? '', 'kim')
    for (let further = 0; further < 4; further++) await seed.start('p')
    const other = await seed.start('p')
    await seed.tasks.complete((await seed.tasks.find({ instanceId: other.id }))[0]?.id ?? '')
    await seed.start('w', { variables: { orderId: 'o1' } })
    await seed.messages.publish({ name: 'kept', correlationKey: 'o2', ttl: 'P30D', idempotencyKey: 'once' })
    await seed.drain()
    await seed.close()
    await database.multiply(COPIES)
    const engine = await createEngine({ storage: database.storage, clock, handlers, searchable: { orderId: 'text' } })
    await engine.deploy(chain('rare', [service('fails', 'fails')]))
    await engine.start('rare', { variables: { orderId: 'rare' } })
    const queries = QUERIES.map(([what, ask]) => [what, () => ask(engine, id)] as const)
    await expectServed(database, queries, KNOWN)
    await engine.close()
    await database.storage.close()
    await database.close()
  })
}
