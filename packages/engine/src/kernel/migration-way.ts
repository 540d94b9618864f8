import type { Definition } from '../model/definition.ts'
import type { SubProcess } from '../model/elements.ts'
import type { Step } from './agenda.ts'
import type { IdMap } from './commands.ts'
import type { Dissolved } from './dissolving.ts'
import type { Enclosed } from './enclosing.ts'
import type { ScopeMigrated } from './events/scopes.ts'
import type { TokenMigrated } from './events/tokens.ts'
import type { EventSubProcessDisarmed } from './events/waits.ts'
import type { MigrationProblem } from './migration-problems.ts'
import type { Reanchored } from './reanchoring.ts'

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
  /** Tokens whose element is in a sub-process that is new around it. */
  readonly enclosed: readonly Enclosed[]
  /** Sub-processes that are gone, inner ones first, whose tokens are in the scope around them. */
  readonly dissolved: readonly Dissolved[]
}

/** One token's way. `armed` and `disarmed` are events that it waits for from now on, or no longer. */
export interface TokenMigration {
  readonly elementInstanceId: string
  readonly from: string
  /** Null where there is no element for it. */
  readonly to: string | null
  readonly armed: readonly string[]
  readonly disarmed: readonly string[]
  /** Sub-processes that are new around it and are opened, outermost first; absent where there are none. */
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
  readonly listening: Listening[]
  readonly joining: string[]
  readonly held: string[]
  readonly reanchored: Reanchored[]
  readonly enclosed: Enclosed[]
  readonly dissolved: Dissolved[]
}

/** From one model to another. `there` evaluates by the new one. */
export interface Way {
  readonly source: Definition
  readonly target: Definition
  readonly map: IdMap
  readonly reanchor: IdMap
  readonly retime: readonly string[] | true
  readonly there: Step
  readonly plan: OpenPlan
}
