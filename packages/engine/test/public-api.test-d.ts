import { describe, expectTypeOf, test } from 'vitest'
import {
  type AdHocInstructions,
  BpmnError,
  createEngine,
  type Deployment,
  type Engine,
  type EngineApi,
  EngineError,
  type Handler,
  type HandlerResult,
  type InstanceStatus,
  type InstanceView,
  inspectModel,
  type Job,
  type JobOutcome,
  ModelError,
  manualClock,
  NoRetry,
  type Page,
  type PublishAnswer,
  Refused,
  systemClock,
  type TaskView,
  type Variables,
} from '../src/index.ts'

declare const engine: Engine
declare const job: Job

describe('the public face', () => {
  test('createEngine takes nothing, or the options of the public face', () => {
    expectTypeOf(createEngine).returns.resolves.toEqualTypeOf<Engine>()
    expectTypeOf(createEngine).toBeCallableWith()
    expectTypeOf(createEngine).toBeCallableWith({
      handlers: {
        'charge-card': async (one) => ({ receipt: one.idempotencyKey, amount: one.variables.amount }),
        'print-label': { run: () => undefined, attempts: 3, backoff: 'PT5S', timeout: 'PT1M', concurrency: 2 },
      },
      elementHandlers: {},
      defaultHandler: undefined,
      functions: { shippingCost: (kg: number) => kg * 2 },
      beans: {},
      searchable: { orderId: 'text' },
      clock: manualClock('2026-01-01T09:00:00Z'),
      calendars: { business: { timeZone: 'Europe/Berlin', hours: { mon: [['09:00', '17:00']] }, holidays: ['2026-12-25'] } },
      timeZone: 'Europe/Berlin',
      durability: 'activity',
      worker: { concurrencyMax: 10, leaseMs: 30_000, inlineMs: 20 },
      retries: { attempts: 3, backoff: 'exponential' },
      history: 'activity',
      authorize: async ({ operation, actor, tenantId, instanceId, elementId }) =>
        [operation, actor, tenantId, instanceId, elementId].length > 0,
    })
    expectTypeOf(createEngine).toBeCallableWith({ clock: systemClock })
    // @ts-expect-error no such durability
    void createEngine({ durability: 'never' })
    // @ts-expect-error no such option
    void createEngine({ storrage: null })
  })

  test('a handler gives variables, nothing, or an outcome of its job, at once or later', () => {
    expectTypeOf<Handler>().toEqualTypeOf<(job: Job) => Promise<HandlerResult> | HandlerResult>()
    // biome-ignore lint/suspicious/noConfusingVoidType: a handler that returns nothing is a handler
    expectTypeOf<HandlerResult>().toEqualTypeOf<Variables | void | JobOutcome>()
    expectTypeOf(job.result).parameter(0).toEqualTypeOf<{ readonly set?: Variables; readonly local?: Variables } & AdHocInstructions>()
    expectTypeOf(job.pending()).toEqualTypeOf<JobOutcome>()
    expectTypeOf(job.escalate('LATE', { by: 3 })).toEqualTypeOf<JobOutcome>()
  })

  test('a job is read only and has every member that is promised', () => {
    expectTypeOf<
      Pick<Job, 'id' | 'type' | 'idempotencyKey' | 'instanceId' | 'definitionId' | 'processKey' | 'elementId' | 'elementInstanceId'>
    >().toEqualTypeOf<{
      readonly id: string
      readonly type: string
      readonly idempotencyKey: string
      readonly instanceId: string
      readonly definitionId: string
      readonly processKey: string
      readonly elementId: string
      readonly elementInstanceId: string
    }>()
    expectTypeOf(job.attempt).toEqualTypeOf<number>()
    expectTypeOf(job.retriesLeft).toEqualTypeOf<number>()
    expectTypeOf(job.businessKey).toEqualTypeOf<string | null>()
    expectTypeOf(job.tenantId).toEqualTypeOf<string | null>()
    expectTypeOf(job.signal).toEqualTypeOf<AbortSignal>()
    expectTypeOf(job.headers).toEqualTypeOf<Readonly<Record<string, string>>>()
    // @ts-expect-error read only
    job.id = 'other'
  })

  test('models: inspected and deployed as text, bytes or files', () => {
    expectTypeOf(inspectModel).toBeCallableWith('<x/>')
    expectTypeOf(inspectModel).toBeCallableWith(new Uint8Array())
    expectTypeOf(engine.deploy).toBeCallableWith('<x/>', { tenantId: 't', actor: 'kim', includeDrawings: true })
    expectTypeOf(engine.deploy).toBeCallableWith([{ name: 'a.bpmn', content: '<x/>' }])
    expectTypeOf(engine.deploy).returns.resolves.toEqualTypeOf<Deployment>()
    expectTypeOf<Deployment['processes'][number]>().toExtend<{
      id: string
      key: string
      version: number
      name: string | null
      versionTag: string | null
    }>()
    expectTypeOf(engine.processes.find).toBeCallableWith({ key: 'order', latest: true })
    expectTypeOf(engine.processes.xml).returns.resolves.toEqualTypeOf<string | Uint8Array>()
  })

  test('instances', () => {
    expectTypeOf(engine.start).toBeCallableWith('order', {
      variables: { amount: 40 },
      businessKey: 'A-17',
      tenantId: 't1',
      actor: 'kim',
      at: ['x'],
      idempotencyKey: 'k',
    })
    expectTypeOf(engine.start).toBeCallableWith({ id: 'order:1' })
    expectTypeOf(engine.start).toBeCallableWith({ key: 'order', version: 1 })
    expectTypeOf(engine.start).toBeCallableWith({ key: 'order', versionTag: 'v' })
    expectTypeOf(engine.instances.get).returns.resolves.toEqualTypeOf<InstanceView | null>()
    expectTypeOf<InstanceView['status']>().toEqualTypeOf<'active' | 'suspended' | 'completed' | 'terminated' | 'failed' | 'superseded'>()
    expectTypeOf<InstanceView['activeElements'][number]['phase']>().toEqualTypeOf<
      'active' | 'waiting' | 'arrived' | 'held' | 'suspended' | 'incident' | 'completing' | 'compensating' | 'terminating'
    >()
    expectTypeOf<InstanceView['activeElements'][number]['kind']>().toEqualTypeOf<'leaf' | 'scope'>()
    expectTypeOf(engine.instances.find).toBeCallableWith({
      processKey: 'p',
      businessKey: 'b',
      status: 'active',
      startedAfter: new Date(),
      variables: { a: 1 },
      orderBy: '-startedAt',
      limit: 1,
      after: 'x',
    })
    expectTypeOf(engine.instances.find).returns.resolves.toEqualTypeOf<Page<InstanceView>>()
    expectTypeOf<Page<InstanceView>['next']>().toEqualTypeOf<string | undefined>()
    expectTypeOf(engine.instances.variables).toBeCallableWith('id', { scope: 'id.1' })
    expectTypeOf(engine.instances.setVariables).toBeCallableWith('id', { a: new Date(), b: 1n }, { scope: 'id.1', actor: 'kim' })
    expectTypeOf(engine.instances.cancel).toBeCallableWith('id', { reason: 'r', actor: 'kim', idempotencyKey: 'k' })
  })

  test('work', () => {
    expectTypeOf(engine.tasks.find).toBeCallableWith({
      instanceId: 'i',
      assignee: 'kim',
      candidateGroups: [],
      candidateUser: 'u',
      forUser: { id: 'u', groups: [] },
      elementId: 'e',
      dueBefore: 0,
      held: 'include',
      state: 'ready',
      orderBy: 'dueAt',
      limit: 1,
      after: 'x',
    })
    expectTypeOf(engine.tasks.find).returns.resolves.toEqualTypeOf<Page<TaskView>>()
    expectTypeOf(engine.tasks.claim).toBeCallableWith('t', 'kim')
    expectTypeOf(engine.tasks.claim).toBeCallableWith('t')
    expectTypeOf(engine.tasks.update).toBeCallableWith('t', { dueAt: null, priority: 3 })
    expectTypeOf(engine.tasks.comment).toBeCallableWith('t', 'text', { actor: 'kim' })
    expectTypeOf(engine.tasks.complete).toBeCallableWith('t', { variables: { approved: true }, actor: 'kim', idempotencyKey: 'k' })
    expectTypeOf(engine.throwError).toBeCallableWith('i.1', 'CODE', { variables: {} })
    expectTypeOf(engine.escalate).toBeCallableWith('i.1', 'CODE', { variables: {} })
    expectTypeOf(engine.trigger).toBeCallableWith('i.1', { variables: {}, actor: 'kim' })
    expectTypeOf(engine.messages.publish).toBeCallableWith({
      name: 'paid',
      correlationKey: 'A',
      businessKey: 'b',
      match: { orderId: 'A' },
      instanceId: 'i',
      elementId: 'e',
      variables: {},
      messageId: 'm',
      ttl: 'PT1H',
      target: 'all',
      start: 'never',
    })
    expectTypeOf<PublishAnswer['outcome']>().toEqualTypeOf<
      'correlated' | 'started' | 'buffered' | 'duplicate' | 'ambiguous' | 'none' | 'pending'
    >()
    expectTypeOf(engine.signals.broadcast).toBeCallableWith({ name: 'storm', variables: {}, tenantId: 't', instanceId: 'i' })
    expectTypeOf(engine.jobs.fetch).toBeCallableWith({ types: ['pack'], worker: 'w1', lease: 'PT30S', max: 10 })
    expectTypeOf(engine.jobs.complete).toBeCallableWith('j', { token: 1, variables: {} })
    expectTypeOf(engine.jobs.fail).toBeCallableWith('j', { token: 1, message: 'm', retryIn: 'PT1M' })
    expectTypeOf(engine.jobs.throwError).toBeCallableWith('j', { token: 1, code: 'C' })
    expectTypeOf(engine.jobs.reschedule).toBeCallableWith('j', { dueAt: new Date(), following: 'shift', elementId: 'late' })
    expectTypeOf(engine.processes.suspend).toBeCallableWith({ key: 'order', version: 2 }, { instances: true, actor: 'kim' })
    expectTypeOf(engine.deployments.delete).toBeCallableWith('d', { instances: true, idempotencyKey: 'k' })
    expectTypeOf(engine.jobs.release).toBeCallableWith('j', { token: 1, actor: 'kim' })
    expectTypeOf(engine.jobs.extend).toBeCallableWith('j', { token: 1, lease: 'PT1M' })
    // @ts-expect-error without its token nobody completes a job
    void engine.jobs.complete('j', {})
  })

  test('running stands on the engine alone, not on what `as` gives', () => {
    const bound = engine.as({ actor: 'kim', tenantId: 't1' })
    expectTypeOf(bound).toEqualTypeOf<EngineApi>()
    expectTypeOf<Extract<keyof EngineApi, 'run' | 'drain' | 'advance' | 'on' | 'close'>>().toEqualTypeOf<never>()
    expectTypeOf(engine.advance).toBeCallableWith('PT1H')
    expectTypeOf(engine.advance).toBeCallableWith({ to: '2026-01-01T00:00:00Z' })
    expectTypeOf(engine.on).toBeCallableWith('taskCreated', () => undefined)
    expectTypeOf(engine.on).toBeCallableWith('any', (event) => void event.instanceId)
    engine.on('taskCreated', ({ taskId, assignee, instanceId, tenantId }) => {
      expectTypeOf([taskId, assignee, instanceId, tenantId]).toEqualTypeOf<(string | null | undefined)[]>()
    })
    engine.on('instanceEnded', ({ instanceId, status }) => {
      expectTypeOf(instanceId).toEqualTypeOf<string>()
      expectTypeOf(status).toEqualTypeOf<InstanceStatus>()
    })
    engine.on('elementCompleted', ({ elementId }) => expectTypeOf(elementId).toEqualTypeOf<string | undefined>())
    // @ts-expect-error no such event
    engine.on('taskEaten', () => undefined)
  })

  test('errors narrow by instanceof', () => {
    const fault: unknown = null
    if (fault instanceof EngineError) expectTypeOf(fault.code).toExtend<string>()
    if (fault instanceof ModelError) expectTypeOf(fault.diagnostics[0]?.severity).toEqualTypeOf<'error' | 'warning' | 'info' | undefined>()
    if (fault instanceof Refused) expectTypeOf(fault.holders).toEqualTypeOf<readonly unknown[] | undefined>()
    expectTypeOf(BpmnError).toBeConstructibleWith('CODE', 'message', { variables: { card: 1 } })
    expectTypeOf(NoRetry).toBeConstructibleWith('customer unknown')
  })
})
