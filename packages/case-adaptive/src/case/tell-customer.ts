import type { JobRecord, Values } from '@leeway/engine/extension'
import type { Book } from './book.ts'
import type { Case } from './case-state.ts'
import { recordContact } from './contacts.ts'
import { holds } from './fact-holds.ts'
import type { PlanItem } from './item-state.ts'
import { CUSTOMER, customerJobs, workJob } from './jobs.ts'

/** What a customer is told by itself. */
interface News {
  readonly because: 'state' | 'milestone'
  readonly text: string
  readonly evidence?: Values
}

/**
 * A case is in another state: its customer is told, where there are other words for it. `before` is its state until now, null of a new one.
 */
export function tellOfState(book: Book, record: Case, before: string | null): void {
  // One response is one matter to the customer, whatever it opened here.
  if (before === null && record.body.alert?.beside !== undefined) return
  const { states = {} } = book.rules.customerOf(record.template)
  const wordsFor = (state: string): string | null => (Object.hasOwn(states, state) ? (states[state] ?? null) : null)
  const text = wordsFor(record.state)
  if (text === null || (before !== null && wordsFor(before) === text)) return
  tellCustomer(book, record, { because: 'state', text })
}

/** An item was completed: its customer is told, where that is a milestone. */
export function tellOfItem(book: Book, { caseId, body }: PlanItem): void {
  const values = body.completed?.variables ?? {}
  for (const key of [body.name, ...(body.equivalentTo === undefined ? [] : [body.equivalentTo])])
    tellOfMilestone(book, book.case(caseId), key, values)
}

/** Elements of the path were completed: the customer of its case is told, where one is a milestone. */
export function tellOfPath(book: Book, instanceId: string, completed: readonly string[]): void {
  const elementIds = completed.filter((id) => book.rules.milestones.has(id))
  if (elementIds.length === 0) return
  const found = book.caseOfInstance(instanceId)
  if (found !== null) for (const id of elementIds) tellOfMilestone(book, book.case(found.id), id, {})
}

/** Each milestone is told once. */
function tellOfMilestone(book: Book, record: Case | null, key: string, values: Values): void {
  if (record === null) return
  const { milestones = {} } = book.rules.customerOf(record.template)
  const given = Object.hasOwn(milestones, key) ? milestones[key] : undefined
  const { toldOf = [] } = record.body
  if (given === undefined || toldOf.includes(key)) return
  const { text, evidence = [] } = typeof given === 'string' ? { text: given } : given
  const shown = Object.fromEntries(Object.entries(values).filter(([name]) => evidence.includes(name)))
  const isTold = tellCustomer(book, record, { because: 'milestone', text, ...(Object.keys(shown).length > 0 && { evidence: shown }) })
  if (isTold) book.putCase({ ...record, body: { ...record.body, toldOf: [...toldOf, key] } })
}

/**
 * A job of the host's handler for customers, with the retries of any job; nothing that is internal goes with it. False where customers of
 * such cases are not told.
 */
function tellCustomer(book: Book, record: Case, { because, text, evidence }: News): boolean {
  const { id, customer, template, token, tenantId } = record
  const { tell } = book.rules.customerOf(template)
  const { customerNotifier } = book.rules.service
  if (customerNotifier === null || tell === undefined || customer === null) return false
  const variables = {
    caseId: id,
    customer,
    token,
    channel: channelOf(book, record) ?? tell.channel,
    because,
    text,
    evidence: evidence ?? {},
    tenantId,
  }
  const jobId = `${customerJobs(id)}${book.newId()}`
  book.putJob(workJob(book, { id: jobId, instanceId: null, key: jobId }, customerNotifier, variables))
  return true
}

/** The channel that the customer has chosen: the latest fact of that name, of the case or the customer. */
function channelOf(book: Book, record: Case): string | null {
  const known = [...book.factsOfCustomer(record, 'channel'), ...book.factsOfCase(record.id, 'channel')]
  const chosen = known.filter((fact) => holds(fact, book.now)).at(-1)?.body.value
  return typeof chosen === 'string' && chosen !== '' ? chosen : null
}

/** The customer was told: that is a contact like any other. True where the job was one of these. */
export function customerTold(book: Book, { id, body }: JobRecord, isDone: boolean): boolean {
  if (!id.startsWith(CUSTOMER)) return false
  // As it was put down here.
  const { variables } = (body.data ?? {}) as unknown as {
    readonly variables?: { caseId: string; channel: string; text: string; because: News['because'] }
  }
  if (!isDone || variables === undefined || book.case(variables.caseId) === null) return true
  const { caseId, channel, text, because } = variables
  recordContact(
    book,
    {
      type: 'recordContact',
      contactId: null,
      caseId,
      customer: null,
      direction: 'outbound',
      channel,
      words: text,
      participants: [],
      // That somebody works on it is no answer yet, and an outcome is told by a person.
      answered: because === 'milestone',
      state: 'wrapped',
      at: null,
      connectedAt: null,
      endedAt: null,
    },
    null,
  )
  return true
}
