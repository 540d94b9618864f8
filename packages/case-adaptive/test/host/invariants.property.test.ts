import { Refused } from '@leeway/engine'
import { memoryStorage } from '@leeway/storage'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { boundary, caseOf, caught, type Desk, message, model, openDesk, timer, user } from '../desk.ts'
import { liveState } from '../live-state.ts'

const RUNS = 20

const MODELS: Readonly<Record<string, string>> = {
  'parallel work': model(
    `<bpmn:parallelGateway id="F"/><bpmn:parallelGateway id="J"/>${user('A')}${user('B')}${user('C')}`,
    'S>F F>A F>B A>J B>J J>C C>E',
  ),
  'boundary events': model(
    user('A') +
      user('L') +
      user('N') +
      boundary('T', 'A', timer('PT8H')) +
      boundary('M', 'A', message(), false) +
      boundary('X', 'A', message('cancelled')),
    'S>A A>E T>L L>E M>N N>E X>E',
  ),
  'waiting for events': model(
    `<bpmn:eventBasedGateway id="G"/>${caught('M', message())}${caught('T', timer('PT5H'))}${caught('W', timer('PT3H'))}${user('B')}`,
    'S>G G>M G>T M>W T>B W>B B>E',
  ),
  'work inside': model(
    `<bpmn:subProcess id="P"><bpmn:startEvent id="s"/><bpmn:userTask id="U"><bpmn:multiInstanceLoopCharacteristics><bpmn:loopCardinality>3</bpmn:loopCardinality></bpmn:multiInstanceLoopCharacteristics></bpmn:userTask><bpmn:serviceTask id="V" camunda:type="external" camunda:topic="pack"/><bpmn:endEvent id="e"/>
     <bpmn:sequenceFlow id="i1" sourceRef="s" targetRef="U"/><bpmn:sequenceFlow id="i2" sourceRef="U" targetRef="V"/><bpmn:sequenceFlow id="i3" sourceRef="V" targetRef="e"/></bpmn:subProcess>${boundary('T', 'P', timer('P2D'))}`,
    'S>P P>E T>E',
  ),
}

type Move =
  | { readonly do: 'leave' | 'return' | 'addItem' | 'completeItem' | 'completeTask' | 'work'; readonly pick: number }
  | { readonly do: 'message'; readonly name: 'paid' | 'cancelled' }
  | { readonly do: 'wait'; readonly hours: number }

const pick = fc.nat({ max: 7 })
const move: fc.Arbitrary<Move> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ do: fc.constant('leave' as const), pick }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('return' as const, 'addItem' as const, 'completeItem' as const), pick }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('completeTask' as const, 'work' as const), pick }) },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('message' as const), name: fc.constantFrom('paid' as const, 'cancelled' as const) }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('wait' as const), hours: fc.nat({ max: 6 }) }) },
)

/** An instance of a model, and someone who leaves and comes back. */
interface Walk {
  readonly desk: Desk
  readonly id: string
  caseId: string | null
}

async function walkOf(xml: string): Promise<Walk> {
  const desk = await openDesk(memoryStorage())
  await desk.engine.deploy(xml)
  const { id } = await desk.engine.start('p')
  await desk.engine.drain()
  return { desk, id, caseId: null }
}

const chosen = <T>(list: readonly T[], at: number): T | undefined => list[at % Math.max(1, list.length)]

/** Does a move if it can be done now. A refusal is an answer, too. */
async function perform(walk: Walk, given: Move): Promise<void> {
  const { desk, id } = walk
  const { engine, cases } = desk
  try {
    if (given.do === 'wait') desk.clock.advance(given.hours * 3_600_000)
    else if (given.do === 'message') await engine.messages.publish({ name: given.name, instanceId: id })
    else if (given.do === 'leave') {
      const element = chosen(await leaves(walk), given.pick)
      if (element === undefined) return
      walk.caseId = (await cases.leave({ instanceId: id, elementInstanceId: element.elementInstanceId, reason: 'x', actor: 'kim' })).caseId
    } else if (given.do === 'completeTask') {
      const task = chosen(await engine.tasks.find({ instanceId: id }), given.pick)
      if (task !== undefined) await engine.tasks.complete(task.id, { actor: 'tom' })
    } else if (given.do === 'work') {
      const [job] = await engine.jobs.fetch({ types: ['pack'], worker: 'w', lease: 'PT1H', max: 1 })
      if (job !== undefined) await engine.jobs.complete(job.id, { token: job.token })
    } else if (walk.caseId !== null) {
      const view = await caseOf(desk, walk.caseId)
      const away = chosen(
        view.deviations.filter(({ state }) => state === 'away'),
        given.pick,
      )
      const item = chosen(
        view.items.filter(({ state }) => state === 'active' || state === 'rehomed'),
        given.pick,
      )
      if (given.do === 'return' && away) await cases.return(away.id, { to: 'resume', actor: 'kim' })
      if (given.do === 'addItem' && away) {
        const after = given.pick > 3 ? away.items.slice(0, 1).map((one) => one.id) : []
        const assignee = given.pick % 2 === 0 ? { assignee: 'lee' } : {}
        await cases.addItem(away.id, { kind: 'human', name: 'i', required: given.pick % 3 === 0, after, actor: 'kim', ...assignee })
      }
      if (given.do === 'completeItem' && item) await cases.completeItem(item.id, { actor: 'lee' })
    }
  } catch (error) {
    if (!(error instanceof Refused)) throw error
  }
  await engine.drain()
}

async function leaves({ desk, id }: Walk) {
  return (await desk.engine.instances.get(id))!.activeElements.filter(({ kind }) => kind === 'leaf')
}

test.each(Object.entries(MODELS))('S31 INV6: leaving and coming back changes nothing but history and due times: %s', async (_, xml) => {
  await fc.assert(
    fc.asyncProperty(fc.array(move, { maxLength: 5 }), pick, async (moves, at) => {
      const walk = await walkOf(xml)
      for (const one of moves) if (one.do !== 'leave') await perform(walk, one)
      const element = chosen(await leaves(walk), at)
      if (element !== undefined) {
        const { desk, id } = walk
        const before = await liveState(desk.engine, id)
        const away = await desk.cases.leave({ instanceId: id, elementInstanceId: element.elementInstanceId, reason: 'x', actor: 'kim' })
        await desk.cases.return(away.id, { to: 'resume', actor: 'kim' })
        expect(await liveState(desk.engine, id)).toEqual(before)
      }
      await walk.desk.close()
    }),
    { numRuns: RUNS },
  )
})

test('a paused timer is due later by the time away, and nothing else changes', async () => {
  const xml = MODELS['boundary events'] as string
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 0, max: 7 * 60 }), fc.integer({ min: 1, max: 10_000 }), async (worked, away) => {
      const walk = await walkOf(xml)
      const { desk, id } = walk
      desk.clock.advance(worked * 60_000)
      const [element] = await leaves(walk)
      const before = await liveState(desk.engine, id)
      const left = await desk.cases.leave({ instanceId: id, elementInstanceId: element!.elementInstanceId, reason: 'x', actor: 'kim' })
      desk.clock.advance(away * 60_000)
      await desk.engine.drain()
      await desk.cases.return(left.id, { to: 'resume', actor: 'kim' })
      await desk.engine.drain()
      expect(await liveState(desk.engine, id, away * 60_000)).toEqual(before)
      await desk.close()
    }),
    { numRuns: RUNS },
  )
})

test.each(Object.entries(MODELS))(
  'S32 INV1, INV2, INV4: leaving keeps the tokens, nothing live is without an owner, and nothing is left at the end: %s',
  async (_, xml) => {
    await fc.assert(
      fc.asyncProperty(fc.array(move, { minLength: 4, maxLength: 14 }), async (moves) => {
        const walk = await walkOf(xml)
        for (const one of moves) {
          const before = one.do === 'leave' ? await placesOf(walk) : null
          await perform(walk, one)
          if (before !== null) expect(await placesOf(walk)).toEqual(before)
          await expectOwned(walk)
        }
        await walk.desk.close()
      }),
      { numRuns: RUNS },
    )
  },
)

test.each(Object.entries(MODELS))(
  'INV7, INV8, INV10: wherever it waits someone may leave, what is done is on an unbroken record, and model and other instances stay: %s',
  async (_, xml) => {
    await fc.assert(
      fc.asyncProperty(fc.array(move, { minLength: 3, maxLength: 10 }), async (moves) => {
        const walk = await walkOf(xml)
        const { engine, cases } = walk.desk
        const other = { ...walk, id: (await engine.start('p')).id }
        await engine.drain()
        const [deployed] = await engine.processes.find({ key: 'p', latest: true })
        const text = await engine.processes.xml(deployed!.id)
        const untouched = await liveState(engine, other.id)
        for (const one of moves) {
          // Time and messages are everybody's.
          if (one.do !== 'wait' && one.do !== 'message' && one.do !== 'work') await perform(walk, one)
          for (const { elementInstanceId, phase } of await leaves(walk)) {
            const preview = await cases.previewLeave({ instanceId: walk.id, elementInstanceId, actor: 'kim' })
            expect(preview.refusals.map(({ code }) => code)).toEqual(phase === 'held' ? ['AlreadyAway'] : [])
          }
          if (walk.caseId !== null) expect((await cases.verifyAudit(walk.caseId)).problems).toEqual([])
        }
        expect(await liveState(engine, other.id)).toEqual(untouched)
        expect(await engine.processes.xml(deployed!.id)).toBe(text)
        const record = walk.caseId === null ? null : await caseOf(walk.desk, walk.caseId)
        for (const { id } of record?.deviations ?? []) {
          const started = record?.timeline.filter(({ type, ...about }) => type === 'deviation:start' && about.deviationId === id)
          expect(started).toMatchObject([{ actor: 'kim', reason: { code: 'x' } }])
        }
        await engine.close()
      }),
      { numRuns: RUNS / 4 },
    )
  },
)

async function placesOf({ desk, id }: Walk): Promise<readonly string[]> {
  return (await desk.engine.instances.get(id))!.activeElements.map(
    ({ elementId, elementInstanceId }) => `${elementId} ${elementInstanceId}`,
  )
}

async function expectOwned({ desk, id, caseId }: Walk): Promise<void> {
  const view = (await desk.engine.instances.get(id))!
  const live = new Map(view.activeElements.map((element) => [element.elementInstanceId, element.phase]))
  const record = caseId === null ? null : await caseOf(desk, caseId)
  const away = new Map((record?.deviations ?? []).filter(({ state }) => state === 'away').map((one) => [one.id, one]))
  const open = new Map(
    (record?.items ?? []).filter(({ state }) => state === 'active' || state === 'rehomed').map((item) => [item.id, item]),
  )

  const tasks = await desk.engine.tasks.find({ instanceId: id, held: 'include' })
  for (const task of tasks) {
    if (task.itemId === null) {
      expect(live.has(task.id)).toBe(true)
      expect(task.held).toBe(live.get(task.id) === 'held')
    } else {
      expect(open.get(task.itemId)?.taskId).toBe(task.id)
      if (task.deviationId !== null) expect(away.has(task.deviationId)).toBe(true)
    }
  }
  const owners = (await desk.engine.jobs.find({ instanceId: id })).map((job) => ({ ...job, isOwned: live.has(job.id.split(':')[0] ?? '') }))
  expect(owners.filter(({ isOwned }) => !isOwned)).toEqual([])
  for (const item of open.values()) {
    expect(tasks.some((task) => task.id === item.taskId)).toBe(true)
    if (item.state === 'active' && item.deviationId !== null) expect(away.has(item.deviationId)).toBe(true)
  }
  const held = [...live].filter(([, phase]) => phase === 'held').map(([elementInstanceId]) => elementInstanceId)
  expect([...away.values()].map(({ anchor }) => anchor.elementInstanceId).sort()).toEqual(held.sort())
  if (view.status !== 'active') expect(live.size + away.size).toBe(0)
}
