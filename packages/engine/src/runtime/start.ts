import type { Expectation } from '@leeway/storage'
import type { Values } from '../model/value.ts'
import { concealVariables, type Variables } from '../model/variables.ts'
import { type Api, actorOf, authorize, type CallOptions, expectDone, isSeen, tenantOf } from './api-context.ts'
import { checkCaller, checkMembers, checkText, checkTexts, checkWhole, membersOf, needText, refuseArgument } from './arguments.ts'
import { type LoadedDefinition, loadDefinition, loadLatest } from './definition-cache.ts'
import { EngineError } from './errors.ts'
import { instanceIdOfKey, withIdempotency } from './idempotency.ts'
import type { Also } from './message-host.ts'
import { messageHostOf } from './message-host-of.ts'
import { definitions, idempotency, instances, processKeyId } from './records.ts'
import { type CommandRequest, type Outcome, runCommand } from './run-command.ts'

/** What is to be started: the latest version of a key, a definition, or a version of a key. */
export type ProcessReference =
  | string
  | { readonly id: string }
  | { readonly key: string; readonly version?: number; readonly versionTag?: string }

/** How an instance is started. */
export interface StartOptions extends CallOptions {
  readonly variables?: Variables
  readonly businessKey?: string
  /** Elements to start before, instead of the process's own start. */
  readonly at?: readonly string[]
}

/** A started instance. */
export interface StartedInstance {
  readonly id: string
  readonly processKey: string
  readonly definitionId: string
  readonly businessKey: string | null
}

const NO_VALUES: Values = Object.freeze({})
const NO_OPTIONS: StartOptions = Object.freeze({})

/** Starts an instance. Throws `unknownDefinition`, `unknownElement`, `invalidVariable`, `idempotencyKeyReused`. */
export async function start(api: Api, reference: ProcessReference, options: StartOptions = NO_OPTIONS): Promise<StartedInstance> {
  const { host } = api
  if (typeof reference !== 'string' || reference === '') checkReference(reference)
  if (options !== NO_OPTIONS) checkStart('start', options)
  const actor = actorOf(api, options)
  const tenantId = tenantOf(api, options)
  const asked = authorize(api, 'start', { actor, tenantId })
  if (asked !== null) await asked
  const variables = options.variables === undefined ? NO_VALUES : concealVariables(options.variables)
  const { idempotencyKey = null } = options
  if (idempotencyKey === null) return await startOnce(api, reference, options, host.newId(), variables, actor, tenantId, null)
  const args = { reference, variables, businessKey: options.businessKey ?? null, at: options.at ?? null }
  return withIdempotency(messageHostOf(host), { operation: 'start', key: idempotencyKey, tenantId, args }, async (once) => {
    const id = instanceIdOfKey(tenantId, idempotencyKey)
    return startOnce(api, reference, options, id, variables, actor, tenantId, (started) => once.also(started))
  }) as Promise<StartedInstance> // the answer is what startOnce gave
}

const REFERENCE: ReadonlySet<string> = new Set(['id', 'key', 'version', 'versionTag'])
const STARTS = membersOf('variables', 'businessKey', 'at')

function checkReference(reference: unknown): void {
  if (typeof reference !== 'object' || reference === null || !('id' in reference || 'key' in reference)) {
    refuseArgument('start', 'process', reference, 'the key of a process, { id } of a definition, or { key, version?, versionTag? }')
  }
  checkMembers('start', 'process', reference, REFERENCE)
  const { id, key, version, versionTag } = reference as { readonly [name: string]: unknown }
  if (id === undefined) needText('start', 'process.key', key)
  else needText('start', 'process.id', id)
  checkWhole('start', 'process.version', version, 1)
  checkText('start', 'process.versionTag', versionTag)
}

/** Throws `invalidArgument` for options that no instance can be started with. */
export function checkStart(call: string, options: StartOptions): void {
  checkMembers(call, 'options', options, STARTS)
  checkCaller(call, options)
  const { businessKey, at } = options
  if (businessKey !== null) checkText(call, 'businessKey', businessKey)
  if (at === undefined || at === null) return
  checkTexts(call, 'at', at)
  if (at.length === 0) refuseArgument(call, 'at', at, 'a list of at least one element id')
}

async function startOnce(
  api: Api,
  reference: ProcessReference,
  options: StartOptions,
  instanceId: string,
  variables: Values,
  actor: string | null,
  tenantId: string | null,
  also: ((started: { readonly [name: string]: string | null }) => Also) | null,
): Promise<StartedInstance & { readonly [name: string]: string | null }> {
  const { host } = api
  for (let attempt = 1; attempt <= ATTEMPTS_MAX; attempt++) {
    const latest = typeof reference === 'string' ? host.definitions.latest.get(processKeyId(reference, tenantId)) : undefined
    const { loaded, expect } = latest ?? (await resolve(api, reference, tenantId))
    const businessKey = options.businessKey ?? null
    const started = { id: instanceId, processKey: loaded.record.key, definitionId: loaded.record.id, businessKey }
    const command = {
      type: 'startProcess' as const,
      instanceId,
      definitionId: loaded.record.id,
      businessKey,
      variables,
      actor,
      ...(options.at && { at: options.at }),
    }
    const joined = also?.(started)
    const outcome = await runCommand(host, {
      instanceId,
      command,
      actor,
      start: { definition: loaded, tenantId },
      also: joined === undefined ? { expect, put: NONE, delete: NONE } : { ...joined, expect: [...expect, ...joined.expect] },
    })
    if (outcome.type !== 'lost') {
      expectDone(outcome, { instanceId, definitionId: loaded.record.id })
      return started
    }
    const name = typeof reference === 'string' ? reference : 'key' in reference ? reference.key : ''
    host.definitions.latest.delete(processKeyId(name, tenantId)) // another version came meanwhile
    if (also !== null && !outcome.conflict.some((one) => expect.some((other) => other.id === one.id))) {
      if (outcome.conflict.some(({ collection }) => collection.name === idempotency.name)) {
        return null as never // another call with this key came first: its answer is looked up
      }
      return startedBefore(api, instanceId, started.processKey)
    }
  }
  throw new EngineError(
    'tooManyConflicts',
    `The start of ${JSON.stringify(reference)} met other deployments ${ATTEMPTS_MAX} times; try again`,
    { reference },
  )
}

/** The key's time is over, and its instance is still there: its id follows from the key, so it is the answer. */
async function startedBefore(
  { host }: Api,
  instanceId: string,
  wanted: string,
): Promise<StartedInstance & { readonly [name: string]: string | null }> {
  const [stored] = await host.storage.get(instances, [instanceId])
  if (stored === undefined) return null as never // deleted meanwhile: it is started anew
  const { id, processKey, definitionId, businessKey } = stored.record
  if (processKey === wanted) return { id, processKey, definitionId, businessKey }
  throw new EngineError(
    'idempotencyKeyReused',
    `Instance ${id} of "${processKey}" was started with this idempotency key. Use a new key for another start.`,
    {
      instanceId,
      processKey,
    },
  )
}

/** Starts an instance that an extension joins, in one commit. Null where another call with its idempotency key came first. */
export async function startWith(
  api: Api,
  reference: ProcessReference,
  options: StartOptions,
  instanceId: string,
  variables: Values,
  actor: string | null,
  tenantId: string | null,
  extension: NonNullable<CommandRequest['extension']>,
): Promise<Extract<Outcome, { type: 'done' }> | null> {
  const { host } = api
  for (let attempt = 1; attempt <= ATTEMPTS_MAX; attempt++) {
    const { loaded, expect } = await resolve(api, reference, tenantId)
    const definitionId = loaded.record.id
    const businessKey = options.businessKey ?? null
    const command = {
      type: 'startProcess' as const,
      instanceId,
      definitionId,
      businessKey,
      variables,
      actor,
      ...(options.at && { at: options.at }),
    }
    const also = { expect, put: NONE, delete: NONE }
    const outcome = await runCommand(host, { instanceId, command, actor, start: { definition: loaded, tenantId }, also, extension })
    if (outcome.type !== 'lost') return expectDone(outcome, { instanceId, definitionId })
    if (outcome.conflict.some(({ collection }) => collection.name === instances.name || collection.name === idempotency.name)) return null
    const name = typeof reference === 'string' ? reference : 'key' in reference ? reference.key : ''
    host.definitions.latest.delete(processKeyId(name, tenantId))
  }
  throw new EngineError(
    'tooManyConflicts',
    `The start of ${JSON.stringify(reference)} met other deployments ${ATTEMPTS_MAX} times; try again`,
    { reference },
  )
}

const ATTEMPTS_MAX = 20
const NONE: readonly never[] = Object.freeze([])

async function resolve(
  api: Api,
  reference: ProcessReference,
  tenantId: string | null,
): Promise<{ loaded: LoadedDefinition; expect: readonly Expectation[] }> {
  const cache = api.host.definitions
  if (typeof reference === 'string') return loadLatest(cache, reference, tenantId)
  if ('id' in reference) {
    const loaded = await loadDefinition(cache, reference.id)
    if (!isSeen(api, loaded.record.tenantId))
      throw new EngineError('unknownDefinition', `There is no definition ${reference.id}`, { definitionId: reference.id })
    return { loaded, expect: NONE }
  }
  const { key, version, versionTag } = reference
  if (version === undefined && versionTag === undefined) return loadLatest(cache, key, tenantId)
  const where = {
    key: { eq: key },
    ...(version !== undefined && { version: { eq: version } }),
    ...(versionTag !== undefined && { versionTag: { eq: versionTag } }),
  }
  const found = await cache.storage.find(definitions, { where, orderBy: [{ field: 'version', descending: true }], limit: 100 })
  const own = found.find(({ record }) => record.tenantId === tenantId) ?? found.find(({ record }) => record.tenantId === null)
  if (own === undefined) {
    throw new EngineError(
      'unknownDefinition',
      `No process "${key}" is deployed with ${version === undefined ? `version tag ${versionTag}` : `version ${version}`}`,
      { key, version, versionTag },
    )
  }
  return { loaded: await loadDefinition(cache, own.record.id), expect: NONE }
}
