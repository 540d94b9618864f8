import { isDeepStrictEqual } from 'node:util'
import type { Definition } from '@leeway/engine/extension'
import { read } from '../../../engine/test/laws/compile.ts'
import { ledgerProblems } from '../../../engine/test/laws/ledger.ts'
import type { ModelShape } from '../../../engine/test/laws/model-shape.ts'
import { REASON } from '../../../engine/test/laws/operator-acts.ts'
import { unowned } from '../../../engine/test/laws/ownership.ts'
import { readStored, rowProblems } from '../../../engine/test/laws/stored-instance.ts'
import { liveState } from '../live-state.ts'
import { caseOfWalk, type Hands, placesOf, STEADY, type Walk, walkOffPath } from './off-path-walk.ts'

/** The invariants of leaving the path, by number. */
export const INVARIANTS = {
  INV1: 'leaving keeps the tokens of every scope, and nothing completes over one that is held',
  INV2: 'all that is live has an owner, and after a deviation nothing refers to it',
  INV3: 'after all that was accepted the instance comes to its end',
  INV4: 'at the end no token, open deviation or required item is left',
  INV5: 'each trigger and each result is applied once',
  INV6: 'leaving and coming back changes nothing',
  INV7: 'wherever it waits somebody may leave, or is told what to do',
  INV8: 'what the model alone would not have done is explained by one record, on an unbroken chain',
  INV9: 'a command that is given again after a crash has one effect',
  INV10: 'the definition and other instances stay as they were',
} as const

export type Invariant = keyof typeof INVARIANTS

export interface Finding {
  readonly invariant: Invariant
  readonly problem: string
}

/** Walks a model and looks at each invariant after each act; stops at the first that does not hold. */
export async function findingIn(shape: ModelShape, choices: readonly number[], hands: Hands = STEADY): Promise<Finding | null> {
  const findings: Finding[] = []
  const found = (invariant: Invariant, problems: readonly string[]): void => {
    for (const problem of problems) findings.push({ invariant, problem })
  }
  const known = new Map<string, Definition>()
  const definitionOf = async ({ xml }: Walk): Promise<Definition> => {
    const definition = known.get(xml) ?? (await read(xml))
    known.set(xml, definition)
    return definition
  }
  let other: string | null = null
  let acts = 0
  const [end, walk] = await walkOffPath(
    shape,
    choices,
    async (walk, act, before) => {
      other ??= await untouched(walk)
      const isLook = acts++ % LOOKED_AT_EVERY === 0
      if (act === 'leave') found('INV1', await keepsTokens(walk, before))
      found('INV2', await owned(walk, await definitionOf(walk)))
      if (act !== 'on the path') found('INV9', await leftOnce(walk))
      if (!walk.chooser.isSpent && isLook) {
        found('INV7', await mayLeave(walk))
        if (findings.length === 0) found('INV6', await isNeutral(walk, hands))
        found('INV8', await recorded(walk))
      }
      if ((await untouched(walk)) !== other) found('INV10', ['another instance was changed'])
      return findings.length === 0
    },
    hands,
  )
  if (findings.length === 0) {
    if (end === 'stuck') found('INV3', [`it goes no further at ${(await placesOf(walk)).join(', ')}`])
    else found('INV4', await leftAtEnd(walk))
    found('INV5', ledgerProblems((await readStored(walk.storage, walk.id)).events, end !== 'stuck'))
    found('INV8', await recorded(walk))
    for (const { id } of await walk.desk.engine.processes.find({ key: 'random-process' }))
      if ((await walk.desk.engine.processes.xml(id)) !== walk.versions.xmlOf(id)) found('INV10', ['the definition was changed'])
  }
  await walk.desk.close()
  return findings[0] ?? null
}

const LOOKED_AT_EVERY = 4

async function keepsTokens(walk: Walk, before: readonly string[]): Promise<readonly string[]> {
  const after = await placesOf(walk)
  return isDeepStrictEqual(after, before) ? [] : [`leaving made ${before.join(', ')} to ${after.join(', ')}`]
}

async function owned(walk: Walk, definition: Definition): Promise<readonly string[]> {
  const { desk, id, storage } = walk
  const stored = await readStored(storage, id)
  const view = (await desk.engine.instances.get(id))!
  const record = await caseOfWalk(walk)
  const away = (record?.deviations ?? []).filter(({ state, mode }) => state === 'away' && mode !== 'alongside')
  const held = new Set(view.activeElements.filter(({ phase }) => phase === 'held').map((one) => one.elementInstanceId))
  if (stored.state.scopes.get(id)?.instance?.hold !== undefined) held.add(id) // taken over as a whole
  const tasks = await desk.engine.tasks.find({ held: 'include', limit: 200 })
  const open = (record?.items ?? []).filter(({ state }) => state === 'active' || state === 'rehomed')
  const isClosed = (deviationId: string | null): boolean => {
    const state = record?.deviations.find((one) => one.id === deviationId)?.state
    return deviationId !== null && state !== 'away' && state !== 'requested'
  }
  return [
    ...rowProblems(stored),
    ...unowned(definition, stored.state),
    ...away.filter(({ anchor }) => !held.has(anchor.elementInstanceId)).map((one) => `${one.id} is away where nothing is held`),
    ...tasks
      .filter(({ itemId, deviationId }) => itemId !== null && isClosed(deviationId))
      .map(({ name }) => `task ${name} refers to a closed deviation`),
    ...tasks
      .filter(({ itemId }) => itemId !== null && !open.some((item) => item.id === itemId))
      .map(({ name }) => `task ${name} is of no open item`),
    ...open
      .filter(({ deviationId, state }) => state === 'active' && isClosed(deviationId))
      .map(({ id: item }) => `item ${item} is of a closed deviation`),
  ]
}

async function leftAtEnd(walk: Walk): Promise<readonly string[]> {
  const record = await caseOfWalk(walk)
  const open = record?.deviations.filter(({ state }) => state === 'away' || state === 'requested' || state === 'returning') ?? []
  const required = record?.items.filter(({ state, required, deviationId }) => required && deviationId !== null && state === 'active') ?? []
  return [
    ...(await placesOf(walk)).map((place) => `${place} is left`),
    ...open.map(({ id, state }) => `deviation ${id} is ${state} though all is over`),
    ...required.map(({ id }) => `required item ${id} is open though all is over`),
  ]
}

async function isNeutral(walk: Walk, hands: Hands): Promise<readonly string[]> {
  const { desk, id, chooser } = walk
  const view = (await desk.engine.instances.get(id))!
  const held = new Set(view.activeElements.filter(({ phase }) => phase === 'held').map((one) => one.elementInstanceId))
  const isFree = ({ phase, elementInstanceId }: (typeof view.activeElements)[number]): boolean =>
    phase !== 'held' && phase !== 'compensating' && ![...held].some((one) => elementInstanceId.startsWith(`${one}.`))
  const elements = view.status === 'active' ? view.activeElements.filter(isFree) : []
  const element = elements[chooser.below(elements.length)]
  if (element === undefined) return []
  const before = await liveState(desk.engine, id)
  const mode = element.kind === 'scope' ? ('takeOver' as const) : ('detour' as const)
  const { elementInstanceId } = element
  const left = await desk.cases.leave({ instanceId: id, elementInstanceId, mode, reason: 'x', actor: 'kim' })
  walk.caseId = left.caseId
  await hands.besideReturning?.(walk)
  await desk.cases.return(left.id, { to: 'resume', actor: 'kim' })
  const after = await liveState(desk.engine, id)
  return isDeepStrictEqual(after, before) ? [] : [`leaving ${element.elementId} and coming back changed the process`]
}

async function mayLeave(walk: Walk): Promise<readonly string[]> {
  const { desk, id } = walk
  const view = (await desk.engine.instances.get(id))!
  const problems: string[] = []
  if (view.status !== 'active' && view.status !== 'suspended') return problems
  const why = (await desk.engine.history(id)).findLast(({ type }) => type === 'processSuspended')
  if (view.status === 'suspended' && why?.reason === REASON) return problems // who may do so resumes it
  for (const { elementInstanceId, elementId, kind } of view.activeElements) {
    if (kind === 'scope') continue
    const { refusals } = await desk.cases.previewLeave({ instanceId: id, elementInstanceId, actor: 'kim' })
    for (const { code, message } of refusals) if (!TOLD.has(code)) problems.push(`nobody may leave at ${elementId}: ${code}, ${message}`)
  }
  return problems
}

/** Who is away is named, or where to leave instead. */
const TOLD: ReadonlySet<string> = new Set(['AlreadyAway', 'CompensationRuns'])

async function recorded(walk: Walk): Promise<readonly string[]> {
  const { desk, id, storage, caseId } = walk
  const record = await caseOfWalk(walk)
  const { events } = await readStored(storage, id)
  const holders = new Set(events.flatMap((event) => (event.type === 'tokenHeld' ? [event.hold.by] : [])))
  const known = new Map((record?.deviations ?? []).map((one) => [one.id, one]))
  const entries = record?.timeline ?? []
  const starts = (deviationId: string): number =>
    entries.filter((entry) => entry.type === 'deviation:start' && entry.deviationId === deviationId).length
  const ends = (deviationId: string): number =>
    entries.filter(({ type, ...entry }) => RETURNS.has(type) && entry.deviationId === deviationId).length
  const moved = events.filter(({ type }) => type === 'scopeModified' || type === 'elementSkipped' || type === 'elementWithdrawn').length
  return [
    ...[...holders]
      .filter((by) => known.get(by)?.actor !== 'kim' || known.get(by)?.reason.code === undefined)
      .map((by) => `nobody is on record for the hold by ${by}`),
    ...[...known.values()]
      .filter((one) => one.state === 'away' && starts(one.id) !== 1)
      .map((one) => `${one.id} began ${starts(one.id)} times`),
    ...[...known.values()]
      .filter((one) => (one.state === 'returned' || one.state === 'undone' || one.state === 'preempted') && ends(one.id) !== 1)
      .map((one) => `${one.id} is ${one.state} and ended ${ends(one.id)} times`),
    ...(moved > 0 && known.size === 0 ? ['tokens were moved and nobody is on record'] : []),
    ...(caseId === null ? [] : (await desk.cases.verifyAudit(caseId)).problems.map((problem) => JSON.stringify(problem))),
  ]
}

const RETURNS: ReadonlySet<string> = new Set(['deviation:return', 'deviation:undo', 'deviation:preempt'])

/** What is given again has the answer of before, and no two people are away at one token. */
async function leftOnce(walk: Walk): Promise<readonly string[]> {
  const record = await caseOfWalk(walk)
  const away = (record?.deviations ?? []).filter(({ state, mode }) => state === 'away' && mode !== 'alongside')
  const places = away.map(({ anchor }) => anchor.elementInstanceId)
  const twice = places.filter((place, k) => places.indexOf(place) !== k)
  const cases = await walk.desk.cases.find({ instanceId: walk.id })
  const refused = walk.repeated.filter((one) => one === 'AlreadyAway' || one === 'AlreadyReturned')
  return [
    ...refused.map((one) => `what was given again after a crash was answered by ${one}`),
    ...twice.map((place) => `two are away at ${place}`),
    ...(cases.length > 1 ? [`the instance has ${cases.length} cases`] : []),
  ]
}

async function untouched({ desk, otherId }: Walk): Promise<string> {
  const view = (await desk.engine.instances.get(otherId))!
  const places = view.activeElements.map(({ elementInstanceId, phase }) => `${elementInstanceId} ${phase}`)
  return JSON.stringify([view.status, places, view.variables])
}
