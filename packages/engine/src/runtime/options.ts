import type { Storage } from '@leeway/storage'
import type { HostFunction } from '../expressions/expression.ts'
import type { CalendarDefinition } from '../model/calendar.ts'
import { parseDuration, roughMs } from '../model/duration.ts'
import { isTimeZone } from '../model/time-zone.ts'
import { refuseOption } from './check-options.ts'
import type { Clock } from './clock.ts'
import type { DataStore } from './data-stores.ts'
import { EngineError } from './errors.ts'
import type { Handler, HandlerEntry } from './handler.ts'
import {
  type ByProcess,
  type HistoryOptions,
  type HistoryPlan,
  type RetentionOptions,
  type RetentionPlan,
  readHistoryOptions,
  readRetention,
} from './history-options.ts'
import { type OptionalIndex, optionalIndexes } from './records/collections.ts'
import type { HistoryLevel } from './records/history.ts'
import type { ScriptEngine } from './script-engine.ts'
import type { Telemetry } from './telemetry.ts'

/** What an engine is made of. Everything is optional; an option that is not known here is refused. */
export interface EngineOptions {
  /** Where everything is kept. Default `memoryStorage()`. */
  readonly storage?: Storage
  /** What does the work of service-like elements, by job type. */
  readonly handlers?: Readonly<Record<string, Handler | HandlerEntry>>
  /** By element id or `processKey/elementId`: stands instead of expression, script and native sending. */
  readonly elementHandlers?: Readonly<Record<string, Handler | HandlerEntry>>
  /** For service-like elements whose type has no handler; never for native sends or inline scripts. */
  readonly defaultHandler?: Handler | HandlerEntry | undefined
  /** Callable from expressions: synchronous, free of effects. */
  readonly functions?: Readonly<Record<string, HostFunction>>
  /** Objects whose own methods expressions may call. */
  readonly beans?: Readonly<Record<string, object>>
  /** Stores outside of the processes that data associations read and write, by name. */
  readonly dataStores?: Readonly<Record<string, DataStore>>
  /** Runs scripts that are not expressions, such as `quickjs()` of `@leeway/engine/quickjs`. Without it such scripts need handlers. */
  readonly scripts?: ScriptEngine
  /**
   * Variables of instances by which they can be found, and messages with `match` find them. What is there when a name is declared first, and
   * what begins on a node without it, is found so once this node has changed it, or cleaned up (`cleanUp`).
   */
  readonly searchable?: Readonly<Record<string, 'text'>>
  /**
   * Indexes that not everyone needs, for each costs every instance, task or job a little: instances by process or status, jobs by kind or
   * type, tasks by element, process or state. Those not named are made at the first query by them.
   */
  readonly indexed?: {
    readonly instances?: readonly ('processKey' | 'status')[]
    readonly jobs?: readonly ('kind' | 'type')[]
    readonly tasks?: readonly ('elementId' | 'processKey' | 'state')[]
  }
  /**
   * Default `systemClock`. A `manualClock` is the time. Any other is held against the clock of the `storage` given, for where several nodes
   * share one its time counts; a store that the engine made itself goes by the engine's.
   */
  readonly clock?: Clock
  /** Business hours by name: a timer is due by those that its `leeway:calendar` names. */
  readonly calendars?: Readonly<Record<string, CalendarDefinition>>
  /** IANA zone for cron, cycles and dates without one. Default UTC. */
  readonly timeZone?: string
  /** `activity` (default): commit after every activity; `wait`: at waits. */
  readonly durability?: 'activity' | 'wait'
  readonly worker?: WorkerOptions
  readonly retries?: RetryOptions
  /**
   * `none`: a thin record a command; `activity` (default): events without variable values; `full`: all of them. An object says it by
   * process and by kind.
   */
  readonly history?: HistoryLevel | HistoryOptions
  readonly retention?: RetentionOptions
  readonly logger?: Logger
  /**
   * Is told spans and measurements, such as `openTelemetry()` of `@leeway/engine/opentelemetry`. Default: nothing is, and nothing is done
   * for it.
   */
  readonly telemetry?: Telemetry
  /** Asked before every operation; false refuses it as `notAuthorized`. */
  readonly authorize?: (request: AuthorizationRequest) => boolean | Promise<boolean>
}

/** How this node works on jobs. */
export interface WorkerOptions {
  /** Most jobs handled at once by this node. Default 10. */
  readonly concurrencyMax?: number
  /** How long a claimed job stays ours, in milliseconds; then another node may take it. Default 30,000; at most a year. */
  readonly leaseMs?: number
  /**
   * With durability `wait`: how long a command waits for its handlers, in real milliseconds; 0 = only handlers that return no promise,
   * Infinity = always. Default 20.
   */
  readonly inlineMs?: number
  /** How often the store is asked for due work where nothing woke this node, in milliseconds. Default 1,000. */
  readonly pollMs?: number
  /** How long `close` waits for handlers that are at work, in real milliseconds; their `job.signal` is aborted at once. Default 5,000. */
  readonly closeMs?: number
}

/** How failed work is tried again where neither model nor handler says. */
export interface RetryOptions {
  /** Attempts in all. Default 3. */
  readonly attempts?: number
  /** `exponential` (1 s, 2 s, 4 s … 5 min) or an ISO 8601 duration between attempts. */
  readonly backoff?: 'exponential' | string
}

/** Where the engine tells what no caller hears of. Default: nowhere. */
export interface Logger {
  /** Something did not work and is tried again, such as a look for due work. */
  warn(message: string, details?: Readonly<Record<string, unknown>>): void
  /** Something failed that no call hears of: a listener threw, the end of a job could not be written. */
  error(message: string, details?: Readonly<Record<string, unknown>>): void
}

/** What `authorize` is asked: who wants to do what. Null where the call does not say. */
export interface AuthorizationRequest {
  /** The method, such as `start`, `tasks.complete`. */
  readonly operation: string
  readonly actor: string | null
  readonly tenantId: string | null
  readonly instanceId: string | null
  readonly elementId: string | null
}

/** The options with their defaults filled in. */
export interface Settings {
  readonly durability: 'activity' | 'wait'
  readonly timeZone: string
  readonly history: ByProcess<HistoryPlan>
  readonly retention: ByProcess<RetentionPlan>
  readonly cleanUpMs: number
  readonly searchable: readonly string[]
  readonly indexed: readonly OptionalIndex[]
  readonly concurrencyMax: number
  readonly leaseMs: number
  readonly inlineMs: number
  readonly pollMs: number
  readonly closeMs: number
  readonly attempts: number
  readonly backoff: 'exponential' | string
  readonly clock: Clock
  readonly logger: Logger
  readonly authorize: EngineOptions['authorize'] | null
}

const OPTIONS: { readonly [Name in keyof Required<EngineOptions>]: true } = {
  storage: true,
  handlers: true,
  elementHandlers: true,
  defaultHandler: true,
  functions: true,
  dataStores: true,
  beans: true,
  scripts: true,
  searchable: true,
  indexed: true,
  clock: true,
  calendars: true,
  timeZone: true,
  durability: true,
  worker: true,
  retries: true,
  history: true,
  retention: true,
  logger: true,
  telemetry: true,
  authorize: true,
}
const WORKER_OPTIONS: { readonly [Name in keyof Required<WorkerOptions>]: true } = {
  concurrencyMax: true,
  leaseMs: true,
  inlineMs: true,
  pollMs: true,
  closeMs: true,
}
const RETRY_OPTIONS: { readonly [Name in keyof Required<RetryOptions>]: true } = { attempts: true, backoff: true }

/** Fills in the defaults. Throws `invalidOption` for options that are unknown or impossible. */
export function settingsOf(options: EngineOptions, clock: Clock): Settings {
  checkNames('', options, OPTIONS)
  const worker = options.worker ?? {}
  checkNames('worker.', worker, WORKER_OPTIONS)
  const retries = options.retries ?? {}
  checkNames('retries.', retries, RETRY_OPTIONS)
  const retention = options.retention ?? {}
  const timeZone = options.timeZone ?? 'UTC'
  if (typeof timeZone !== 'string' || !isTimeZone(timeZone)) refuseOption('timeZone', timeZone, 'an IANA name such as Europe/Berlin')
  return {
    durability: oneOf('durability', options.durability ?? 'activity', ['activity', 'wait']),
    timeZone,
    history: readHistoryOptions(options.history),
    retention: readRetention(retention),
    cleanUpMs: atLeast('retention.everyMs', retention.everyMs ?? 3_600_000, 1_000),
    searchable: Object.keys(options.searchable ?? {}),
    indexed: indexedOf(options.indexed),
    concurrencyMax: whole('worker.concurrencyMax', worker.concurrencyMax ?? 10, 1),
    leaseMs: leaseOf(whole('worker.leaseMs', worker.leaseMs ?? 30_000, 10)),
    inlineMs: atLeast('worker.inlineMs', worker.inlineMs ?? 20, 0),
    pollMs: atLeast('worker.pollMs', worker.pollMs ?? 1_000, 1),
    closeMs: atLeast('worker.closeMs', worker.closeMs ?? 5_000, 0),
    attempts: whole('retries.attempts', retries.attempts ?? 3, 1),
    backoff: checkBackoff('retries.backoff', retries.backoff ?? 'exponential'),
    clock,
    logger: options.logger === undefined ? silent : harmless(options.logger),
    authorize: options.authorize ?? null,
  }
}

function indexedOf(indexed: EngineOptions['indexed'] = {}): Settings['indexed'] {
  checkNames('indexed.', indexed, { instances: true, jobs: true, tasks: true })
  return (['instances', 'jobs', 'tasks'] as const).flatMap((collection) => {
    const given: unknown = indexed[collection] ?? []
    const allowed = optionalIndexes.filter((index) => index.startsWith(`${collection}.`))
    const wanted = Array.isArray(given) ? given.map((field) => allowed.find((index) => index === `${collection}.${field}`)) : []
    if (Array.isArray(given) && !wanted.includes(undefined)) return wanted as OptionalIndex[] // each was found
    return refuseOption(
      `indexed.${collection}`,
      given,
      `a list of ${allowed.map((index) => index.slice(collection.length + 1)).join(', ')}`,
    )
  })
}

/** An ISO 8601 duration in milliseconds. Throws `invalidArgument`. */
export function durationMs(text: string, name: string): number {
  const parsed = parseDuration(text)
  if ('problem' in parsed) throw new EngineError('invalidArgument', `${name}: ${parsed.problem}`, { [name]: text })
  return roughMs(parsed.duration)
}

/** Throws `invalidOption` where a back-off is neither `exponential` nor a duration. */
export function checkBackoff(name: string, backoff: string): string {
  if (typeof backoff !== 'string' || (backoff !== 'exponential' && 'problem' in parseDuration(backoff)))
    refuseOption(name, backoff, '"exponential" or an ISO 8601 duration such as PT5S')
  return backoff
}

const silent: Logger = { warn: () => undefined, error: () => undefined }

/** A logger that throws harms no one. */
function harmless(logger: Logger): Logger {
  const guarded =
    (level: keyof Logger) =>
    (message: string, details?: Readonly<Record<string, unknown>>): void => {
      try {
        const answer: unknown = logger[level](message, details)
        if (typeof answer === 'object' && answer !== null) Promise.resolve(answer).catch(() => undefined)
      } catch {
        // There is nobody else to tell.
      }
    }
  return { warn: guarded('warn'), error: guarded('error') }
}

function checkNames(prefix: string, given: object, known: object): void {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) refuseOption(prefix.slice(0, -1), given, 'an object')
  for (const name of Object.keys(given)) {
    if (Object.hasOwn(known, name)) continue
    const names = Object.keys(known).join(', ')
    throw new EngineError('invalidOption', `createEngine has no option "${prefix}${name}"; there are ${names}`, { option: prefix + name })
  }
}

function oneOf<T extends string>(name: string, value: T, allowed: readonly T[]): T {
  if (!allowed.includes(value)) refuseOption(name, value, allowed.map((each) => `"${each}"`).join(' or '))
  return value
}

function atLeast(name: string, value: number, minimum: number): number {
  if (typeof value !== 'number' || !(value >= minimum)) refuseOption(name, value, `a number of at least ${minimum}`)
  return value
}

/** How long a worker, this node among them, may have a job: nobody else gets it meanwhile, though the worker be dead. */
export const LEASE_MAX_MS: number = 365 * 86_400_000

function leaseOf(leaseMs: number): number {
  if (leaseMs > LEASE_MAX_MS) refuseOption('worker.leaseMs', leaseMs, `at most ${LEASE_MAX_MS}, a year`)
  return leaseMs
}

function whole(name: string, value: number, minimum: number): number {
  if (!Number.isSafeInteger(value) || value < minimum) refuseOption(name, value, `a whole number of at least ${minimum}`)
  return value
}
