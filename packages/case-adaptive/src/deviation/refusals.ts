import { Refused } from '@leeway/engine'
import { besideKey, isoOf, type Token } from '@leeway/engine/extension'
import type { Deviation, Lapsed } from '../case/deviation-state.ts'
import type { PlanItem } from '../case/item-state.ts'

/** Refusals off the path (docs/guide/leaving-the-path.md). Each names the ids involved and says what to do. */

export function alreadyAway({ id, state, body, caseId }: Deviation): Refused {
  const { actor, reason, anchor } = body
  if (state !== 'away' && state !== 'returning' && state !== 'requested') {
    // What was called is released in its own order.
    const message = `It is held with deviation ${id} still, which is ${state}, and is about to be released: try again.`
    return new Refused('AlreadyAway', message, { deviationId: id, caseId, state })
  }
  return new Refused(
    'AlreadyAway',
    `${actor} has left the path at "${anchor.elementId}" already (${reason.code}); join deviation ${id} instead.`,
    {
      deviationId: id,
      caseId,
      by: actor,
      holders: [actor],
      reason,
    },
  )
}

export function anchorGone(message: string, details: Readonly<Record<string, unknown>>): Refused {
  return new Refused('AnchorGone', message, details)
}

export function preempted({ id, body }: Deviation): Refused {
  const { anchor, preempted: how } = body
  return anchorGone(`The path has gone on from "${anchor.elementId}" without deviation ${id}; its open work is at the case.`, {
    deviationId: id,
    elementInstanceId: anchor.elementInstanceId,
    cause: how ?? null,
  })
}

/** A step to come that something is pinned to is not in the model that the instance is to go on by. */
export function pinGone({ id, mode, body }: Deviation, elementId: string, successor: string | null): Refused {
  const what = mode === 'deferred' ? 'Items are pinned to' : 'The path is to be left before'
  const message = `${what} "${body.anchor.elementId}", which is "${elementId}" nowhere in the new model: map it to an element there${successor === null ? '' : ` ("${successor}" comes next)`}, or undo deviation ${id} first.`
  const repairs = successor === null ? [] : [{ message: `Pin it to "${successor}".`, map: { [body.anchor.elementId]: successor } }]
  return new Refused('PinTargetGone', message, { deviationId: id, elementId: body.anchor.elementId, missing: [elementId], repairs })
}

export function unprovenStays(instanceId: string, caseId: string): Refused {
  const message = `Instance ${instanceId} went on by an override and is not proven to come to its end: bring it to where it is proven before it is migrated.`
  return new Refused('UnprovenInstance', message, { instanceId, caseId })
}

/** Why there is nothing to come back from, or to work on: what became of a deviation that is not away. */
export function notAway(deviation: Deviation): Refused {
  const { id, state, body } = deviation
  const step = body.anchor.elementId === '' ? 'its next wait' : `"${body.anchor.elementId}"`
  if (body.preempted !== undefined) return preempted(deviation)
  if (state === 'undone') return alreadyUndone(deviation)
  if (state === 'lapsed') return lapsed(id, step, body.lapsed)
  if (state === 'returned' || state === 'reviewed') return alreadyReturned(deviation)
  if (body.compensating !== undefined) return undoesBefore(deviation)
  if (state === 'returning') return handedOver(deviation)
  const message = `Deviation ${id} is ${state}: the path has not come to ${step} yet. Undo it if it is not wanted any more.`
  return new Refused('NotAway', message, { deviationId: id, alternatives: ['undo'] })
}

function alreadyReturned({ id, body }: Deviation): Refused {
  const { actor, at } = toldOf(body.returned)
  return new Refused('AlreadyReturned', `Deviation ${id} is over: ${actor ?? 'someone'} has come back to "${body.anchor.elementId}".`, {
    deviationId: id,
    by: actor,
    at,
  })
}

function alreadyUndone({ id, body }: Deviation): Refused {
  const { actor, at } = toldOf(body.undone)
  const { elementId } = body.anchor
  const what =
    body.undone?.of === 'return' ? `the return from "${elementId}", which waits as before it was left` : `that "${elementId}" was left`
  const message = `Deviation ${id} is over: ${actor ?? 'someone'} took back${when(at)} ${what}. Leave again.`
  return new Refused('AlreadyUndone', message, { deviationId: id, by: actor, at, alternatives: ['leave'] })
}

function lapsed(id: string, step: string, how: Lapsed | undefined): Refused {
  const { actor, at } = toldOf(how === undefined ? undefined : { actor: how.by, at: how.at })
  const cause = how?.cause ?? null
  const what = {
    undone: `${actor ?? 'someone'} took back${when(at)} what was asked for`,
    itemsCancelled: `${actor ?? 'someone'} cancelled${when(at)} all that was pinned to ${step}`,
    instanceEnded: `the instance ended${when(at)} without coming to ${step}`,
  }
  const why = cause === null ? `what was asked for at ${step} cannot be reached any more` : what[cause]
  return new Refused('Lapsed', `Deviation ${id} never began: ${why}.`, { deviationId: id, by: actor, at, cause })
}

/** Nothing of what was done before such things were kept. */
function toldOf(how: { readonly actor: string | null; readonly at: number } | undefined): {
  readonly actor: string | null
  readonly at: string | null
} {
  return how === undefined ? { actor: null, at: null } : { actor: how.actor, at: isoOf(how.at) }
}

function when(at: string | null): string {
  return at === null ? '' : ` at ${at}`
}

function handedOver({ id, body }: Deviation): Refused {
  const itemId = body.handedOver?.itemId ?? null
  const message = `Deviation ${id} was handed over; it returns by itself when item ${itemId} is done. End what does that item to come back otherwise, or undo the deviation.`
  return new Refused('HandedOver', message, { deviationId: id, itemId, by: body.handedOver?.actor ?? null })
}

export function requiredOpen({ id }: Deviation, open: readonly PlanItem[]): Refused {
  const names = open.map(({ body }) => `"${body.name}"`).join(', ')
  return new Refused('RequiredOpen', `Deviation ${id} has required items that are not done: ${names}.`, {
    deviationId: id,
    missing: open.map((item) => ({ id: item.id, name: item.body.name, state: item.state })),
  })
}

export function notUndoable(id: string, why: string, missing: readonly unknown[] = []): Refused {
  return new Refused('NotUndoable', `Deviation ${id} cannot be undone: ${why}`, { deviationId: id, missing })
}

export function notWithdrawable(elementId: string): Refused {
  const message = `"${elementId}" joins what arrives there; a token that waits cannot be withdrawn alone. End its branch, or jump.`
  return new Refused('NotWithdrawable', message, { elementId, alternative: 'endBranch' })
}

export function handlerNotWithdrawable(elementId: string): Refused {
  const message = `"${elementId}" undoes something, and the compensation waits for it. Leave it with mode "detour", or take a second person who answers for it (override).`
  return new Refused('NotWithdrawable', message, { elementId, alternative: 'detour', missing: ['override'] })
}

export function handlerNotRedone({ id, body }: Deviation): Refused {
  const message = `"${body.anchor.elementId}" undoes something: to do it again say confirmNotIdempotent: true, or resume or skip it.`
  return new Refused('NotIdempotent', message, { deviationId: id, missing: ['confirmNotIdempotent'], alternatives: ['resume', 'skip'] })
}

export function compensationRuns({ elementId, compensation }: Token): Refused {
  const running = compensation?.running
  const message = `"${elementId}" waits for what it has undone, and goes on by itself. Leave at what undoes something now.`
  return new Refused('CompensationRuns', message, {
    elementId,
    alternatives: running === undefined || besideKey(running) !== null ? [] : [{ elementInstanceId: running }],
  })
}

export function notDivertible({ id, body }: Deviation, why: string, instead: string, alternatives: readonly string[]): Refused {
  const message = `"${body.anchor.elementId}" cannot be left in this way: ${why}. ${instead}`
  return new Refused('NotDivertible', message, { deviationId: id, alternatives })
}

export function withdrawn({ id, body }: Deviation): Refused {
  const message = `"${body.anchor.elementId}" was withdrawn: redo it, skip it, jump, or end its branch.`
  return new Refused('StepWithdrawn', message, { deviationId: id, alternatives: ['redo', 'skip', 'jump', 'endBranch'] })
}

export function notIdempotent({ id, body }: Deviation): Refused {
  const message = `The work of "${body.anchor.elementId}" was done already; to do it again say confirmNotIdempotent: true.`
  return new Refused('NotIdempotent', message, { deviationId: id, missing: ['confirmNotIdempotent'] })
}

export function scopeTaken({ id, body }: Deviation): Refused {
  const isWhole = body.anchor.type === 'instance'
  const ways = isWhole ? 'resume it, end it, or stay off' : 'resume it, end it, jump, or take one of its events'
  const alternatives = isWhole ? ['resume', 'endScope', 'stayOff'] : ['resume', 'endScope', 'jump', 'event']
  return new Refused('ScopeTakenOver', `"${body.anchor.elementId}" was taken over as a whole: ${ways}.`, { deviationId: id, alternatives })
}

export function besideOnly({ id, body }: Deviation): Refused {
  const message = `Deviation ${id} goes on alongside "${body.anchor.elementId}", which was never off the path; end it with "resume", or leave the step to move it.`
  return new Refused('NotAway', message, { deviationId: id, alternatives: ['resume'] })
}

/** C4: what is pinned lies in the part of the path that is not executed yet. */
export function stepPassed(elementId: string, instanceId: string): Refused {
  const message = `The path does not come to "${elementId}" any more: it has begun there, or has gone another way. Leave where it is now and add the item there, or add it to the case.`
  return new Refused('StepPassed', message, { elementId, instanceId, alternatives: ['leave', 'addItem'] })
}

/** `caller`: the call activity that waits for this instance. */
export function unknownTarget(target: string, caller: Caller | null = null): Refused {
  const message = `There is no "${target}" in this instance.`
  if (caller === null) return new Refused('UnknownTarget', message, { target })
  const instead = `It was called: its caller ${caller.instanceId} goes on where this instance ends (endScope), or is left at ${caller.elementInstanceId}.`
  return new Refused('UnknownTarget', `${message} ${instead}`, { target, caller, alternatives: ['endScope'] })
}

export function callerWaits({ id }: Deviation, caller: Caller): Refused {
  const message = `This instance was called, and its caller ${caller.instanceId} waits for its end: end it with what it gives (endScope), or leave the caller at ${caller.elementInstanceId} and stay off there.`
  return new Refused('CallerWaits', message, { deviationId: id, caller, alternatives: ['endScope'] })
}

/** Where an instance was called. */
export interface Caller {
  readonly instanceId: string
  readonly elementInstanceId: string
}

/** `code` is one for each kind of target. */
export function ambiguousTarget(target: string, scope: string, open: readonly string[]): Refused {
  const alternative = `Name the one that is meant as within: one of ${open.join(', ')}.`
  const message = `The path cannot be taken up at "${target}" without more: "${scope}" is open ${open.length} times. ${alternative}`
  const repairs = open.map((within) => ({ message: `In ${within}.`, to: { jump: target, within } }))
  return new Refused('TargetAmbiguous', message, { target, elementInstanceIds: open, alternative, repairs })
}

/** Something that is gone back over cannot be undone. */
export function notCompensable({ id, body }: Deviation, missing: readonly string[]): Refused {
  const names = missing.map((one) => `"${one}"`).join(', ')
  const message = `The jump from "${body.anchor.elementId}" goes back over ${names}, which nothing undoes. Undo what can be (compensate: 'registered'), and the rest by an item.`
  return new Refused('NotCompensable', message, { deviationId: id, missing, alternatives: ['registered', 'none'] })
}

/** The return waits for what it undoes before. */
function undoesBefore({ id, body }: Deviation): Refused {
  const { actor = null, to } = body.compensating ?? {}
  const message = `Deviation ${id} undoes what was done, and then returns by itself (${to?.type}). Resolve what is stuck of it, or end its scope from outside.`
  return new Refused('CompensationRuns', message, { deviationId: id, by: actor, compensated: body.compensated ?? [] })
}

export function illegalTarget(code: string, target: string, why: string, alternative: string): Refused {
  return new Refused(code, `The path cannot be taken up at "${target}": ${why}. ${alternative}`, { target, alternative })
}
