import { addDuration, timesDuration } from '@leeway/engine/extension'
import type { Book } from './book.ts'
import type { Instant } from './case-state.ts'
import type { MakePlan } from './customer-commands.ts'
import { belowFloor, tooManyInstalments, unknownPlan } from './customer-refusals.ts'
import type { Instalment, PaymentPlan } from './customer-state.ts'
import { durationOf } from './duration.ts'

/** Most instalments of one plan. */
export const INSTALMENTS_MAX = 500

/**
 * The plan that is agreed: by the amount that the customer can afford, above the floor of the house, else by its standard. Throws
 * `UnknownPlan`, `BelowFloor`, `TooManyInstalments`.
 */
export function planOf(book: Book, { kind, total, instalment: wished, firstAt }: MakePlan): PaymentPlan {
  const { plans = {} } = book.rules.policies
  const rule = Object.hasOwn(plans, kind) ? plans[kind] : undefined
  if (rule === undefined) throw unknownPlan(kind, Object.keys(plans))
  const { instalment: standard, floor, every: text } = rule
  const instalment = wished ?? standard
  if (instalment < Math.min(floor, total)) throw belowFloor(kind, instalment, floor, standard)
  const count = Math.ceil(total / instalment)
  if (count > INSTALMENTS_MAX) throw tooManyInstalments(count, INSTALMENTS_MAX)
  const every = durationOf(text)
  const from = firstAt ?? addDuration(book.now, every, 'UTC')
  const instalments = Array.from({ length: count }, (_, k) => ({
    dueAt: k === 0 ? from : addDuration(from, timesDuration(every, k), 'UTC'),
    amount: k === count - 1 ? total - instalment * (count - 1) : instalment,
  }))
  return {
    kind,
    total,
    instalment,
    standard,
    floor,
    every: text,
    proposedBy: instalment === standard ? 'company' : 'customer',
    instalments,
  }
}

/** The plan with its oldest instalment that is still owed paid, and that one; null where nothing is owed. */
export function withPayment(
  { instalments, ...plan }: PaymentPlan,
  paid: NonNullable<Instalment['paid']>,
): { readonly plan: PaymentPlan; readonly n: number } | null {
  const at = instalments.findIndex((one) => one.paid === undefined)
  if (at < 0) return null
  return { plan: { ...plan, instalments: instalments.map((one, k) => (k === at ? { ...one, paid } : one)) }, n: at + 1 }
}

/** The plan with what was to be paid up to an instant marked as missed, and the numbers of those. */
export function withMissed(
  { instalments, ...plan }: PaymentPlan,
  now: Instant,
): { readonly plan: PaymentPlan; readonly missed: readonly number[] } {
  const isMissed = ({ dueAt, paid, isMissed: before }: Instalment): boolean => dueAt <= now && paid === undefined && !before
  const missed = instalments.flatMap((one, k) => (isMissed(one) ? [k + 1] : []))
  return { plan: { ...plan, instalments: instalments.map((one) => (isMissed(one) ? { ...one, isMissed: true } : one)) }, missed }
}

/** When the next instalment that is neither paid nor missed falls due; null where there is none. */
export function nextDueOf({ instalments }: PaymentPlan): Instant | null {
  return instalments.find(({ paid, isMissed }) => paid === undefined && !isMissed)?.dueAt ?? null
}

export function isPaid({ instalments }: PaymentPlan): boolean {
  return instalments.every(({ paid }) => paid !== undefined)
}
