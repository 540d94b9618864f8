import type { Case } from '../case/case-state.ts'
import type { Context } from './context.ts'
import { proposals } from './records.ts'

/** What was agreed with customers, and what it cost beside making good all of it. */
export interface ProposalFigures {
  /** Proposals that took effect, and by what. */
  readonly agreed: number
  readonly byWay: { readonly authority: number; readonly endorsed: number; readonly approved: number }
  /** Those of them of which both costs are on record, and the sums of these. */
  readonly weighed: number
  readonly cost: number
  readonly fullCost: number
  /** The part of the full cost that was spent; null where nothing was weighed. */
  readonly part: number | null
}

/** Of these cases. */
export async function ofProposals({ port }: Context, cases: readonly Case[]): Promise<ProposalFigures> {
  const byWay = { authority: 0, endorsed: 0, approved: 0 }
  const sums = { agreed: 0, weighed: 0, cost: 0, fullCost: 0 }
  for (let k = 0; k < cases.length; k += CASES_MAX) {
    const where = { caseId: { in: cases.slice(k, k + CASES_MAX).map(({ id }) => id) } }
    for await (const { body } of port.every(proposals, where)) {
      const { effective, cost, settlement } = body
      if (effective === undefined) continue
      sums.agreed++
      byWay[effective.way]++
      if (cost === undefined || settlement?.fullCost === undefined) continue
      sums.weighed++
      sums.cost += cost.amount
      sums.fullCost += settlement.fullCost
    }
  }
  return { ...sums, byWay, part: sums.fullCost === 0 ? null : sums.cost / sums.fullCost }
}

/** Cases whose proposals are looked for at once. */
const CASES_MAX = 100
