import { memoryStorage, type Storage } from '@leeway/storage'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createEngine, type Engine, type EngineApi } from '../../src/index.ts'
import { collections } from '../../src/runtime/records/collections.ts'
import { decision, dmn, literal } from '../decisions/dmn-models.ts'
import type { Operation } from './operations.ts'
import { chain, processModel, service, user } from './process-model.ts'

/*
 * A tenant that knows or guesses every id of another one. All that it gets is what it would get for ids that do not exist.
 */

/** Stands in everything that one tenant has, and may not be in any answer to the other. */
const SECRET = 'the-plan-of-ours'

/** What one tenant has, by id. */
interface Owned {
  readonly instance: string
  readonly ended: string
  readonly task: string
  readonly job: string
  readonly token: number
  readonly incident: string
  readonly failed: string
  readonly element: string
  readonly open: string
  readonly batch: string
  readonly definition: string
  readonly deployment: string
}

const many = ({ instance, ended }: Owned) => ({ instances: [instance, ended] })

const calls: { readonly [Name in Operation]: (engine: EngineApi, ids: Owned) => Promise<unknown> } = {
  deploy: (engine) => engine.deploy(modelOf('order', 'other')),
  start: (engine, { definition }) => engine.start({ id: definition }),
  'processes.list': (engine) => engine.processes.list(),
  'processes.find': (engine) => engine.processes.find({ key: 'order' }),
  'processes.xml': (engine, { definition }) => engine.processes.xml(definition),
  'processes.forms': (engine, { definition }) => engine.processes.forms(definition),
  'processes.delete': (engine, { definition }) => engine.processes.delete({ id: definition }),
  'deployments.delete': (engine, { deployment }) => engine.deployments.delete(deployment),
  'processes.suspend': (engine, { definition }) => engine.processes.suspend({ id: definition }),
  'processes.resume': (engine, { definition }) => engine.processes.resume({ id: definition }),
  'deployments.file': (engine, { deployment }) => engine.deployments.file(deployment, 'a.form'),
  'decisions.list': (engine) => engine.decisions.list(),
  'decisions.find': (engine) => engine.decisions.find({ key: 'secret' }),
  'decisions.evaluate': (engine) => engine.decisions.evaluate('secret'),
  'decisions.explain': (engine) => engine.decisions.explain('secret'),
  'instances.get': (engine, { instance }) => engine.instances.get(instance),
  'instances.find': (engine) => engine.instances.find({ variables: { plan: SECRET } }),
  'instances.count': (engine) => engine.instances.count({ businessKey: SECRET }),
  'instances.variables': (engine, { instance }) => engine.instances.variables(instance),
  'instances.setVariables': (engine, { instance }) => engine.instances.setVariables(instance, { a: 1 }),
  'instances.cancel': (engine, { instance }) => engine.instances.cancel(instance),
  'instances.suspend': (engine, { instance }) => engine.instances.suspend(instance),
  'instances.resume': (engine, { instance }) => engine.instances.resume(instance),
  'instances.modify': (engine, { instance }) => engine.instances.modify(instance, { start: [{ before: 'pack' }] }),
  'instances.rewind': (engine, { instance }) => engine.instances.rewind(instance, 'approve'),
  'instances.restart': (engine, { ended }) => engine.instances.restart(ended),
  'instances.migrate': (engine, ids) => engine.instances.migrate({ ...many(ids), to: ids.definition, dryRun: true }),
  'instances.delete': (engine, { ended }) => engine.instances.delete(ended),
  'tasks.find': (engine, { instance }) => engine.tasks.find({ instanceId: instance }),
  'tasks.get': (engine, { task }) => engine.tasks.get(task),
  'tasks.count': (engine, { instance }) => engine.tasks.count({ instanceId: instance }),
  'tasks.claim': (engine, { task }) => engine.tasks.claim(task, 'kim'),
  'tasks.release': (engine, { task }) => engine.tasks.release(task),
  'tasks.assign': (engine, { task }) => engine.tasks.assign(task, 'kim'),
  'tasks.delegate': (engine, { task }) => engine.tasks.delegate(task, 'lee'),
  'tasks.resolve': (engine, { task }) => engine.tasks.resolve(task),
  'tasks.update': (engine, { task }) => engine.tasks.update(task, { priority: 1 }),
  'tasks.comment': (engine, { task }) => engine.tasks.comment(task, 'well'),
  'tasks.saveDraft': (engine, { task }) => engine.tasks.saveDraft(task, { a: 1 }),
  'tasks.complete': (engine, { task }) => engine.tasks.complete(task),
  'messages.publish': (engine) => engine.messages.publish({ name: 'paid', match: { plan: SECRET }, messageId: 'm-1' }),
  'signals.broadcast': (engine, { instance }) => engine.signals.broadcast({ name: 'stop', instanceId: instance }),
  evaluateConditions: (engine) => engine.evaluateConditions({ variables: { a: 1 } }),
  'jobs.find': (engine, { instance }) => engine.jobs.find({ instanceId: instance }),
  'jobs.count': (engine, { instance }) => engine.jobs.count({ instanceId: instance }),
  'jobs.setRetries': (engine, { failed }) => engine.jobs.setRetries(failed, 3),
  'jobs.reschedule': (engine, { job }) => engine.jobs.reschedule(job, { dueAt: 0 }),
  'jobs.fetch': (engine) => engine.jobs.fetch({ types: ['pack', 'ship'], worker: 'w', max: 100 }),
  'jobs.extend': (engine, { job, token }) => engine.jobs.extend(job, { token, lease: 'PT1M' }),
  'jobs.release': (engine, { job, token }) => engine.jobs.release(job, { token }),
  'jobs.complete': (engine, { job, token }) => engine.jobs.complete(job, { token }),
  'jobs.fail': (engine, { job, token }) => engine.jobs.fail(job, { token, message: 'no' }),
  'jobs.throwError': (engine, { job, token }) => engine.jobs.throwError(job, { token, code: 'E' }),
  'incidents.find': (engine, { instance }) => engine.incidents.find({ instanceId: instance }),
  'incidents.count': (engine) => engine.incidents.count({ jobType: 'break' }),
  'incidents.resolve': (engine, { incident }) => engine.incidents.resolve(incident),
  'adHoc.start': (engine, { open }) => engine.adHoc.start(open, 'inside'),
  'adHoc.complete': (engine, { open }) => engine.adHoc.complete(open),
  'adHoc.enabled': (engine, { open }) => engine.adHoc.enabled(open),
  trigger: (engine, { element }) => engine.trigger(element),
  throwError: (engine, { element }) => engine.throwError(element, 'E'),
  escalate: (engine, { element }) => engine.escalate(element, 'E'),
  'batches.get': (engine, { batch }) => engine.batches.get(batch),
  history: (engine, { instance }) => engine.history(instance),
  explain: (engine, { instance }) => engine.explain(instance),
}

/** The same operations in another form. */
const forms: readonly (readonly [string, (engine: EngineApi, ids: Owned) => Promise<unknown>])[] = [
  ['start by key', (engine) => engine.start('order')],
  ['start with the key of a call of ours', (engine) => engine.start('order', { idempotencyKey: 'k-1' })],
  ['many cancelled, tried', (engine, ids) => engine.instances.cancel({ ...many(ids), dryRun: true })],
  ['many deleted, tried', (engine, ids) => engine.instances.delete({ ...many(ids), dryRun: true })],
  ['all cancelled, tried', (engine) => engine.instances.cancel({ query: {}, dryRun: true })],
  ['incidents resolved, tried', (engine, { incident }) => engine.incidents.resolve({ incidents: [incident], dryRun: true })],
  ['all incidents resolved, tried', (engine) => engine.incidents.resolve({ query: {}, dryRun: true })],
  ['retries of many, tried', (engine, { failed }) => engine.jobs.setRetries({ jobs: [failed], dryRun: true }, 2)],
  [
    'migration of their own to a definition of ours',
    (engine, { definition }) => engine.instances.migrate({ query: {}, to: definition, dryRun: true }),
  ],
  ['a change tried', (engine, { instance }) => engine.instances.modify(instance, { start: [{ before: 'pack' }], dryRun: true })],
  ['children of an instance', (engine, { instance }) => engine.instances.find({ parent: instance })],
  ['all instances', (engine) => engine.instances.find()],
  ['instances of a definition', (engine, { definition }) => engine.instances.find({ definitionId: definition })],
  ['all tasks', (engine) => engine.tasks.find()],
  ['all jobs', (engine) => engine.jobs.find()],
  ['all incidents', (engine) => engine.incidents.find()],
  ['variables of an element', (engine, { instance, open }) => engine.instances.variables(instance, { scope: open })],
  ['variables set in a scope', (engine, { instance, open }) => engine.instances.setVariables(instance, { a: 1 }, { scope: open })],
  ['a task completed with a key', (engine, { task }) => engine.tasks.complete(task, { idempotencyKey: 'k-2' })],
  ['a message by its key', (engine) => engine.messages.publish({ name: 'paid', correlationKey: SECRET } as never)],
  ['a message for an instance', (engine, { instance }) => engine.messages.publish({ name: 'paid', instanceId: instance } as never)],
]

/** Who is bound to no tenant, and names one in the call. */
const by = { tenantId: 'theirs', actor: 'mallory' }
const naming: readonly (readonly [string, (engine: EngineApi, ids: Owned) => Promise<unknown>])[] = [
  ['start', (engine, { definition }) => engine.start({ id: definition }, by)],
  ['processes.delete', (engine, { definition }) => engine.processes.delete({ id: definition }, by)],
  ['processes.suspend', (engine, { definition }) => engine.processes.suspend({ id: definition }, by)],
  ['processes.resume', (engine, { definition }) => engine.processes.resume({ id: definition }, by)],
  ['deployments.delete', (engine, { deployment }) => engine.deployments.delete(deployment, by)],
  ['decisions.evaluate', (engine) => engine.decisions.evaluate('secret', by)],
  ['instances.setVariables', (engine, { instance }) => engine.instances.setVariables(instance, { a: 1 }, by)],
  ['instances.cancel', (engine, { instance }) => engine.instances.cancel(instance, by)],
  ['instances.suspend', (engine, { instance }) => engine.instances.suspend(instance, by)],
  ['instances.resume', (engine, { instance }) => engine.instances.resume(instance, by)],
  ['instances.modify', (engine, { instance }) => engine.instances.modify(instance, { start: [{ before: 'pack' }], ...by })],
  ['a change tried', (engine, { instance }) => engine.instances.modify(instance, { start: [{ before: 'pack' }], dryRun: true, ...by })],
  ['instances.rewind', (engine, { instance }) => engine.instances.rewind(instance, 'approve', by)],
  ['instances.restart', (engine, { ended }) => engine.instances.restart(ended, by)],
  ['instances.migrate', (engine, ids) => engine.instances.migrate({ ...many(ids), to: ids.definition, dryRun: true, ...by })],
  ['instances.delete', (engine, { ended }) => engine.instances.delete(ended, by)],
  ['many cancelled, tried', (engine, ids) => engine.instances.cancel({ ...many(ids), dryRun: true }, by)],
  ['tasks.claim', (engine, { task }) => engine.tasks.claim(task, 'kim', by)],
  ['tasks.release', (engine, { task }) => engine.tasks.release(task, by)],
  ['tasks.assign', (engine, { task }) => engine.tasks.assign(task, 'kim', by)],
  ['tasks.delegate', (engine, { task }) => engine.tasks.delegate(task, 'lee', by)],
  ['tasks.resolve', (engine, { task }) => engine.tasks.resolve(task, by)],
  ['tasks.update', (engine, { task }) => engine.tasks.update(task, { priority: 1 }, by)],
  ['tasks.comment', (engine, { task }) => engine.tasks.comment(task, 'well', by)],
  ['tasks.saveDraft', (engine, { task }) => engine.tasks.saveDraft(task, { a: 1 }, by)],
  ['tasks.complete', (engine, { task }) => engine.tasks.complete(task, by)],
  ['messages.publish', (engine) => engine.messages.publish({ name: 'paid', match: { plan: SECRET }, ...by })],
  ['signals.broadcast', (engine, { instance }) => engine.signals.broadcast({ name: 'stop', instanceId: instance, ...by })],
  ['jobs.setRetries', (engine, { failed }) => engine.jobs.setRetries(failed, 3, by)],
  ['jobs.reschedule', (engine, { job }) => engine.jobs.reschedule(job, { dueAt: 0, ...by })],
  ['jobs.extend', (engine, { job, token }) => engine.jobs.extend(job, { token, lease: 'PT1M', ...by })],
  ['jobs.release', (engine, { job, token }) => engine.jobs.release(job, { token, ...by })],
  ['jobs.complete', (engine, { job, token }) => engine.jobs.complete(job, { token, ...by })],
  ['jobs.fail', (engine, { job, token }) => engine.jobs.fail(job, { token, message: 'no', ...by })],
  ['jobs.throwError', (engine, { job, token }) => engine.jobs.throwError(job, { token, code: 'E', ...by })],
  ['incidents.resolve', (engine, { incident }) => engine.incidents.resolve(incident, by)],
  ['adHoc.start', (engine, { open }) => engine.adHoc.start(open, 'inside', by)],
  ['adHoc.complete', (engine, { open }) => engine.adHoc.complete(open, by)],
  ['trigger', (engine, { element }) => engine.trigger(element, by)],
  ['throwError', (engine, { element }) => engine.throwError(element, 'E', by)],
  ['escalate', (engine, { element }) => engine.escalate(element, 'E', by)],
]

let storage: Storage
let engine: Engine
let ours: Owned
let theirs: EngineApi

beforeAll(async () => {
  storage = memoryStorage()
  engine = await createEngine({
    storage,
    searchable: { plan: 'text' },
    handlers: {
      break: () => {
        throw new Error(SECRET)
      },
    },
    retries: { attempts: 1 },
  })
  const own = engine.as({ tenantId: 'ours', actor: SECRET })
  theirs = engine.as({ tenantId: 'theirs', actor: 'mallory' })
  const { id: deployment, processes } = await own.deploy([
    { name: 'order.bpmn', content: modelOf('order', SECRET) },
    { name: 'a.form', content: JSON.stringify({ components: [{ key: SECRET, type: 'textfield' }] }) },
    { name: 'secret.dmn', content: dmn(decision('secret', literal(`"${SECRET}"`))) },
  ])
  const { id: instance } = await own.start('order', { businessKey: SECRET, variables: { plan: SECRET }, idempotencyKey: 'k-1' })
  const { id: ended } = await own.start('order', { variables: { plan: SECRET } })
  await own.instances.cancel(ended)
  await engine.drain()
  const { batchId } = await own.instances.suspend({ instances: [ended] })
  await engine.drain()
  const [task] = await own.tasks.find({ instanceId: instance })
  const [fetched] = await own.jobs.fetch({ types: ['pack'], worker: 'w' })
  const [incident] = await own.incidents.find()
  const [failed] = await own.jobs.find({ instanceId: instance, type: 'break' })
  await own.messages.publish({ name: 'unknown', messageId: 'm-1', ttl: 'PT1H', variables: { plan: SECRET } })
  const elements = (await own.instances.get(instance))?.activeElements ?? []
  const at = (elementId: string): string => elements.find((one) => one.elementId === elementId)?.elementInstanceId ?? ''
  ours = {
    instance,
    ended,
    task: task?.id ?? '',
    job: fetched?.id ?? '',
    token: fetched?.token ?? 0,
    incident: incident?.id ?? '',
    failed: failed?.id ?? '',
    element: at('paid'),
    open: at('open'),
    batch: batchId,
    definition: processes[0]?.id ?? '',
    deployment,
  }
})
afterAll(() => engine.close())

test('one tenant has something of every kind', () => {
  expect(Object.entries(ours).filter(([, id]) => id === '' || id === 0)).toEqual([])
})

describe('a tenant that knows the ids of another', () => {
  test.each([...Object.entries(calls), ...forms])('gets nothing, changes nothing, and learns nothing: %s', (_, call) =>
    expectNothing((ids) => call(theirs, ids)),
  )

  test.each(naming)('nor does who is bound to none and calls for it: %s', (_, call) => expectNothing((ids) => call(engine, ids)))
})

test('a definition of a tenant is started for it alone, also by who is bound to none', async () => {
  const { definition } = ours
  await expect(engine.start({ id: definition })).rejects.toMatchObject({ code: 'unknownDefinition', message: /tenantId: 'ours'/ })
  await expect(engine.start({ id: definition }, { tenantId: 'ours' })).resolves.toMatchObject({ definitionId: definition })
})

test('a tenant finds its version by number, tag, and from a call, however many tenants have one of the same key', async () => {
  const house = await createEngine()
  const tagged = chain('called', [user('u')]).replace('<bpmn:process ', '<bpmn:process camunda:versionTag="blue" ')
  const calls = `<bpmn:startEvent id="s"/><bpmn:callActivity id="c" calledElement="called" camunda:calledElementBinding="version" camunda:calledElementVersion="1"/>`
  for (let k = 0; k < 101; k++) await house.deploy(tagged, { tenantId: `t${k}` })
  await house.deploy(processModel('caller', calls, 's -> c'))
  for (const tenantId of ['t0', 't99']) {
    for (const by of [{ version: 1 }, { versionTag: 'blue' }])
      expect(await house.start({ key: 'called', ...by }, { tenantId })).toMatchObject({ definitionId: `called:1@${tenantId}` })
    const { id } = await house.start('caller', { tenantId })
    await house.drain()
    expect((await house.instances.find({ parent: id })).map(({ definition }) => definition.id)).toEqual([`called:1@${tenantId}`])
  }
  await house.close()
})

test('no key reads as that of another tenant: tenants may be named by mail addresses', async () => {
  const shared = await createEngine()
  const [kim, lee] = [shared.as({ tenantId: 'kim@lee.example' }), shared.as({ tenantId: 'lee.example' })]
  const model = (key: string) => processModel(key, '<bpmn:startEvent id="s"/><bpmn:userTask id="u"/>', 's -> u')
  await kim.deploy(model('order'))
  await expect(lee.deploy(model('order@kim'))).rejects.toMatchObject({ diagnostics: [{ code: 'invalidKey', elementId: 'order@kim' }] })
  await expect(lee.deploy(dmn(decision('d:1@kim', literal('1'))))).rejects.toMatchObject({ diagnostics: [{ code: 'invalidKey' }] })
  await expect(lee.start('order')).rejects.toMatchObject({ code: 'unknownDefinition' })
  await shared.close()
})

/** The call comes to what it would for ids that do not exist. */
async function expectNothing(call: (ids: Owned) => Promise<unknown>): Promise<void> {
  const before = await everything()
  const [known, madeUp] = [await outcomeOf(call, ours), await outcomeOf(call, unknown(ours))]
  expect(known).not.toContain(SECRET)
  expect(known).toBe(madeUp)
  const after = new Map(await everything())
  for (const [id, record] of before) expect(after.get(id)).toBe(record)
}

/** What the other tenant hears, with the ids that were asked for taken out. */
async function outcomeOf(call: (ids: Owned) => Promise<unknown>, ids: Owned): Promise<string> {
  const outcome = await call(ids).then(
    (value) => ({ value }),
    (error) => ({ code: error.code, message: error.message, details: error.details }),
  )
  const text = JSON.stringify(outcome, (key, value) => (NEW.has(key) ? `new ${key}` : value)) ?? ''
  const named = Object.entries(ids).sort(([, a], [, b]) => String(b).length - String(a).length)
  return named.reduce((rest, [name, id]) => (typeof id === 'string' ? rest.replaceAll(id, `{${name}}`) : rest), text)
}

/** What two calls that do something of their own differ in. */
const NEW = new Set(['batchId', 'version', 'id', 'definitionId', 'deploymentId'])

/** Ids of the same form that nobody has. */
function unknown(ids: Owned): Owned {
  const other = (id: string | number) =>
    typeof id === 'number' ? id : id.replace(/[0-9a-f](?=[^0-9a-f]|$)/, (digit) => (digit === '0' ? '1' : '0'))
  return Object.fromEntries(Object.entries(ids).map(([name, id]) => [name, other(id)])) as unknown as Owned // the same members
}

/** Every record that is kept, by collection and id. */
async function everything(): Promise<[string, string][]> {
  const all: [string, string][] = []
  for (const collection of collections)
    for (const { record } of await storage.find(collection, { where: {}, limit: 1_000 }))
      all.push([`${collection.name} ${record.id}`, JSON.stringify(record)])
  return all
}

function modelOf(key: string, text: string): string {
  const { xml: approve } = user('approve', `camunda:formKey="${text}"`)
  const adHoc = `<bpmn:adHocSubProcess id="open"><bpmn:userTask id="inside"/><bpmn:completionCondition>\${false}</bpmn:completionCondition></bpmn:adHocSubProcess>`
  const caught = `<bpmn:receiveTask id="paid" messageRef="m"/><bpmn:intermediateCatchEvent id="stop"><bpmn:signalEventDefinition signalRef="s"/></bpmn:intermediateCatchEvent>`
  const body = `<bpmn:documentation>${text}</bpmn:documentation><bpmn:startEvent id="start"/><bpmn:parallelGateway id="fork"/>${approve}${service('pack', 'pack').xml}${service('ship', 'ship').xml}${service('break', 'break').xml}${adHoc}${caught}`
  const steps = ['approve', 'pack', 'ship', 'break', 'open', 'paid', 'stop']
  const ends = steps.map((step) => `<bpmn:endEvent id="after_${step}"/>`).join('')
  const flows = ['start -> fork', ...steps.flatMap((step) => [`fork -> ${step}`, `${step} -> after_${step}`])].join('\n')
  return processModel(key, body + ends, flows, '<bpmn:message id="m" name="paid"/><bpmn:signal id="s" name="stop"/>')
}
