import { type Draft, findScope } from '../kernel/draft.ts'
import { tokenId } from '../kernel/ids.ts'
import { valuesAt } from '../kernel/values-at.ts'
import type { Listener } from '../model/data.ts'
import type { Definition } from '../model/definition.ts'
import type { Values } from '../model/value.ts'
import { incidentId, tokenIdOfRow, tokenOfRow } from './record-ids.ts'
import type { JobRecord } from './records/job.ts'
import { placeIn, placeInDraft } from './row-places.ts'
import type { Entry } from './state-cache.ts'

/**
 * The scope from which the work of a job is seen, for loading: that of its token, or the one that the token opened where a listener hears
 * of its end.
 */
export function seenFrom({ id, body }: JobRecord): string {
  const token = tokenOfRow(id)
  if (token === null) return id
  return isFromInside(body) ? tokenId(token.scopeId, token.n) : token.scopeId
}

/**
 * The job as its instance stands now. A row that a worker had while its instance was put on another definition was left to it, so it still
 * names the old one and its element.
 */
export function jobInPlace({ definition, state }: Entry, record: JobRecord): JobRecord {
  const { id: definitionId, key: processKey } = definition.record
  const row = record.body.definitionId === definitionId ? null : tokenOfRow(record.id)
  const token = row && placeIn(state.scopes, row)
  const elementId = token === null ? undefined : state.scopes.get(token.scopeId)?.tokens[token.n]?.elementId
  return elementId === undefined ? record : { ...record, body: { ...record.body, definitionId, processKey, elementId } }
}

/** The variables that the work of a job sees. */
export function valuesOfJob(draft: Draft, { id, body }: JobRecord): Values {
  const token = tokenOfRow(id)
  if (token === null) return {}
  const { scopeId, n } = placeInDraft(draft, token)
  const isInside = isFromInside(body) && findScope(draft, scopeId)?.tokens[n]?.child === true
  return isInside ? valuesAt(draft, tokenId(scopeId, n), null) : valuesAt(draft, scopeId, n)
}

/** Listeners, and the handler that drives an ad hoc sub-process, see what their element holds. */
function isFromInside({ work }: JobRecord['body']): boolean {
  return work?.listener !== undefined || work?.turn !== undefined
}

/** What tells a command that the work was a listener's, or a turn of an ad hoc sub-process. */
export function listenerOf({ body }: JobRecord): { readonly listener?: string } {
  const listener = body.work?.listener ?? body.work?.turn
  return listener === undefined ? {} : { listener }
}

/** The row of the token's incident. */
export function incidentIdOf({ id }: JobRecord): string {
  return incidentId(tokenIdOfRow(id))
}

/** A listener of an element by its key; null where there is none. */
export function listenerIn(definition: Definition, elementId: string, key: string | undefined): Listener | null {
  const listeners = key === undefined ? null : (definition.nodes.get(elementId)?.listeners ?? null)
  if (listeners === null) return null
  const { beforeAll, start, end, ended, take, notices } = listeners
  return [beforeAll, start, end, ended, ...take.values(), notices].flat().find((one) => one.key === key) ?? null
}
