import type { Condition, FieldConditions } from '@leeway/storage'
import { tokenId } from '../kernel/ids.ts'
import { firstIdOf } from '../kernel/moved.ts'
import { type Token, tokenNumbers, waitsFor } from '../kernel/state.ts'
import { type UserTaskState, userTaskLifecycle } from '../lifecycles/user-task.ts'
import type { Api } from './api-context.ts'
import { checkMembers, checkText, checkTextOrNull, checkTexts, checkWords, needText, refuseArgument } from './arguments.ts'
import type { Host } from './host.ts'
import { instantOf, tenantBranches } from './instances.ts'
import { LIMIT_MAX } from './paging.ts'
import type { TaskRecord } from './records/task.ts'
import { type Entry, within } from './state-cache.ts'

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

const TEXTS = ['id', 'instanceId', 'processKey', 'elementId', 'candidateUser'] as const
const QUERY: ReadonlySet<string> = new Set([
  ...TEXTS,
  ...['assignee', 'candidateGroups', 'forUser', 'state', 'dueBefore', 'held', 'orderBy', 'limit', 'after'],
])
const PERSON: ReadonlySet<string> = new Set(['id', 'groups'])

/** Throws `invalidArgument` for what is no query of tasks. */
export function checkQuery(call: string, query: TaskQuery): void {
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

/** Has the index made by which such a query is served, where no other serves it. */
export function indexFor({ indexes }: Host, query: Omit<TaskQuery, 'limit' | 'after' | 'orderBy'>): Promise<void> | null {
  const { elementId, processKey, state, candidateGroups = [] } = query
  if (elementId === undefined && processKey === undefined && state === undefined && query.held !== true) return null
  if (SERVED.some((name) => query[name] !== undefined) || typeof query.assignee === 'string' || candidateGroups.length > 0) return null
  if (elementId !== undefined) return indexes.need('tasks.elementId')
  return indexes.need(processKey === undefined ? 'tasks.state' : 'tasks.processKey')
}

const SERVED = ['id', 'instanceId', 'candidateUser', 'forUser', 'dueBefore'] as const

/** A task is in one of these while it is held. */
const HELD: readonly UserTaskState[] = ['heldReady', 'heldReserved', 'heldDelegated']

type TaskConditions = FieldConditions<TaskRecord>

type TaskWhere = TaskConditions & { readonly anyOf?: readonly TaskConditions[] }

/** The query as conditions, of tasks that the caller sees. */
export function whereOf(api: Api, query: TaskQuery): TaskConditions & { anyOf?: TaskConditions[] } {
  const where: { -readonly [Field in keyof TaskConditions]: TaskConditions[Field] } & { anyOf?: TaskConditions[] } = {}
  if (query.id !== undefined) where.id = { eq: query.id }
  if (query.processKey !== undefined) where.processKey = { eq: query.processKey }
  if (query.elementId !== undefined) where.elementId = { eq: query.elementId }
  if (query.assignee !== undefined) where.assignee = query.assignee === null ? { isNull: true } : { eq: query.assignee }
  if (query.candidateUser !== undefined) where.candidateUsers = { has: query.candidateUser }
  if (query.candidateGroups !== undefined && query.candidateGroups.length > 0) where.candidateGroups = { hasAny: query.candidateGroups }
  if (query.state !== undefined) where.state = typeof query.state === 'string' ? { eq: query.state } : { in: query.state }
  if (query.dueBefore !== undefined) where.dueAt = { lt: instantOf(query.dueBefore, api.host.settings.timeZone, 'dueBefore') }
  if (query.held !== 'include') where.held = { eq: query.held ?? false }
  if (query.held === true && query.state === undefined) where.state = { in: HELD } // by these an index finds them
  if (query.forUser !== undefined) where.anyOf = worklist(query.forUser)
  if (!api.bound.isTenantBound) return where
  // One anyOf is allowed: a worklist's branches are asked for each tenant that is seen.
  const tenants: { tenantId: Condition }[] = tenantBranches(api)
  where.anyOf = where.anyOf === undefined ? tenants : where.anyOf.flatMap((branch) => tenants.map((tenant) => ({ ...branch, ...tenant })))
  return where
}

/** The tasks of an instance: named where its state tells all of them, else those whose ids begin with the instance's. */
export function whereIn(instanceId: string, entry: Entry | null, where: TaskWhere): TaskWhere {
  if (entry === null || entry.record === null || entry.record.extensions.length > 0) return allIn(instanceId, where)
  const ids = where.id === undefined ? taskIdsOf(entry) : null
  if (ids === null || ids.length > LIMIT_MAX) return { ...where, id: idsIn(instanceId, where) }
  const [only] = ids
  return { ...where, id: ids.length === 1 && only !== undefined ? { eq: only } : { in: ids } }
}

/** Those that an extension put there, too. */
export function allIn(instanceId: string, { anyOf = [{}], ...where }: TaskWhere): TaskWhere {
  const places: TaskConditions[] = [{ id: idsIn(instanceId, where) }, { instanceId: { eq: instanceId }, extension: { isNull: false } }]
  return { ...where, anyOf: anyOf.flatMap((branch) => places.map((place) => ({ ...branch, ...place }))) }
}

/** The ids of the tasks that the instance's state tells of; null where more may be there. */
export function taskIdsOf({ record, complete, state }: Entry): string[] | null {
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

function idsIn(instanceId: string, { id }: TaskConditions): readonly Condition[] {
  return id === undefined ? within(instanceId) : [id, within(instanceId)].flat()
}

function worklist({ id, groups = [] }: { readonly id: string; readonly groups?: readonly string[] }): TaskConditions[] {
  const free: Condition = { isNull: true }
  const branches: TaskConditions[] = [{ assignee: { eq: id } }, { assignee: free, candidateUsers: { has: id } }]
  if (groups.length > 0) branches.push({ assignee: free, candidateGroups: { hasAny: groups } })
  return branches
}
