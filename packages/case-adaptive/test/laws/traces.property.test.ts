import { memoryStorage } from '@leeway/storage'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createChooser } from '../../../engine/test/laws/chooser.ts'
import { read } from '../../../engine/test/laws/compile.ts'
import { faults } from '../../../engine/test/laws/faults.ts'
import { type Kernel, realKernel } from '../../../engine/test/laws/kernel.ts'
import { readStored } from '../../../engine/test/laws/stored-instance.ts'
import type { LaterDirective } from '../../src/case/directives.ts'
import { type Desk, model, openDesk, user } from '../desk.ts'
import { type Branching, widerModels } from './branching-models.ts'
import { misfitOf, type Refusal } from './replay-trace.ts'

const RUNS = process.env.LAW_RUNS === undefined ? 12 : Number(process.env.LAW_RUNS)
const SEED = Number(process.env.LAW_SEED ?? 2_026)

/** What is found within this many situations has a trace, too. */
const SITUATIONS_MAX = 400

/** Where somebody leaves, and where to. */
const leaves = fc.record({
  branching: widerModels,
  before: fc.array(fc.nat({ max: 99 }), { maxLength: 5 }),
  at: fc.nat({ max: 99 }),
  targets: fc.array(fc.nat({ max: 99 }), { minLength: 6, maxLength: 6 }),
  choices: fc.array(fc.nat({ max: 99 }), { minLength: 60, maxLength: 60 }),
})

type Leave = typeof leaves extends fc.Arbitrary<infer One> ? One : never

/** What is found of a refusal: its code, and what in its trace does not fit. */
interface Finding {
  readonly code: string
  readonly misfit: string | null
}

/** Leaves, asks for every way back, and replays the trace of each that is refused. */
async function findingsOf({ branching, before, at, targets, choices }: Leave, kernel: Kernel, tamper = (refusal: Refusal) => refusal) {
  const desk = await openDesk(memoryStorage(), {}, undefined, { policies: { situationsMax: SITUATIONS_MAX } })
  const findings: Finding[] = []
  const id = await begun(desk, branching, before)
  const elements = (await desk.engine.instances.get(id))!.activeElements.filter(({ kind }) => kind !== 'scope')
  const element = elements[at % Math.max(1, elements.length)]
  if (element !== undefined) {
    const { elementInstanceId, elementId } = element
    const away = await desk.cases.leave({ instanceId: id, elementInstanceId, reason: 'x', actor: 'kim' })
    const { state } = await readStored(desk.storage, id)
    const [second, ...others] = targets.map((one) => branching.elements[one % branching.elements.length] as string)
    const jump = (to: string, also: readonly string[]): LaterDirective => ({ type: 'jump', elementId: to, via: null, also, cancel: [] })
    const ways: readonly LaterDirective[] = [
      { type: 'endBranch', retireJoinSlot: false },
      ...others.map((target) => jump(target, [])),
      ...others
        .filter((target) => target !== second)
        .slice(0, 2)
        .map((target) => jump(target, [second as string])),
    ]
    const scopeId = elementInstanceId.slice(0, elementInstanceId.lastIndexOf('.'))
    for (const to of ways) {
      const refusal = await refusalOf(desk, away.id, to)
      if (refusal === null) continue
      const anchor = { type: 'token' as const, scopeId, scopePath: '', elementInstanceId, elementId }
      const stand = { definition: await read(branching.xml), state, anchor, by: away.id }
      const misfit = misfitOf(kernel, stand, to, tamper(refusal), createChooser(choices))
      findings.push({ code: refusal.code, misfit: misfit && `${JSON.stringify(to)}: ${misfit}\n${JSON.stringify(refusal)}` })
    }
  }
  await desk.close()
  return findings
}

async function begun(desk: Desk, { xml, splits }: Branching, before: readonly number[]): Promise<string> {
  await desk.engine.deploy(xml)
  const ways = (way: number) =>
    Object.fromEntries(Object.entries(splits).map(([gateway, flows], k) => [gateway, flows[(way + k) % flows.length]!]))
  const { id } = await desk.engine.start('p', { variables: ways(0) })
  for (const choice of before) {
    const tasks = await desk.engine.tasks.find({ instanceId: id })
    const task = tasks[choice % Math.max(1, tasks.length)]
    if (task !== undefined) await desk.engine.tasks.complete(task.id, { variables: ways(choice), actor: 'tom' })
  }
  return id
}

/** What the search has against a return; null where it has nothing. */
async function refusalOf({ cases }: Desk, id: string, to: LaterDirective): Promise<Refusal | null> {
  const asked = to.type === 'jump' ? { jump: to.elementId, ...(to.also.length > 0 && { also: to.also }) } : { endBranch: {} }
  const { refusals } = await cases.previewReturn(id, { to: asked, actor: 'kim' }).catch(() => ({ refusals: [] })) // no such way
  if (refusals.some(({ code }) => code === 'TargetAmbiguous')) return null // into which of several it would go is not said
  const found = refusals.find(({ code }) => code.startsWith('Would'))
  return found === undefined ? null : { code: found.code, trace: found.trace as Refusal['trace'] }
}

test('the trace of every refusal leads, step by step, to what is stuck, to what is there twice, or to what never ends', async () => {
  const met: { [code: string]: number } = {}
  await fc.assert(
    fc.asyncProperty(leaves, async (leave) => {
      for (const { code, misfit } of await findingsOf(leave, realKernel)) {
        met[code] = (met[code] ?? 0) + 1
        if (misfit !== null) throw new Error(`${misfit}\n${leave.branching.xml}`)
      }
    }),
    { numRuns: RUNS, seed: SEED, endOnFailure: true },
  )
  for (const code of ['WouldDeadlock', 'WouldDoubleFire', 'WouldNeverEnd']) expect(met[code], code).toBeGreaterThan(RUNS / 4)
})

test('a join at which several tokens came by one flow acts for each of them in the replay too', async () => {
  const gateways = '<bpmn:parallelGateway id="P"/><bpmn:inclusiveGateway id="O"/><bpmn:parallelGateway id="J"/>'
  const xml = model(gateways + user('A') + user('B') + user('C'), 'S>P P>A P>B P>C A>O B>O O>J C>J J>E')
  const branching: Branching = { xml, splits: {}, elements: ['A'] }
  const findings = await findingsOf({ branching, before: [], at: 2, targets: [0, 0], choices: [0] }, realKernel)
  const [endBranch, jump] = findings.map(({ code, misfit }) => misfit ?? code)
  expect({ endBranch, jump }).toEqual({ endBranch: 'WouldDeadlock', jump: 'WouldDeadlock' })
})

const told = (change: (refusal: Refusal) => Refusal) => change
const FAULTS: readonly (readonly [fault: string, kernel: Kernel, tamper: (refusal: Refusal) => Refusal, finding: RegExp])[] = [
  ['a trace without its last step', realKernel, told((refusal) => ({ ...refusal, trace: refusal.trace.toSpliced(-2, 1) })), /./],
  ['a trace that begins elsewhere', realKernel, told((refusal) => ({ ...refusal, trace: refusal.trace.slice(1) })), /tokens are at/],
  ['a dead end that is none', realKernel, told((refusal) => ({ ...refusal, code: 'WouldDeadlock' })), /could act/],
  ['an endless way that ends', realKernel, told((refusal) => ({ ...refusal, code: 'WouldNeverEnd' })), /it is over|nothing acts/],
  [
    'something twice that is there once',
    realKernel,
    told((refusal) => ({ ...refusal, code: 'WouldDoubleFire' })),
    /nothing is there twice/,
  ],
  [
    'a kernel whose joins let each token pass',
    faults.joinsAreMerges,
    told((refusal) => refusal),
    /tokens are at|does not join|cannot act|can act/,
  ],
]

test.each(FAULTS)('the law finds %s', async (_fault, kernel, tamper, finding) => {
  const found: string[] = []
  for (const leave of fc.sample(leaves, { numRuns: RUNS, seed: SEED })) {
    const misfits = (await findingsOf(leave, kernel, tamper)).flatMap(({ misfit }) => misfit ?? [])
    found.push(...misfits)
    if (found.some((one) => finding.test(one))) return
  }
  expect(found.join('\n')).toMatch(finding)
})
