import { Refused } from '@leeway/engine'
import { type CommandBody, type InstanceReader, splitTokenId, transitionOf, type Value } from '@leeway/engine/extension'
import type { Book } from '../case/book.ts'
import type { Undo } from '../case/commands.ts'
import type { Deviation, ReturnTrail } from '../case/deviation-state.ts'
import { type Conflict, variableConflict, versionOf } from '../guarantee/data.ts'
import { deviationLifecycle } from '../lifecycles/deviation.ts'
import { withdrawReview } from '../people/reviews.ts'
import { notUndoable } from './refusals.ts'

/**
 * Takes a return back, as long as nothing has moved since: its tokens go, the step begins again where it was left, and what the return set
 * is as before. Completed items stay done. Gives the kernel's commands.
 */
export function undoReturn(
  book: Book,
  command: Undo,
  deviation: Deviation,
  instance: InstanceReader,
  actor: string,
): readonly CommandBody[] {
  const { id, caseId, instanceId, body } = deviation
  const { anchor, returned } = body
  const trail = returned?.trail
  if (returned === undefined || trail === undefined) throw notUndoable(id, 'its return moved nothing that could be put back.')
  if (trail.barred !== undefined) throw notUndoable(id, trail.barred)
  const moved = trail.landed.flatMap((one) => movedSince(book, instance, one))
  if (moved.length > 0) throw pathMoved(id, moved)
  const conflicts = conflictsOf(trail, instance)
  if (conflicts.length > 0) throw variableConflict(conflicts, id)
  const undone = { actor, at: book.now, reason: command.reason, left: [], of: 'return' } as const
  const review = body.review && { review: { ...body.review, withdrawn: true as const } }
  const state = transitionOf(deviationLifecycle, deviation.state, 'undo')
  book.putDeviation({ ...deviation, state, body: { ...body, ...review, undone } })
  if (body.review?.id !== undefined) withdrawReview(book, body.review.id, actor)
  const position = { instanceId, elementId: anchor.elementId, elementInstanceId: anchor.elementInstanceId }
  book.note(caseId, { type: 'deviation:undo', deviationId: id, position, reason: command.reason, of: 'return' })
  return [...restored(trail), ...putBack(deviation, trail)]
}

interface Moved {
  readonly elementId: string
  readonly elementInstanceId: string
  /** `gone`: the path went on from there; `held`: somebody has left there; `work`: it may have begun; `draft`: somebody has. */
  readonly because: 'gone' | 'held' | 'work' | 'draft'
}

function movedSince(book: Book, instance: InstanceReader, landed: ReturnTrail['landed'][number]): readonly Moved[] {
  const { elementInstanceId } = landed
  const token = instance.token(elementInstanceId)
  const is = (because: Moved['because']): readonly Moved[] => [{ ...landed, because }]
  if (token === null || token.child || token.elementId !== landed.elementId) return is('gone')
  if (token.hold !== undefined) return is('held')
  if (token.waits?.some(({ type }) => type === 'job' || type === 'call' || type === 'listener') || token.phase === 'incident')
    return is('work')
  const task = book.task(elementInstanceId)
  const isBegun = task !== null && (task.body.draft !== undefined || (task.body.comments?.length ?? 0) > 0)
  return isBegun ? is('draft') : []
}

function pathMoved(id: string, moved: readonly Moved[]): Refused {
  const where = moved.map(({ elementId, because }) => `"${elementId}" (${because})`).join(', ')
  const message = `The return of deviation ${id} cannot be taken back, for the path has moved since: ${where}. Leave there, and come back by a jump.`
  return new Refused('PathMoved', message, { deviationId: id, moved, alternatives: ['leave', 'jump'] })
}

/** What others have written since. */
function conflictsOf({ variables }: ReturnTrail, instance: InstanceReader): readonly Conflict[] {
  return variables.flatMap(({ scopeId, name, before = null, after }): Conflict[] => {
    const now = instance.scope(scopeId)?.variables ?? {}
    const theirs = (Object.hasOwn(now, name) ? now[name] : undefined) ?? null
    return versionOf(theirs) === after ? [] : [{ name, mine: before, theirs }]
  })
}

function restored({ variables }: ReturnTrail): readonly CommandBody[] {
  return [...new Set(variables.map(({ scopeId }) => scopeId))].map((scopeId) => {
    const values: { [name: string]: Value } = {}
    const remove: string[] = []
    for (const one of variables) {
      if (one.scopeId !== scopeId) continue
      if (one.before === undefined) remove.push(one.name)
      else values[one.name] = one.before
    }
    return { type: 'setVariables', scopeId, values, remove }
  })
}

function putBack({ instanceId, body }: Deviation, { landed }: ReturnTrail): readonly CommandBody[] {
  const { anchor, returned } = body
  if (returned?.to === 'resume' || returned?.next === 'resume') return []
  const cancel = landed.map(({ elementInstanceId }) => splitTokenId(elementInstanceId) as { scopeId: string; n: number }) // ids of tokens
  const start = [{ at: 'before' as const, elementId: anchor.elementId, within: anchor.scopeId, values: {} }]
  return [{ type: 'modifyProcess', instanceId, cancel, start }]
}
