import type { JobSpec } from '../model/data.ts'
import type { Definition } from '../model/definition.ts'
import { storeHandlers } from './data-stores.ts'
import { EngineError } from './errors.ts'
import type { Handler, HandlerEntry } from './handler.ts'
import { checkBackoff, durationMs, type EngineOptions } from './options.ts'

/** A handler as registered: policies read, name kept. */
export interface RegisteredHandler {
  readonly name: string
  readonly run: Handler
  readonly attempts: number | null
  readonly backoff: string | null
  readonly timeoutMs: number | null
  readonly concurrency: number
}

/** All handlers of this engine. */
export interface HandlerTable {
  readonly byType: ReadonlyMap<string, RegisteredHandler>
  readonly byElement: ReadonlyMap<string, RegisteredHandler>
  readonly fallback: RegisteredHandler | null
  /** Those that may not run as often at once as there is work. */
  readonly limited: readonly RegisteredHandler[]
  /** How many handlers are being called at this very moment: what is asked of the engine meanwhile is asked from within them. */
  readonly calls: { depth: number }
  /** The handler for a job, or null where this engine has none. */
  find(work: WorkName): RegisteredHandler | null
  /** True where a handler stands for this very element, by id or by a job type that the model names. */
  handles(processKey: string, elementId: string, job: JobSpec | null): boolean
}

export interface WorkName {
  readonly processKey: string
  /** Null: work of a listener, which a handler of the element does not stand for. */
  readonly elementId: string | null
  readonly jobType: string
  readonly aliases: readonly string[]
  /** The element says itself what its work is (an expression, a script): the default handler does not stand for it. */
  readonly isOwnWork: boolean
}

/** Names the work of an element. */
export function workName(
  definition: Definition,
  elementId: string,
  work: { readonly jobType: string; readonly aliases?: readonly string[]; readonly evaluates?: boolean; readonly isListener?: boolean },
): WorkName {
  const node = definition.nodes.get(elementId)
  const isScript = node?.type === 'scriptTask' && node.script !== null
  return {
    processKey: definition.key,
    elementId: work.isListener ? null : elementId,
    jobType: work.jobType,
    aliases: work.aliases ?? [],
    isOwnWork: (isScript && !work.isListener) || work.evaluates === true,
  }
}

export function handlerTable(options: EngineOptions): HandlerTable {
  const byType = registered('handlers', { ...storeHandlers(options.dataStores ?? {}), ...options.handlers })
  const byElement = registered('elementHandlers', options.elementHandlers ?? {})
  const fallback = options.defaultHandler === undefined ? null : entryOf('defaultHandler', options.defaultHandler)
  const hasElements = byElement.size > 0
  const ofElement = (processKey: string, elementId: string): RegisteredHandler | undefined =>
    hasElements ? (byElement.get(`${processKey}/${elementId}`) ?? byElement.get(elementId)) : undefined
  return {
    byType,
    byElement,
    fallback,
    limited: [...byType.values(), ...byElement.values(), ...(fallback === null ? [] : [fallback])].filter(
      ({ concurrency }) => concurrency !== Number.POSITIVE_INFINITY,
    ),
    calls: { depth: 0 },
    find({ processKey, elementId, jobType, aliases, isOwnWork }) {
      if (elementId === null && isOwnWork) return null // an expression or script of a listener, whose type names its element
      const own = (elementId === null ? undefined : ofElement(processKey, elementId)) ?? byType.get(jobType)
      if (own !== undefined) return own
      for (const alias of aliases) {
        const handler = byType.get(alias)
        if (handler !== undefined) return handler
      }
      return isOwnWork ? null : fallback
    },
    handles(processKey, elementId, job) {
      if (ofElement(processKey, elementId) !== undefined) return true
      if (job === null || typeof job.type !== 'string') return false
      return byType.has(job.type) || job.aliases.some((alias) => byType.has(alias))
    },
  }
}

function registered(option: string, entries: Readonly<Record<string, Handler | HandlerEntry>>): Map<string, RegisteredHandler> {
  const table = new Map<string, RegisteredHandler>()
  for (const [name, entry] of Object.entries(entries)) table.set(name, entryOf(`${option}.${name}`, entry))
  return table
}

function entryOf(name: string, entry: Handler | HandlerEntry): RegisteredHandler {
  if (typeof entry === 'function')
    return { name, run: entry, attempts: null, backoff: null, timeoutMs: null, concurrency: Number.POSITIVE_INFINITY }
  if (typeof entry?.run !== 'function')
    throw new EngineError('invalidOption', `Option ${name} must be a function or { run }`, { option: name })
  return {
    name,
    run: entry.run,
    attempts: entry.attempts ?? null,
    backoff: entry.backoff === undefined ? null : checkBackoff(`${name}.backoff`, entry.backoff),
    timeoutMs: entry.timeout === undefined ? null : durationMs(entry.timeout, `${name}.timeout`),
    concurrency: entry.concurrency ?? Number.POSITIVE_INFINITY,
  }
}
