import { memoryStorage, type Storage } from '@leeway/storage'
import { sqliteStorage } from '@leeway/storage/sqlite'
import { context, SpanKind, SpanStatusCode, type Tracer, trace } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { AggregationTemporality, InMemoryMetricExporter, MeterProvider, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics'
import { InMemorySpanExporter, type ReadableSpan, SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createEngine, type EngineOptions, manualClock } from '../../src/index.ts'
import { type OpenTelemetryOptions, openTelemetry } from '../../src/opentelemetry/index.ts'
import { chain, processModel, service, user } from '../runtime/process-model.ts'
import { newFile } from '../runtime/stores.ts'

beforeAll(() => {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
})
afterAll(() => context.disable())

const model = chain('order', [service('charge', 'charge-card'), user('approve'), service('pack', 'pack')])

/** The telemetry of one process of the host, and what it exported. */
function telemetryOf(options: OpenTelemetryOptions = {}) {
  const exporter = new InMemorySpanExporter()
  const tracerProvider = new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] })
  const measures = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE)
  const reader = new PeriodicExportingMetricReader({ exporter: measures, exportIntervalMillis: 3_600_000 })
  const meterProvider = new MeterProvider({ readers: [reader] })
  const points = async () => {
    await reader.forceFlush()
    const all =
      measures
        .getMetrics()
        .at(-1)
        ?.scopeMetrics.flatMap(({ metrics }) => metrics) ?? []
    return new Map(all.map(({ descriptor, dataPoints }) => [descriptor.name, dataPoints]))
  }
  const units = async () => {
    await reader.forceFlush()
    const all = measures.getMetrics().flatMap(({ scopeMetrics }) => scopeMetrics.flatMap(({ metrics }) => metrics))
    return Object.fromEntries(all.map(({ descriptor: { name, unit } }) => [name, unit]))
  }
  const named = (name: string): ReadableSpan[] => exporter.getFinishedSpans().filter((span) => span.name === name)
  const one = (name: string): ReadableSpan => {
    const found = named(name)
    if (found.length !== 1) throw new Error(`${found.length} spans "${name}" of ${exporter.getFinishedSpans().map((span) => span.name)}`)
    return found[0] as ReadableSpan
  }
  const tracer: Tracer = tracerProvider.getTracer('the host')
  return { telemetry: openTelemetry({ tracerProvider, meterProvider, ...options }), tracer, named, one, points, units, exporter }
}

const handlers = { 'charge-card': async () => undefined, pack: () => undefined }

async function open(storage: Storage, telemetry: EngineOptions['telemetry'], more: EngineOptions = {}) {
  const clock = manualClock('2026-01-01T00:00:00Z')
  const engine = await createEngine({ storage, clock, handlers, ...(telemetry && { telemetry }), ...more })
  return { engine, clock }
}

const traceOf = (span: ReadableSpan): string => span.spanContext().traceId
const idOf = (span: ReadableSpan): string => span.spanContext().spanId
const linksOf = (span: ReadableSpan): string[] => span.links.map((link) => `${link.context.traceId} ${link.context.spanId}`)
const nameOf = (span: ReadableSpan): string => `${traceOf(span)} ${idOf(span)}`

test('a command is a span in the trace of its caller, and tells what became of it', async () => {
  const { telemetry, tracer, one } = telemetryOf()
  const { engine } = await open(memoryStorage(), telemetry)
  await engine.deploy(model)
  await tracer.startActiveSpan('request', async (span) => {
    await engine.start('order', { variables: { amount: 40, note: 'fragile' }, actor: 'kim' })
    span.end()
  })
  const command = one('leeway startProcess')
  expect(command.parentSpanContext?.spanId).toBe(idOf(one('request')))
  expect(command.attributes).toMatchObject({ 'leeway.process.key': 'order', 'leeway.outcome': 'done' })
  expect(JSON.stringify(command.attributes)).not.toMatch(/kim|amount|fragile/)
  await engine.close()
})

test('the span of a job begins a trace that links to the command that wrote the job; its handler and its commands are its children', async () => {
  const { telemetry, tracer, one } = telemetryOf()
  let seen = ''
  const charge = (): void => {
    seen = trace.getActiveSpan()?.spanContext().spanId ?? ''
  }
  const { engine } = await open(memoryStorage(), telemetry, { handlers: { 'charge-card': charge, pack: () => undefined } })
  await engine.deploy(model)
  await tracer.startActiveSpan('request', async (span) => {
    await engine.start('order')
    span.end()
  })
  await tracer.startActiveSpan('a loop', async (span) => {
    await engine.drain()
    span.end()
  })
  const job = one('leeway job charge-card')
  expect(job.kind).toBe(SpanKind.CONSUMER)
  expect(job.parentSpanContext).toBeUndefined()
  expect(linksOf(job)).toEqual([nameOf(one('leeway startProcess'))])
  expect(one('leeway handler charge-card').parentSpanContext?.spanId).toBe(idOf(job))
  expect(seen).toBe(idOf(one('leeway handler charge-card')))
  expect(one('leeway finishWork').parentSpanContext?.spanId).toBe(idOf(job))
  await engine.close()
})

test('with jobs: "child" the job goes on in the trace of the command that wrote it', async () => {
  const { telemetry, one } = telemetryOf({ jobs: 'child' })
  const { engine } = await open(memoryStorage(), telemetry)
  await engine.deploy(model)
  await engine.start('order')
  await engine.drain()
  const job = one('leeway job charge-card')
  expect(job.parentSpanContext?.spanId).toBe(idOf(one('leeway startProcess')))
  expect(traceOf(job)).toBe(traceOf(one('leeway startProcess')))
  await engine.close()
})

test('a trace goes on behind a restart: a job, a task and the elements know the trace that another process began', async () => {
  const file = newFile()
  const before = telemetryOf()
  const first = await open(sqliteStorage({ file }), before.telemetry)
  await first.engine.deploy(model)
  const { id } = await first.engine.start('order')
  await first.engine.close()

  const after = telemetryOf()
  const second = await open(sqliteStorage({ file }), after.telemetry)
  await second.engine.drain()
  const start = before.one('leeway startProcess')
  const finish = after.one('leeway finishWork')
  expect(linksOf(after.one('leeway job charge-card'))).toEqual([nameOf(start)])
  second.clock.advance('PT2H')
  const [task] = await second.engine.tasks.find({ instanceId: id })
  await second.engine.tasks.complete(task?.id ?? '')
  expect(linksOf(after.one('leeway completeTask'))).toEqual([nameOf(finish)])

  const approve = after.one('leeway userTask approve')
  expect(traceOf(approve)).toBe(traceOf(start))
  expect(approve.parentSpanContext?.spanId).toBe(idOf(start))
  expect(approve.duration).toEqual([7_200, 0])
  expect(linksOf(approve)).toEqual([nameOf(after.one('leeway completeTask'))])
  await second.engine.close()
})

test('a message that waits for its receiver keeps the trace of its publisher', async () => {
  const { telemetry, tracer, named, one } = telemetryOf()
  const { engine } = await open(memoryStorage(), telemetry)
  await engine.deploy(
    processModel(
      'wait',
      '<bpmn:startEvent id="start"/><bpmn:intermediateCatchEvent id="paid"><bpmn:messageEventDefinition messageRef="m"/></bpmn:intermediateCatchEvent><bpmn:endEvent id="end"/>',
      'start -> paid; paid -> end',
      '<bpmn:message id="m" name="paid"/>',
    ),
  )
  await tracer.startActiveSpan('publisher', async (span) => {
    await engine.messages.publish({ name: 'paid', ttl: 'PT1H' })
    span.end()
  })
  await engine.start('wait')
  await engine.drain()
  const links = linksOf(one('leeway triggerWait'))
  expect(links).toContain(nameOf(one('publisher')))
  expect(links).toContain(nameOf(one('leeway startProcess')))
  expect(named('leeway endEvent end')).toHaveLength(1)
  await engine.close()
})

test('an external worker is given the trace in which its job was made', async () => {
  const { telemetry, one } = telemetryOf()
  const { engine } = await open(memoryStorage(), telemetry, { handlers: {} })
  await engine.deploy(model)
  await engine.start('order')
  const [job] = await engine.jobs.fetch({ types: ['charge-card'], worker: 'w' })
  expect(job?.trace).toBe(`00-${traceOf(one('leeway startProcess'))}-${idOf(one('leeway startProcess'))}-01`)
  await engine.jobs.complete(job?.id ?? '', { token: job?.token ?? 0 })
  expect(linksOf(one('leeway finishWork'))).toEqual([nameOf(one('leeway startProcess'))])
  await engine.close()
})

test('what is started within the transaction of a host carries its trace', async () => {
  const { default: Database } = await import('better-sqlite3')
  const database = new Database(newFile())
  const { telemetry, tracer, one } = telemetryOf()
  const { engine } = await open(sqliteStorage({ database }), telemetry)
  await engine.deploy(model)
  await tracer.startActiveSpan('request', async (span) => {
    database.exec('begin immediate')
    const within = engine.within(database)
    await within.start('order')
    database.exec('commit')
    within.committed()
    span.end()
  })
  await engine.drain()
  expect(linksOf(one('leeway job charge-card'))).toEqual([nameOf(one('leeway startProcess'))])
  await engine.close()
  database.close()
})

test('a handler that fails and a command that throws are errors of their spans', async () => {
  const { telemetry, one } = telemetryOf()
  const charge = (): never => {
    throw new Error('no money')
  }
  const { engine } = await open(memoryStorage(), telemetry, { handlers: { 'charge-card': charge }, retries: { attempts: 1 } })
  await engine.deploy(model)
  const { id } = await engine.start('order')
  await engine.drain()
  expect(one('leeway handler charge-card')).toMatchObject({ status: { code: SpanStatusCode.ERROR, message: 'no money' } })
  expect(one('leeway failWork').attributes).toMatchObject({ 'leeway.outcome': 'done' })
  await engine.instances.cancel(id)
  await expect(engine.trigger(`${id}.2`)).rejects.toThrow()
  expect(one('leeway triggerElement').attributes).toMatchObject({ 'leeway.outcome': 'ended' })
  await engine.close()
})

test('instances, incidents, commands, handlers and the lateness of jobs are measured', async () => {
  const { telemetry, points } = telemetryOf({ elements: false })
  const { engine, clock } = await open(memoryStorage(), telemetry, { handlers: { 'charge-card': () => undefined } })
  await engine.deploy(model)
  for (let i = 0; i < 3; i++) await engine.start('order')
  clock.advance('PT5S')
  await engine.drain()
  for (const task of await engine.tasks.find()) await engine.tasks.complete(task.id)
  const [job] = await engine.jobs.find()
  await engine.instances.cancel(job?.instanceId ?? '')
  const measured = await points()
  const sums = (name: string) => measured.get(name)?.map(({ attributes, value }) => [attributes, value])
  expect(sums('leeway.instances.started')).toEqual([[{ 'leeway.process.key': 'order' }, 3]])
  expect(sums('leeway.instances.ended')).toEqual([[{ 'leeway.process.key': 'order', 'leeway.status': 'terminated' }, 1]])
  expect(sums('leeway.jobs.active')?.map(([, value]) => value)).toEqual([0])
  const counted = (name: string) => measured.get(name)?.map(({ value }) => (value as { readonly count: number }).count)
  expect(counted('leeway.handler.duration')).toEqual([3])
  expect(measured.get('leeway.job.delay')?.[0]?.value).toMatchObject({ count: 3, min: 5, max: 5 })
  expect(counted('leeway.command.duration')).toEqual([3, 3, 3, 1])
  await engine.close()
})

test('figures have units, and durations buckets that fit seconds', async () => {
  const { telemetry, points, units } = telemetryOf({ elements: false })
  const boom = (): never => {
    throw new Error('no money')
  }
  const more = { handlers: { 'charge-card': boom }, retries: { attempts: 1 } }
  const { engine } = await open(memoryStorage(), telemetry, more)
  await engine.deploy(model)
  const { id } = await engine.start('order')
  await engine.drain()
  await engine.instances.cancel(id)
  const duration = (await points()).get('leeway.command.duration')?.[0]?.value as { readonly buckets: { readonly boundaries: number[] } }
  expect(duration.buckets.boundaries).toEqual(expect.arrayContaining([0.001, 0.01, 0.1, 1, 10]))
  expect(await units()).toEqual({
    'leeway.command.duration': 's',
    'leeway.handler.duration': 's',
    'leeway.job.delay': 's',
    'leeway.jobs.active': '{job}',
    'leeway.instances.started': '{instance}',
    'leeway.instances.ended': '{instance}',
    'leeway.incidents.raised': '{incident}',
  })
  await engine.close()
})

test('without telemetry, and with telemetry that has no SDK behind it, nothing is stored for it', async () => {
  for (const telemetry of [undefined, openTelemetry()]) {
    const storage = memoryStorage()
    const { engine } = await open(storage, telemetry, { handlers: {} })
    await engine.deploy(model)
    await engine.start('order')
    const [job] = await engine.jobs.fetch({ types: ['charge-card'], worker: 'w' })
    expect(job).toMatchObject({ trace: null })
    await engine.close()
  }
})
