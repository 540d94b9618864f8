import type { Condition, FieldConditions } from '@leeway/storage'
import { draftToRead } from '../kernel/draft.ts'
import { instanceIdOf, splitTokenId } from '../kernel/ids.ts'
import type { InstanceStatus } from '../kernel/state.ts'
import { valuesAt } from '../kernel/values-at.ts'
import { instantGiven } from '../model/instant.ts'
import { conceal, concealVariables, revealVariables, type Variables } from '../model/variables.ts'
import { type Api, actorOf, authorize, type CallOptions, forTenant, isSeen } from './api-context.ts'
import {
  checkFreeText,
  checkMembers,
  checkOptions,
  checkText,
  checkWords,
  membersOf,
  needText,
  refuseArgument,
  shown,
} from './arguments.ts'
import { EngineError } from './errors.ts'
import type { Host } from './host.ts'
import { idempotent } from './idempotent.ts'
import { type InstanceView, viewOf } from './instance-view.ts'
import { COUNT_MAX, cursorOf, limitOf, orderOf, type Page, pageOf } from './paging.ts'
import { instances } from './records/instance.ts'
import type { InstanceRecord } from './records/instance-record.ts'
import { idIn, placeIn } from './row-places.ts'
import { runCommand } from './run-command.ts'
import { searchableText } from './searchable.ts'
import { loadCurrent } from './state-cache.ts'

/** Which instances are looked for. Every criterion must hold. */
export interface InstanceQuery {
  readonly processKey?: string
  /** Those of one deployed version. */
  readonly definitionId?: string
  readonly businessKey?: string
  /** Those that this instance called. */
  readonly parent?: string
  readonly status?: InstanceStatus | readonly InstanceStatus[]
  /** ISO 8601, a Date, or epoch milliseconds. */
  readonly startedAfter?: string | number | Date
  /** Values of variables that were declared as searchable. */
  readonly variables?: Variables
  /** `id` (default) or `startedAt`, with a minus for descending. */
  readonly orderBy?: string
  /** 1 to 1,000; default 100. */
  readonly limit?: number
  readonly after?: string
}

/** The instance, or null where there is none that the caller sees. */
export async function getInstance(api: Api, id: string): Promise<InstanceView | null> {
  needText('instances.get', 'id', id)
  const asked = authorize(api, 'instances.get', { instanceId: id })
  if (asked !== null) await asked
  const [stored] = await api.host.storage.get(instances, [id])
  if (stored === undefined || !isSeen(api, stored.record.tenantId)) return null
  return viewOf(api.host, stored.record, stored.revision)
}

/** A page of instances. */
export async function findInstances(api: Api, query: InstanceQuery = {}): Promise<Page<InstanceView>> {
  checkQuery('instances.find', query)
  const asked = authorize(api, 'instances.find')
  if (asked !== null) await asked
  const limit = limitOf(query.limit)
  const orderBy = orderOf(query.orderBy, ['startedAt', 'id'] as const, [{ field: 'id' }])
  const after = cursorOf(query.after, orderBy)
  const index = indexFor(api.host, query)
  if (index !== null) await index
  const found = await api.host.storage.find(instances, { where: whereOf(api, query), orderBy, limit, ...(after && { after }) })
  const views = await Promise.all(found.map(({ record, revision }) => viewOf(api.host, record, revision)))
  return pageOf(found, limit, orderBy, views)
}

/** How many instances there are, at most {@link COUNT_MAX}. */
export async function countInstances(api: Api, query: Omit<InstanceQuery, 'limit' | 'after' | 'orderBy'> = {}): Promise<number> {
  checkQuery('instances.count', query)
  const asked = authorize(api, 'instances.count')
  if (asked !== null) await asked
  const index = indexFor(api.host, query)
  if (index !== null) await index
  return api.host.storage.count(instances, whereOf(api, query), COUNT_MAX)
}

/** Has the index made by which such a query is served, where no other serves it. */
export function indexFor({ indexes }: Host, query: InstanceQuery): Promise<void> | null {
  const { processKey, definitionId, businessKey, parent, variables, status } = query
  if (businessKey !== undefined || parent !== undefined || variables !== undefined) return null
  if (processKey !== undefined || definitionId !== undefined) return indexes.need('instances.processKey')
  return status === undefined ? null : indexes.need('instances.status')
}

const QUERY: ReadonlySet<string> = new Set([
  'processKey',
  'definitionId',
  'businessKey',
  'status',
  'startedAfter',
  'parent',
  'variables',
  'orderBy',
  'limit',
  'after',
])
const STATUSES: readonly InstanceStatus[] = ['active', 'suspended', 'completed', 'terminated', 'failed', 'superseded']

/** Throws `invalidArgument` for what is no query. */
export function checkQuery(call: string, query: InstanceQuery): void {
  checkMembers(call, 'query', query, QUERY)
  checkText(call, 'processKey', query.processKey)
  checkText(call, 'definitionId', query.definitionId)
  checkText(call, 'businessKey', query.businessKey)
  checkText(call, 'parent', query.parent)
  checkWords(call, 'status', query.status, STATUSES)
  const { variables } = query
  if (variables !== undefined && (typeof variables !== 'object' || variables === null || Array.isArray(variables)))
    refuseArgument(call, 'variables', variables, 'an object of searchable variables')
}

/**
 * Variables of the root scope, or as seen from an element instance or a round of one. Throws `unknownInstance`, `unknownElementInstance`.
 */
export async function getVariables(api: Api, id: string, options: { readonly scope?: string } = {}): Promise<Variables> {
  needText('instances.variables', 'id', id)
  checkMembers('instances.variables', 'options', options, SCOPE)
  checkText('instances.variables', 'scope', options.scope)
  const asked = authorize(api, 'instances.variables', { instanceId: id })
  if (asked !== null) await asked
  const entry = await loadCurrent(api.host, id, options.scope ?? id)
  if (entry === null || !isSeen(api, entry.record?.tenantId ?? null)) throw unknownInstance(id)
  if (options.scope === undefined || options.scope === id) return revealVariables(entry.state.scopes.get(id)?.variables ?? {})
  const here = idIn(entry.state.scopes, options.scope)
  const place = splitTokenId(here)
  const opened = entry.state.scopes.get(here)
  const draft = draftToRead(entry.state)
  // A round of a repeated activity is a scope that no token opened. What is kept for compensation is none any more.
  if (opened !== undefined && !opened.kept) return revealVariables(valuesAt(draft, opened.id, null))
  if (place === null || !entry.state.scopes.get(place.scopeId)?.tokens[place.n]) throw unknownElementInstance(id, options.scope)
  return revealVariables(valuesAt(draft, place.scopeId, place.n))
}

const SCOPE: ReadonlySet<string> = new Set(['scope'])
const SETTING = membersOf('scope')

/** Sets variables of the root scope, or of the scope that an element instance opened or stands in. */
export async function setVariables(
  api: Api,
  id: string,
  variables: Variables,
  options: CallOptions & { readonly scope?: string } = {},
): Promise<void> {
  needText('instances.setVariables', 'id', id)
  checkOptions('instances.setVariables', options, SETTING)
  const actor = actorOf(api, options)
  const asked = authorize(api, 'instances.setVariables', { instanceId: id, actor, tenantId: options.tenantId })
  if (asked !== null) await asked
  const own = forTenant(api, options)
  const values = concealVariables(variables)
  await checkSeen(own, id)
  const scopeId = options.scope === undefined || options.scope === id ? id : await scopeAt(api, id, options.scope)
  await idempotent(api, 'instances.setVariables', options, { id, values, scope: scopeId }, (also) =>
    runCommand(api.host, { instanceId: id, command: { type: 'setVariables', scopeId, values }, actor, ...(also && { also }) }),
  )
}

/** Cancels a running instance: nothing of it goes on. Throws `unknownInstance`, `instanceEnded`. */
export async function cancelInstance(api: Api, id: string, options: CallOptions & { readonly reason?: string } = {}): Promise<void> {
  needText('instances.cancel', 'id', id)
  checkOptions('instances.cancel', options, CANCELLING)
  checkFreeText('instances.cancel', 'reason', options.reason)
  const actor = actorOf(api, options)
  const asked = authorize(api, 'instances.cancel', { instanceId: id, actor, tenantId: options.tenantId })
  if (asked !== null) await asked
  const own = forTenant(api, options)
  const reason = options.reason ?? null
  await idempotent(api, 'instances.cancel', options, { id, reason }, async (also) => {
    await checkSeen(own, id)
    return runCommand(api.host, {
      instanceId: id,
      command: { type: 'cancelProcess', instanceId: id, reason },
      actor,
      ...(also && { also }),
    })
  })
}

const CANCELLING = membersOf('reason')

/** Reads whether a bound caller may touch the instance. Unbound ones may touch all, so nothing is read. */
export async function checkSeen(api: Api, id: string): Promise<void> {
  if (!api.bound.isTenantBound) return
  const [stored] = await api.host.storage.get(instances, [id])
  if (stored === undefined || !isSeen(api, stored.record.tenantId)) throw unknownInstance(id)
}

export function unknownInstance(id: string): EngineError {
  return new EngineError('unknownInstance', `There is no instance ${id}`, { instanceId: id })
}

/** The element instance that a public call names. Throws `unknownElementInstance` for what is none. */
export function placeOf(elementInstanceId: string): { readonly scopeId: string; readonly n: number; readonly instanceId: string } {
  const place = typeof elementInstanceId === 'string' ? splitTokenId(elementInstanceId) : null
  if (place === null) throw unknownElementInstance('', typeof elementInstanceId === 'string' ? elementInstanceId : shown(elementInstanceId))
  return { ...place, instanceId: instanceIdOf(elementInstanceId) }
}

function unknownElementInstance(instanceId: string, elementInstanceId: string): EngineError {
  return new EngineError('unknownElementInstance', `There is no element instance ${elementInstanceId} (any more)`, {
    instanceId,
    elementInstanceId,
  })
}

async function scopeAt(api: Api, id: string, elementInstanceId: string): Promise<string> {
  const place = placeOf(elementInstanceId)
  const entry = await loadCurrent(api.host, id, elementInstanceId)
  const here = entry === null ? elementInstanceId : idIn(entry.state.scopes, elementInstanceId)
  if (entry?.state.scopes.has(here)) return here
  const { scopeId, n } = entry === null ? place : placeIn(entry.state.scopes, place)
  if (!entry?.state.scopes.get(scopeId)?.tokens[n]) throw unknownElementInstance(id, elementInstanceId)
  return scopeId
}

/** The conditions of a query, and of what the caller sees. */
export function whereOf(api: Api, query: InstanceQuery): FieldConditions<InstanceRecord> & { anyOf?: FieldConditions<InstanceRecord>[] } {
  const where: { -readonly [Field in keyof FieldConditions<InstanceRecord>]: FieldConditions<InstanceRecord>[Field] } & {
    anyOf?: FieldConditions<InstanceRecord>[]
  } = {}
  const { definitionId, businessKey, status, startedAfter, parent, variables } = query
  // The index is that of the key, which a definition's id begins with.
  const processKey = query.processKey ?? (definitionId === undefined ? undefined : keyOfDefinition(definitionId))
  if (definitionId !== undefined) where.definitionId = { eq: definitionId }
  if (parent !== undefined) where.parentId = { eq: parent }
  if (businessKey !== undefined) where.businessKey = { eq: businessKey }
  if (processKey !== undefined) where.processKey = { eq: processKey }
  if (status !== undefined) where.status = typeof status === 'string' ? { eq: status } : { in: status }
  if (startedAfter !== undefined) where.startedAt = { gt: instantOf(startedAfter, api.host.settings.timeZone, 'startedAfter') }
  if (variables !== undefined)
    where.searchable = Object.entries(variables).map(([name, value]): Condition => ({ has: searchText(api, name, value) }))
  if (api.bound.isTenantBound) where.anyOf = tenantBranches(api)
  return where
}

/** The key that a definition's id begins with: keys of processes have no colon. */
function keyOfDefinition(id: string): string {
  return id.slice(0, id.indexOf(':'))
}

/** What a bound caller sees: its tenant's, and what is shared. */
export function tenantBranches({ bound }: Api): { tenantId: Condition }[] {
  const shared = { tenantId: { isNull: true } }
  return bound.tenantId === null ? [shared] : [{ tenantId: { eq: bound.tenantId } }, shared]
}

function searchText(api: Api, name: string, value: unknown): string {
  if (!api.host.settings.searchable.includes(name)) {
    throw new EngineError(
      'invalidArgument',
      `Instances cannot be found by variable "${name}"; declare it in createEngine({ searchable: { ${name}: 'text' } })`,
      { variable: name },
    )
  }
  return searchableText(name, conceal(value, name))
}

/**
 * Epoch milliseconds of what a caller gives as a point in time; text without an offset is local in `timeZone`. Throws `invalidArgument`;
 * `what` tells the call and the argument.
 */
export function instantOf(time: string | number | Date, timeZone: string, what?: string): number {
  const at = instantGiven(time, timeZone)
  if (at !== null) return at
  const message = `${shown(time)} is no point in time; give ISO 8601 text, a Date or epoch milliseconds`
  throw new EngineError('invalidArgument', what === undefined ? message : `${what}: ${message}`, { time })
}
