import { Refused } from '@leeway/engine'
import type { FlowNode, InstanceReader } from '@leeway/engine/extension'
import type { Book } from '../case/book.ts'
import type { Deviation } from '../case/deviation-state.ts'
import type { Done } from '../case/rules.ts'
import { isSamePerson } from '../people/rights.ts'
import { next } from './path.ts'

/** What was done, on the path or as ad hoc work that counts for an element. */
export function doneIn(book: Book, deviation: Deviation): readonly Done[] {
  const standIn = deviation.body.standIn === undefined ? null : book.item(deviation.body.standIn)
  const own = [...book.itemsOfDeviation(deviation.id), ...book.itemsOfCase(deviation.caseId), ...(standIn === null ? [] : [standIn])]
  const adHoc = own.flatMap(({ state, body }): Done[] =>
    state === 'completed' && body.equivalentTo !== undefined ? [{ elementId: body.equivalentTo, by: body.completed?.by ?? null }] : [],
  )
  return [...book.rules.done, ...adHoc]
}

/**
 * C10 where the path is taken up again: precedence, response, exclusion. `ahead`: elements that can begin next; `bypassed`: passed over for
 * certain.
 */
export function checkOrder(
  book: Book,
  deviation: Deviation,
  { definition }: InstanceReader,
  ahead: readonly FlowNode[],
  bypassed: readonly FlowNode[],
): readonly Refused[] {
  const { precedence = [], response = [], exclusive = [] } = book.rules.policies
  const done = doneIn(book, deviation)
  const wasDone = (id: string): boolean => done.some(({ elementId }) => elementId === id)
  const here = <R extends { readonly process?: string }>(rule: R): boolean => rule.process === undefined || rule.process === definition.key
  const refusals: Refused[] = []
  for (const { before, after } of precedence.filter(here)) {
    if (wasDone(before) || !reaches(ahead, after, before)) continue
    const repairs = [{ message: `Do "${before}" first, or as an item that counts for it (equivalentTo).`, equivalentTo: before }]
    refusals.push(
      new Refused('PrecedenceViolated', `"${after}" could begin though "${before}" was not done. ${repairs[0]?.message}`, {
        deviationId: deviation.id,
        missing: [before],
        elementId: after,
        repairs,
      }),
    )
  }
  for (const { when, then } of response.filter(here)) {
    if (!wasDone(when) || wasDone(then) || !bypassed.some(({ id }) => id === then)) continue
    const message = `"${when}" was done, so "${then}" is not passed over. Do it as an item that counts for it (equivalentTo), or come back before it.`
    refusals.push(new Refused('ResponseMissing', message, { deviationId: deviation.id, missing: [then], elementId: when }))
  }
  for (const { elements } of exclusive.filter(here)) {
    const first = elements.find(wasDone)
    const second = first === undefined ? undefined : elements.find((id) => id !== first && ahead.some((node) => node.id === id))
    if (second === undefined) continue
    const message = `"${first}" was done, and excludes "${second}". Come back elsewhere.`
    refusals.push(new Refused('Excluded', message, { deviationId: deviation.id, elementId: second, by: first ?? null }))
  }
  return refusals
}

/** Separation of duties: the refusal where a person would do one of the elements who did another of them. */
export function checkSeparation(book: Book, processKey: string, elementId: string, actor: string, done: readonly Done[]): Refused | null {
  const { separate = [] } = book.rules.policies
  for (const { process, elements } of separate) {
    if ((process !== undefined && process !== processKey) || !elements.includes(elementId)) continue
    const other = done.find(
      (one) =>
        one.elementId !== elementId &&
        elements.includes(one.elementId) &&
        one.by !== null &&
        isSamePerson(book.rules.people, one.by, actor),
    )
    if (other === undefined) continue
    const message = `${actor} may not do "${elementId}": "${other.elementId}" was done by ${other.by}, and the two are for different people.`
    return new Refused('SeparationOfDuties', message, {
      elementId,
      by: other.by,
      missing: [`anotherThan:${other.by}`],
      about: [elementId, other.elementId],
    })
  }
  return null
}

/** True where a token at one of these can come to the element without passing the other. */
function reaches(from: readonly FlowNode[], elementId: string, without: string): boolean {
  const seen = new Set<FlowNode>()
  const open = [...from]
  for (let node = open.pop(); node; node = open.pop()) {
    if (seen.has(node) || node.id === without) continue
    if (node.id === elementId) return true
    seen.add(node)
    open.push(...next(node))
  }
  return false
}
