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
}

/** A scope other than the root; its id is the id of the token that opened it. */
export interface ScopeRecord {
  readonly id: string
  readonly body: Scope
}
