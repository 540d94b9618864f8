import { describe, expect, test } from 'vitest'
import { createEngine, type Engine, inspectModel, manualClock } from '../../src/index.ts'
import { chain, service, user } from './process-model.ts'
import { stores } from './stores.ts'

const invalid = { name: 'EngineError', code: 'invalidArgument' }

/** What a caller without types may do: give anything. */
type Loose<T> = T extends (...args: never[]) => infer Answer
  ? (...args: unknown[]) => Answer
  : T extends object
    ? { readonly [Member in keyof T]: Loose<T[Member]> }
    : T
const loose = (engine: Engine): Loose<Engine> => engine as unknown as Loose<Engine>

async function failure(run: () => unknown): Promise<unknown> {
  try {
    return await run()
  } catch (error) {
    return error
  }
}

describe.each(stores)('on $name', ({ open }) => {
  const begin = async (): Promise<Engine> => {
    const engine = await createEngine({ storage: open(), clock: manualClock(), searchable: { orderId: 'text' } })
    await engine.deploy(chain('p', [user('u')]))
    return engine
  }

  test('what has an impossible shape is refused as invalidArgument that names the call, what was given and what is expected', async () => {
    const engine = await begin()
    const it = loose(engine)
    const calls: readonly (readonly [() => unknown, RegExp])[] = [
      [() => it.start(undefined), /^start: process is undefined; it must be /],
      [() => it.start(null), /^start: process is null/],
      [() => it.start(5), /^start: process is 5/],
      [() => it.start({}), /^start: process is \{\}/],
      [() => it.start(''), /^start: process is ""/],
      [() => it.start('a\u0000'), /^start: process is "a\\u0000"; it must be text without NUL/],
      [() => it.start({ key: 'p', version: '1' }), /version/],
      [() => it.start({ key: 'p', bogus: 1 }), /bogus/],
      [() => it.start('p', { at: 'u' }), /^start: at is "u"; it must be /],
      [() => it.start('p', { at: [] }), /^start: at is \[\]/],
      [() => it.start('p', null), /^start: options is null/],
      [() => it.start('p', { bogus: 1 }), /^start knows no options\.bogus/],
      [() => it.start('p', { businessKey: 5 }), /^start: businessKey is 5/],
      [() => it.start('p', { businessKey: 'a\u0000b' }), /businessKey/],
      [() => it.start('p', { businessKey: 'a\ud800' }), /businessKey/],
      [() => it.start('p', { tenantId: 5 }), /^start: tenantId is 5/],
      [() => it.start('p', { actor: {} }), /^start: actor is \{\}/],
      [() => it.start('p', { actor: '' }), /^start: actor is ""/],
      [() => it.start('p', { tenantId: '' }), /^start: tenantId is ""/],
      [() => it.as({ actor: '' }), /^as: actor is ""/],
      [() => it.start('p', { idempotencyKey: '' }), /^start: idempotencyKey is ""/],
      [() => it.start('p', { idempotencyKey: 5 }), /^start: idempotencyKey is 5/],
      [() => it.start('p', { idempotencyKey: 'x'.repeat(257) }), /idempotencyKey/],
      [() => it.deploy([{ name: 'a', content: 5 }]), /^deploy: source\[0\]\.content is 5/],
      [() => it.deploy([null]), /^deploy: source\[0\] is null/],
      [() => it.deploy(), /^deploy/],
      [() => it.deploy('', { bogus: 1 }), /bogus/],
      [() => it.processes.find({ bogus: 1 }), /bogus/],
      [() => it.processes.find({ version: 'x' }), /version/],
      [() => it.processes.find({ latest: 'no' }), /latest is "no"/],
      [() => it.instances.cancel({ instances: [] }, { dryRun: null }), /^instances\.cancel: dryRun is null/],
      [() => it.instances.cancel({ instances: [], dryRun: 'no' }), /^instances\.cancel: dryRun is "no"/],
      [() => it.instances.migrate({ instances: [], to: 'p:1', dryRun: null }), /^instances\.migrate: dryRun is null/],
      [() => it.instances.modify('i', { start: [{ before: 'u' }], dryRun: null }), /^instances\.modify: dryRun is null/],
      [() => it.instances.rewind('i', 'u', { dryRun: 0 }), /^instances\.rewind: dryRun is 0/],
      [() => it.instances.find({ limit: Symbol('many') }), /limit is Symbol\(many\)/],
      [() => it.tasks.find({ dueBefore: 1.5 }), /1\.5 is no point in time/],
      ...['soon 5', '2026-02-31', '', '5'].map(
        (dueAt) => [() => it.tasks.update('t', { dueAt }), /is no point in time; give ISO 8601 text/] as const,
      ),
      [() => it.tasks.update('t', { priority: Symbol('high') }), /priority is Symbol\(high\)/],
      [() => it.messages.publish(), /^messages\.publish: message is undefined/],
      [() => it.messages.publish({ name: 'm', ttl: 5 }), /^messages\.publish: ttl is 5/],
      [() => it.messages.publish({ name: 'm', bogus: 5 }), /bogus/],
      [() => it.messages.publish({ name: 'm', businessKey: 5 }), /businessKey/],
      [() => it.messages.publish({ name: 'm', correlationKey: {} }), /correlationKey/],
      [() => it.messages.publish({ name: 'm', correlationKey: Number.NaN }), /correlationKey is NaN/],
      [() => it.messages.publish({ name: 'm', instanceId: 5 }), /instanceId/],
      [() => it.signals.broadcast(), /^signals\.broadcast: signal is undefined/],
      [() => it.signals.broadcast({ name: 5 }), /^signals\.broadcast: name is 5/],
      [() => it.signals.broadcast({ name: 's', bogus: 5 }), /bogus/],
      [() => it.jobs.fetch(), /^jobs\.fetch: request is undefined/],
      [() => it.jobs.fetch({ types: ['a'] }), /^jobs\.fetch: worker is undefined/],
      [() => it.jobs.fetch({ types: [5], worker: 'w' }), /^jobs\.fetch: types\[0\] is 5/],
      [() => it.jobs.fetch({ types: ['a'], worker: 'w', lease: 5 }), /^jobs\.fetch: lease is 5/],
      [() => it.jobs.complete('id'), /^jobs\.complete: options is undefined/],
      ...['PT0S', 'P366D'].map(
        (lease) => [() => it.jobs.fetch({ types: ['a'], worker: 'w', lease }), /^jobs\.fetch: lease is "P/] as const,
      ),
      [() => it.jobs.extend('id', { token: 1, lease: 'PT0S' }), /^jobs\.extend: lease is "PT0S"/],
      [() => it.jobs.fail('id', { token: 1, retryIn: 'P101Y' }), /^jobs\.fail: retryIn is "P101Y"/],
      ...[0, 1_001, 1.5, '5'].map((max) => [() => it.jobs.fetch({ types: ['a'], worker: 'w', max }), /^jobs\.fetch: max is /] as const),
      ...[Number.NaN, 1.5, null].map((token) => [() => it.jobs.complete('id', { token }), /^jobs\.complete: token is /] as const),
      [() => it.jobs.complete('id', { token: 'x' }), /^jobs\.complete: token is "x"/],
      [() => it.jobs.extend('id'), /^jobs\.extend: options is undefined/],
      [() => it.jobs.reschedule('id', { dueAt: 9e15 }), /^jobs\.reschedule: dueAt: 9000000000000000 is no point in time/],
      [() => it.jobs.reschedule('id'), /^jobs\.reschedule: options is undefined/],
      [() => it.jobs.reschedule('id', { dueAt: 0, following: 'all' }), /^jobs\.reschedule: following is "all"/],
      [() => it.start({ id: 'p:1', version: 2 }), /^start: process is .*; it must be an id alone/],
      [() => it.processes.suspend({ id: 'p:1', key: 'p' }), /^processes\.suspend: process is .*; it must be an id alone/],
      [() => it.processes.suspend({ key: 'p', versionTag: 5 }), /^processes\.suspend: process\.versionTag is 5/],
      [() => it.decisions.evaluate({ id: 'd:1', versionTag: 't' }), /^decisions\.evaluate: decision is .*; it must be an id alone/],
      [() => it.processes.suspend({}), /^processes\.suspend: process is \{\}/],
      [() => it.processes.delete('p', { instances: 1 }), /^processes\.delete: instances is 1/],
      [() => it.jobs.release('id'), /^jobs\.release: options is undefined/],
      [() => it.jobs.release('id', { token: 1, retryIn: 'PT1S' }), /^jobs\.release knows no options\.retryIn/],
      [() => it.jobs.fail('id'), /^jobs\.fail: options is undefined/],
      [() => it.jobs.throwError('id'), /^jobs\.throwError: options is undefined/],
      [() => it.jobs.throwError('id', { token: 1 }), /^jobs\.throwError: code is undefined/],
      [() => it.jobs.find({ bogus: 1 }), /bogus/],
      [() => it.jobs.find(null), /null/],
      [() => it.incidents.find({ bogus: 1 }), /bogus/],
      [() => it.incidents.resolve(5), /^incidents\.resolve: id is 5/],
      [() => it.instances.find(null), /^instances\.find: query is null/],
      [() => it.instances.find({ unknown: 1 }), /^instances\.find knows no query\.unknown; it knows /],
      [() => it.instances.find({ status: 'nope' }), /^instances\.find: status is "nope"/],
      [() => it.instances.find({ businessKey: 5 }), /businessKey/],
      [() => it.instances.find({ variables: 5 }), /variables/],
      [() => it.instances.find({ orderBy: 5 }), /orderBy/],
      [() => it.instances.count({ status: 'nope' }), /^instances\.count: status/],
      [() => it.instances.get(5), /^instances\.get: id is 5/],
      [() => it.instances.cancel('x', { bogus: 1 }), /bogus/],
      [() => it.tasks.find({ bogus: 1 }), /^tasks\.find knows no query\.bogus/],
      [() => it.tasks.find({ state: 'nope' }), /^tasks\.find: state is "nope"/],
      [() => it.tasks.find({ assignee: 5 }), /^tasks\.find: assignee is 5/],
      [() => it.tasks.find({ candidateGroups: 'g' }), /^tasks\.find: candidateGroups is "g"/],
      [() => it.tasks.find({ forUser: 'kim' }), /^tasks\.find: forUser is "kim"/],
      [() => it.tasks.find({ forUser: { id: 'kim', groups: 'g' } }), /groups/],
      [() => it.tasks.find({ held: 'yes' }), /held/],
      [() => it.tasks.claim('x', 5), /^tasks\.claim: user is 5/],
      [() => it.tasks.assign('x', 5), /^tasks\.assign: user is 5/],
      [() => it.tasks.delegate('x'), /^tasks\.delegate: user is undefined/],
      [() => it.tasks.update('x'), /^tasks\.update: changes is undefined/],
      [() => it.tasks.update('x', { candidateGroups: 'g' }), /candidateGroups/],
      [() => it.tasks.complete('x', null), /^tasks\.complete: options is null/],
      [() => it.tasks.complete('x', { bogus: 1 }), /bogus/],
      [() => it.tasks.complete(Symbol('x')), /^tasks\.complete: id is Symbol\(x\)/],
      [() => it.tasks.comment('x', 5), /^tasks\.comment: text is 5/],
      [() => it.trigger('x.1', null), /^trigger: options is null/],
      [() => it.trigger('x.1', { bogus: 1 }), /bogus/],
      [() => it.throwError('x.1', 'e', null), /^throwError: options is null/],
      [() => it.throwError('x.1', 5), /^throwError: code is 5/],
      [() => it.throwError('x.1', 'e', { message: 5 }), /^throwError: message is 5/],
      [() => it.escalate('x.1', 'e', null), /^escalate: options is null/],
      [() => it.history(Symbol('x')), /^history: instanceId is Symbol/],
      [() => it.explain(null), /^explain: instanceId is null/],
      [() => it.instances.modify('x'), /^instances\.modify: modification is undefined/],
      [() => it.instances.modify('x', { start: [null] }), /^instances\.modify: start\[0\] is null/],
      [() => it.instances.rewind('x', Object.create(null)), /^instances\.rewind: elementId is \{\}/],
      [() => it.instances.migrate(), /^instances\.migrate: migration is undefined/],
      [() => it.instances.migrate(null), /^instances\.migrate: migration is null/],
      [() => it.instances.migrate({ to: 'x', bogus: 1 }), /bogus/],
      [() => it.as(), /^as: who is undefined/],
      [() => it.as({ actor: 5 }), /^as: actor is 5/],
      [() => it.advance(), /^advance: by is undefined/],
      [() => it.advance(5), /^advance: by is 5; it must be .*PT1H/],
      [() => it.on('any', 5), /^on: listener is 5/],
      [() => it.on('nope', () => undefined), /^on: name is "nope"/],
    ]
    for (const [call, message] of calls) {
      const error = await failure(call)
      expect(error, String(call)).toMatchObject(invalid)
      expect((error as Error).message).toMatch(message)
    }
    expect(await engine.instances.count()).toBe(0)
    await engine.close()
  })

  test('an element instance that is no text is an unknown one, and an option that has no text is named as what it is', async () => {
    const engine = await begin()
    for (const given of [Object.create(null), { toString: () => 5n }, Symbol('x'), 5n]) {
      await expect(loose(engine).trigger(given)).rejects.toMatchObject({ code: 'unknownElementInstance' })
      await expect(loose(engine).throwError(given, 'e')).rejects.toMatchObject({ code: 'unknownElementInstance' })
    }
    const looselyMade = createEngine as unknown as (options: unknown) => Promise<Engine>
    await expect(looselyMade(10n)).rejects.toMatchObject({ code: 'invalidOption' })
    await engine.close()
  })

  test('null for actor, tenant and idempotency key means that there is none', async () => {
    const engine = await begin()
    const started = await loose(engine).start('p', { actor: null, tenantId: null, idempotencyKey: null })
    expect(started).toMatchObject({ processKey: 'p' })
    await loose(engine).instances.setVariables(started.id, { x: 1 }, { idempotencyKey: null })
    await engine.close()
  })

  test('a page goes on only in the order that it was asked in', async () => {
    const engine = await begin()
    for (let i = 0; i < 3; i++) await engine.start('p')
    const page = await engine.instances.find({ limit: 2, orderBy: '-startedAt' })
    expect(await engine.instances.find({ limit: 2, orderBy: '-startedAt', after: page.next ?? '' })).toHaveLength(1)
    for (const orderBy of ['id', 'startedAt']) {
      await expect(engine.instances.find({ limit: 2, orderBy, after: page.next ?? '' })).rejects.toMatchObject(invalid)
    }
    await expect(engine.instances.find({ after: 'x' })).rejects.toMatchObject(invalid)
    await engine.close()
  })

  test('tasks that nobody has are found by assignee null', async () => {
    const engine = await begin()
    const [first, second] = [await engine.start('p'), await engine.start('p')]
    const [task] = await engine.tasks.find({ instanceId: first.id })
    await engine.tasks.claim(task?.id ?? '', 'kim')
    expect(await engine.tasks.find({ assignee: null })).toMatchObject([{ instanceId: second.id }])
    expect(await engine.tasks.find({ assignee: 'kim' })).toMatchObject([{ instanceId: first.id }])
    await engine.close()
  })

  test('the manual clock is not moved back', async () => {
    const engine = await begin()
    await expect(engine.advance({ to: '2020-01-01T00:00:00Z' })).rejects.toMatchObject({ name: 'ClockError', code: 'backwards' })
    await engine.close()
  })
})

describe('tenants', () => {
  test('a worker bound to a tenant neither sees, fetches nor ends the work of another tenant', async () => {
    const engine = await createEngine({ clock: manualClock() })
    await engine.deploy(chain('p', [service('a', 'pack')]))
    const { id } = await engine.start('p', { tenantId: 'A', businessKey: 'B-1' })
    const [own, other] = [engine.as({ tenantId: 'A' }), engine.as({ tenantId: 'B' })]
    expect(await other.jobs.fetch({ types: ['pack'], worker: 'w' })).toEqual([])
    const [job] = await own.jobs.fetch({ types: ['pack'], worker: 'w' })
    expect(job).toMatchObject({ instanceId: id, definitionId: 'p:1', businessKey: 'B-1', tenantId: 'A' })
    const [jobId, token] = [job?.id ?? '', job?.token ?? 0]
    for (const call of [
      () => other.jobs.extend(jobId, { token, lease: 'PT1M' }),
      () => other.jobs.release(jobId, { token }),
      () => other.jobs.complete(jobId, { token }),
      () => other.jobs.setRetries(jobId, 2),
    ])
      await expect(call()).rejects.toMatchObject({ code: 'unknownJob' })
    expect(await engine.jobs.find()).toMatchObject([{ definitionId: 'p:1', businessKey: 'B-1', tenantId: 'A' }])
    await own.jobs.complete(jobId, { token })
    await engine.close()
  })

  test('the tenant that a handle is bound to is not changed', async () => {
    const engine = await createEngine()
    const bound = engine.as({ tenantId: 'A' })
    expect(() => bound.as({ tenantId: 'B' })).toThrow(expect.objectContaining({ name: 'EngineError', code: 'notAuthorized' }))
    expect(() => bound.as({ tenantId: null as never })).toThrow(expect.objectContaining({ code: 'notAuthorized' }))
    expect(await bound.as({ actor: 'kim' }).as({ tenantId: 'A' }).tasks.find()).toEqual([])
    await engine.close()
  })

  test('jobs.fetch by an unbound engine for one tenant gives that tenant’s work', async () => {
    const engine = await createEngine({ clock: manualClock() })
    await engine.deploy(chain('p', [service('a', 'pack')]))
    await engine.start('p', { tenantId: 'A' })
    await engine.start('p', { tenantId: 'B' })
    const found = await engine.jobs.fetch({ types: ['pack'], worker: 'w', max: 10, tenantId: 'B' })
    expect(found.map((job) => job.tenantId)).toEqual(['B'])
    await engine.close()
  })
})

describe('repeated calls', () => {
  test('start with a key answers with its instance even when the key’s record is gone', async () => {
    const engine = await createEngine({ clock: manualClock() })
    await engine.deploy(chain('p', [user('u')]))
    const first = await engine.start('p', { idempotencyKey: 'k', businessKey: 'B' })
    await engine.advance('P8D')
    expect(await engine.start('p', { idempotencyKey: 'k', businessKey: 'B' })).toEqual(first)
    expect(await engine.instances.count()).toBe(1)
    await engine.close()
  })

  test('of deleting an instance and of resolving an incident give the same answer', async () => {
    const engine = await createEngine({
      clock: manualClock(),
      retries: { attempts: 1 },
      handlers: { bad: () => Promise.reject(new Error('no')) },
    })
    await engine.deploy(chain('p', [user('u')]))
    await engine.deploy(chain('q', [service('a', 'bad')]))
    const { id } = await engine.start('p')
    await engine.instances.cancel(id)
    for (let i = 0; i < 2; i++) await engine.instances.delete(id, { idempotencyKey: 'd' })
    await expect(engine.instances.delete(id)).rejects.toMatchObject({ code: 'unknownInstance' })
    await engine.start('q')
    await engine.drain()
    const [incident] = await engine.incidents.find()
    for (let i = 0; i < 2; i++) await engine.incidents.resolve(incident?.id ?? '', { idempotencyKey: 'r' })
    await expect(engine.incidents.resolve(incident?.id ?? '')).rejects.toMatchObject({ code: 'unknownIncident' })
    await engine.close()
  })

  test('of an external worker give the same answer', async () => {
    const engine = await createEngine({ clock: manualClock() })
    await engine.deploy(chain('p', [service('a', 'pack')]))
    await engine.start('p')
    const request = { types: ['pack'], worker: 'w', actor: 'kim', idempotencyKey: 'f' }
    const [job] = await engine.jobs.fetch(request)
    expect(await engine.jobs.fetch(request)).toEqual([job])
    const [id, token] = [job?.id ?? '', job?.token ?? 0]
    for (let i = 0; i < 2; i++) await engine.jobs.extend(id, { token, lease: 'PT1M', idempotencyKey: 'e' })
    for (let i = 0; i < 2; i++) await engine.jobs.fail(id, { token, message: 'no', retryIn: 'PT1S', idempotencyKey: 'x' })
    for (let i = 0; i < 2; i++) await engine.jobs.setRetries(id, 7, { idempotencyKey: 's' })
    const [again] = await engine.jobs.fetch({ types: ['pack'], worker: 'w' })
    expect(again).toMatchObject({ retriesLeft: 7, attempt: 2 })
    for (let i = 0; i < 2; i++) await engine.jobs.complete(id, { token: again?.token ?? 0, idempotencyKey: 'c', actor: 'kim' })
    await expect(engine.jobs.complete(id, { token: 99, idempotencyKey: 'c' })).rejects.toMatchObject({ code: 'idempotencyKeyReused' })
    await engine.close()
  })
})

describe('createEngine', () => {
  test.each([
    null,
    5,
    { clock: {} },
    { storage: {} },
    { storage: 'x.db' },
    { handlers: 5 },
    { handlers: { a: 5 } },
    { handlers: { a: {} } },
    { handlers: { a: { run: () => undefined, attempts: 0 } } },
    { handlers: { a: { run: () => undefined, attempts: 1.5 } } },
    { handlers: { a: { run: () => undefined, concurrency: 0 } } },
    { handlers: { a: { run: () => undefined, bogus: 0 } } },
    { handlers: { a: { run: () => undefined, timeout: 5 } } },
    { handlers: { a: { run: () => undefined, backoff: 'soon' } } },
    { elementHandlers: { a: 5 } },
    { defaultHandler: 5 },
    { searchable: { a: 'number' } },
    { searchable: ['a'] },
    { worker: { leaseMs: Number.POSITIVE_INFINITY } },
    { worker: { concurrencyMax: 0 } },
    { worker: { concurrencyMax: 1.5 } },
    { worker: 5 },
    { retries: { attempts: 1.5 } },
    { retries: { backoff: 5 } },
    { retries: null },
    { authorize: 5 },
    { logger: {} },
    { logger: 5 },
    { functions: 5 },
    { functions: { a: 5 } },
    { beans: { a: 5 } },
    { calendars: 5 },
    { timeZone: 5 },
  ])('refuses %j as an option', async (options) => {
    await expect(createEngine(options as never)).rejects.toMatchObject({ name: 'EngineError', code: 'invalidOption' })
  })
})

test('inspectModel never throws, whatever it is given', async () => {
  for (const source of [undefined, null, 5, {}, []]) {
    const report = await inspectModel(source as never)
    expect(report.processes).toEqual([])
    expect(report.diagnostics).toMatchObject([{ severity: 'error' }])
  }
})

test('a call that is for an instance which does not exist names its id', async () => {
  const engine = await createEngine()
  await expect(engine.instances.cancel('nobody')).rejects.toThrow('There is no instance nobody')
  await engine.close()
})
