import type { Return } from '../case/commands.ts'
import type { Deviation, Returned } from '../case/state.ts'
import type { Judgement } from './guard-return.ts'

/** What a judged return is recorded with. */
export function recordOf(
  { approvedBy, override }: Return,
  { verdict, reviewOf }: Judgement,
): Pick<Returned, 'verdict' | 'approvedBy' | 'override'> {
  return {
    verdict,
    ...(reviewOf.length > 0 && { approvedBy: approvedBy ?? [] }),
    ...(verdict.class === 'G3' && override !== undefined && { override }),
  }
}

/** What is to be looked at afterwards: what was not proven, and what was passed over though it is mandatory. */
export function reviewOf({ verdict, reviewOf: passedOver }: Judgement): Pick<Deviation['body'], 'review'> {
  const because = [...(verdict.class === 'G3' ? ['unproven'] : []), ...passedOver.map((id) => `mandatory:${id}`)]
  return because.length === 0 ? {} : { review: { because } }
}
