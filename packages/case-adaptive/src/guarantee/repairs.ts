import { EngineError, Refused } from '@leeway/engine'
import type { LaterDirective } from '../case/directives.ts'
import type { Need, Repair } from '../case/verdict.ts'

/** What a return takes besides its directive to be made; null where that would not be enough. */
export type Trial = (to: LaterDirective) => readonly Need[] | null

/** What the same person can give with the return: a second person's word, variables, a confirmation. */
const GIVEN: readonly string[] = ['MandatoryStep', 'MissingData', 'VariableConflict', 'NotIdempotent', 'RequiredOpen']

/** Tries a return: `judged` gives what speaks against it, or throws it. */
export function needsIn(judged: () => readonly Refused[]): readonly Need[] | null {
  const refusals = thrownBy(judged)
  return refusals?.every(isGiven) ? refusals.map(needOf) : null
}

/** It does not speak against the return itself: it can be given with it. */
export function isGiven({ code }: Refused): boolean {
  return GIVEN.includes(code)
}

/** Null where it is not a matter of what is given with it. */
function thrownBy(judged: () => readonly Refused[]): readonly Refused[] | null {
  try {
    return judged()
  } catch (error) {
    if (error instanceof Refused) return [error]
    if (error instanceof EngineError) return null
    throw error
  }
}

function needOf({ code, message, missing, holders, details }: Refused): Need {
  const { approvals } = details
  return {
    code,
    message,
    ...(missing !== undefined && { missing }),
    ...(holders !== undefined && { holders }),
    ...(approvals !== undefined && { approvals }),
  }
}

/** The refusal with those of its repairs that would do, each with what it takes besides. */
export function withTried(refused: Refused, trial: Trial): Refused {
  const repairs = refused.details.repairs as readonly Repair[] | undefined
  if (repairs === undefined || repairs.every(({ to }) => to === undefined)) return refused
  const tried = repairs.flatMap((repair): readonly Repair[] => {
    const to = directiveOf(repair.to)
    const needs = to === null ? null : trial(to)
    return needs === null ? [] : [withNeeds(repair, needs)]
  })
  return new Refused(refused.code, refused.message, { ...refused.details, repairs: tried })
}

export function withNeeds(repair: Repair, needs: readonly Need[]): Repair {
  return needs.length === 0 ? repair : { ...repair, needs }
}

/** As a repair names it: as `cases.return` takes it. */
function directiveOf(to: unknown): LaterDirective | null {
  if (to === 'redo' || to === 'skip' || to === 'endScope') return { type: to }
  if (typeof to !== 'object' || to === null) return null
  const { jump, within, via = null, also = [], cancel = [] } = to as JumpAsked // one of our own
  return { type: 'jump', elementId: jump, via, also, cancel, ...(within !== undefined && { within }) }
}

interface JumpAsked {
  readonly jump: string
  readonly within?: string
  readonly via?: string
  readonly also?: readonly string[]
  readonly cancel?: readonly string[]
}
