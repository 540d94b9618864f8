import { EngineError } from '@leeway/engine'
import type { Where } from '@leeway/storage'
import type { Contact } from '../case/customer-state.ts'
import type { ContactPage, ContactQuery } from './customer-api.ts'
import { inSight } from './in-sight.ts'
import { checkLimit, cursorBy, nextBy } from './paging.ts'
import { type Readers, whereSeen } from './read-case.ts'
import { contactView } from './read-customer.ts'
import { contacts } from './records.ts'

/** Contacts in the order in which they began. */
export async function findContacts(readers: Pick<Readers, 'port' | 'bound' | 'people'>, query: ContactQuery): Promise<ContactPage> {
  const { port, bound } = readers
  const { caseId, customer, limit = 100, after } = query
  checkLimit(limit)
  if (caseId === undefined && customer === undefined)
    throw new EngineError('invalidArgument', 'cases.contacts.find needs the caseId, or the customer.', {})
  const where: Where<Contact> = {
    ...(caseId !== undefined && { caseId: { eq: caseId } }),
    ...(customer !== undefined && { customer: { eq: customer } }),
    at: { isNull: false },
    ...whereSeen(bound.tenantId),
  }
  const page = {
    where,
    orderBy: [{ field: 'at' as const }],
    limit,
    ...(after !== undefined && { after: cursorBy(after, { orNull: false }) }),
  }
  const found = await port.find(contacts, page)
  const last = found.at(-1)
  return Object.assign(
    (await inSight(readers, found)).map(contactView),
    last !== undefined && found.length === limit && { next: nextBy(last.at, last.id) },
  )
}
