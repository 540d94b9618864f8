import type { FlowNode, FlowScope, SequenceFlow } from './elements.ts'

/**
 * One executable process, compiled from a BPMN file: plain linked data, shared by all its instances, never changed.
 * Expressions are parsed, references resolved, defaults of the schema filled in.
 */
export interface Definition {
  /** The process element's id. */
  readonly key: string
  readonly name: string | null
  /** False only where the file says so: a drawing. Missing counts as executable. */
  readonly executable: boolean
  readonly versionTag: string | null
  readonly dialect: Dialect
  readonly root: FlowScope
  /** Every flow node by id, nested ones too, in document order. */
  readonly nodes: ReadonlyMap<string, FlowNode>
  readonly flows: ReadonlyMap<string, SequenceFlow>
  /** Where the `end` listeners of the process are heard when no token is left in it; null where it has none. No flow leads here. */
  readonly closing: FlowNode | null
  /** True where a call activity stands in it. */
  readonly calls: boolean
  /** Who may start it, as the model says: told to the host, which decides. */
  readonly candidateStarterUsers: readonly string[]
  readonly candidateStarterGroups: readonly string[]
  /** False where the model keeps it from lists of what people may start (`isStartableInTasklist`). */
  readonly startableInTasklist: boolean
  /**
   * How long an ended instance is kept where the host does not say (`historyTimeToLive`), in milliseconds; null: the model says nothing.
   */
  readonly timeToLiveMs: number | null
  /** Forms that the file itself holds, as text in JSON, by their ids (`zeebe:userTaskForm`); left out where it holds none. */
  readonly forms?: Readonly<Record<string, string>>
}

/** Whose defaults hold: async, loop counters, output propagation, expression language. */
export type Dialect = 'plain' | 'camunda7' | 'flowable' | 'zeebe'
