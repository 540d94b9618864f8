import type { Collection, Key, Query, StoredRecord, Write } from '@leeway/storage'
import type { KernelEvent } from '../kernel/events.ts'
import type { Scope, Token } from '../kernel/state.ts'
import type { Definition } from '../model/definition.ts'
import type { Value, Values } from '../model/value.ts'
import type { CommandBody } from './command-body.ts'
import type { DefinitionRecord } from './records/definition.ts'
import type { InstanceRecord } from './records/instance-record.ts'
import type { JobRecord } from './records/job.ts'
import type { TaskRecord } from './records/task.ts'

/**
 * What lives with process instances and changes together with them: its records, its commands of instances and the process's own
 * changes land in one change set. `Own` are the commands that its port submits: plain data.
 */
export interface Extension<Own> {
  /** Kept with each instance that it marks. */
  readonly name: string
  readonly collections: readonly Collection[]
  /**
   * Synchronous and pure: what an occurrence means for the extension. Called for its own commands, for what people do with its
   * tasks, and on a marked instance after each step of the kernel, before that step's work starts; again after each of its own
   * commands, at most {@link ROUNDS_MAX} times. It may be called several times for one occurrence: only the last answer counts.
   */
  decide(before: InstanceReader | null, outcome: ExtensionOutcome<Own>, records: RecordReader, tools: DecisionTools): Decision
  /**
   * Who works beside steps that are not held, by element instance: a migration asks for the places of these steps as for those of whom is
   * off the path, with the id that is given here. Absent: nobody.
   */
  beside?(instance: InstanceReader, records: RecordReader): { readonly [elementInstanceId: string]: string }
  /**
   * Before which elements of the new model the path is to stop, and the ids of who is there then: asked before an instance is migrated, for
   * a migration may send tokens on. The command that `decide` is told of has them as `pins`; those that are not wanted then are taken back
   * by it. Absent: none.
   */
  pins?(
    instance: InstanceReader,
    command: Extract<CommandBody, { readonly type: 'migrateProcess' }>,
    records: RecordReader,
    tools: DecisionTools,
  ): { readonly [elementId: string]: string }
  /** What speaks against deploying a process; an error refuses the whole deployment. Absent: nothing. */
  inspect?(definition: Definition): readonly ExtensionFinding[]
}

/** What an extension finds in a process that is to be deployed. */
export interface ExtensionFinding {
  readonly severity: 'error' | 'warning' | 'info'
  /** In camelCase. */
  readonly code: string
  readonly message: string
  readonly elementId: string
  /** What to do. */
  readonly hint?: string
}

/** How many times an extension is asked within one occurrence, for its own commands and what they did. */
export const ROUNDS_MAX = 10

/**
 * One instance as it stands at some moment of a command. Reading a part that is not loaded gets it loaded, and the extension asked again.
 */
export interface InstanceReader {
  readonly id: string
  readonly record: InstanceRecord | null
  readonly definition: Definition
  readonly definitionRecord: DefinitionRecord
  /** A scope by its id, the root by the instance's; null where there is none. */
  scope(id: string): Scope | null
  /** By element instance id. */
  token(id: string): Token | null
}

/** What happened: `command` the extension's own, `task` something a person did with one of its tasks, `step` a step of the kernel. */
export interface ExtensionOutcome<Own> {
  readonly occurrence:
    | {
        readonly type: 'command'
        readonly command: Own
        /** What its host program knows besides, as it gave it with the command. */
        readonly known?: unknown
      }
    | { readonly type: 'task'; readonly action: 'complete'; readonly task: TaskRecord; readonly values: Values }
    /**
     * A job of its own was done by a handler, or is out of attempts; or the extension has deleted it while a handler was at it, and this is
     * what came of that.
     */
    | {
        readonly type: 'job'
        readonly job: JobRecord
        readonly result:
          | { readonly type: 'completed'; readonly values: Values }
          | { readonly type: 'failed'; readonly code: string; readonly message: string }
      }
    | { readonly type: 'step'; readonly command: CommandBody; readonly events: readonly KernelEvent[] }
  /** After the step; null for what is done without an instance. */
  readonly after: InstanceReader | null
  readonly actor: string | null
  readonly tenantId: string | null
}

/**
 * Records as the extension left them, else as stored. What it reads must be as read when the change set lands, else it is asked
 * again; finding is not guarded against what others add meanwhile, unless the instance's or another record's order does it.
 */
export interface RecordReader {
  /** The record, or null where there is none. */
  get<R extends StoredRecord>(collection: Collection<R>, id: string): R | null
  /**
   * Whether somebody took the record up by a lease, ended or not, and has not said what came of it; false where there is none. Nobody takes
   * it up between this and the commit.
   */
  isLeased(collection: Collection, id: string): boolean
  /** As stored, with what the extension changed of it; what it added in the same command is not found. */
  find<R extends StoredRecord>(collection: Collection<R>, query: Query<R>): readonly R[]
}

/** All that a decision may know of the world. */
export interface DecisionTools {
  /** Epoch milliseconds. */
  readonly now: number
  /** Makes a time-ordered identifier. */
  id(): string
}

/** With what a command that was only tried is refused, by what it came to. */
export type Trial = (tried: Tried) => Error

/** What a command came to that is only tried. */
export interface Tried {
  /** As stored; null where there is no instance. */
  readonly before: InstanceReader | null
  readonly after: InstanceReader | null
  readonly events: readonly KernelEvent[]
  /** As the extension would leave them. */
  readonly records: RecordReader
}

/** What an extension answers. Empty: nothing to do. */
export interface Decision {
  /** Refuses the whole command: nothing of it is kept. */
  readonly refuse?: Error
  /** Only tries the command: its commands are carried out, with what they lead to, and then the whole is refused with what this gives. */
  readonly trial?: Trial
  /** Kernel commands of this instance that join the change set, in order. */
  readonly commands?: readonly CommandBody[]
  readonly put?: readonly Write[]
  readonly delete?: readonly Key[]
  /** Records that never change: they must not exist. */
  readonly append?: readonly Write[]
  /** What listeners of `noted` are told after the commit: plain data, without what is private. */
  readonly tell?: readonly { readonly what: string; readonly [name: string]: Value }[]
  /** What `submit` answers: any but null. Default true. */
  readonly answer?: Value
}
