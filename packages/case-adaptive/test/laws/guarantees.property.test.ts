import { memoryStorage } from '@leeway/storage'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Step } from '../../src/index.ts'
import { type Desk, openDesk } from '../desk.ts'
import { type Branching, branchingModels } from './branching-models.ts'

const RUNS = Number(process.env.LAW_RUNS ?? 40)
const SEED = Number(process.env.LAW_SEED ?? 20_260_302)
/** Tasks completed until a run counts as endless. */
const TASKS_MAX = 250

const walks = fc.record({
  branching: branchingModels,
  before: fc.array(fc.nat({ max: 99 }), { maxLength: 6 }),
  at: fc.nat({ max: 99 }),
  to: fc.nat({ max: 99 }),
  ends: fc.integer({ min: 0, max: 5 }),
  after: fc.infiniteStream(fc.nat({ max: 99 })),
})

interface Run {
  readonly desk: Desk
  readonly id: string
  readonly branching: Branching
}

test('INV3: for every return that is accepted as G1 or G2 the process comes to its end; for every one that is refused the trace leads to what is left', async () => {
  const met = { accepted: 0, refused: 0, replayed: 0 }
  await fc.assert(
    fc.asyncProperty(walks, async ({ branching, before, at, to, ends, after }) => {
      const run = await begun(branching)
      for (const choice of before) await completeOne(run, choice, choice)
      const elements = (await run.desk.engine.instances.get(run.id))!.activeElements
      const element = elements[at % Math.max(1, elements.length)]
      if (element === undefined) return run.desk.close()
      const { elementInstanceId } = element
      const away = await run.desk.cases.leave({ instanceId: run.id, elementInstanceId, reason: 'x', actor: 'kim' })
      const target = branching.elements[to % branching.elements.length] as string
      const directive = ends === 0 ? { endBranch: {} } : { jump: target }
      const preview = await run.desk.cases.previewReturn(away.id, { to: directive, actor: 'kim' })
      const [refusal] = preview.refusals
      if (preview.allowed) {
        await run.desk.cases.return(away.id, { to: directive, actor: 'kim' })
        expect(['G1', 'G2']).toContain(preview.guarantee)
        if (preview.verdict?.ends === 'all' && !preview.verdict.inherited) {
          met.accepted += 1
          await completeAll(run, after)
          // Who ends the last branch there is ends the instance.
          expect(['completed', ...(ends === 0 ? ['terminated'] : [])], branching.xml).toContain(
            (await run.desk.engine.instances.get(run.id))!.status,
          )
        }
      } else if (refusal?.code === 'WouldDeadlock') {
        met.refused += 1
        const trace = refusal.trace as readonly Step[]
        // Which way a split takes is one variable here: a trace in which it takes two cannot be told to the run.
        if (
          Object.keys(branching.splits).every(
            (split) => trace.filter(({ elementId, does }) => does === 'acts' && elementId === split).length < 2,
          )
        ) {
          const acts = trace.filter(({ does }) => does === 'acts')
          const variables = waysAfter(branching, trace, acts, -1)
          await run.desk.engine.instances.setVariables(run.id, variables)
          await run.desk.cases.return(away.id, { to: directive, override: { by: 'ann', reason: 'to see' }, actor: 'kim' })
          await replay(run, trace)
          met.replayed += 1
        }
      }
      await run.desk.close()
    }),
    { numRuns: RUNS, seed: SEED, endOnFailure: true },
  )
  expect(met.accepted).toBeGreaterThan(0)
  expect(met.refused).toBeGreaterThan(0)
  expect(met.replayed).toBeGreaterThan(met.refused / 4)
})

test('every repair that a refusal names is accepted', async () => {
  let repaired = 0
  await fc.assert(
    fc.asyncProperty(walks, async ({ branching, before, at, to }) => {
      const run = await begun(branching)
      for (const choice of before) await completeOne(run, choice, choice)
      const elements = (await run.desk.engine.instances.get(run.id))!.activeElements
      const element = elements[at % Math.max(1, elements.length)]
      if (element !== undefined) {
        const { elementInstanceId } = element
        const away = await run.desk.cases.leave({ instanceId: run.id, elementInstanceId, reason: 'x', actor: 'kim' })
        const jump = branching.elements[to % branching.elements.length] as string
        const { refusals } = await run.desk.cases.previewReturn(away.id, { to: { jump }, actor: 'kim' })
        const soundness = refusals.filter(({ code }) => code.startsWith('Would'))
        for (const repair of soundness.flatMap(({ repairs = [] }) => repairs as readonly { to: { jump: string } }[])) {
          repaired += 1
          const again = await run.desk.cases.previewReturn(away.id, { to: repair.to, actor: 'kim' })
          expect(again.refusals, `${JSON.stringify(repair)}\n${branching.xml}`).toEqual([])
        }
      }
      await run.desk.close()
    }),
    { numRuns: RUNS, seed: SEED, endOnFailure: true },
  )
  expect(repaired).toBeGreaterThan(0)
})

async function begun(branching: Branching): Promise<Run> {
  const desk = await openDesk(memoryStorage())
  await desk.engine.deploy(branching.xml)
  const ways = Object.fromEntries(Object.keys(branching.splits).map((gateway) => [gateway, 'w0']))
  return { desk, id: (await desk.engine.start('p', { variables: ways })).id, branching }
}

/** Completes one of the open tasks; each split ahead takes some way. False where there is none. */
async function completeOne({ desk, id, branching }: Run, pick: number, way: number): Promise<boolean> {
  const tasks = await desk.engine.tasks.find({ instanceId: id })
  const task = tasks[pick % Math.max(1, tasks.length)]
  if (task === undefined) return false
  const ways = Object.entries(branching.splits).map(([gateway, flows], k) => [gateway, flows[(way + k) % flows.length]])
  await desk.engine.tasks.complete(task.id, { variables: Object.fromEntries(ways), actor: 'tom' })
  return true
}

async function completeAll(run: Run, choices: Iterable<number>): Promise<void> {
  let tasks = 0
  for (const choice of choices) if (tasks++ >= TASKS_MAX || !(await completeOne(run, choice, choice))) return
}

/** Does what the trace says: tasks are completed in its order, splits take the ways that it took. At its end nothing can move, and just these tokens are left. */
async function replay({ desk, id, branching }: Run, trace: readonly Step[]): Promise<void> {
  const acts = trace.filter(({ does }) => does === 'acts')
  for (let k = 0; k < acts.length; k++) {
    const { elementId } = acts[k] as Step
    if (!elementId.startsWith('T')) continue
    const [task] = await desk.engine.tasks.find({ instanceId: id, elementId })
    expect(task, `${elementId} of ${JSON.stringify(trace)}\n${branching.xml}`).toBeDefined()
    await desk.engine.tasks.complete(task!.id, { variables: waysAfter(branching, trace, acts, k), actor: 'tom' })
  }
  const view = (await desk.engine.instances.get(id))!
  const left = trace.at(-2)?.tokens ?? trace[0]?.tokens ?? []
  const final = acts.at(-1)?.tokens ?? left
  expect(view.status).toBe('active')
  expect(await desk.engine.tasks.find({ instanceId: id })).toHaveLength(0)
  expect(view.activeElements.map(({ elementId, phase }) => `${elementId} ${phase}`).sort(), branching.xml).toEqual(
    final.map(({ elementId }) => `${elementId} arrived`).sort(),
  )
}

/** The way that each split takes when it acts next in the trace. */
function waysAfter({ splits, xml }: Branching, trace: readonly Step[], acts: readonly Step[], from: number): Record<string, string> {
  const ways: Record<string, string> = {}
  for (const [gateway, flows] of Object.entries(splits)) {
    ways[gateway] = flows[0] as string
    const at = acts.findIndex(({ elementId }, k) => k > from && elementId === gateway)
    if (at < 0) continue
    const before = placesIn(acts[at - 1] ?? trace[0])
    const after = placesIn(acts[at])
    const targets = targetsOf(xml, gateway)
    const taken = targets.findIndex(
      ({ flow, target }) =>
        count(after, `${target}<${flow}`) > count(before, `${target}<${flow}`) || count(after, target) > count(before, target),
    )
    if (taken >= 0) ways[gateway] = flows[taken] as string
  }
  return ways
}

function placesIn(step: Step | undefined): readonly string[] {
  return (step?.tokens ?? []).map(({ elementId, arrivedBy }) => (arrivedBy === undefined ? elementId : `${elementId}<${arrivedBy}`))
}

function count(places: readonly string[], place: string): number {
  return places.filter((one) => one === place).length
}

function targetsOf(xml: string, gateway: string): readonly { readonly flow: string; readonly target: string }[] {
  return [...xml.matchAll(new RegExp(`<bpmn:sequenceFlow id="(\\w+)" sourceRef="${gateway}" targetRef="(\\w+)"`, 'g'))].map(
    ([, flow, target]) => ({
      flow: flow as string,
      target: target as string,
    }),
  )
}
