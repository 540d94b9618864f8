import { takes, type Values } from '@leeway/engine/extension'
import type { Book } from '../case/book.ts'
import { unknownFact } from '../case/customer-refusals.ts'
import type { Fact } from '../case/customer-state.ts'
import { endFact } from '../case/facts.ts'
import { factLifecycle } from '../lifecycles/fact.ts'
import { REDACTED, unsalted } from './free-text.ts'

/** Takes the value of a fact away, for good, and from the result of the item that gave it; it is known no longer. Throws `UnknownFact`. */
export function redactFact(
  book: Book,
  { caseId, factId, because }: { readonly caseId: string; readonly factId: string; readonly because: string },
  actor: string,
): void {
  const known = book.fact(factId)
  if (known === null || known.caseId !== caseId) throw unknownFact(factId)
  const at = { by: actor, at: book.now }
  if (takes(factLifecycle, known.body.state, 'revoke')) endFact(book, known, 'revoke', { ...at, reason: { code: because, text: null } })
  const { body } = withoutHow(book.fact(factId) ?? known)
  book.putFact({ ...known, body: { ...unsalted(body), value: null, redacted: { ...at, reason: because } } })
  const item = body.itemId === undefined ? null : book.item(body.itemId)
  if (item === null) return
  const { completed, late, ...rest } = unsalted(item.body)
  const without = <Result extends { readonly variables?: Values }>(result: Result): Result =>
    result.variables !== undefined && Object.hasOwn(result.variables, known.key)
      ? { ...result, variables: { ...result.variables, [known.key]: null } }
      : result
  book.putItem({
    ...item,
    body: { ...rest, ...(completed && { completed: without(completed) }), ...(late && { late: late.map(without) }) },
  })
}

/** How somebody has seen to a fact is said in their words. */
export function withoutHow(fact: Fact): Fact {
  const { verified } = fact.body
  return verified === undefined ? fact : { ...fact, body: { ...fact.body, verified: { ...verified, how: REDACTED } } }
}
