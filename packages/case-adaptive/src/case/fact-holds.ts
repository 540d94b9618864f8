import type { Instant } from './case-state.ts'
import type { Fact } from './customer-state.ts'

/** True while a fact is neither over nor past its day. */
export function holds({ body: { state, validUntil } }: Fact, now: Instant): boolean {
  return (state === 'claimed' || state === 'verified') && (validUntil === undefined || validUntil > now)
}
