import type { Instant } from '@leeway/storage'
import type { ListenerPoint } from '../model/data.ts'
import type { Value, Values } from '../model/value.ts'
import type { CallResult, KeptCommand, TaskSeen, WorkResult } from './occurrences.ts'
import type { OccurrenceKind, Wait } from './waits.ts'

export type { Instant } from '@leeway/storage'
export type { AdHocTurn, CallResult, TaskSeen, WorkResult } from './occurrences.ts'
export {
  type AwayMode,
  type ConditionWait,
  type EventWait,
  isArmed,
  type OccurrenceKind,
  type TimerWait,
  type Wait,
  waitsFor,
} from './waits.ts'

/**
 * State of one process instance: its scopes by id, as far as they were loaded, and the stored collections of its sequential
 * multi-instances in chunks. Plain JSON; only `apply` changes it.
 */
export interface InstanceState {
  readonly scopes: ReadonlyMap<string, Scope>
  readonly chunks: ReadonlyMap<string, readonly Value[]>
}

/**
 * BPMN's scope: the process instance, a sub-process instance, a multi-instance or loop body, one iteration. Its id is the id of
 * the token that opened it, so that ancestors are the id's prefixes: instance `A`, its third token `A.3`, the sub-process
 * that this token opened again `A.3`, its first token `A.3.1`. An iteration's id is its body's id and its number, from 1.
 */
export interface Scope {
  readonly id: string
  readonly kind: ScopeKind
  /** The activity that it is an instance of; the process's key for the root. */
  readonly elementId: string
  /** Elements and activation counts from the root, for idempotency keys: `/Sub_1:1/Task_2:3`. Empty for the root. */
  readonly path: string
  /** The number given to its latest token. */
  readonly counter: number
  readonly variables: Values
  /** By number. */
  readonly tokens: { readonly [n: number]: Token }
  /** How many tokens it has, without those that only listen. */
  readonly live: number
  /** Numbers of the tokens that listen for its event sub-processes: they are not counted in `live`. */
  readonly armed?: readonly number[]
  /** How many of its live tokens are event sub-processes under way. */
  readonly handlers?: number
  /**
   * How many of its tokens (of its rounds, in a body) have a condition armed, or one further inside: only there a change of variables is of
   * interest.
   */
  readonly conditions?: number
  /** Tokens that arrived at gateways that join, by gateway. */
  readonly joins?: { readonly [gatewayId: string]: Join }
  /** How often repeatable elements with work of their own were activated. */
  readonly activations?: { readonly [elementId: string]: number }
  /** Only bodies of multi-instances and loops. */
  readonly rounds?: Rounds
  /** Only the root. */
  readonly instance?: InstanceHead
  /** Only an ad hoc sub-process that is to end: nothing more is started in it, what runs is waited for. */
  readonly closing?: true
  /** Only an ad hoc sub-process: variables of its paths, by the number of the token that began each. */
  readonly paths?: { readonly [path: number]: Values }
  /** Only an iteration that completed and is kept for its output until the body ends. */
  readonly output?: { readonly value: Value }
  /** What completed in it and can be compensated. BPMN 2.0.2 §13.5.5 */
  readonly compensables?: Compensables
  /** Only what is kept of something that completed: the instance of the same activity that completed before it. */
  readonly kept?: { readonly previous?: Compensable }
}

/** `completed` is no scope: the record of a completed activity with a compensation handler. Its id is that of its token. */
export type ScopeKind = 'process' | 'subProcess' | 'adHocSubProcess' | 'multiInstance' | 'loop' | 'iteration' | 'completed'

/**
 * The latest completed instance of each activity that can be compensated, by element id. Each is kept as a scope of its own, which names
 * the one before it: so that a completion costs the same however many there are.
 */
export interface Compensables {
  /** The order given to the latest of them all. */
  readonly order: number
  readonly latest: { readonly [elementId: string]: Compensable }
}

/** A completed instance: its token's number (in a body: the iteration's) and when it completed, among those of its scope. */
export interface Compensable {
  readonly n: number
  readonly order: number
}

export interface InstanceHead {
  readonly definitionId: string
  readonly businessKey: string | null
  readonly status: InstanceStatus
  readonly startedAt: Instant
  /**
   * Tokens that a migration put into another scope: the id that each had first, and what it is now. What is inside such a token goes by its
   * id.
   */
  readonly moved?: { readonly [firstId: string]: string }
  /** Elements before which the next token that comes is held, and by whom. */
  readonly stops?: { readonly [elementId: string]: string }
  /** The whole instance was taken off the path. */
  readonly hold?: { readonly by: string; readonly since: Instant }
  /** What came while it was suspended, in order; applied when it is resumed. */
  readonly kept?: readonly KeptCommand[]
  /** Another model came while it was suspended: its joins are looked at again when it is resumed. */
  readonly remodelled?: true
  readonly endedAt?: Instant
  /** The correlation keys of its conversations, by id, each set by the first message sent or received that yields it. */
  readonly correlation?: { readonly [keyId: string]: string }
  /** Only of an instance that a call activity started. */
  readonly called?: Caught
}

/** What the callers of an instance catch of what is thrown in it, by code; `all` whatever its code is. */
export interface Caught {
  readonly error: readonly string[] | 'all'
  readonly escalation: readonly string[] | 'all'
  /** A multi-instance is around the call, or around one further out. */
  readonly rounds?: true
}

/**
 * `completed`: came to its end, by a terminate end event too; `terminated`: cancelled from outside; `failed`: ended by an uncaught error;
 * `superseded`: its case went on without it. The last four are final.
 */
export type InstanceStatus = 'active' | 'suspended' | 'completed' | 'terminated' | 'failed' | 'superseded'

/** Counters of a body. `total` is fixed at entry (null for a loop); completed + terminated + active + not yet begun = total. */
export interface Rounds {
  readonly total: number | null
  readonly begun: number
  readonly active: number
  readonly completed: number
  readonly terminated: number
  /** Where iterations keep an output for the body's end. */
  readonly collects?: true
  /** No more begin: an event inside ended them all. */
  readonly over?: true
}

/** Arrivals at a joining gateway: numbers of waiting tokens by flow, oldest first, and how many flows have one. */
export interface Join {
  readonly flows: { readonly [flowId: string]: readonly number[] }
  readonly filled: number
  /** Complex gateway, BPMN 2.0.2 Table 13.5: it fired and waits for the rest before it can fire again; the flows consumed so far. */
  readonly waitingForReset?: readonly string[]
  /** The same of each path in an ad hoc sub-process, by the number of the token that began it. */
  readonly resetOfPaths?: { readonly [path: number]: readonly string[] }
}

/** A token at an element: at the same time BPMN's token and the element instance that it drives. Its id is `scope id.number`. */
export interface Token {
  readonly elementId: string
  readonly phase: TokenPhase
  readonly since: Instant
  /** The sequence flow by which it came. */
  readonly via?: string
  /** What it waits for, boundary events of its activity included. */
  readonly waits?: readonly Wait[]
  /** The activity's own variables: input mappings. */
  readonly locals?: Values
  /** In an ad hoc sub-process: the path that it is part of, by the number of the token that began it. */
  readonly path?: number
  /** How often it called, where it stands at a call activity. */
  readonly calls?: number
  /** It opened a scope, whose id is the token's. */
  readonly child?: true
  /** How far the listeners of its element were heard; absent before the first. */
  readonly listening?: Listening
  /** It is an event sub-process under way. */
  readonly handler?: true
  /** A person passed it over: it is not undone as something that was done. */
  readonly skipped?: true
  /** A condition is armed in the scope that it opened, or further inside. */
  readonly watches?: true
  readonly hold?: Hold
  readonly incident?: TokenIncident
  /** The scope that it opened ended and is kept, to be compensated once the activity has completed. */
  readonly keeps?: true
  /** It undoes what completed, one after the other. */
  readonly compensation?: Compensation
  /** It is a compensation handler, or a completed scope that is open again: the id of the token whose compensation it is part of. */
  readonly drivenBy?: string
}

/** The listeners of one moment, heard one after the other; moments before it are over. */
export interface Listening {
  readonly point: ListenerPoint
  /** How many of this moment were heard. */
  readonly heard: number
  /** While one of them works: what goes on after the last. */
  readonly then?: 'begin' | 'leave' | 'depart'
  /** At `take`: the flows by which the token leaves. */
  readonly flows?: readonly string[]
  /** Of a user task: what the listeners of its creation changed of it; on completion what it was. */
  readonly task?: TaskSeen
}

/** `armed`: at an event sub-process that has not begun and listens for its start event; such a token is no element instance. */
export type TokenPhase = 'active' | 'waiting' | 'arrived' | 'armed' | 'held' | 'incident' | 'compensating'

/**
 * A compensation under way. What is to be undone is taken out of the scopes when it begins: nothing is undone twice, nothing later is
 * undone with it.
 */
export interface Compensation {
  /** Worked off in this order, each from its latest to its first. */
  readonly sources: readonly CompensationSource[]
  /** The token at work for it: a handler, or a scope that is open again. */
  readonly running?: string
  /** Its throwing event does not wait: its outgoing flows are taken already. */
  readonly hasLeft?: true
}

/** What is to be undone of one scope. `once`: of each activity the latest completion alone. */
export interface CompensationSource {
  readonly scopeId: string
  readonly once?: true
  readonly latest: Compensables['latest']
}

/** The token was taken off the path. */
export interface Hold {
  /** Who holds it: a deviation's id. */
  readonly by: string
  /** `unbegun`: it came to an element that is to be left before it begins; `occurred`: the same, at an event that came. */
  readonly was: 'active' | 'waiting' | 'arrived' | 'incident' | 'armed' | 'unbegun' | 'occurred'
  readonly since: Instant
  /** Events and late results that came meanwhile, in order; applied once on release. */
  readonly latches: readonly Latch[]
  /** The step was taken back: there is no release. */
  readonly withdrawn?: true
  /** What becomes of a result of work that comes meanwhile; default: it is kept. */
  readonly late?: 'discard' | 'accept'
}

/** What came for a held token and is kept for its release: an event that it waits for, or the result of its work. */
export type Latch =
  | {
      readonly type: 'event'
      readonly for: string
      readonly kind: OccurrenceKind
      readonly definition?: number
      readonly values: Values
      readonly at: Instant
    }
  | { readonly type: 'work'; readonly result: WorkResult; readonly at: Instant }
  /** The called instance came to its end. */
  | { readonly type: 'call'; readonly instanceId: string; readonly result: CallResult; readonly at: Instant }
  /** The work is out of attempts: an incident on return. */
  | { readonly type: 'failure'; readonly code: string; readonly message: string; readonly at: Instant }

/**
 * Stuck: a person must look. `retry` is what resolving does again: begin the element, map its outputs and leave, ask its outgoing flows,
 * have the join at which it arrived look at it, go on with its compensation, ask the handler that drives an ad hoc sub-process, or go back
 * to what it waits for (a failed job is tried anew).
 */
export interface TokenIncident {
  readonly code: string
  readonly message: string
  readonly retry: 'enter' | 'leave' | 'depart' | 'join' | 'compensate' | 'turn' | 'job'
}

/** True for a token that only listens for the start event of an event sub-process, stuck in that or not. */
export function isArmedToken(scope: Pick<Scope, 'armed'>, n: number): boolean {
  return scope.armed?.includes(n) ?? false
}

/** The numbers of the tokens of a scope, rising. While few were given out each is tried: to list keys that are numbers costs far more. */
export function tokenNumbers({ tokens, counter }: Pick<Scope, 'tokens' | 'counter'>): readonly number[] {
  if (counter > TRIED_MAX) return Object.keys(tokens).map(Number)
  const numbers: number[] = []
  for (let n = 1; n <= counter; n++) if (tokens[n] !== undefined) numbers.push(n)
  return numbers
}

const TRIED_MAX = 16
