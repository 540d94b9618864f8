import type { Values } from '../model/value.ts'
import { type Also, NOTHING } from './also.ts'
import { type Api, expectDone } from './api-context.ts'
import type { CommandRequest, Outcome } from './command-request.ts'
import { ATTEMPTS_MAX, tooManyConflicts } from './contended.ts'
import {
  forgetStale,
  type LatestDefinition,
  loadDefinition,
  loadStartable,
  loadStartableLatest,
  unknownDefinition,
} from './definition-cache.ts'
import { EngineError } from './errors.ts'
import { nearestVersion } from './latest-version.ts'
import { type DefinitionRecord, definitions, processKeyId } from './records/definition.ts'
import { idempotency } from './records/idempotency.ts'
import { instances } from './records/instance.ts'
import { runCommand } from './run-command.ts'
import type { VersionReference } from './version-reference.ts'

/** What is to be started: the latest version of a key, a definition, or a version of a key. */
export type ProcessReference = string | VersionReference

/** A started instance. */
export interface StartedInstance {
  readonly id: string
  readonly processKey: string
  readonly definitionId: string
  readonly businessKey: string | null
}

/** The same as a plain value, as it is kept for repeated calls. */
export type Started = StartedInstance & { readonly [name: string]: string | null }

/** What is started, under which id, and with what. */
export interface Starting {
  readonly reference: ProcessReference
  readonly instanceId: string
  readonly businessKey: string | null
  /** Elements to start before, or null for the process's own start. */
  readonly at: readonly string[] | null
  /** Whether the variables are held against the form of the start event. Default false. */
  readonly checksForm?: boolean
  readonly variables: Values
  readonly actor: string | null
  readonly tenantId: string | null
}

/** What lands with a start. */
export interface StartedWith {
  readonly also?: (started: Started) => Also
  readonly extension?: NonNullable<CommandRequest['extension']>
}

/**
 * How a start went. `taken`: an instance with this id, or (`isKeyUsed`) the call's idempotency key, was there before; nothing was written.
 */
export type StartOutcome =
  | (Extract<Outcome, { type: 'done' }> & { readonly started: Started })
  | { readonly type: 'taken'; readonly isKeyUsed: boolean; readonly processKey: string }

/**
 * Starts an instance by the version that is the latest when it lands: where another version comes meanwhile, it is decided again by that.
 */
export async function startInstance(api: Api, starting: Starting, join: StartedWith): Promise<StartOutcome> {
  const { host } = api
  const { reference, instanceId, businessKey, at, checksForm, variables, actor, tenantId } = starting
  const { extension } = join
  for (let attempt = 1; attempt <= ATTEMPTS_MAX; attempt++) {
    const latest = typeof reference === 'string' ? host.definitions.latest.get(processKeyId(reference, tenantId)) : undefined
    const { loaded, expect } = latest?.isSuspended === false ? latest : await resolve(api, reference, tenantId)
    const { id: definitionId, key: processKey } = loaded.record
    const started = { id: instanceId, processKey, definitionId, businessKey }
    const base = { type: 'startProcess' as const, instanceId, definitionId, businessKey, variables, actor }
    const placed = at === null ? base : { ...base, at }
    const command = checksForm ? { ...placed, checksForm: true as const } : placed
    const joined = join.also === undefined ? NOTHING : join.also(started)
    const also = { expect: joined === NOTHING ? expect : [...expect, ...joined.expect], put: joined.put, delete: joined.delete }
    const request = { instanceId, command, actor, start: { definition: loaded, tenantId }, also }
    const outcome = await runCommand(host, extension === undefined ? request : { ...request, extension })
    if (outcome.type !== 'lost') {
      const { instance, events, answer } = expectDone(outcome, { instanceId, definitionId })
      return { type: 'done', instance, events, answer, started }
    }
    const isKeyUsed = outcome.conflict.some(({ collection }) => collection.name === idempotency.name)
    if (isKeyUsed || outcome.conflict.some(({ collection, id }) => collection.name === instances.name && id === instanceId))
      return { type: 'taken', isKeyUsed, processKey }
    const name = typeof reference === 'string' ? reference : 'key' in reference ? reference.key : ''
    host.definitions.latest.delete(processKeyId(name, tenantId)) // another version came meanwhile
    forgetStale(host.definitions, outcome.conflict)
  }
  throw tooManyConflicts(`The start of ${JSON.stringify(reference)} met other deployments`, { reference })
}

async function resolve(api: Api, reference: ProcessReference, tenantId: string | null): Promise<Omit<LatestDefinition, 'isSuspended'>> {
  const cache = api.host.definitions
  if (typeof reference === 'string') return loadStartableLatest(cache, reference, tenantId)
  if ('id' in reference) {
    const { record } = await loadDefinition(cache, reference.id)
    if (record.tenantId !== null && record.tenantId !== tenantId) throw notOf(record, tenantId)
    return loadStartable(cache, reference.id)
  }
  const { key, version, versionTag } = reference
  if (version === undefined && versionTag === undefined) return loadStartableLatest(cache, key, tenantId)
  const own = await nearestVersion(cache.storage, definitions, reference, tenantId)
  if (own === null) {
    throw new EngineError(
      'unknownDefinition',
      `No process "${key}" is deployed with ${version === undefined ? `version tag ${versionTag}` : `version ${version}`}`,
      { key, version, versionTag },
    )
  }
  return loadStartable(cache, own.id)
}

/** A tenant's own definition is for its instances alone. Who starts for another tenant is not told that there is one. */
function notOf({ id, tenantId: owner }: DefinitionRecord, tenantId: string | null): EngineError {
  if (tenantId !== null) return unknownDefinition(id)
  const message = `Definition ${id} is of tenant ${owner}, and the instance would be of none: start it with tenantId: '${owner}'`
  return new EngineError('unknownDefinition', message, { definitionId: id, tenantId: owner })
}
