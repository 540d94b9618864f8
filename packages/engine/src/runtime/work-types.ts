import type { Where } from '@leeway/storage'
import type { JobDetails } from '../kernel/events/wait-details.ts'
import type { Definition } from '../model/definition.ts'
import { CALL_KINDS } from './call-records.ts'
import { type LoadedDefinition, loadDefinition } from './definition-cache.ts'
import { DELIVERY_KINDS } from './deliver.ts'
import { ownWorkOf } from './evaluate-work.ts'
import { everyInOrder } from './every-record.ts'
import { type RegisteredHandler, workName } from './handlers.ts'
import type { Host } from './host.ts'
import { type JobRecord, jobs } from './records/job.ts'

/** The type under which work is queued that no handler stands for and that any node can do: expressions and decisions. */
const EXPRESSION_TYPE = '$expression'
/** That of scripts, before their language: nodes do them that have an engine for it. */
const SCRIPT_TYPE = '$script.'

/**
 * How a job's row is typed, so that nodes which can do it find it: by the handler that stands for it here, else by what the model says. A
 * handler of an element does not stand for its listeners.
 */
export function rowTypeOf(
  host: Host,
  { record: { key: processKey }, definition }: LoadedDefinition,
  elementId: string,
  { jobType, aliases, evaluates, listener }: JobDetails,
): string {
  const { byElement, byType } = host.handlers
  if (byElement.size > 0 && listener === undefined) {
    const own = `${processKey}/${elementId}`
    if (byElement.has(own)) return `@${own}`
    if (byElement.has(elementId)) return `@${elementId}`
  }
  if (byType.has(jobType)) return jobType
  for (const alias of aliases) if (byType.has(alias)) return alias
  if (!evaluates) return jobType
  const own = ownWorkOf(definition, elementId, listener)
  return own?.type === 'script' ? SCRIPT_TYPE + own.script.language : EXPRESSION_TYPE
}

/**
 * The handler that does a job of kind `work` here; null where there is none. Without the definition (null) no default handler stands for
 * it.
 */
export function handlerOfJob(host: Host, definition: Definition | null, { type, body }: JobRecord): RegisteredHandler | null {
  const { work } = body
  const isListener = work?.listener !== undefined
  const named = { jobType: work?.type ?? type, aliases: work?.aliases ?? [], evaluates: work?.evaluates === true, isListener }
  const elementId = body.elementId ?? ''
  if (definition !== null) return host.handlers.find(workName(definition, elementId, named))
  return host.handlers.find({
    processKey: body.processKey ?? '',
    elementId: isListener ? null : elementId,
    jobType: named.jobType,
    aliases: named.aliases,
    isOwnWork: true,
  })
}

/**
 * What this node surely does: the engine's own kinds, the extensions', and work whose row is typed by a handler here that is not too
 * busy for it.
 */
export function claimedTypes(host: Host, full: ReadonlySet<RegisteredHandler>): Where<JobRecord> {
  if (full.size === 0) {
    const known = plain.get(host.handlers)
    if (known !== undefined) return known
  }
  const types = [...ENGINE_TYPES]
  for (const language of host.scripts?.languages ?? []) types.push(SCRIPT_TYPE + language)
  for (const [name, handler] of host.handlers.byType) if (!full.has(handler)) types.push(name)
  for (const [name, handler] of host.handlers.byElement) if (!full.has(handler)) types.push(`@${name}`)
  const where: Where<JobRecord> = { type: { in: types } }
  if (full.size === 0) plain.set(host.handlers, where)
  return where
}

/**
 * Ids of due work, at most `limit`, whose row does not tell that it is this node's: what the default handler does, and what a node
 * without our element handlers wrote down. Each is looked at before it is claimed, so that nothing is claimed that no handler here does.
 */
export async function findUntyped(host: Host, full: ReadonlySet<RegisteredHandler>, limit: number): Promise<readonly string[]> {
  const where = untypedWork(host)
  const ids: string[] = []
  if (where === null) return ids
  const now = host.now()
  const due = { where: { ...where, dueAt: { lte: now } }, orderBy: [{ field: 'dueAt' as const }] }
  for await (const { record, leasedUntil } of everyInOrder(host.storage, jobs, due, PAGE)) {
    if (leasedUntil !== null && leasedUntil > now) continue
    const loaded = await loadDefinition(host.definitions, record.body.definitionId ?? '').catch(() => null)
    const handler = loaded === null ? null : handlerOfJob(host, loaded.definition, record)
    if (handler === null || full.has(handler)) continue
    ids.push(record.id)
    if (ids.length >= limit) break
  }
  return ids
}

/** All that may be this node's work, and perhaps more. */
export function awaitedWork(host: Host): Where<JobRecord> {
  if (host.handlers.fallback !== null) return {}
  const { type: typed } = claimedTypes(host, new Set()) as { readonly type: { readonly in: readonly string[] } } // always of this form
  return { type: { in: [...typed.in, ...bareNames(host)] } }
}

/** True where some work may be ours that {@link claimedTypes} does not name. */
export function hasUntyped({ handlers }: Host): boolean {
  return handlers.fallback !== null || handlers.byElement.size > 0
}

/** Null where no work can be ours that {@link claimedTypes} does not name. */
function untypedWork(host: Host): Where<JobRecord> | null {
  if (host.handlers.fallback !== null) return { kind: { eq: 'work' } }
  const names = bareNames(host)
  return names.length === 0 ? null : { kind: { eq: 'work' }, type: { in: names } }
}

/** Work that the model gives no type has its element's id as type. */
function bareNames({ handlers }: Host): string[] {
  if (handlers.byElement.size === 0) return []
  return [...handlers.byElement.keys()].map((name) => name.slice(name.indexOf('/') + 1)).filter((name) => !handlers.byType.has(name))
}

const PAGE = 200

const ENGINE_TYPES: readonly string[] = [
  'timer',
  'continuation',
  'notice',
  'batch',
  'migration',
  'extension',
  ...DELIVERY_KINDS,
  ...CALL_KINDS,
]
  .map((kind) => `$${kind}`)
  .concat(EXPRESSION_TYPE)

/** Handlers do not change while an engine lives. */
const plain = new WeakMap<object, Where<JobRecord>>()
