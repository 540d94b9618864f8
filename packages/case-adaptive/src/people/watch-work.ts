import type { InstanceReader, KernelEvent } from '@leeway/engine/extension'
import type { Book } from '../case/book.ts'
import type { Case } from '../case/case-state.ts'
import type { Done, Policies } from '../case/rules.ts'
import { checkSeparation } from '../guarantee/rules-of-work.ts'

/** One step of the kernel, as far as rules on who does what look at it. */
export interface WatchedStep {
  readonly command: { readonly type: string }
  readonly events: readonly KernelEvent[]
  readonly before: InstanceReader | null
}

/**
 * Keeps what was done of the elements that rules name, by whom, and refuses what one person may not do after another thing. Without such
 * rules it costs nothing.
 */
export function watchWork(book: Book, { command, events, before }: WatchedStep): void {
  const named = namedIn(book.rules.policies)
  if (named.size === 0 || before === null) return
  const record = book.caseOfInstance(before.id)
  if (record === null) return
  const done: Done[] = [...(record.body.done ?? [])]
  const by = book.actor
  for (const event of events) {
    if (event.type !== 'elementCompleted' || !named.has(event.elementId)) continue
    if (command.type === 'completeTask' && by !== null) {
      const refusal = checkSeparation(book, before.definition.key, event.elementId, by, done)
      if (refusal !== null) throw refusal
    }
    done.push({ elementId: event.elementId, by })
  }
  if (done.length > (record.body.done?.length ?? 0)) keepDone(book, record, done)
}

/** Takes over what was done on the path before the case looked at it. */
export function rememberDone(book: Book, caseId: string): void {
  const record = book.case(caseId)
  const known = record?.body.done ?? []
  const more = book.rules.done.filter(({ elementId }) => !known.some((one) => one.elementId === elementId))
  if (record !== null && more.length > 0) keepDone(book, record, [...more, ...known])
}

/** Most completions kept of a case: of more the latest. */
const DONE_MAX = 500

function keepDone(book: Book, record: Case, done: readonly Done[]): void {
  book.putCase({ ...record, body: { ...record.body, done: done.slice(-DONE_MAX) } })
}

/** Elements of which a rule asks whether they were done, or by whom. */
export function namedIn({ precedence = [], response = [], exclusive = [], separate = [] }: Policies): ReadonlySet<string> {
  return new Set([
    ...precedence.flatMap(({ before, after }) => [before, after]),
    ...response.flatMap(({ when, then }) => [when, then]),
    ...[...exclusive, ...separate].flatMap(({ elements }) => elements),
  ])
}
