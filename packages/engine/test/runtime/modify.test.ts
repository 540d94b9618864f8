import { describe, expect, test } from 'vitest'
import { createEngine, type Engine, type EngineOptions, manualClock } from '../../src/index.ts'
import { chain, processModel, service, user } from './process-model.ts'
import { stores } from './stores.ts'

const make = async (model: string, options: EngineOptions = {}): Promise<Engine> => {
  const engine = await createEngine({ clock: manualClock('2026-01-01T09:00:00Z'), ...options })
  await engine.deploy(model)
  return engine
}

const inner = `<bpmn:startEvent id="s"/><bpmn:userTask id="look"/><bpmn:userTask id="tell"/><bpmn:endEvent id="e"/>
  <bpmn:sequenceFlow id="x1" sourceRef="s" targetRef="look"/><bpmn:sequenceFlow id="x2" sourceRef="look" targetRef="tell"/><bpmn:sequenceFlow id="x3" sourceRef="tell" targetRef="e"/>`
const sub = { id: 'sub', xml: `<bpmn:subProcess id="sub">${inner}</bpmn:subProcess>` }
const each = {
  id: 'each',
  xml: `<bpmn:subProcess id="each"><bpmn:multiInstanceLoopCharacteristics><bpmn:loopCardinality xsi:type="bpmn:tFormalExpression">3</bpmn:loopCardinality></bpmn:multiInstanceLoopCharacteristics>${inner}</bpmn:subProcess>`,
}
const places = async (engine: Engine, id: string): Promise<string[]> =>
  ((await engine.instances.get(id))?.activeElements ?? []).map(({ elementId }) => elementId)

describe.each(stores)('modifying an instance ($name)', ({ open }) => {
  test('puts tokens before and after elements and ends others in one command', async () => {
    const engine = await make(chain('p', [user('a'), user('b'), user('c')]), { storage: open() })
    const { id } = await engine.start('p')
    const report = await engine.instances.modify(id, {
      start: [{ before: 'c', variables: { reason: 'skipped' } }, { after: 'a' }],
      cancel: [{ elementId: 'a' }],
      actor: 'kim',
    })
    expect(report).toMatchObject({ status: 'active', dryRun: false, cancelled: [{ elementId: 'a' }], findings: [] })
    expect(report.activeElements.map(({ elementId }) => elementId).sort()).toEqual(['b', 'c'])
    expect(await engine.instances.variables(id)).toEqual({ reason: 'skipped' })
    expect((await engine.tasks.find()).map(({ elementId }) => elementId).sort()).toEqual(['b', 'c'])
    await engine.close()
  })

  test('is done once by its key, and its repetition tells the same', async () => {
    const engine = await make(chain('p', [user('a'), user('b')]), { storage: open() })
    const { id } = await engine.start('p')
    const modify = () => engine.instances.modify(id, { start: [{ before: 'b' }], cancel: [{ elementId: 'a' }], idempotencyKey: 'k' })
    const report = await modify()
    expect(report).toMatchObject({ started: [{ elementId: 'b' }], cancelled: [{ elementId: 'a' }] })
    expect(await modify()).toEqual(report)
    const rewind = () => engine.instances.rewind(id, 'a', { idempotencyKey: 'k' })
    const back = await rewind()
    expect(back).toMatchObject({ started: [{ elementId: 'a' }], cancelled: [{ elementId: 'b' }] })
    expect(await Promise.all([rewind(), rewind()])).toEqual([back, back])
    const modifying = () => engine.instances.modify(id, { start: [{ before: 'b' }], idempotencyKey: 'k2' })
    const [first, second] = await Promise.all([modifying(), modifying()])
    expect(second.started).toEqual(first.started)
    expect(await places(engine, id)).toEqual(['a', 'b'])
    await engine.close()
  })

  test('as a dry run tells what would be and does nothing', async () => {
    const engine = await make(chain('p', [user('a'), sub]), { storage: open() })
    const { id } = await engine.start('p')
    const before = await engine.instances.get(id)
    const report = await engine.instances.modify(id, { start: [{ before: 'tell' }], cancel: [{ elementId: 'a' }], dryRun: true })
    expect(report.activeElements.map(({ elementId }) => elementId)).toEqual(['sub', 'tell'])
    expect(await engine.instances.get(id)).toEqual(before)
    expect((await engine.history(id)).map(({ seq }) => seq)).not.toContain(2)
    await engine.close()
  })
})

describe('modifying an instance', () => {
  test.each(['by its element', 'by itself'])(
    'a handler that undoes a round and is cancelled (%s) counts as done: the next round is undone',
    async (how) => {
      const undo = `<bpmn:boundaryEvent id="booked" attachedToRef="book"><bpmn:compensateEventDefinition/></bpmn:boundaryEvent>
      <bpmn:userTask id="unbook" isForCompensation="true"/><bpmn:association id="to-unbook" sourceRef="booked" targetRef="unbook"/>`
      const book = `<bpmn:serviceTask id="book" camunda:type="external" camunda:topic="book"><bpmn:multiInstanceLoopCharacteristics><bpmn:loopCardinality xsi:type="bpmn:tFormalExpression">3</bpmn:loopCardinality></bpmn:multiInstanceLoopCharacteristics></bpmn:serviceTask>`
      const away = '<bpmn:intermediateThrowEvent id="away"><bpmn:compensateEventDefinition/></bpmn:intermediateThrowEvent>'
      const steps = [
        { id: 'book', xml: book + undo },
        { id: 'away', xml: away },
      ]
      const engine = await make(chain('p', steps), { handlers: { book: () => undefined } })
      const { id } = await engine.start('p')
      await engine.drain()
      for (let round = 3; round > 0; round--) {
        const [handler] = (await engine.instances.get(id))?.activeElements.filter(({ elementId }) => elementId === 'unbook') ?? []
        const { elementInstanceId = '' } = handler ?? {}
        const report = await engine.instances.modify(id, {
          cancel: [how === 'by itself' ? { elementInstanceId } : { elementId: 'unbook' }],
        })
        expect(report).toMatchObject({
          status: round === 1 ? 'completed' : 'active',
          cancelled: [{ elementId: 'unbook', elementInstanceId }],
        })
      }
      expect(await engine.tasks.find()).toEqual([])
      await engine.close()
    },
  )

  test('opens missing sub-processes once for all that need them, and they complete as usual', async () => {
    const engine = await make(chain('p', [user('a'), sub, user('z')]))
    const { id } = await engine.start('p')
    await engine.instances.modify(id, { start: [{ before: 'look' }, { before: 'tell' }], cancel: [{ elementId: 'a' }] })
    expect(await places(engine, id)).toEqual(['sub', 'look', 'tell'])
    for (const name of ['look', 'tell', 'tell']) {
      const [task] = await engine.tasks.find({ elementId: name })
      await engine.tasks.complete(task?.id ?? '')
    }
    expect(await places(engine, id)).toEqual(['z'])
    await engine.close()
  })

  test('refuses what is not clear', async () => {
    const engine = await make(chain('p', [each, user('z')]))
    const { id } = await engine.start('p')
    const refused = (modification: Parameters<Engine['instances']['modify']>[1]) => engine.instances.modify(id, modification)
    await expect(refused({ start: [{ before: 'nowhere' }] })).rejects.toMatchObject({ code: 'unknownElement' })
    await expect(refused({ cancel: [{ elementId: 'z' }] })).rejects.toMatchObject({ code: 'unknownElementInstance' })
    await expect(refused({ start: [{ before: 'tell' }] })).rejects.toMatchObject({ code: 'ambiguousScope' })
    await expect(refused({ start: [{ before: 'tell' }], cancel: [{ elementId: 'each' }] })).rejects.toMatchObject({ code: 'noRound' })
    await expect(refused({ start: [{ before: 'z', in: `${id}.2.1.1` }] })).rejects.toMatchObject({ code: 'notStartable' })
    await expect(refused({})).rejects.toMatchObject({ code: 'invalidArgument' })
    await expect(refused({ start: [{ before: 'z', after: 'z' }] as never })).rejects.toMatchObject({ code: 'invalidArgument' })
    const round = (await engine.instances.get(id))?.activeElements.find(({ elementId }) => elementId === 'look')
    await refused({
      start: [{ before: 'tell', in: round?.scopeId ?? '' }],
      cancel: [{ elementInstanceId: round?.elementInstanceId ?? '' }],
    })
    expect((await places(engine, id)).filter((name) => name === 'tell')).toHaveLength(1)
    await engine.close()
  })

  test('ends rounds one by one; the last one lets the activity go on', async () => {
    const engine = await make(chain('p', [each, user('z')]))
    const { id } = await engine.start('p')
    for (let left = 3; left > 0; left--) {
      const view = await engine.instances.get(id)
      const look = view?.activeElements.find(({ elementId }) => elementId === 'look')
      await engine.instances.modify(id, { cancel: [{ elementInstanceId: look?.elementInstanceId ?? '' }] })
    }
    expect(await places(engine, id)).toEqual(['z'])
    await engine.close()
  })

  test('names a join that can never fire any more', async () => {
    const engine = await make(
      processModel(
        'p',
        '<bpmn:startEvent id="start"/><bpmn:parallelGateway id="fork"/><bpmn:userTask id="a"/><bpmn:userTask id="b"/><bpmn:parallelGateway id="join"/><bpmn:endEvent id="end"/>',
        'start -> fork; fork -> a; fork -> b; a -> join; b -> join; join -> end',
      ),
    )
    const { id } = await engine.start('p')
    await engine.tasks.complete((await engine.tasks.find({ elementId: 'a' }))[0]?.id ?? '')
    const report = await engine.instances.modify(id, { cancel: [{ elementId: 'b' }], dryRun: true })
    expect(report.findings).toEqual([expect.stringContaining('join')])
    await engine.close()
  })

  test('gives work that is done again a key of its own', async () => {
    const keys: string[] = []
    const engine = await make(chain('p', [service('a', 'work'), user('b')]), {
      handlers: { work: (job) => void keys.push(job.idempotencyKey) },
    })
    const { id } = await engine.start('p')
    await engine.drain()
    await engine.instances.rewind(id, 'a')
    await engine.drain()
    await engine.instances.rewind(id, 'a')
    await engine.drain()
    expect(new Set(keys).size).toBe(3)
    expect(await places(engine, id)).toEqual(['b'])
    await engine.close()
  })

  test('of a suspended or ended instance is refused', async () => {
    const engine = await make(chain('p', [user('a')]))
    const { id } = await engine.start('p')
    await engine.instances.suspend(id)
    await expect(engine.instances.modify(id, { start: [{ before: 'a' }] })).rejects.toMatchObject({ code: 'instanceSuspended' })
    await engine.instances.cancel(id)
    await expect(engine.instances.modify(id, { start: [{ before: 'a' }], dryRun: true })).rejects.toMatchObject({ code: 'instanceEnded' })
    await engine.close()
  })
})

describe('rewinding', () => {
  const fork = processModel(
    'p',
    '<bpmn:startEvent id="start"/><bpmn:parallelGateway id="fork"/><bpmn:userTask id="a"/><bpmn:userTask id="b"/><bpmn:userTask id="c"/><bpmn:parallelGateway id="join"/><bpmn:endEvent id="end"/>',
    'start -> fork; fork -> a; a -> b; fork -> c; b -> join; c -> join; join -> end',
  )
  const complete = async (engine: Engine, elementId: string): Promise<void> =>
    engine.tasks.complete((await engine.tasks.find({ elementId }))[0]?.id ?? '')

  test('ends what followed from the element and leaves other branches as they are', async () => {
    const engine = await make(fork)
    const { id } = await engine.start('p')
    await complete(engine, 'a')
    await complete(engine, 'c')
    await complete(engine, 'b')
    const again = await engine.start('p')
    await complete(engine, 'a')
    await complete(engine, 'c')
    const report = await engine.instances.rewind(again.id, 'a', { variables: { again: true } })
    expect(report.cancelled).toMatchObject([{ elementId: 'b' }])
    expect((await places(engine, again.id)).sort()).toEqual(['a', 'join'])
    await complete(engine, 'a')
    await complete(engine, 'b')
    expect(await engine.instances.get(again.id)).toMatchObject({ status: 'completed', variables: { again: true } })
    expect(await engine.instances.get(id)).toMatchObject({ status: 'completed' })
    await engine.close()
  })

  test('to what was not passed is refused', async () => {
    const engine = await make(fork)
    const { id } = await engine.start('p')
    await expect(engine.instances.rewind(id, 'end')).rejects.toMatchObject({ code: 'notPassed' })
    await expect(engine.instances.rewind(id, 'nowhere')).rejects.toMatchObject({ code: 'unknownElement' })
    await engine.close()
  })
})

describe('restarting', () => {
  test('starts a new instance at the elements named, nested ones too, with the old variables', async () => {
    const engine = await make(chain('p', [user('a'), sub]))
    const { id } = await engine.start('p', { variables: { amount: 40, note: 'x' }, businessKey: 'A-17' })
    await expect(engine.instances.restart(id)).rejects.toMatchObject({ code: 'instanceRunning' })
    await engine.instances.cancel(id)
    const again = await engine.instances.restart(id, { at: ['tell'], variables: { note: 'y' }, idempotencyKey: 'k' })
    expect(await engine.instances.restart(id, { at: ['tell'], variables: { note: 'y' }, idempotencyKey: 'k' })).toEqual(again)
    const otherwise = engine.instances.restart(id, { at: ['tell'], idempotencyKey: 'k' })
    await expect(otherwise).rejects.toMatchObject({
      code: 'idempotencyKeyReused',
      details: { idempotencyKey: 'k', operation: 'instances.restart' },
    })
    expect(await engine.instances.get(again.id)).toMatchObject({ businessKey: 'A-17', variables: { amount: 40, note: 'y' } })
    expect(await places(engine, again.id)).toEqual(['sub', 'tell'])
    expect(await engine.instances.get(id)).toMatchObject({ status: 'terminated' })
    await engine.instances.delete(id)
    expect(await engine.instances.restart(id, { at: ['tell'], variables: { note: 'y' }, idempotencyKey: 'k' })).toEqual(again)
    await expect(engine.instances.restart('nobody')).rejects.toMatchObject({ code: 'unknownInstance' })
    await engine.close()
  })
})
