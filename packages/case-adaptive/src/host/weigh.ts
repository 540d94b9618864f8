import { EngineError } from '@leeway/engine'
import type { Cost } from '../case/directives.ts'
import { personOf, standsInFor } from '../case/persons.ts'
import { accountOf, isWithin } from '../people/authority.ts'
import { checkNames, needKinds, needName } from './check-request.ts'
import type { Context } from './context.ts'
import type { WeighedView, WeighRequest } from './proposal-api.ts'
import { spending } from './records.ts'

/**
 * What the customer asks and what the house offers, and what lies between: as much of the difference as the house bears of what went wrong,
 * half of it where nobody has said, and no more than making good all of it. Each with who may agree to it. Throws `invalidArgument`.
 */
export async function weigh(context: Context, actor: string, request: WeighRequest): Promise<WeighedView> {
  const operation = 'cases.proposals.weigh'
  checkNames(operation, request, { kind: 'text', customer: 'number', house: 'number', share: 'number', fullCost: 'number', actor: 'text' })
  const kind = needName(operation, 'kind', request.kind)
  needKinds(operation, request, { customer: 'number', house: 'number' })
  const { customer, house, share = 0.5, fullCost = Number.POSITIVE_INFINITY } = request
  const wrong = [customer, house, fullCost].some((amount) => Number.isNaN(amount) || amount < 0) || !(share >= 0 && share <= 1)
  if (wrong || customer === Number.POSITIVE_INFINITY || house === Number.POSITIVE_INFINITY)
    throw new EngineError('invalidArgument', `${operation}: amounts are not negative, and the share of the house is from 0 to 1.`, {
      operation,
    })
  const between = Math.min(house + (customer - house) * share, fullCost)
  const split = customer <= house ? customer : Math.round(between * 100) / 100
  const mayAgree = await agreeing(context, actor, kind)
  const positionOf = (amount: number) => ({ amount, by: mayAgree({ kind, amount }) ? ('authority' as const) : ('second' as const) })
  return { meets: customer <= house, customer: positionOf(customer), split: positionOf(split), house: positionOf(house) }
}

/** Whether this person, or somebody for whom they stand in, may grant an amount now. */
async function agreeing({ port, people }: Context, actor: string, kind: string): Promise<(cost: Cost) => boolean> {
  if (people === null) return () => true
  const person = personOf(people, actor)
  const persons = person === null ? [] : [person, ...standsInFor(people, person)]
  const now = port.now()
  const accounts = persons.map(({ id }) => accountOf({ now }, id, kind)) // a few people
  const kept = accounts.length === 0 ? [] : await port.get(spending, accounts)
  const book = { now, spent: (account: string) => kept.find(({ id }) => id === account)?.body.amount ?? 0 }
  return (cost) => persons.some((one) => isWithin(book, one, cost))
}
