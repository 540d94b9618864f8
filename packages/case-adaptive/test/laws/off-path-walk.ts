import { EngineError, type ManualClock, manualClock, Refused } from '@leeway/engine'
import type { Storage } from '@leeway/storage'
import { type Chooser, createChooser } from '../../../engine/test/laws/chooser.ts'
import { crashingStorage } from '../../../engine/test/laws/crashing-storage.ts'
import { CALENDARS } from '../../../engine/test/laws/kernel.ts'
import { type LawStore, memoryStore } from '../../../engine/test/laws/law-stores.ts'
import type { ModelShape } from '../../../engine/test/laws/model-shape.ts'
import { type Versions, versionsOf } from '../../../engine/test/laws/operator-acts.ts'
import { render } from '../../../engine/test/laws/render.ts'
import { choosingHandler, orderly, randomAct, VARIABLES } from '../../../engine/test/laws/runtime-driver.ts'
import type { CasesOptions, CaseView, DeviationMode, ReturnDirective } from '../../src/index.ts'
import { AB, type Desk, openDesk, START } from '../desk.ts'

/** An instance of a random model, and someone who leaves its path and comes back. */
export interface Walk {
  readonly storage: Storage
  readonly clock: ManualClock
  readonly versions: Versions
  /** The model that the instance is of now. */
  xml: string
  readonly id: string
  /** An instance of another process, which nobody touches. */
  readonly otherId: string
  readonly chooser: Chooser
  desk: Desk
  caseId: string | null
  /** Commands given off the path. */
  commands: number
  /** What came of commands that went to a process which died, and were given again. */
  readonly repeated: string[]
}

/** What a walk was asked to do, and how it is done: a fault is put here. */
export interface Hands {
  /** Who is away comes back at the end. */
  readonly comesBack: boolean
  /** Done beside a leave, a return. */
  readonly besideLeaving?: (walk: Walk, elementInstanceId: string) => Promise<unknown>
  readonly besideReturning?: (walk: Walk) => Promise<unknown>
  /** Where it is walked; default in memory. */
  readonly store?: LawStore
  /** What the engine sees of the storage. */
  readonly tampered?: (storage: Storage) => Storage
  /** Given to a command that is done again after a crash. */
  readonly keyAgain?: (key: string) => string
  readonly caseOptions?: CasesOptions
}

export const STEADY: Hands = { comesBack: true }

/** Called after each act with what it was. A finding ends the walk. */
export type Look = (walk: Walk, act: string, before: readonly string[]) => Promise<boolean>

const ACTS_DRAWN = 90
const ACTS_MAX = 300
const ENDED: ReadonlySet<string> = new Set(['completed', 'terminated', 'superseded'])

/**
 * Walks a model by random acts on the path and off it, then comes back and brings it to its end. Gives how it ended, `stuck` where it did
 * not.
 */
export async function walkOffPath(
  shape: ModelShape,
  choices: readonly number[],
  look: Look,
  hands: Hands = STEADY,
): Promise<[string, Walk]> {
  const clock = manualClock(START)
  const inner = await (hands.store ?? memoryStore).open(() => clock.now())
  const storage = hands.tampered?.(inner) ?? inner
  const chooser = createChooser(choices.slice(0, ACTS_DRAWN))
  const { xml } = render({ ...shape, begins: 'itself' })
  const desk = await deskOver(storage, clock, chooser, hands)
  const versions = versionsOf(await desk.engine.deploy(xml), xml)
  await desk.engine.deploy(AB)
  const other = await desk.engine.start('p')
  const { id } = await desk.engine.start('random-process', { variables: VARIABLES })
  const walk: Walk = { storage, clock, versions, xml, id, otherId: other.id, chooser, desk, caseId: null, commands: 0, repeated: [] }
  for (let act = 0; act < ACTS_MAX; act++) {
    await walk.desk.engine.drain()
    const { status = 'gone', definition } = (await walk.desk.engine.instances.get(id)) ?? {}
    if (ENDED.has(status)) return [status, walk]
    walk.xml = versions.xmlOf(definition?.id ?? '')
    const before = await placesOf(walk)
    const did = await perform(walk, hands)
    if (!(await look(walk, did, before))) return ['found', walk]
  }
  return ['stuck', walk]
}

/** What holds a token, as element and element instance. */
export async function placesOf({ desk, id }: Walk): Promise<readonly string[]> {
  const elements = (await desk.engine.instances.get(id))?.activeElements ?? []
  return elements.map(({ elementId, elementInstanceId }) => `${elementId} ${elementInstanceId}`).sort()
}

export async function caseOfWalk({ desk, caseId }: Walk): Promise<CaseView | null> {
  return caseId === null ? null : desk.cases.get(caseId)
}

function deskOver(storage: Storage, clock: ManualClock, chooser: Chooser, hands: Hands): Promise<Desk> {
  const choosing = choosingHandler(chooser)
  // A compensation of the path waits for what undoes an item.
  const handlers = { undo: () => ({}) }
  return openDesk(storage, { history: 'full', defaultHandler: choosing, handlers, calendars: CALENDARS }, clock, hands.caseOptions)
}

async function perform(walk: Walk, hands: Hands): Promise<string> {
  const { chooser, desk } = walk
  if (chooser.isSpent) {
    const isStill = (await desk.engine.instances.get(walk.id))?.status === 'suspended'
    if (hands.comesBack && !isStill && (await comeBackInOrder(walk))) return 'return'
    await orderly(desk.engine, walk.id)
    return 'on the path'
  }
  try {
    const kind = chooser.below(8)
    if (kind < 3) return await leave(walk, hands)
    if (kind < 5) return await comeBack(walk, hands)
    if (kind === 5) return await workBeside(walk)
    if (kind === 6 && chooser.below(4) === 0) return await reopen(walk, hands)
    await randomAct(desk.engine, walk.id, chooser, walk.versions)
    return 'on the path'
  } catch (error) {
    if (error instanceof Refused) return `refused ${error.code}`
    if (error instanceof EngineError && EXPECTED.has(error.code)) return `refused ${error.code}`
    throw error
  }
}

/** Where an act drawn at random makes no sense, the engine says so. */
const EXPECTED: ReadonlySet<string> = new Set([
  'invalidArgument',
  'notWaiting',
  'instanceEnded',
  'instanceSuspended',
  'notYetSupported',
  'unknownIncident',
])

const MODES: readonly DeviationMode[] = ['detour', 'detour', 'alongside', 'withdraw', 'takeOver']
const TIMERS = [undefined, 'keep', 'pause', 'latch', 'restart', 'cancel', { extend: 'PT1M' }] as const

async function leave(walk: Walk, hands: Hands): Promise<string> {
  const { chooser, desk, id } = walk
  const some = <T>(list: readonly T[]): T | undefined => list[chooser.below(list.length)]
  const elements = (await desk.engine.instances.get(id))?.activeElements ?? []
  const mode = some(MODES) as Exclude<DeviationMode, 'deferred'>
  const isScope = mode === 'takeOver'
  const element = some(elements.filter(({ kind }) => (kind === 'scope') === isScope))
  const by = { reason: 'x', actor: 'kim' }
  if (chooser.below(8) === 0) return leaveInBulk(walk, hands, isScope)
  if (element === undefined || chooser.below(6) === 0) {
    const before = some(elementsOf(walk))
    if (before === undefined) return 'nothing'
    const item = { kind: 'human' as const, name: 'first', assignee: 'lee', actor: 'kim' }
    if (chooser.below(2) === 0) walk.caseId = (await desk.cases.defer({ instanceId: id, before, item, actor: 'kim' })).caseId
    else walk.caseId = (await desk.cases.leave({ instanceId: id, before, ...by })).caseId
    return 'ask'
  }
  const timer = /<bpmn:boundaryEvent id="(\w+)" attachedToRef="(\w+)"[^>]*><bpmn:timer/.exec(
    walk.xml.split('\n').find((line) => line.includes(`attachedToRef="${element.elementId}"`) && line.includes('timerEvent')) ?? '',
  )?.[1]
  const policy = timer === undefined ? undefined : some(TIMERS)
  const { elementInstanceId } = element
  const onLateResult = some(['hold', 'hold', 'discard', 'acceptAndContinue'] as const)
  await atRisk(walk, hands, async (at, idempotencyKey) => {
    const left = await at.cases.leave({
      instanceId: id,
      elementInstanceId,
      mode,
      ...by,
      idempotencyKey,
      ...(policy !== undefined && timer !== undefined && { timers: { [timer]: policy } }),
      ...(onLateResult !== undefined && mode !== 'alongside' && { onLateResult }),
    })
    walk.caseId = left.caseId
  })
  await hands.besideLeaving?.(walk, elementInstanceId)
  return 'leave'
}

/** In a batch it is left at its only token, or as a whole; what cannot be left is told in its report. */
async function leaveInBulk(walk: Walk, hands: Hands, asWhole: boolean): Promise<string> {
  const { id } = walk
  const request = {
    query: { processKey: 'random-process' },
    reason: 'x',
    actor: 'kim',
    mode: asWhole ? ('takeOver' as const) : ('detour' as const),
  }
  let told = ''
  await atRisk(walk, hands, async (at, idempotencyKey) => {
    const { batchId } = await at.cases.leaveMany({ ...request, idempotencyKey })
    const { state, total = 0, report = [] } = (await at.engine.batches.get(batchId)) ?? {}
    if (state !== 'done' || report.length !== total) throw new Error(`the batch ${batchId} is ${state} with ${report.length} of ${total}`)
    told = report.map(({ outcome, code }) => code ?? outcome).join()
  })
  const [found] = await walk.desk.cases.find({ instanceId: id })
  walk.caseId = found?.id ?? null
  return told === 'done' ? 'leave' : `refused ${told}`
}

async function comeBack(walk: Walk, hands: Hands): Promise<string> {
  const { chooser } = walk
  const away = (await caseOfWalk(walk))?.deviations.filter(({ state }) => state === 'away') ?? []
  const deviation = away[chooser.below(away.length)]
  if (deviation === undefined) return 'nothing'
  const kind = chooser.below(10)
  if (kind === 9) {
    await walk.desk.cases.undo(deviation.id, { actor: 'kim' })
    return 'undo'
  }
  const to = directive(walk, kind, deviation.anchor.elementId)
  const ask = { to, confirmNotIdempotent: true, actor: 'kim' }
  if (typeof to === 'object') {
    const { allowed, verdict } = await walk.desk.cases.previewReturn(deviation.id, ask)
    // What is not proven to come to its end is not gone: the walk is to come to its end.
    if (!allowed || verdict?.ends !== 'all' || verdict.inherited) return 'looked'
  }
  await atRisk(walk, hands, (at, idempotencyKey) => at.cases.return(deviation.id, { ...ask, idempotencyKey }))
  await hands.besideReturning?.(walk)
  return typeof to === 'string' ? to : 'move'
}

function directive(walk: Walk, kind: number, elementId: string): ReturnDirective {
  const { chooser, xml } = walk
  if (kind < 3) return 'resume'
  if (kind === 3) return 'redo'
  if (kind === 4) return 'skip'
  if (kind === 5) return chooser.below(6) === 0 ? 'stayOff' : 'endScope'
  const events = [...xml.matchAll(new RegExp(`<bpmn:boundaryEvent id="(\\w+)" attachedToRef="${elementId}"`, 'g'))].map(
    ([, event]) => event as string,
  )
  const event = events[chooser.below(events.length)]
  if (kind === 6 && event !== undefined) return { event }
  if (kind === 7) return { endBranch: { retireJoinSlot: chooser.below(2) === 0 } }
  const all = elementsOf(walk)
  return { jump: all[chooser.below(all.length)] ?? elementId }
}

async function workBeside(walk: Walk): Promise<string> {
  const { chooser, desk } = walk
  const view = await caseOfWalk(walk)
  const away = view?.deviations.filter(({ state }) => state === 'away') ?? []
  const open = view?.items.filter(({ state }) => state === 'active' || state === 'rehomed') ?? []
  const item = open[chooser.below(open.length)]
  if (item !== undefined && chooser.below(2) === 0) {
    await desk.cases.completeItem(item.id, { actor: 'lee' })
    return 'item'
  }
  const deviation = away[chooser.below(away.length)]
  if (deviation === undefined) return 'nothing'
  const kind = chooser.below(4) === 0 ? { kind: 'service' as const, type: 'beside' } : { kind: 'human' as const }
  const assignee = chooser.below(2) === 0 ? { assignee: 'lee' } : {}
  const isLast = chooser.below(4) > 0
  await desk.cases.addItem(deviation.id, { ...kind, ...assignee, name: 'i', required: !isLast, compensator: 'undo', actor: 'kim' })
  return 'item'
}

/** Another process goes on with what is stored. */
async function reopen(walk: Walk, hands: Hands): Promise<string> {
  await walk.desk.engine.close()
  walk.desk = await deskOver(walk.storage, walk.clock, walk.chooser, hands)
  return 'reopen'
}

/** Now and then the process dies at the command's commit, which landed or is lost; another gives it again with the same key. */
async function atRisk(walk: Walk, hands: Hands, command: (desk: Desk, key: string) => Promise<unknown>): Promise<void> {
  const key = `key ${walk.commands++}`
  if (walk.chooser.below(4) > 0) {
    await command(walk.desk, key)
    return
  }
  const dying = crashingStorage(walk.storage, 0, walk.chooser.below(2) === 0 ? 'lost' : 'landed')
  const doomed = await deskOver(dying.storage, walk.clock, walk.chooser, hands)
  const died = await command(doomed, key).then(
    () => false,
    (error: unknown) => {
      if (dying.isDead()) return true
      throw error
    },
  )
  if (!died) return
  await dying.settled()
  await reopen(walk, hands)
  const again = await command(walk.desk, hands.keyAgain?.(key) ?? key).then(
    () => 'ok',
    (error: unknown) => {
      if (error instanceof Refused) return error.code
      throw error
    },
  )
  walk.repeated.push(again)
}

/** Comes back from what is left, the latest first; false where nobody is away. */
async function comeBackInOrder(walk: Walk): Promise<boolean> {
  const view = await caseOfWalk(walk)
  const away = view?.deviations.filter(({ state }) => state === 'away') ?? []
  const open = view?.items.find(({ state, deviationId }) => state === 'active' && away.some(({ id }) => id === deviationId))
  if (open !== undefined) {
    await walk.desk.cases.completeItem(open.id, { actor: 'lee' })
    return true
  }
  for (const { id, mode } of away.toReversed()) {
    const to = mode === 'withdraw' ? ('redo' as const) : ('resume' as const)
    const isBack = await walk.desk.cases.return(id, { to, confirmNotIdempotent: true, actor: 'kim' }).then(
      () => true,
      (error: unknown) => {
        if (error instanceof Refused && error.code === 'AlreadyAway') return false // inside a scope that another has taken over
        throw error
      },
    )
    if (isBack) return true
  }
  return false
}

function elementsOf({ xml }: Walk): readonly string[] {
  return [...xml.matchAll(/<bpmn:\w*(?:Task|task|Gateway|CatchEvent|ThrowEvent|subProcess|callActivity) id="(\w+)"/g)].map(
    ([, element]) => element as string,
  )
}
