import type { Storage } from '@leeway/storage'
import { createEngine, type Engine, EngineError, type ManualClock, manualClock } from '../../src/index.ts'
import { jobs } from '../../src/runtime/records/job.ts'
import { crashingStorage } from './crashing-storage.ts'
import { CALENDARS } from './kernel.ts'
import { type LawStore, memoryStore } from './law-stores.ts'
import { nameOf, type Renamed } from './renaming-laws.ts'
import { VARIABLES } from './runtime-driver.ts'
import { readStored } from './stored-instance.ts'

/** How an instance ended. */
export interface Ending {
  readonly status: string
  readonly variables: unknown
  /** Elements completed, as often as they were, sorted. */
  readonly completed: readonly string[]
}

/** An instance that was run by a process that died, and then by another. */
export interface CrashRun {
  readonly ending: Ending
  /** Idempotency keys of the handlers that each of the two processes ran, in order. */
  readonly before: readonly string[]
  readonly after: readonly string[]
  /** Of the jobs that were open when the first process died. */
  readonly open: readonly string[]
  /** How many change sets the first process committed. */
  readonly commits: number
  /** False where it came to the end before it could die. */
  readonly died: boolean
}

/**
 * `open` gives an empty store, memory unless told; `tampered` is what the first process takes it for; `other` is what an operator migrates
 * to.
 */
export interface CrashOptions {
  readonly open?: LawStore['open']
  readonly tampered?: (storage: Storage) => Storage
  readonly other?: Renamed | null
}

const KEY = 'the-only-start'

/** Runs a process to its end on a store; the process dies at its commit number `at` (from 0), and another goes on. */
export async function crashAndGoOn(
  xml: string,
  at: number,
  last: 'lost' | 'landed',
  durability: 'activity' | 'wait',
  { open: openStore = memoryStore.open, tampered = (storage: Storage): Storage => storage, other = null }: CrashOptions = {},
): Promise<CrashRun> {
  const clock = manualClock('2026-01-01T00:00:00Z')
  const store = await openStore(() => clock.now())
  const dying = crashingStorage(store, at, last)
  const before: string[] = []
  const operate = other === null ? undefined : operatorOf(other)
  try {
    await runProcess(tampered(dying.storage), clock, xml, durability, before, { operate })
  } catch (error) {
    if (!dying.isDead()) throw error
    await dying.settled()
  }
  const open = dying.isDead() ? await openKeys(store) : []
  const after: string[] = []
  const ending = await runProcess(store, clock, xml, durability, after, { operate })
  return { ending, before, after, open, commits: dying.commits(), died: dying.isDead() }
}

/** What else a host does. */
interface HostOptions {
  /** How a call that the store refused is dealt with; thrown unless told. */
  readonly again?: <T>(call: () => Promise<T>) => Promise<T>
  /** Done where the instance first waits, each time that a process comes so far. */
  readonly operate?: ((engine: Engine, id: string) => Promise<void>) | undefined
}

/**
 * What a host does: deploys, starts once, and does whatever is to be done, until the instance has ended. Can be done again from the start
 * at any time.
 */
export async function runProcess(
  storage: Storage,
  clock: ManualClock,
  xml: string,
  durability: 'activity' | 'wait',
  ran: string[],
  { again = (call) => call(), operate }: HostOptions = {},
): Promise<Ending> {
  const engine = await createEngine({
    storage,
    clock,
    durability,
    calendars: CALENDARS,
    history: 'full',
    logger: { warn: () => undefined, error: () => undefined },
    defaultHandler: (job) => {
      ran.push(job.idempotencyKey)
      return { [`by_${nameOf(job.elementId)}`]: job.attempt > 0 }
    },
  })
  await again(() => engine.deploy(xml))
  const variables = { ...VARIABLES, fragile: { never: false, always: true } }
  const { id } = await again(() => engine.start('random-process', { variables, idempotencyKey: KEY }))
  const status = await again(() => driveInOrder(engine, id, operate))
  const { state, events } = await readStored(storage, id)
  const completed = events.flatMap((event) => (event.type === 'elementCompleted' ? [nameOf(event.elementId)] : [])).sort()
  await engine.close()
  // The id of a task follows from the order in which branches went on, which a crash may change.
  const { theTask: _theTask, ...kept } = state.scopes.get(id)?.variables ?? {}
  return { status, variables: kept, completed }
}

/** Migrates to the model under other ids and suspends, in batches. Their keys are the same each time: each is done once. */
function operatorOf({ xml, map }: Renamed): NonNullable<HostOptions['operate']> {
  return async (engine, id) => {
    const { processes } = await engine.deploy(xml)
    const to = processes.find(({ key }) => key === 'random-process')?.id ?? ''
    await engine.instances.migrate({ instances: [id], to, map, idempotencyKey: 'migrate' })
    await engine.instances.suspend({ instances: [id] }, { idempotencyKey: 'suspend' })
  }
}

const ACTS_MAX = 300

async function driveInOrder(engine: Engine, id: string, operate: HostOptions['operate']): Promise<string> {
  const asked = new Set<string>()
  let isOperated = operate === undefined
  for (let act = 0; act < ACTS_MAX; act++) {
    await engine.drain()
    const view = await engine.instances.get(id)
    if (view?.status === 'suspended') {
      await engine.instances.resume({ instances: [id] }, { idempotencyKey: 'resume' })
      await engine.advance('PT1M') // the process that died may have had the batch in hand
      continue
    }
    if (view?.status !== 'active') return view?.status ?? 'gone'
    if (!isOperated) {
      isOperated = true
      await operate?.(engine, id)
      continue
    }
    const [task] = await engine.tasks.find({ instanceId: id })
    const waiting = view.activeElements.find(
      (one) =>
        one.phase === 'waiting' &&
        !asked.has(one.elementInstanceId) &&
        (one.type === 'receiveTask' || one.type === 'intermediateCatchEvent'),
    )
    if (task) await engine.tasks.complete(task.id, { variables: {}, idempotencyKey: `complete ${task.id}` })
    else if (!waiting) await engine.advance('PT1M')
    else if (await triggered(engine, waiting.elementInstanceId)) asked.add(waiting.elementInstanceId)
    else await engine.advance('PT1M')
  }
  return 'stuck'
}

/** False where the element waits for a job of the process that died: then time must pass. */
async function triggered(engine: Engine, elementInstanceId: string): Promise<boolean> {
  try {
    await engine.trigger(elementInstanceId, { variables: {}, idempotencyKey: `trigger ${elementInstanceId}` })
    return true
  } catch (error) {
    if (error instanceof EngineError && error.code === 'notWaiting') return false
    throw error
  }
}

async function openKeys(storage: Storage): Promise<readonly string[]> {
  const found = await storage.find(jobs, { where: {}, orderBy: [{ field: 'dueAt' }], limit: 1_000 })
  return found.flatMap(({ record }) => (record.kind === 'work' && record.body.work ? [record.body.work.key] : []))
}

/** What is wrong with a run that a crash cut in two, compared with one that nothing cut. */
export function crashProblems(run: Pick<CrashRun, 'ending'>, uncut: Ending): readonly string[] {
  const problems: string[] = []
  const differs = (what: string, a: unknown, b: unknown): void => {
    if (JSON.stringify(a) !== JSON.stringify(b)) problems.push(`${what}: ${JSON.stringify(a)} after a crash, ${JSON.stringify(b)} without`)
  }
  differs('status', run.ending.status, uncut.status)
  differs('variables', sorted(run.ending.variables), sorted(uncut.variables))
  differs('completed', run.ending.completed, uncut.completed)
  return problems
}

/**
 * Durability `activity`: what was committed is never run again, what was cut off runs again with the same key, and nothing else runs twice.
 */
export function handlerProblems({ before, after, open, died }: CrashRun): readonly string[] {
  const problems: string[] = []
  for (const keys of [before, after])
    if (new Set(keys).size < keys.length) problems.push(`a handler ran twice in one process: ${keys.join(', ')}`)
  if (!died) return problems
  for (const key of before) {
    if (open.includes(key) && !after.includes(key)) problems.push(`${key} was cut off and did not run again`)
    if (!open.includes(key) && after.includes(key)) problems.push(`${key} was committed and ran again`)
  }
  return problems
}

function sorted(value: unknown): unknown {
  return Object.entries(value as Record<string, unknown>).sort(([a], [b]) => (a < b ? -1 : 1)) // variables are a plain object
}
