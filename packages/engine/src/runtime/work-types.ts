import type { Where } from '@leeway/storage'
import { DELIVERY_KINDS } from './deliver.ts'
import type { RegisteredHandler } from './handlers.ts'
import type { Host } from './host.ts'
import type { JobRecord } from './records.ts'

/** The type under which expression work is queued that no handler stands for: any node can do it. */
export const EXPRESSION_TYPE = '$expression'

/** How a job's row is typed, so that nodes which can do it find it: by the handler that stands for it here, else by what the model says. */
export function rowTypeOf(
  host: Host,
  processKey: string,
  elementId: string,
  jobType: string,
  aliases: readonly string[],
  evaluates: boolean,
): string {
  const { byElement, byType } = host.handlers
  if (byElement.size > 0) {
    const own = `${processKey}/${elementId}`
    if (byElement.has(own)) return `@${own}`
    if (byElement.has(elementId)) return `@${elementId}`
  }
  if (byType.has(jobType)) return jobType
  for (const alias of aliases) if (byType.has(alias)) return alias
  return evaluates ? EXPRESSION_TYPE : jobType
}

/** What this node claims: the engine's own kinds, the extensions', and work that a handler here does and is not too busy for. */
export function claimedTypes(host: Host, full: ReadonlySet<RegisteredHandler>): Where<JobRecord> {
  if (host.handlers.fallback !== null && full.size === 0) return EVERYTHING
  if (full.size === 0) {
    const known = plain.get(host.handlers)
    if (known !== undefined && known.extensions === host.extensions.jobTypes.length) return known.where
  }
  const types = [...ENGINE_TYPES, ...host.extensions.jobTypes]
  for (const [name, handler] of host.handlers.byType) if (!full.has(handler)) types.push(name)
  for (const [name, handler] of host.handlers.byElement) if (!full.has(handler)) types.push(`@${name}`, name.slice(name.indexOf('/') + 1))
  const where: Where<JobRecord> = { type: { in: types } }
  if (full.size === 0) plain.set(host.handlers, { extensions: host.extensions.jobTypes.length, where })
  return where
}

const EVERYTHING: Where<JobRecord> = {}
const ENGINE_TYPES: readonly string[] = ['timer', 'continuation', ...DELIVERY_KINDS].map((kind) => `$${kind}`).concat(EXPRESSION_TYPE)

/** Handlers do not change while an engine lives; extensions are only added. */
const plain = new WeakMap<object, { readonly extensions: number; readonly where: Where<JobRecord> }>()
