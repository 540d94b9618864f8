import type { Condition, FieldConditions } from '@leeway/storage'
import { openDraft } from '../kernel/draft.ts'
import type { FormDetails, ShownField } from '../kernel/events/wait-details.ts'
import { splitTokenId, tokenId } from '../kernel/ids.ts'
import { firstIdOf } from '../kernel/moved.ts'
import { type Token, tokenNumbers, waitsFor } from '../kernel/state.ts'
import { valuesAt } from '../kernel/values-at.ts'
import { userTaskLifecycle } from '../lifecycles/user-task.ts'
import { reveal, revealVariables, type Variables } from '../model/variables.ts'
import { type Api, authorize, isSeen } from './api-context.ts'
import { checkMembers, checkText, checkTextOrNull, checkTexts, checkWords, needText, refuseArgument } from './arguments.ts'
import { authorizeRow } from './authorize-row.ts'
import type { Host } from './host.ts'
import { isoOf } from './instance-view.ts'
import { instantOf, tenantBranches } from './instances.ts'
import { COUNT_MAX, cursorOf, LIMIT_DEFAULT, LIMIT_MAX, limitOf, orderOf, type Page, pageOf } from './paging.ts'
import { instances } from './records/instance.ts'
import { type TaskRecord, tasks } from './records/task.ts'
import { placeIn } from './row-places.ts'
import { type Entry, keepEntry, loadEntry, unlessKept, within } from './state-cache.ts'

/** Which tasks are looked for. Every criterion must hold. Held ones are found only where they are asked for. */
export interface TaskQuery {
  readonly id?: string
  readonly instanceId?: string
  readonly processKey?: string
  readonly elementId?: string
  /** Null: those that nobody has. */
  readonly assignee?: string | null
  readonly candidateUser?: string
  /** Any of them. */
  readonly candidateGroups?: readonly string[]
  /** A worklist: assigned to the person, or unassigned and offered to the person or one of the groups. */
  readonly forUser?: { readonly id: string; readonly groups?: readonly string[] }
  readonly state?: string | readonly string[]
  readonly dueBefore?: string | number | Date
  /** True: held ones only; `include`: both. */
  readonly held?: boolean | 'include'
  /** `createdAt`, `dueAt`, `priority`, `id`; with a minus for descending. Default: the oldest first. */
  readonly orderBy?: string | readonly string[]
  readonly limit?: number
  readonly after?: string
}

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

/** A page of tasks. */
export async function findTasks(api: Api, query: TaskQuery = {}): Promise<Page<TaskView>> {
  checkQuery('tasks.find', query)
  const asked = authorize(api, 'tasks.find', { instanceId: query.instanceId ?? null, elementId: query.elementId ?? null })
  if (asked !== null) await asked
  const { instanceId } = query
  let entry: Entry | null = null
  if (instanceId !== undefined) {
    const [stored] = await api.host.storage.get(instances, [instanceId])
    if (stored !== undefined) {
      const read = unlessKept(api.host, stored, api.host.states.get(instanceId))
      entry = keepEntry(api.host, read instanceof Promise ? await read : read)
    }
  }
  if (entry !== null && asksForAll(api, query)) {
    const ids = taskIdsOf(entry)
    if (ids?.length === 0) return []
    if (ids !== null && ids.length < LIMIT_DEFAULT) return unheldIn(await api.host.storage.get(tasks, ids), entry)
  }
  const limit = limitOf(query.limit)
  const orderBy = orderOf(query.orderBy, ['createdAt', 'dueAt', 'priority', 'id'] as const, NO_ORDER)
  const after = cursorOf(query.after, orderBy)
  const { storage } = api.host
  const index = indexFor(api.host, query)
  if (index !== null) await index
  const where = whereOf(api, query)
  const page = { orderBy, limit, ...(after && { after }) }
  if (instanceId === undefined) {
    const found = await storage.find(tasks, { where, ...page })
    return pageOf(found, limit, orderBy, await viewsOf(api, found))
  }
  const found = await storage.find(tasks, { where: whereIn(instanceId, entry, where), ...page })
  const views = entry?.complete === true ? found.map(({ record }) => viewIn(record, entry)) : await viewsOf(api, found)
  return pageOf(found, limit, orderBy, views)
}

/** The simplest and most frequent question needs no search: which tasks an instance has. */
function asksForAll(api: Api, query: TaskQuery): boolean {
  if (api.bound.isTenantBound) return false
  for (const name in query) if (name !== 'instanceId' && query[name as keyof TaskQuery] !== undefined) return false
  return true
}

/** Has the index made by which such a query is served, where no other serves it. */
function indexFor({ indexes }: Host, query: Omit<TaskQuery, 'limit' | 'after' | 'orderBy'>): Promise<void> | null {
  const { elementId, processKey, candidateGroups = [] } = query
  if (elementId === undefined && processKey === undefined) return null
  if (SERVED.some((name) => query[name] !== undefined) || typeof query.assignee === 'string' || candidateGroups.length > 0) return null
  return indexes.need(elementId === undefined ? 'tasks.processKey' : 'tasks.elementId')
}

const SERVED = ['id', 'instanceId', 'candidateUser', 'forUser', 'dueBefore'] as const

function unheldIn(found: readonly { readonly record: TaskRecord }[], entry: Entry): TaskView[] {
  const views: TaskView[] = []
  for (const { record } of found) if (!record.held) views.push(viewIn(record, entry))
  return views.length > 1 ? views.sort((a, b) => (a.id < b.id ? -1 : 1)) : views
}

/** How many tasks there are. */
export async function countTasks(api: Api, query: Omit<TaskQuery, 'limit' | 'after' | 'orderBy'> = {}): Promise<number> {
  checkQuery('tasks.count', query)
  const asked = authorize(api, 'tasks.count', { instanceId: query.instanceId ?? null, elementId: query.elementId ?? null })
  if (asked !== null) await asked
  const index = indexFor(api.host, query)
  if (index !== null) await index
  const where = whereOf(api, query)
  return api.host.storage.count(tasks, query.instanceId === undefined ? where : allIn(query.instanceId, where), COUNT_MAX)
}

/** The task, or null where there is none that the caller sees. */
export async function getTask(api: Api, id: string): Promise<TaskView | null> {
  needText('tasks.get', 'id', id)
  const asked = authorizeRow(api, 'tasks.get', { collection: tasks, id })
  if (asked !== null) await asked
  const [stored] = await api.host.storage.get(tasks, [id])
  return stored === undefined || !isSeen(api, stored.record.tenantId) ? null : viewOf(api, stored.record, new Map())
}

const NO_ORDER: readonly { field: 'createdAt' | 'dueAt' | 'priority' | 'id'; descending?: boolean }[] = []

const TEXTS = ['id', 'instanceId', 'processKey', 'elementId', 'candidateUser'] as const
const QUERY: ReadonlySet<string> = new Set([
  ...TEXTS,
  ...['assignee', 'candidateGroups', 'forUser', 'state', 'dueBefore', 'held', 'orderBy', 'limit', 'after'],
])
const PERSON: ReadonlySet<string> = new Set(['id', 'groups'])

function checkQuery(call: string, query: TaskQuery): void {
  checkMembers(call, 'query', query, QUERY)
  for (const name of TEXTS) checkText(call, name, query[name])
  checkTextOrNull(call, 'assignee', query.assignee)
  checkTexts(call, 'candidateGroups', query.candidateGroups)
  checkWords(call, 'state', query.state, userTaskLifecycle.states)
  const { held, forUser } = query
  if (held !== undefined && typeof held !== 'boolean' && held !== 'include') refuseArgument(call, 'held', held, 'true, false or "include"')
  if (forUser === undefined) return
  checkMembers(call, 'forUser', forUser, PERSON)
  needText(call, 'forUser.id', forUser.id)
  checkTexts(call, 'forUser.groups', forUser.groups)
}

function viewsOf(api: Api, found: readonly { readonly record: TaskRecord }[]): Promise<TaskView[]> {
  const entries = new Map<string, Promise<Entry | null>>()
  return Promise.all(found.map(({ record }) => viewOf(api, record, entries)))
}

/** The view of a task. Its variables are read from its instance; several tasks of one instance share what was read. */
async function viewOf(api: Api, task: TaskRecord, entries: Map<string, Promise<Entry | null>>): Promise<TaskView> {
  const scopeId = splitTokenId(task.id)?.scopeId
  if (task.elementId === null || task.instanceId === null || scopeId === undefined) return viewIn(task, null)
  let reading = entries.get(task.instanceId)
  if (reading === undefined) {
    reading = loadEntry(api.host, task.instanceId, scopeId)
    entries.set(task.instanceId, reading)
  }
  return viewIn(task, keepEntry(api.host, await reading))
}

function viewIn(task: TaskRecord, entry: Entry | null): TaskView {
  const first = task.elementId === null ? null : splitTokenId(task.id)
  const place = first && entry && placeIn(entry.state.scopes, first)
  const own = task.body.variables === undefined ? {} : revealVariables(task.body.variables)
  if (entry === null || place === null) return taskView(task, own)
  const isThere = entry.state.scopes.has(place.scopeId)
  const variables = isThere ? revealVariables(valuesAt(openDraft(entry.state, true), place.scopeId, place.n)) : own
  return taskView(task, variables, entry.record?.status === 'suspended')
}

/** The view of a task whose variables are known. */
export function taskView(task: TaskRecord, variables: Variables, isSuspended = false): TaskView {
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

type TaskConditions = FieldConditions<TaskRecord>

function whereOf(api: Api, query: TaskQuery): TaskConditions & { anyOf?: TaskConditions[] } {
  const where: { -readonly [Field in keyof TaskConditions]: TaskConditions[Field] } & { anyOf?: TaskConditions[] } = {}
  if (query.id !== undefined) where.id = { eq: query.id }
  if (query.processKey !== undefined) where.processKey = { eq: query.processKey }
  if (query.elementId !== undefined) where.elementId = { eq: query.elementId }
  if (query.assignee !== undefined) where.assignee = query.assignee === null ? { isNull: true } : { eq: query.assignee }
  if (query.candidateUser !== undefined) where.candidateUsers = { has: query.candidateUser }
  if (query.candidateGroups !== undefined && query.candidateGroups.length > 0) where.candidateGroups = { hasAny: query.candidateGroups }
  if (query.state !== undefined) where.state = typeof query.state === 'string' ? { eq: query.state } : { in: query.state }
  if (query.dueBefore !== undefined) where.dueAt = { lt: instantOf(query.dueBefore) }
  if (query.held !== 'include') where.held = { eq: query.held ?? false }
  if (query.forUser !== undefined) where.anyOf = worklist(query.forUser)
  if (!api.bound.isTenantBound) return where
  // One anyOf is allowed: a worklist's branches are asked for each tenant that is seen.
  const tenants: { tenantId: Condition }[] = tenantBranches(api)
  where.anyOf = where.anyOf === undefined ? tenants : where.anyOf.flatMap((branch) => tenants.map((tenant) => ({ ...branch, ...tenant })))
  return where
}

type TaskWhere = TaskConditions & { readonly anyOf?: readonly TaskConditions[] }

/** The tasks of an instance: named where its state tells all of them, else those whose ids begin with the instance's. */
function whereIn(instanceId: string, entry: Entry | null, where: TaskWhere): TaskWhere {
  if (entry === null || entry.record === null || entry.record.extensions.length > 0) return allIn(instanceId, where)
  const ids = where.id === undefined ? taskIdsOf(entry) : null
  if (ids === null || ids.length > LIMIT_MAX) return { ...where, id: idsIn(instanceId, where) }
  const [only] = ids
  return { ...where, id: ids.length === 1 && only !== undefined ? { eq: only } : { in: ids } }
}

/** The ids of the tasks that the instance's state tells of; null where more may be there. */
function taskIdsOf({ record, complete, state }: Entry): string[] | null {
  if (record === null || !complete || record.extensions.length > 0) return null
  const ids: string[] = []
  const moved = state.scopes.get(record.id)?.instance?.moved
  for (const scope of state.scopes.values())
    for (const n of tokenNumbers(scope)) {
      const token = scope.tokens[n] as Token // it was just found there
      if (waitsFor(token, 'task')) ids.push(firstIdOf(moved, tokenId(scope.id, n)))
    }
  return ids
}

/** Those that an extension put there, too. */
function allIn(instanceId: string, { anyOf = [{}], ...where }: TaskWhere): TaskWhere {
  const places: TaskConditions[] = [{ id: idsIn(instanceId, where) }, { instanceId: { eq: instanceId }, extension: { isNull: false } }]
  return { ...where, anyOf: anyOf.flatMap((branch) => places.map((place) => ({ ...branch, ...place }))) }
}

function idsIn(instanceId: string, { id }: TaskConditions): readonly Condition[] {
  return id === undefined ? within(instanceId) : [id, within(instanceId)].flat()
}

function worklist({ id, groups = [] }: { readonly id: string; readonly groups?: readonly string[] }): TaskConditions[] {
  const free: Condition = { isNull: true }
  const branches: TaskConditions[] = [{ assignee: { eq: id } }, { assignee: free, candidateUsers: { has: id } }]
  if (groups.length > 0) branches.push({ assignee: free, candidateGroups: { hasAny: groups } })
  return branches
}
