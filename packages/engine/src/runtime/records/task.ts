import { type Collection, defineCollection } from '@leeway/storage'
import type { FormDetails } from '../../kernel/events/wait-details.ts'
import type { Values } from '../../model/value.ts'

/** An open user task, or a human item that an extension owns. */
export interface TaskRecord {
  readonly id: string
  readonly instanceId: string | null
  readonly processKey: string | null
  readonly elementId: string | null
  readonly assignee: string | null
  readonly candidateUsers: readonly string[]
  readonly candidateGroups: readonly string[]
  /** A state of lifecycles/user-task.ts. */
  readonly state: string
  readonly held: boolean
  readonly dueAt: number | null
  readonly followUpAt: number | null
  readonly priority: number
  readonly createdAt: number
  readonly tenantId: string | null
  /** The extension that owns it and answers its completion; null for a task of the model. */
  readonly extension: string | null
  readonly body: TaskBody
}

/** What is kept with a task and never searched by. */
export interface TaskBody {
  readonly name?: string | null
  readonly form?: FormDetails | null
  readonly lane?: string
  /** What the performer saved before completing. */
  readonly draft?: Values
  /** The definition whose listeners hear of its changes; absent where none do. */
  readonly heardBy?: string
  /** Who delegated it, while the delegate works on it. */
  readonly owner?: string
  /** Whose it is as the model says, whoever works on it. */
  readonly modelOwner?: string
  readonly category?: string
  readonly comments?: readonly { readonly at: number; readonly actor: string | null; readonly text: string }[]
  readonly kind?: string
  readonly itemId?: string
  readonly deviationId?: string
  /** Variables shown with a task that has no element instance. */
  readonly variables?: Values
  /** The trace in which it was made. */
  readonly trace?: string
}

/** Open tasks: {@link TaskRecord}. Read by extensions through `find`; a task ends by its removal. */
export const tasks: Collection<TaskRecord> = defineCollection<TaskRecord>({
  name: 'tasks',
  version: 1,
  fields: {
    instanceId: 'text',
    processKey: 'text',
    elementId: 'text',
    assignee: 'text',
    candidateUsers: 'textSet',
    candidateGroups: 'textSet',
    state: 'text',
    held: 'boolean',
    dueAt: 'instant',
    followUpAt: 'instant',
    priority: 'integer',
    createdAt: 'instant',
    tenantId: 'text',
    extension: 'text',
  },
  indexes: [
    // A task of the model is found by its id, which begins with the instance's.
    { fields: ['instanceId'], whereNotNull: 'extension' },
    { fields: ['assignee'], whereNotNull: 'assignee' },
    { fields: ['candidateUsers'] },
    { fields: ['candidateGroups'] },
    { fields: ['dueAt'], whereNotNull: 'dueAt' },
    // Not by element, process or state: it would be written at the beginning and the end of each task. Whoever asks so has it made then, or by `indexed`.
  ],
})
