import { memoryStorage } from '@leeway/storage'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Need, Policies, Repair, ReturnRequest, Step } from '../../src/index.ts'
import { type Desk, openDesk } from '../desk.ts'
import { type Branching, branchingModels, widerModels } from './branching-models.ts'

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

const repairing = fc.record({
  branching: fc.oneof(branchingModels, widerModels),
  before: fc.array(fc.nat({ max: 99 }), { maxLength: 6 }),
  at: fc.nat({ max: 99 }),
  to: fc.nat({ max: 99 }),
  take: fc.nat({ max: 99 }),
  mandatory: fc.array(fc.nat({ max: 99 }), { maxLength: 3 }),
  targets: fc.option(fc.array(fc.nat({ max: 99 }), { minLength: 1, maxLength: 3 }), { freq: 3 }),
  order: fc.option(fc.tuple(fc.nat({ max: 99 }), fc.nat({ max: 99 })), { freq: 2 }),
})

/** Rules that hold besides: what must be done, where one may come back to, what comes before what. */
function policiesOf({
  branching: { elements },
  mandatory,
  targets,
  order,
}: typeof repairing extends fc.Arbitrary<infer One> ? One : never): Policies {
  const named = (index: number): string => elements[index % elements.length] as string
  const must = Object.fromEntries(mandatory.map((one) => [named(one), { mandatory: true }]))
  const only = targets === null ? {} : Object.fromEntries(elements.map((id) => [id, { ...must[id], returnTargets: targets.map(named) }]))
  return {
    situationsMax: 400,
    elements: { ...must, ...only },
    ...(order !== null && { precedence: [{ before: named(order[0]), after: named(order[1]) }] }),
  }
}

test('every repair that a refusal names is accepted from the same person, with what it says it takes', async () => {
  const met: { [code: string]: number } = {}
  const needed: { [code: string]: number } = {}
  await fc.assert(
    fc.asyncProperty(repairing, async (drawn) => {
      const { branching, before, at, to, take } = drawn
      const run = await begun(branching, policiesOf(drawn))
      for (const choice of before) await completeOne(run, choice, choice)
      const elements = (await run.desk.engine.instances.get(run.id))!.activeElements.filter(({ kind }) => kind !== 'scope')
      const element = elements[at % Math.max(1, elements.length)]
      if (element !== undefined) {
        const { elementInstanceId } = element
        const away = await run.desk.cases.leave({ instanceId: run.id, elementInstanceId, reason: 'x', actor: 'kim' })
        const jump = branching.elements[to % branching.elements.length] as string
        const { refusals } = await run.desk.cases.previewReturn(away.id, { to: { jump }, actor: 'kim' })
        const all = refusals.flatMap(({ code, repairs = [] }) =>
          (repairs as readonly Partial<Repair>[]).map((repair) => ({ code, ...repair })),
        )
        const repairs = all.filter((repair): repair is Repair & { code: string } => repair.to !== undefined)
        for (const { code, to: asked, needs = [] } of repairs) {
          met[code] = (met[code] ?? 0) + 1
          for (const need of needs) needed[need.code] = (needed[need.code] ?? 0) + 1
          const again = await run.desk.cases.previewReturn(away.id, asReturn(asked, needs))
          expect(
            again.refusals,
            `${code} ${JSON.stringify({ asked, needs })}\n${JSON.stringify(policiesOf(drawn))}\n${branching.xml}`,
          ).toEqual([])
        }
        const taken = repairs[take % Math.max(1, repairs.length)]
        if (taken !== undefined) await run.desk.cases.return(away.id, asReturn(taken.to, taken.needs))
      }
      await run.desk.close()
    }),
    { numRuns: RUNS * 2, seed: SEED, endOnFailure: true },
  )
  expect(Object.keys(met)).toEqual(expect.arrayContaining(['WouldDeadlock', 'TargetNotAllowed']))
  expect(Object.keys(needed)).toContain('MandatoryStep')
})

/** The return with what a repair says that it takes. */
function asReturn(to: unknown, needs: readonly Need[] = []): ReturnRequest {
  const names = needs.flatMap(({ code, missing = [] }) => (code === 'MissingData' ? (missing as readonly string[]) : []))
  return {
    to: to as ReturnRequest['to'],
    actor: 'kim',
    ...(needs.some(({ code }) => code === 'MandatoryStep') && { approvedBy: ['ann'] }),
    ...(needs.some(({ code }) => code === 'NotIdempotent') && { confirmNotIdempotent: true }),
    ...(names.length > 0 && { variables: Object.fromEntries(names.map((name) => [name, 'w0'])) }),
  }
}

async function begun(branching: Branching, policies: Policies = {}): Promise<Run> {
  const desk = await openDesk(memoryStorage(), {}, undefined, { policies })
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

/**
 * Does what the trace says: tasks are completed in its order, splits take the ways that it took. At its end nothing can move, and just
 * these tokens are left.
 */
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
