import { refuseOption } from './check-options.ts'
import { durationOption } from './duration-option.ts'
import type { HistoryLevel } from './records/history.ts'

/** What of the past is written down, in all and by process. */
export interface HistoryOptions {
  /** For processes that are not named. Default `activity`. */
  readonly level?: HistoryLevel | HistoryKinds
  /** By process key. */
  readonly processes?: Readonly<Record<string, HistoryLevel | HistoryKinds>>
}

/**
 * Kinds of what is written down, each for itself. Starts and ends of instances, incidents, operators' acts and leaving the path are always
 * kept.
 */
export interface HistoryKinds {
  /** Where tokens went: elements that began and ended, scopes, joins. Default true. */
  readonly activities?: boolean
  /** What elements waited for and what came: jobs, tasks, timers, messages. Only with `activities`. Default true. */
  readonly work?: boolean
  /** Changes of variables: not at all, which, or with their values. Default `names`. */
  readonly variables?: 'none' | 'names' | 'values'
  /** One row an element instance in the collection `activities`, which SQL can read: for reports. Default false. */
  readonly rows?: boolean
}

/** How long what is over is kept. Nodes that `run` clean up in the background; `engine.cleanUp` does it at once. */
export interface RetentionOptions extends Retention {
  /** By process key; what is not named here is as for all. */
  readonly processes?: Readonly<Record<string, Retention>>
  /** How long a node waits from one clean-up to the next, in milliseconds; Infinity: it does none by itself. Default 3,600,000 (an hour). */
  readonly everyMs?: number
}

/** How long after the end of an instance: ISO 8601 durations, or null for ever. */
export interface Retention {
  /** The instance, with all that is left of it. Default: what the model says (`historyTimeToLive`), else P180D. */
  readonly ended?: string | null
  /** What its history tells, where that goes before the instance does. Default: as long as the instance. */
  readonly history?: string | null
  /**
   * Its rows in `activities`, where they go before the instance does, or stay for `null` when it goes. Default: as long as the instance.
   */
  readonly rows?: string | null
}

/** What is written down of one process. */
export interface HistoryPlan {
  /**
   * `none`: no events; `compact`: without values, each element where it begins; `bare`: without values, each element at each event;
   * `whole`: as they are.
   */
  readonly form: 'none' | 'compact' | 'bare' | 'whole'
  readonly without: readonly ('activities' | 'work' | 'variables')[]
  readonly rows: boolean
}

/** In milliseconds; null: for ever. `history` and `rows` are undefined where they go with the instance. */
export interface RetentionPlan {
  readonly ended: number | null
  /** The host left `ended` to the model, where that says something. */
  readonly isModels: boolean
  readonly history: number | null | undefined
  readonly rows: number | null | undefined
}

/** A plan for all processes but those that have one of their own. */
export interface ByProcess<Plan> {
  readonly rest: Plan
  /** Null where no process is named. */
  readonly named: ReadonlyMap<string, Plan> | null
}

export function planOf<Plan>({ rest, named }: ByProcess<Plan>, processKey: string): Plan {
  return named === null ? rest : (named.get(processKey) ?? rest)
}

/** Whether it is written down which elements were completed: of a process, or of each. */
export function areActivitiesKept({ rest, named }: ByProcess<HistoryPlan>, processKey: string | null): boolean {
  const isKept = ({ form, without }: HistoryPlan): boolean => form !== 'none' && !without.includes('activities')
  if (processKey !== null) return isKept(named?.get(processKey) ?? rest)
  return [rest, ...(named?.values() ?? [])].every(isKept)
}

/** Reads the option `history`. Throws `invalidOption`. */
export function readHistoryOptions(given: HistoryLevel | HistoryOptions | undefined): ByProcess<HistoryPlan> {
  if (typeof given !== 'object' || given === null) return { rest: historyPlan('history', given ?? 'activity'), named: null }
  checkMembers('history', given, ['level', 'processes'])
  return {
    rest: historyPlan('history.level', given.level ?? 'activity'),
    named: namedOf('history.processes', given.processes, historyPlan),
  }
}

/** Reads the option `retention`. Throws `invalidOption`. */
export function readRetention(given: RetentionOptions): ByProcess<RetentionPlan> {
  checkMembers('retention', given, [...RETENTION, 'processes', 'everyMs'])
  const { processes, everyMs: _everyMs, ...own } = given
  const rest = retentionPlan('retention', own, { ended: DEFAULT_ENDED_MS, isModels: true, history: undefined, rows: undefined })
  return { rest, named: namedOf('retention.processes', processes, (name, one: Retention) => retentionPlan(name, one, rest)) }
}

const DEFAULT_ENDED_MS = 180 * 86_400_000
const RETENTION = ['ended', 'history', 'rows'] as const
const LEVELS: { readonly [Level in HistoryLevel]: HistoryPlan } = {
  none: { form: 'none', without: [], rows: false },
  activity: { form: 'compact', without: [], rows: false },
  full: { form: 'whole', without: [], rows: false },
}

function historyPlan(name: string, given: HistoryLevel | HistoryKinds): HistoryPlan {
  if (typeof given === 'string' && Object.hasOwn(LEVELS, given)) return LEVELS[given]
  if (typeof given !== 'object' || given === null) refuseOption(name, given, '"none", "activity", "full" or an object of kinds')
  checkMembers(name, given, ['activities', 'work', 'variables', 'rows'])
  const { activities = true, variables = 'names', rows = false, work = activities } = given
  for (const [member, value] of Object.entries({ activities, work, rows }))
    if (typeof value !== 'boolean') refuseOption(`${name}.${member}`, value, 'true or false')
  if (!['none', 'names', 'values'].includes(variables)) refuseOption(`${name}.variables`, variables, '"none", "names" or "values"')
  if (work && !activities)
    refuseOption(`${name}.work`, work, 'false where activities are not kept: what elements waited for needs their elements')
  return {
    form: variables === 'values' ? 'whole' : activities ? 'compact' : 'bare',
    without: [
      ...(activities ? [] : (['activities'] as const)),
      ...(work ? [] : (['work'] as const)),
      ...(variables === 'none' ? (['variables'] as const) : []),
    ],
    rows,
  }
}

function retentionPlan(name: string, given: Retention, rest: RetentionPlan): RetentionPlan {
  checkMembers(name, given, RETENTION)
  const read = <Default>(member: keyof Retention, otherwise: Default): number | null | Default =>
    given[member] === undefined ? otherwise : durationOption(`${name}.${member}`, given[member])
  const isModels = rest.isModels && given.ended === undefined
  return { ended: read('ended', rest.ended), isModels, history: read('history', rest.history), rows: read('rows', rest.rows) }
}

function namedOf<Given, Plan>(
  name: string,
  processes: Readonly<Record<string, Given>> | undefined,
  read: (name: string, one: Given) => Plan,
): ReadonlyMap<string, Plan> | null {
  if (processes === undefined) return null
  if (typeof processes !== 'object' || processes === null) refuseOption(name, processes, 'an object by process key')
  return new Map(Object.entries(processes).map(([key, one]) => [key, read(`${name}.${key}`, one)]))
}

function checkMembers(name: string, given: object, known: readonly string[]): void {
  if (typeof given !== 'object' || given === null) refuseOption(name, given, `an object of ${known.join(', ')}`)
  for (const member of Object.keys(given))
    if (!known.includes(member)) refuseOption(`${name}.${member}`, Reflect.get(given, member), `one of ${known.join(', ')}`)
}
