import { takes, type Values } from '@leeway/engine/extension'
import type { Book } from '../case/book.ts'
import { unknownFact } from '../case/customer-refusals.ts'
import { endFact } from '../case/facts.ts'
import { factLifecycle } from '../lifecycles/fact.ts'
import { REDACTED } from './free-text.ts'

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
  const { salt: _salt, ...body } = (book.fact(factId) ?? known).body
  const verified = body.verified === undefined ? {} : { verified: { ...body.verified, how: REDACTED } }
  book.putFact({ ...known, body: { ...body, ...verified, value: null, redacted: { ...at, reason: because } } })
  const item = body.itemId === undefined ? null : book.item(body.itemId)
  if (item === null) return
  const { salt: _old, completed, late, ...rest } = item.body
  const without = <Result extends { readonly variables?: Values }>(result: Result): Result =>
    result.variables !== undefined && Object.hasOwn(result.variables, known.key)
      ? { ...result, variables: { ...result.variables, [known.key]: null } }
      : result
  book.putItem({
    ...item,
    body: { ...rest, ...(completed && { completed: without(completed) }), ...(late && { late: late.map(without) }) },
  })
}
