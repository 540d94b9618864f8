import type { InstanceStatus, Scope } from '../../kernel/state.ts'

/** A process instance with its root scope. Its revision is the instance's serial order: every change set expects and raises it. */
export interface InstanceRecord {
  readonly id: string
  readonly processKey: string
  readonly definitionId: string
  readonly businessKey: string | null
  readonly tenantId: string | null
  readonly status: InstanceStatus
  readonly startedAt: number
  readonly endedAt: number | null
  /** `name=json` of the variables declared as searchable. */
  readonly searchable: readonly string[]
  /** Names of the extensions whose records live with it. */
  readonly extensions: readonly string[]
  /** The instance that called it, or null. */
  readonly parentId: string | null
  readonly body: InstanceBody
}

export interface InstanceBody {
  readonly root: Scope
  readonly parent?: { readonly instanceId: string; readonly elementInstanceId: string }
  /** The trace in which it was started. */
  readonly trace?: string
  /** What was cleaned up of it already, while it is itself still kept. */
  readonly cleaned?: readonly ('history' | 'rows')[]
  /** The latest rounds of its history, as far as they stand in no record of their own: the JSON of a {@link Round} a line. */
  readonly rounds?: string
}

/**
 * `[n, tag, milliseconds after the instance's start, actor or 0, what happened or 0]`: its `n`th command from 1, with the random part of
 * its change set's id.
 */
export type Round = readonly [number, string, number, string | 0, unknown]

/** A scope other than the root; its id is the id of the token that opened it. */
export interface ScopeRecord {
  readonly id: string
  readonly body: Scope
}
