import { type Api, authorize, isSeen } from './api-context.ts'
import { needText } from './arguments.ts'
import { authorizeRow } from './authorize-row.ts'
import { COUNT_MAX, cursorOf, LIMIT_DEFAULT, limitOf, orderOf, type Page, pageOf } from './paging.ts'
import { instances } from './records/instance.ts'
import { type TaskRecord, tasks } from './records/task.ts'
import { type Entry, keepEntry, unlessKept } from './state-cache.ts'
import { allIn, checkQuery, indexFor, type TaskQuery, taskIdsOf, whereIn, whereOf } from './task-query.ts'
import { type TaskView, viewIn, viewOf, viewsOf } from './task-view.ts'

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
      const kept = api.host.states.get(instanceId)
      const read = unlessKept(api.host, stored, kept)
      entry = read === kept ? kept : keepEntry(api.host, read instanceof Promise ? await read : read)
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
