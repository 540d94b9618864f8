import { memoryStorage } from '@leeway/storage'
import { describe, expect, test } from 'vitest'
import { createEngine, type EngineError, type EngineOptions, manualClock } from '../../src/index.ts'
import { WAITING_MAX } from '../../src/runtime/news.ts'
import { holderOf } from '../lifecycles/holding.ts'
import { allStores } from './all-stores.ts'
import { chain, processModel, service } from './process-model.ts'

const packing = processModel(
  'p',
  `<bpmn:startEvent id="start"/><bpmn:serviceTask id="pack" camunda:type="external" camunda:topic="pack"/>
   <bpmn:boundaryEvent id="broken" attachedToRef="pack"><bpmn:errorEventDefinition errorRef="e"/></bpmn:boundaryEvent><bpmn:userTask id="repair"/><bpmn:endEvent id="end"/>`,
  'start -> pack\npack -> end\nbroken -> repair\nrepair -> end',
  '<bpmn:error id="e" errorCode="BROKEN"/>',
)

describe.each(allStores)('an external worker of an engine on $name', ({ open }) => {
  const begin = async () => {
    const clock = manualClock('2026-01-01T00:00:00Z')
    const engine = await createEngine({ storage: open(), clock })
    await engine.deploy(packing)
    const { id } = await engine.start('p', { variables: { size: 3 } })
    const fetch = (worker: string) => engine.jobs.fetch({ types: ['pack'], worker, lease: 'PT30S', max: 10 })
    return { clock, engine, id, fetch }
  }

  test('fetches due work of its types with all that it needs, and nobody else gets it meanwhile', async () => {
    const { engine, id, fetch } = await begin()
    expect(await engine.jobs.fetch({ types: ['other'], worker: 'w1' })).toEqual([])
    const [job] = await fetch('w1')
    expect(job).toMatchObject({
      type: 'pack',
      instanceId: id,
      processKey: 'p',
      elementId: 'pack',
      elementInstanceId: expect.stringContaining(id),
      variables: { size: 3 },
      attempt: 1,
      retriesLeft: 3,
      leaseOwner: 'w1',
      leasedUntil: '2026-01-01T00:00:30.000Z',
      idempotencyKey: `${id}/pack:1`,
      token: expect.any(Number),
    })
    expect(await fetch('w2')).toEqual([])
    await engine.close()
  })

  test('completes with its token; its variables go on', async () => {
    const { engine, id, fetch } = await begin()
    const [job] = await fetch('w1')
    await engine.jobs.complete(job?.id ?? '', { token: job?.token ?? 0, variables: { box: 'B' } })
    expect(await engine.instances.get(id)).toMatchObject({ status: 'completed', variables: { size: 3, box: 'B' } })
    await expect(engine.jobs.complete(job?.id ?? '', { token: job?.token ?? 0 })).rejects.toMatchObject({
      name: 'EngineError',
      code: 'unknownJob',
    })
    await engine.close()
  })

  test('that lost its lease to another is refused, whatever it sends; the other one completes', async () => {
    const { clock, engine, id, fetch } = await begin()
    const [first] = await fetch('w1')
    clock.advance('PT31S')
    const [second] = await fetch('w2')
    expect(second?.id).toBe(first?.id)
    expect(second?.idempotencyKey).toBe(first?.idempotencyKey)
    expect(second?.token).not.toBe(first?.token)
    const [jobId, token] = [first?.id ?? '', first?.token ?? 0]
    const lost = { name: 'EngineError', code: 'leaseLost' }
    await expect(engine.jobs.complete(jobId, { token })).rejects.toMatchObject(lost)
    await expect(engine.jobs.fail(jobId, { token, message: 'late' })).rejects.toMatchObject(lost)
    await expect(engine.jobs.throwError(jobId, { token, code: 'BROKEN' })).rejects.toMatchObject(lost)
    await expect(engine.jobs.extend(jobId, { token, lease: 'PT1M' })).rejects.toMatchObject(lost)
    await engine.jobs.complete(jobId, { token: second?.token ?? 0 })
    expect(await engine.instances.get(id)).toMatchObject({ status: 'completed' })
    await engine.close()
  })

  test('that fails gives the job back with its back-off or the one it asks for, and a report counts once', async () => {
    const { clock, engine, fetch } = await begin()
    const [first] = await fetch('w1')
    await engine.jobs.fail(first?.id ?? '', { token: first?.token ?? 0, message: 'no box', retryIn: 'PT5M' })
    await expect(engine.jobs.fail(first?.id ?? '', { token: first?.token ?? 0, message: 'no box' })).rejects.toMatchObject({
      code: 'leaseLost',
    })
    expect(await engine.jobs.find()).toMatchObject([
      { dueAt: '2026-01-01T00:05:00.000Z', attempt: 2, retriesLeft: 2, error: { message: 'no box' }, leaseOwner: null },
    ])
    clock.advance('PT4M')
    expect(await fetch('w1')).toEqual([])
    clock.advance('PT1M')
    const [second] = await fetch('w1')
    expect(second).toMatchObject({ attempt: 2, retriesLeft: 2 })
    await engine.jobs.fail(second?.id ?? '', { token: second?.token ?? 0, message: 'still none' })
    clock.advance('PT2S')
    const [third] = await fetch('w1')
    await engine.jobs.fail(third?.id ?? '', { token: third?.token ?? 0, message: 'gone' })
    expect(await engine.incidents.find()).toMatchObject([{ elementId: 'pack', message: 'gone', jobId: third?.id }])
    clock.advance('P1D')
    expect(await fetch('w1')).toEqual([])
    await engine.jobs.setRetries(third?.id ?? '', 1)
    expect(await engine.incidents.find()).toEqual([])
    expect(await fetch('w1')).toMatchObject([{ retriesLeft: 1 }])
    await engine.close()
  })

  test('that fails with whatever text is heard, and of a long one the beginning is kept', async () => {
    const { engine, fetch } = await begin()
    const messages = ['a\0b', 'half \ud800', `${'x'.repeat(3_000)}`]
    for (const [i, message] of messages.entries()) {
      const [job] = await fetch('w1')
      await engine.jobs.fail(job?.id ?? '', { token: job?.token ?? 0, message, retryIn: 'PT0S' })
      if (i < 2) expect((await engine.jobs.find())[0]?.error?.message).toBe(message)
    }
    expect((await engine.incidents.find())[0]?.message).toBe(`${'x'.repeat(2_000)}…`)
    await engine.close()
  })

  test('gives back what it cannot do: the next one has it at once, with every attempt that was left', async () => {
    const { engine, id, fetch } = await begin()
    const [first] = await fetch('w1')
    const [jobId, token] = [first?.id ?? '', first?.token ?? 0]
    await expect(engine.jobs.release(jobId, { token: token + 1 })).rejects.toMatchObject({ code: 'leaseLost' })
    for (let i = 0; i < 2; i++) await engine.jobs.release(jobId, { token, idempotencyKey: 'r' })
    await expect(engine.jobs.release(jobId, { token })).rejects.toMatchObject({ name: 'EngineError', code: 'leaseLost' })
    expect(await engine.jobs.find()).toMatchObject([{ leaseOwner: null, leasedUntil: null, attempt: 1, retriesLeft: 3 }])
    const [second] = await fetch('w2')
    expect(second).toMatchObject({ id: jobId, attempt: 1, retriesLeft: 3, leaseOwner: 'w2' })
    await expect(engine.jobs.release(jobId, { token })).rejects.toMatchObject({ code: 'leaseLost' })
    await expect(engine.jobs.complete(jobId, { token })).rejects.toMatchObject({ code: 'leaseLost' })
    await engine.jobs.complete(jobId, { token: second?.token ?? 0 })
    await expect(engine.jobs.release(jobId, { token: second?.token ?? 0 })).rejects.toMatchObject({ code: 'unknownJob' })
    expect(await engine.instances.get(id)).toMatchObject({ status: 'completed' })
    await engine.close()
  })

  test('throws a BPMN error, which its boundary event catches', async () => {
    const { engine, id, fetch } = await begin()
    const [job] = await fetch('w1')
    await engine.jobs.throwError(job?.id ?? '', { token: job?.token ?? 0, code: 'BROKEN', variables: { part: 'lid' } })
    expect(await engine.instances.get(id)).toMatchObject({ activeElements: [{ elementId: 'repair' }], variables: { part: 'lid' } })
    await engine.close()
  })

  test('has no say any more when the activity was cancelled', async () => {
    const { engine, id, fetch } = await begin()
    const [job] = await fetch('w1')
    await engine.instances.cancel(id)
    await expect(engine.jobs.complete(job?.id ?? '', { token: job?.token ?? 0 })).rejects.toMatchObject({ code: 'unknownJob' })
    await engine.close()
  })

  test('does not get what this engine’s own handler does, unless it asks for its type', async () => {
    const engine = await createEngine({ storage: open(), clock: manualClock(), handlers: { own: () => undefined } })
    await engine.deploy(chain('p', [service('a', 'own')]))
    await engine.start('p')
    expect(await engine.jobs.fetch({ types: ['pack'], worker: 'w' })).toEqual([])
    expect(await engine.jobs.fetch({ types: ['own'], worker: 'w' })).toHaveLength(1)
    await engine.close()
  })
})

test('a worker that extends its lease keeps the job beyond the first end', async () => {
  const engine = await createEngine()
  await engine.deploy(packing)
  await engine.start('p')
  const [job] = await engine.jobs.fetch({ types: ['pack'], worker: 'w1', lease: 'PT0.05S' })
  await engine.jobs.extend(job?.id ?? '', { token: job?.token ?? 0, lease: 'PT1H' })
  const [view] = await engine.jobs.find()
  expect(Date.parse(view?.leasedUntil ?? '') - Date.now()).toBeGreaterThan(3_000_000)
  await engine.jobs.complete(job?.id ?? '', { token: job?.token ?? 0 })
  expect(await engine.jobs.find()).toEqual([])
  await engine.close()
})

test('a lease is extended from now on by the store’s clock, which may be a manual one', async () => {
  const clock = manualClock('2026-01-01T00:00:00Z')
  const engine = await createEngine({ clock, storage: memoryStorage({ now: clock.now }) })
  await engine.deploy(packing)
  await engine.start('p')
  const [job] = await engine.jobs.fetch({ types: ['pack'], worker: 'w1', lease: 'PT30S' })
  await engine.jobs.extend(job?.id ?? '', { token: job?.token ?? 0, lease: 'PT1M' })
  expect(await engine.jobs.find()).toMatchObject([{ leasedUntil: '2026-01-01T00:01:00.000Z' }])
  await engine.close()
})

test('work that failed and is off the path may be given new attempts, and is offered on return', async () => {
  const engine = await createEngine({ clock: manualClock(), retries: { attempts: 1 } })
  const holder = await holderOf(engine)
  await engine.deploy(packing)
  await engine.start('p')
  const [job] = await engine.jobs.fetch({ types: ['pack'], worker: 'w' })
  await engine.jobs.fail(job?.id ?? '', { token: job?.token ?? 0, message: 'no box' })
  await holder.hold(job?.id ?? '')
  await engine.jobs.setRetries(job?.id ?? '', 2)
  expect(await engine.jobs.fetch({ types: ['pack'], worker: 'w' })).toEqual([])
  await holder.release(job?.id ?? '')
  expect(await engine.jobs.fetch({ types: ['pack'], worker: 'w' })).toHaveLength(1)
  await engine.close()
})

test('a result that comes twice while its activity is off the path is kept once and refused as on hold the second time', async () => {
  const engine = await createEngine({ clock: manualClock() })
  const holder = await holderOf(engine)
  await engine.deploy(packing)
  await engine.start('p')
  const [job] = await engine.jobs.fetch({ types: ['pack'], worker: 'w' })
  const [id, token] = [job?.id ?? '', job?.token ?? 0]
  await holder.hold(id)
  await engine.jobs.complete(id, { token })
  await expect(engine.jobs.complete(id, { token })).rejects.toMatchObject({ name: 'Refused', code: 'OnHold' })
  await engine.close()
})

describe.each(allStores)('fetching ($name)', ({ open }) => {
  const parts = (key: string, type: string, priority = 0) =>
    chain(key, [service('do', type, `camunda:jobPriority="${priority}" camunda:taskPriority="${priority}"`)])
  const opened = async (options: EngineOptions = {}) => {
    const engine = await createEngine({ storage: open(), clock: manualClock('2026-01-01T00:00:00Z'), ...options })
    for (const type of ['busy', 'calm', 'rare']) await engine.deploy(parts(type, type))
    return engine
  }
  const countOf = (jobs: readonly { readonly type: string }[], type: string) => jobs.filter((job) => job.type === type).length

  test('gives each type its share, and what some leave over to the others', async () => {
    const engine = await opened()
    for (let i = 0; i < 20; i++) await engine.start('busy')
    for (let i = 0; i < 2; i++) await engine.start('calm')
    const fetched = await engine.jobs.fetch({ types: ['busy', 'calm', 'rare'], worker: 'w', max: 9 })
    expect([countOf(fetched, 'busy'), countOf(fetched, 'calm')]).toEqual([7, 2])
    await engine.close()
  })

  test('one by one, every type has its turn before a backlog is done', async () => {
    const engine = await opened()
    for (let i = 0; i < 9; i++) await engine.start('busy')
    await engine.start('calm')
    await engine.start('rare')
    const types: string[] = []
    for (let i = 0; i < 6; i++)
      types.push(...(await engine.jobs.fetch({ types: ['busy', 'calm', 'rare'], worker: 'w' })).map(({ type }) => type))
    expect(new Set(types)).toEqual(new Set(['busy', 'calm', 'rare']))
    await engine.close()
  })

  test('one by one, types that have work take turns evenly, though one between them has none and others ask meanwhile', async () => {
    const engine = await opened()
    for (let i = 0; i < 8; i++) for (const type of ['busy', 'rare']) await engine.start(type)
    const types: string[] = []
    for (let i = 0; i < 8; i++) {
      types.push(...(await engine.jobs.fetch({ types: ['busy', 'calm', 'rare'], worker: 'w' })).map(({ type }) => type))
      for (let other = 0; other < 2; other++) await engine.jobs.fetch({ types: ['calm'], worker: 'x' })
    }
    expect(types.filter((type) => type === 'busy')).toHaveLength(4)
    await engine.close()
  })

  test('gives each type its share, though one has many tenants and another has few', async () => {
    const engine = await opened()
    for (let i = 0; i < 30; i++) await engine.start('busy', { tenantId: `t${i % 10}` })
    for (let i = 0; i < 6; i++) await engine.start('calm', { tenantId: 't1' })
    const some = await engine.jobs.fetch({ types: ['busy', 'calm', 'rare'], worker: 'w', max: 9 })
    expect([countOf(some, 'busy'), countOf(some, 'calm')]).toEqual([5, 4])
    expect(new Set(some.filter(({ type }) => type === 'busy').map(({ tenantId }) => tenantId)).size).toBe(5)
    const rest = await engine.jobs.fetch({ types: ['busy', 'calm', 'rare'], worker: 'w', max: 30 })
    expect([countOf(rest, 'busy'), countOf(rest, 'calm')]).toEqual([25, 2])
    await engine.close()
  })

  test('gives each tenant that is named its share, and no work of others', async () => {
    const engine = await opened()
    for (let i = 0; i < 12; i++) await engine.start('busy', { tenantId: 'large' })
    for (const tenantId of ['small', 'small', 'other']) await engine.start('busy', { tenantId })
    const fetched = await engine.jobs.fetch({ types: ['busy'], worker: 'w', max: 6, tenantIds: ['large', 'small'] })
    expect(fetched.map(({ tenantId }) => tenantId).sort()).toEqual(['large', 'large', 'large', 'large', 'small', 'small'])
    await expect(engine.as({ tenantId: 'small' }).jobs.fetch({ types: ['busy'], worker: 'w', tenantIds: ['large'] })).rejects.toMatchObject(
      {
        code: 'notAuthorized',
      },
    )
    await engine.close()
  })

  test('gives each type its share, though tenants are named, and what some leave over to the other types first', async () => {
    const engine = await opened()
    for (let i = 0; i < 30; i++) await engine.start('busy', { tenantId: i % 2 === 0 ? 'a' : 'b' })
    for (let i = 0; i < 12; i++) await engine.start('calm', { tenantId: 'a' })
    const tenantIds = ['a', 'b', 'c', 'd']
    const some = await engine.jobs.fetch({ types: ['busy', 'calm'], tenantIds, worker: 'w', max: 16 })
    expect([countOf(some, 'busy'), countOf(some, 'calm')]).toEqual([8, 8])
    expect(some.filter(({ type, tenantId }) => type === 'busy' && tenantId === 'a')).toHaveLength(4)
    const rest = await engine.jobs.fetch({ types: ['busy', 'calm'], tenantIds, worker: 'w', max: 16 })
    expect([countOf(rest, 'busy'), countOf(rest, 'calm')]).toEqual([12, 4])
    await engine.close()
  })

  test('one by one, each type has its turn, though tenants are named and one type is of few of them', async () => {
    const engine = await opened()
    for (let i = 0; i < 20; i++) await engine.start('busy', { tenantId: i % 2 === 0 ? 'a' : 'b' })
    for (let i = 0; i < 10; i++) await engine.start('calm', { tenantId: 'a' })
    const fetched: string[] = []
    for (let i = 0; i < 12; i++)
      for (const { type, tenantId } of await engine.jobs.fetch({ types: ['busy', 'calm'], tenantIds: ['a', 'b', 'c'], worker: 'w' }))
        fetched.push(`${type} ${tenantId}`)
    expect(fetched.filter((one) => one === 'calm a')).toHaveLength(6)
    expect(fetched.filter((one) => one === 'busy a')).toHaveLength(3)
    await engine.close()
  })

  test('gives each tenant its share where none is named, and those without a tenant theirs', async () => {
    const engine = await opened()
    for (let i = 0; i < 12; i++) await engine.start('busy', { tenantId: 'large' })
    for (const tenantId of ['small', 'small', 'other']) await engine.start('busy', { tenantId })
    for (let i = 0; i < 2; i++) await engine.start('busy')
    const fetched = await engine.jobs.fetch({ types: ['busy'], worker: 'w', max: 9 })
    const tenants = fetched.map(({ tenantId }) => tenantId ?? 'none').sort()
    expect(tenants).toEqual(['large', 'large', 'large', 'large', 'none', 'none', 'other', 'small', 'small'])
    await engine.close()
  })

  test('one by one, every tenant has its turn, though there are more than are looked at in one call', async () => {
    const engine = await opened()
    for (let i = 0; i < 25; i++) await engine.start('busy', { tenantId: 'large' })
    for (let i = 0; i < 20; i++) await engine.start('busy', { tenantId: `t${i}` })
    await engine.start('busy')
    const tenants: (string | null)[] = []
    for (let i = 0; i < 22; i++)
      tenants.push(...(await engine.jobs.fetch({ types: ['busy'], worker: 'w' })).map(({ tenantId }) => tenantId))
    expect(new Set(tenants).size).toBe(22)
    expect(await engine.jobs.fetch({ types: ['busy'], worker: 'w', max: 30 })).toHaveLength(24)
    await engine.close()
  })

  test('by one who is bound to a tenant gives its own and what is shared', async () => {
    const engine = await opened()
    for (const tenantId of ['small', 'small', 'small', 'other']) await engine.start('busy', { tenantId })
    await engine.start('busy')
    const bound = engine.as({ tenantId: 'small' })
    const fetched = await bound.jobs.fetch({ types: ['busy'], worker: 'w', max: 2 })
    expect(fetched.map(({ tenantId }) => tenantId).sort()).toEqual([null, 'small'])
    await engine.start('calm', { tenantId: 'small' })
    const types: string[] = []
    for (let i = 0; i < 4; i++) types.push(...(await bound.jobs.fetch({ types: ['busy', 'calm'], worker: 'w' })).map(({ type }) => type))
    expect(types.sort()).toEqual(['busy', 'busy', 'calm'])
    await engine.close()
  })

  test('gives the highest priority of a type first', async () => {
    const engine = await opened()
    await engine.deploy(parts('urgent', 'busy', 50))
    await engine.start('busy')
    await engine.start('urgent')
    expect(await engine.jobs.fetch({ types: ['busy'], worker: 'w' })).toMatchObject([{ processKey: 'urgent', priority: 50 }])
    await engine.close()
  })

  test('waits for work, and is given it when it comes; without any it answers when its time is over', async () => {
    const engine = await opened({ worker: { pollMs: 60_000 } })
    expect(await engine.jobs.fetch({ types: ['calm'], worker: 'w', wait: 'PT0.02S' })).toEqual([])
    const waiting = engine.jobs.fetch({ types: ['calm'], worker: 'w', wait: 'PT1M' })
    const { id } = await engine.start('calm')
    expect(await waiting).toMatchObject([{ instanceId: id }])
    await engine.close()
  })

  test('that waits asks again when there is work of its types, not for that of others', async () => {
    const storage = memoryStorage()
    const asked: unknown[] = []
    const claim = storage.claim.bind(storage)
    storage.claim = (collection, request) => {
      asked.push(request.owner)
      return claim(collection, request)
    }
    const engine = await createEngine({ storage, worker: { pollMs: 60_000 } })
    await engine.deploy(chain('a', [service('s', 'a')]))
    await engine.deploy(chain('b', [service('s', 'b')]))
    const ask = (worker: string, types: readonly string[]) => engine.jobs.fetch({ types, worker, wait: 'PT1M' })
    const [ofA, ofBoth, ofOthers] = [ask('wa', ['a']), ask('wab', ['a', 'b']), ask('wc', ['c', 'd'])]
    const isWaiting = async () => asked.length === 5 && engine.jobs.find()
    while (!(await isWaiting())) await new Promise((turn) => setImmediate(turn))
    const { id } = await engine.start('b')
    expect(await ofBoth).toMatchObject([{ instanceId: id, type: 'b' }])
    await engine.start('a')
    expect(await ofA).toMatchObject([{ type: 'a' }])
    expect(asked.filter((owner) => owner === 'wc')).toHaveLength(2)
    await Promise.all([expect(ofOthers).rejects.toMatchObject({ code: 'closed' }), engine.close()])
    await storage.close()
  })

  test('that nobody waits for any more ends at once, and leases nothing', async () => {
    const storage = memoryStorage()
    const engine = await createEngine({ storage, worker: { pollMs: 60_000 } })
    await engine.deploy(chain('calm', [service('s', 'calm')]))
    const ask = (signal: AbortSignal) => engine.jobs.fetch({ types: ['calm'], worker: 'w', wait: 'PT1M', signal })
    const gone = new Error('the worker has hung up')
    await expect(ask(AbortSignal.abort(gone))).rejects.toBe(gone)
    const waiting = new AbortController()
    const asked = ask(waiting.signal)
    await engine.jobs.find()
    waiting.abort(gone)
    await expect(asked).rejects.toBe(gone)
    await engine.start('calm')
    const claiming = new AbortController()
    const claim = storage.claim.bind(storage)
    storage.claim = (collection, request) => {
      claiming.abort(gone)
      return claim(collection, request)
    }
    await expect(ask(claiming.signal)).rejects.toBe(gone)
    expect(await engine.jobs.find()).toMatchObject([{ leaseOwner: null, attempt: 1 }])
    await engine.close()
    await storage.close()
  })

  test('that waits is told when the engine closes', async () => {
    const engine = await opened({ worker: { pollMs: 60_000 } })
    const waiting = engine.jobs.fetch({ types: ['calm'], worker: 'w', wait: 'PT1M' })
    await Promise.all([expect(waiting).rejects.toMatchObject({ code: 'closed' }), engine.jobs.find().then(() => engine.close())])
  })
})

test('no more calls wait for work at the same time than a node can hold, and each may wait for so long only', async () => {
  const engine = await createEngine({ clock: manualClock(), worker: { pollMs: 60_000 } })
  const ask = (wait: string) => engine.jobs.fetch({ types: ['a'], worker: 'w', wait })
  await expect(ask('PT6M')).rejects.toMatchObject({ code: 'invalidArgument' })
  await expect(engine.jobs.fetch({ types: Array.from({ length: 101 }, (_, i) => `t${i}`), worker: 'w' })).rejects.toMatchObject({
    code: 'invalidArgument',
  })
  const waiting = Array.from({ length: WAITING_MAX + 1 }, () =>
    ask('PT1M').then(
      () => 'given',
      (error: EngineError) => error.code,
    ),
  )
  expect(await waiting.at(-1)).toBe('tooManyWaiting')
  await engine.close()
  expect(new Set(await Promise.all(waiting.slice(0, -1)))).toEqual(new Set(['closed']))
})
