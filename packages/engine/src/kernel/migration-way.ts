import type { Definition } from '../model/definition.ts'
import type { FlowNode, FlowScope, SubProcess } from '../model/elements.ts'
import type { Step } from './agenda.ts'
import type { IdMap, MigrateProcess } from './commands.ts'
import type { ScopeMigrated } from './events/scopes.ts'
import type { TokenMigrated } from './events/tokens.ts'
import type { EventSubProcessDisarmed } from './events/waits.ts'
import type { MigrationProblem } from './migration-problems.ts'
import type { Reanchored } from './reanchoring.ts'
import type { Moving, Relocation } from './relocating.ts'
import type { Scope } from './state.ts'

/** Where each token goes, or why it cannot, and what would happen. */
export interface MigrationPlan {
  readonly tokens: readonly TokenMigration[]
  /** What stands in the way and is no token's. */
  readonly problems: readonly MigrationProblem[]
  readonly events: readonly PlannedEvent[]
  /** Event sub-processes to be listened for from now on. */
  readonly listening: readonly Listening[]
  /** Scopes in which tokens wait for others. */
  readonly joining: readonly string[]
  /** Elements at which somebody has left the path. */
  readonly held: readonly string[]
  /** Tokens off the path that go to another step. */
  readonly reanchored: readonly Reanchored[]
  /** Tokens that go into another scope, and sub-processes that end with that, in this order. */
  readonly relocated: readonly Relocation[]
  /** Which of them have an instance of their own of what is opened around them: those with another number. */
  readonly groups: ReadonlyMap<Moving, number>
}

/** One token's way. `armed` and `disarmed` are events that it waits for from now on, or no longer. */
export interface TokenMigration {
  readonly elementInstanceId: string
  readonly from: string
  /** Null where there is no element for it, and where all that was at work in it goes out of it. */
  readonly to: string | null
  readonly armed: readonly string[]
  readonly disarmed: readonly string[]
  /** Sub-processes that it goes out of, innermost first, by their ids before; absent where there are none. */
  readonly outOf?: readonly string[]
  /**
   * Sub-processes into which it goes, outermost first: those that are opened for it, and those that are open beside it. Absent where there
   * are none.
   */
  readonly into?: readonly string[]
  readonly problem?: MigrationProblem
}

type PlannedEvent = ScopeMigrated | TokenMigrated | EventSubProcessDisarmed

interface Listening {
  readonly scopeId: string
  readonly node: SubProcess
}

/** A plan that is being made. */
export interface OpenPlan {
  readonly tokens: TokenMigration[]
  readonly problems: MigrationProblem[]
  readonly events: PlannedEvent[]
  listening: Listening[]
  readonly joining: string[]
  readonly held: string[]
  readonly reanchored: Reanchored[]
  readonly relocated: Relocation[]
  groups: ReadonlyMap<Moving, number>
  /** Event sub-processes of scopes that end which were not listened for any more. */
  readonly spent: Set<string>
}

/** A scope of the instance, as the new model has it. */
export interface Frame {
  readonly scope: Scope
  /** What it contains there; null where it is gone, and for the rounds of a repeated activity. */
  readonly content: FlowScope | null
  /** The element that it is an instance of there; null where it is gone, of the process, and of rounds. */
  readonly next: FlowNode | null
  /** The one around it; null of the process. */
  readonly outer: Frame | null
  /** Why nothing can be taken out of it; null where it can. */
  readonly closed: string | null
  /** All that is at work in it goes out. */
  readonly ends: boolean
}

/** From one model to another. `there` evaluates by the new one. */
export interface Way {
  readonly source: Definition
  readonly target: Definition
  readonly map: IdMap
  readonly reanchor: IdMap
  readonly beside: NonNullable<MigrateProcess['beside']>
  readonly retime: readonly string[] | true
  readonly there: Step
  readonly plan: OpenPlan
}
