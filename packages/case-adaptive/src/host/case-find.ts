import { EngineError } from '@leeway/engine'
import type { FieldConditions } from '@leeway/storage'
import type { Case } from '../case/state.ts'
import { type CaseSummary, type Readers, summaryOf } from './case-view.ts'
import { caseRecords } from './records.ts'
import type { CaseQuery } from './requests.ts'

/** Cases; `next` where more may follow. */
export type CasePage = readonly CaseSummary[] & { readonly next?: string }

/** Cases in the order of their ids, which is that of their opening. */
export async function findCases({ port, bound }: Pick<Readers, 'port' | 'bound'>, query: CaseQuery): Promise<CasePage> {
  const { limit = 100, after } = query
  if (!Number.isSafeInteger(limit) || limit < 1 || limit > 1_000) {
    throw new EngineError('invalidArgument', `limit is ${limit}; it must be a whole number from 1 to 1000`, { limit })
  }
  const { tenantId } = bound
  const where = {
    ...whereOf(query),
    ...(after !== undefined && { id: { gt: after } }),
    ...(tenantId !== undefined && { anyOf: [{ tenantId: { eq: tenantId } }, { tenantId: { isNull: true } }] }),
  }
  const found = await port.find(caseRecords, { where, orderBy: [{ field: 'id' }], limit })
  const last = found.at(-1)
  return Object.assign(found.map(summaryOf), last !== undefined && found.length === limit && { next: last.id })
}

function whereOf({ customer, instanceId, state, template }: CaseQuery): FieldConditions<Case> {
  return {
    ...(customer !== undefined && { customer: { eq: customer } }),
    ...(instanceId !== undefined && { instanceIds: { has: instanceId } }),
    ...(state !== undefined && { state: typeof state === 'string' ? { eq: state } : { in: state } }),
    ...(template !== undefined && { template: { eq: template } }),
  }
}
