import { draftToRead } from '../kernel/draft.ts'
import type { FormDetails, ShownField } from '../kernel/events/wait-details.ts'
import { splitTokenId } from '../kernel/ids.ts'
import { valuesAt } from '../kernel/values-at.ts'
import { reveal, revealVariables, type Variables } from '../model/variables.ts'
import type { Api } from './api-context.ts'
import { isoOf } from './instance-view.ts'
import type { TaskRecord } from './records/task.ts'
import { placeIn } from './row-places.ts'
import { type Entry, isSeenFrom, loadCurrent } from './state-cache.ts'

/** An open task. */
export interface TaskView {
  readonly id: string
  readonly name: string | null
  readonly elementId: string | null
  readonly elementInstanceId: string | null
  readonly instanceId: string | null
  readonly processKey: string | null
  readonly assignee: string | null
  readonly candidateUsers: readonly string[]
  readonly candidateGroups: readonly string[]
  /** ISO 8601. */
  readonly dueAt: string | null
  readonly followUpAt: string | null
  readonly priority: number
  /** Key and reference of the host's own form, and generated fields as they were when the task was made, their values in natural form. */
  readonly form: TaskForm | null
  /** Name of the innermost lane that its element stands in: information, nobody is chosen by it. */
  readonly lane: string | null
  /** As seen from the activity. */
  readonly variables: Variables
  /** What was saved before completing. */
  readonly draft: Variables | null
  readonly state: string
  readonly held: boolean
  /** Its instance is suspended: it cannot be completed until that is resumed. */
  readonly suspended: boolean
  /** Who delegated it; else whose it is as the model says (`flowable:owner`). */
  readonly owner: string | null
  /** What kind of task it is, as the model says (`flowable:category`). */
  readonly category: string | null
  readonly comments: readonly { readonly at: string; readonly actor: string | null; readonly text: string }[]
  readonly createdAt: string
  readonly tenantId: string | null
  /** Of a task that an extension owns. */
  readonly kind: string | null
  readonly itemId: string | null
  /** Of an item's task the deviation that it belongs to, of a held task the one that holds it. */
  readonly deviationId: string | null
}

/** What is to be shown to who works on a task. */
export interface TaskForm extends Omit<FormDetails, 'fields'> {
  readonly fields?: readonly TaskField[]
}

/** A generated field of a form. */
export interface TaskField extends Omit<ShownField, 'value'> {
  readonly value: unknown
}

/** The views of tasks; those of one instance share what was read of it. */
export function viewsOf(api: Api, found: readonly { readonly record: TaskRecord }[]): Promise<TaskView[]> {
  const entries = new Map<string, Promise<Entry | null>>()
  return Promise.all(found.map(({ record }) => viewOf(api, record, entries)))
}

/**
 * The view of a task. Its variables are read from its instance; several tasks of one instance share what was read, as far as that goes: of one
 * with much only what is around a task is.
 */
export async function viewOf(api: Api, task: TaskRecord, entries: Map<string, Promise<Entry | null>>): Promise<TaskView> {
  const scopeId = splitTokenId(task.id)?.scopeId
  if (task.elementId === null || task.instanceId === null || scopeId === undefined) return viewIn(task, null)
  let reading = entries.get(task.instanceId)
  if (reading === undefined) {
    reading = loadCurrent(api.host, task.instanceId, scopeId)
    entries.set(task.instanceId, reading)
  }
  const shared = await reading
  return viewIn(task, shared === null || isSeenFrom(shared, scopeId) ? shared : await loadCurrent(api.host, task.instanceId, scopeId))
}

/** The view of a task by its instance as it was read; null: by its own row alone. */
export function viewIn(task: TaskRecord, entry: Entry | null): TaskView {
  const first = task.elementId === null ? null : splitTokenId(task.id)
  const place = first && entry && placeIn(entry.state.scopes, first)
  const own = task.body.variables === undefined ? {} : revealVariables(task.body.variables)
  if (entry === null || place === null) return taskView(task, own)
  const isThere = entry.state.scopes.has(place.scopeId)
  const variables = isThere ? revealVariables(valuesAt(draftToRead(entry.state), place.scopeId, place.n)) : own
  return taskView(task, variables, entry.record?.status === 'suspended')
}

/** The view of a task whose variables are known. */
function taskView(task: TaskRecord, variables: Variables, isSuspended = false): TaskView {
  const { body } = task
  return {
    id: task.id,
    name: body.name ?? null,
    elementId: task.elementId,
    elementInstanceId: task.elementId === null ? null : task.id,
    instanceId: task.instanceId,
    processKey: task.processKey,
    assignee: task.assignee,
    candidateUsers: task.candidateUsers,
    candidateGroups: task.candidateGroups,
    dueAt: task.dueAt === null ? null : isoOf(task.dueAt),
    followUpAt: task.followUpAt === null ? null : isoOf(task.followUpAt),
    priority: task.priority,
    form: formOf(body.form ?? null),
    lane: body.lane ?? null,
    variables,
    draft: body.draft === undefined ? null : revealVariables(body.draft),
    state: task.state,
    held: task.held,
    suspended: isSuspended,
    owner: body.owner ?? body.modelOwner ?? null,
    category: body.category ?? null,
    comments: (body.comments ?? []).map((comment) => ({ ...comment, at: isoOf(comment.at) })),
    createdAt: isoOf(task.createdAt),
    tenantId: task.tenantId,
    kind: body.kind ?? null,
    itemId: body.itemId ?? null,
    deviationId: body.deviationId ?? null,
  }
}

function formOf(form: FormDetails | null): TaskForm | null {
  if (form?.fields === undefined) return form as TaskForm | null // without fields both are the same
  return { ...form, fields: form.fields.map((field) => ({ ...field, value: reveal(field.value) })) }
}
