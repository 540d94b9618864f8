import { Refused } from '@leeway/engine'
import type { Book } from '../case/book.ts'
import type { Cost } from '../case/directives.ts'
import { personOf, personsOf, standsInFor } from '../case/persons.ts'
import type { People, Person } from '../case/rules.ts'

/** Most names in a refusal. */
const HOLDERS_MAX = 20

/** What has been granted, and when it is. */
export type LimitsBook = Pick<Book, 'now' | 'spent'>

/** True where a person may grant so much at once, and today besides what they have granted already; `more` is what is not counted yet. */
export function isWithin(book: LimitsBook, { id, authority = {} }: Person, { kind, amount }: Cost, more: number = amount): boolean {
  const limit = (Object.hasOwn(authority, kind) ? authority[kind] : undefined) ?? 0
  if (typeof limit === 'number') return amount <= limit
  const { each = Number.POSITIVE_INFINITY, perDay = Number.POSITIVE_INFINITY } = limit
  return amount <= each && (perDay === Number.POSITIVE_INFINITY || book.spent(accountOf(book, id, kind)) + more <= perDay)
}

/** Throws `NotAllowed` where something costs more than a person, or whom they stand in for, may grant: with those who may. */
export function needAuthority(
  book: Book,
  actor: string,
  cost: Cost | undefined,
  operation: string,
  command: unknown,
  more: number | undefined = cost?.amount,
): void {
  const { people } = book.rules
  if (people === null || cost === undefined || payerOf(book, people, actor, cost, more) !== null) return
  const all = personsOf(people).map(({ id }) => id)
  const holders = all.filter((id) => payerOf(book, people, id, cost, more) !== null).slice(0, HOLDERS_MAX)
  const who = holders.length === 0 ? 'Nobody may.' : `${holders.slice(0, 5).join(', ')} may.`
  const message = `${actor} may not grant ${cost.amount} of "${cost.kind}". ${who} The proposal is ready.`
  const missing = [`authority:${cost.kind}`]
  throw new Refused('NotAllowed', message, { missing, holders, proposal: { operation, right: missing[0], by: actor, command } })
}

/** True where it costs nothing, nobody's limits are looked at, or it is within the person's, or of whom they stand in for. */
export function mayGrant(book: Book, actor: string, cost: Cost | undefined): boolean {
  const { people } = book.rules
  return people === null || cost === undefined || payerOf(book, people, actor, cost) !== null
}

/** What was granted counts for the day of whoever's limit covers it. */
export function charge(book: Book, actor: string, cost: Cost | undefined): void {
  const { people } = book.rules
  const payer = people === null || cost === undefined ? null : payerOf(book, people, actor, cost)
  const limit = payer?.authority?.[cost?.kind ?? '']
  if (payer === null || cost === undefined || typeof limit !== 'object' || limit.perDay === undefined) return
  const account = accountOf(book, payer.id, cost.kind)
  book.putSpent(account, book.spent(account) + cost.amount)
}

function payerOf(book: Book, people: People, actor: string, cost: Cost, more: number = cost.amount): Person | null {
  const names = book.approver === undefined ? [actor] : [actor, book.approver]
  const persons = names.flatMap((name) => personOf(people, name) ?? [])
  return persons.flatMap((person) => [person, ...standsInFor(people, person)]).find((one) => isWithin(book, one, cost, more)) ?? null
}

/** One a person, kind and day (UTC). */
export function accountOf({ now }: Pick<LimitsBook, 'now'>, id: string, kind: string): string {
  return `${id}#${kind}#${new Date(now).toISOString().slice(0, 10)}`
}
