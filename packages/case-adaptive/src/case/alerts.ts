import type { Alert, Alerted, RaiseAlerts } from './alert-commands.ts'
import type { Book } from './book.ts'
import type { Case } from './case-state.ts'
import { noticeOf, workJob } from './jobs.ts'
import { linkCases } from './links.ts'
import { openCase } from './open-case.ts'
import { personsOf } from './persons.ts'
import { routeCase } from './routing.ts'

/** Opens the cases and tells the people, in one commit. Cases of one response know of each other, and the customer is told of the first. */
export function raiseAlerts(book: Book, command: RaiseAlerts): readonly Alerted[] {
  let first: string | null = null
  return command.alerts.map((alert) => {
    const record = alert.template === null ? null : opened(book, command, alert, alert.template, first)
    if (record !== null && first !== null) linkCases(book, { caseId: record.id, to: first, as: 'related' })
    first ??= record?.id ?? null
    tell(book, command, alert, record)
    return { rule: alert.rule, caseId: record?.id ?? null }
  })
}

function opened(book: Book, command: RaiseAlerts, { rule, title }: Alert, template: string, first: string | null): Case {
  const { customer, tier, facts, because, link, respondedAt } = command
  const record = openCase(book, { template, customer, title, facts, tier }, null)
  const alert = { rule, because, link, respondedAt, ...(first !== null && { beside: first }) }
  book.putCase({ ...record, body: { ...record.body, alert } })
  book.note(record.id, { type: 'case:alert', ruleId: rule, because, link })
  return routeCase(book, record.id)
}

/** A job of the notifier, with the retries of any job. */
function tell(book: Book, { customer, link }: RaiseAlerts, { rule, title, text, to: named }: Alert, record: Case | null): void {
  const { notifier } = book.rules.service
  const { people } = book.rules
  if (notifier === null || named.length === 0) return
  const persons = people === null ? [] : personsOf(people)
  const to = named.flatMap((name) => {
    const found = persons.filter(({ id, roles = [] }) => id === name || roles.includes(name))
    return found.length === 0 ? [name] : found.map(({ id }) => id)
  })
  const about = { caseId: record?.id ?? null, title, dueAt: record === null ? null : (book.case(record.id)?.dueAt ?? null) }
  const variables = { ...about, because: 'alert', alert: rule, to: [...new Set(to)], text, link, customer, tenantId: book.tenantId }
  const noticeId = noticeOf(book, record?.id ?? '')
  book.putJob(workJob(book, { id: noticeId, instanceId: null, key: noticeId }, notifier, variables))
}
