import type { FlowNode, InstanceReader } from '@leeway/engine/extension'
import type { Book } from '../case/book.ts'
import type { Deviation } from '../case/deviation-state.ts'
import type { GuaranteeClass } from '../case/verdict.ts'
import { movesOf } from '../deviation/moves.ts'
import { changesOf } from './change.ts'
import type { Place } from './places.ts'
import type { Trial } from './repairs.ts'
import { judgeChange, type Moving, type Repairing, type SearchOptions, type SoundnessVerdict } from './soundness.ts'

/** What a search found, and how sure the end is by it. */
interface Searched extends SoundnessVerdict {
  readonly class: GuaranteeClass
}

/**
 * Searches from where a return would put the tokens; null where it moves none. The class is G1 where the model itself comes there, G3 where
 * something speaks against it.
 */
export function searchReturn(
  book: Book,
  to: Moving,
  place: Place,
  { body }: Deviation,
  instance: InstanceReader,
  trial: Trial | null,
): Searched | null {
  const { soundness = 'strong', situationsMax } = book.rules.policies
  const options: SearchOptions = {
    strength: soundness,
    ...(situationsMax !== undefined && { statesMax: Math.min(5_000, situationsMax), reducedMax: situationsMax }),
  }
  const judgeMoving = (one: Moving, repairing: Repairing | null) => {
    const moves = movesOf(one, body.anchor, instance)
    if (moves === null) return null
    const changes = changesOf(instance, place, moves, one.type === 'jump' ? one.within : undefined)
    return judgeChange(changes, one, place.node.id, options, repairing)
  }
  const retired = to.type === 'endBranch' && !to.retireJoinSlot ? retiredMoves(to, body.anchor, instance) : null
  const verdict = judgeMoving(to, trial && { retired, trial })
  if (verdict === null) return null
  const isNext = to.type === 'jump' && to.also.length === 0 && to.cancel.length === 0 && isSuccessor(place.node, to.elementId)
  const { refusal } = verdict
  // What the model itself comes to is no worse than what it comes from, however much of that was looked at.
  if (isNext && refusal?.code === 'NotProven') {
    const message = 'Not all that can come of it was looked at; the model itself comes there.'
    const checks = verdict.checks.map((check) => (check.holds === 'unknown' ? { ...check, message } : check))
    return { ...verdict, refusal: null, checks, class: 'G1' }
  }
  const found: GuaranteeClass = refusal !== null ? 'G3' : isNext ? 'G1' : 'G2'
  return { ...verdict, class: found }
}

/** The join's slot that the branch would have filled, where there is one. */
function retiredMoves(to: Extract<Moving, { type: 'endBranch' }>, anchor: Deviation['body']['anchor'], instance: InstanceReader) {
  const [slot] = movesOf({ ...to, retireJoinSlot: true }, anchor, instance)?.start ?? []
  return slot === undefined || slot.via === null ? null : { elementId: slot.elementId, arrivedBy: slot.via }
}

/** The step itself could have gone on there, and nowhere else at the same time. */
function isSuccessor(node: FlowNode, elementId: string): boolean {
  const isAlone = node.outgoing.length === 1 || node.type === 'exclusiveGateway'
  return isAlone && node.outgoing.some(({ target }) => target.id === elementId)
}
