import { type InstanceReader, type KernelEvent, splitTokenId } from '@leeway/engine/extension'
import type { Deviation, ReturnTrail } from '../case/deviation-state.ts'
import { versionOf } from '../guarantee/data.ts'

/**
 * What a return made of the path, so that it can be taken back: where its tokens came to rest, what it set, and why it cannot be undone.
 */
export function trailOf({ body }: Deviation, events: readonly KernelEvent[], before: InstanceReader, after: InstanceReader): ReturnTrail {
  const { anchor, returned } = body
  const landed = new Map<string, string>()
  for (const event of events) {
    if (!('n' in event)) continue
    const id = `${event.scopeId}.${event.n}`
    const token = after.token(id)
    if (token !== null && !token.child && !after.scope(event.scopeId)?.armed?.includes(event.n)) landed.set(id, token.elementId)
  }
  const barred = returned?.to === 'resume' || returned?.next === 'resume' ? barsResume(body, after) : barsMove(body, events, before, after)
  return {
    landed: [...landed].map(([elementInstanceId, elementId]) => ({ elementInstanceId, elementId })),
    variables: changedVariables(anchor.scopeId, before, after),
    ...(barred !== null && { barred }),
  }
}

function barsResume({ anchor, latches }: Deviation['body'], after: InstanceReader): string | null {
  const isThere = anchor.type === 'instance' || after.token(anchor.elementInstanceId) !== null
  return isThere && !latches.some(({ became }) => became === 'applied') ? null : 'what had come meanwhile was applied.'
}

/** What went elsewhere is put back as a new token at the step: not where others went with it, or were told. */
function barsMove(
  { anchor, returned, compensated = [] }: Deviation['body'],
  events: readonly KernelEvent[],
  before: InstanceReader,
  after: InstanceReader,
): string | null {
  const to = returned?.next ?? returned?.to
  const token = before.token(anchor.elementInstanceId)
  const scope = before.scope(anchor.scopeId)
  if (to === 'redo') return 'its step was begun anew.'
  if (compensated.length > 0) return 'what was done before was undone for it.'
  if (after.scope(after.id)?.instance?.status !== 'active' || after.scope(anchor.scopeId) === null) return 'its scope has ended.'
  if (token === null || token.child || token.hold?.was === 'arrived' || token.drivenBy !== undefined || scope === null)
    return `"${anchor.elementId}" cannot be begun again by itself.`
  if (scope.rounds !== undefined || (scope.kind === 'iteration' && scope.elementId === anchor.elementId))
    return `"${anchor.elementId}" was a round of a repeated activity.`
  for (const event of events) {
    if (event.type === 'messageThrown' || event.type === 'signalThrown' || event.type === 'compensationBegun')
      return `the path has had an effect on others since, at "${event.elementId}".`
    if (event.type === 'tokensJoined') return 'a join has fired.'
    if (event.type !== 'elementTerminated' && event.type !== 'elementCompleted') continue
    const id = `${event.scopeId}.${event.n}`
    if (id !== anchor.elementInstanceId && before.token(id) !== null) return `"${event.elementId}" has ended with it.`
  }
  return null
}

function changedVariables(scopeId: string, before: InstanceReader, after: InstanceReader): ReturnTrail['variables'] {
  const changed: ReturnTrail['variables'][number][] = []
  for (let id: string | null = scopeId; id !== null; id = splitTokenId(id)?.scopeId ?? null) {
    const was = before.scope(id)?.variables ?? {}
    for (const [name, value] of Object.entries(after.scope(id)?.variables ?? {})) {
      const had = Object.hasOwn(was, name) ? was[name] : undefined
      if (had !== undefined && (had === value || versionOf(had) === versionOf(value))) continue
      changed.push({ scopeId: id, name, after: versionOf(value), ...(had !== undefined && { before: had }) })
    }
  }
  return changed
}
