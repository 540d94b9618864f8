import { EngineError } from '@leeway/engine'
import type { Where } from '@leeway/storage'
import type { Contact } from '../case/customer-state.ts'
import { checkLimit } from './case-find.ts'
import type { ContactPage, ContactQuery } from './customer-api.ts'
import { inSight } from './in-sight.ts'
import type { Readers } from './read-case.ts'
import { contactView } from './read-customer.ts'
import { contacts } from './records.ts'

/** Contacts in the order in which they began. */
export async function findContacts(readers: Pick<Readers, 'port' | 'bound' | 'people'>, query: ContactQuery): Promise<ContactPage> {
  const { port, bound } = readers
  const { caseId, customer, limit = 100, after } = query
  checkLimit(limit)
  if (caseId === undefined && customer === undefined)
    throw new EngineError('invalidArgument', 'cases.contacts.find needs the caseId, or the customer.', {})
  const { tenantId } = bound
  const where: Where<Contact> = {
    ...(caseId !== undefined && { caseId: { eq: caseId } }),
    ...(customer !== undefined && { customer: { eq: customer } }),
    ...(tenantId !== undefined && { anyOf: [{ tenantId: { eq: tenantId } }, { tenantId: { isNull: true } }] }),
  }
  const page = { where, orderBy: [{ field: 'at' as const }], limit, ...(after !== undefined && { after: cursorOf(after) }) }
  const found = await port.find(contacts, page)
  const last = found.at(-1)
  return Object.assign(
    (await inSight(readers, found)).map(contactView),
    last !== undefined && found.length === limit && { next: `${last.at}/${last.id}` },
  )
}

function cursorOf(after: string): { readonly values: readonly number[]; readonly id: string } {
  const [, at, id] = /^(-?\d+)\/(.+)$/s.exec(after) ?? []
  if (at !== undefined && id !== undefined) return { values: [Number(at)], id }
  throw new EngineError('invalidArgument', `after is "${after}"; it must be the "next" of the page before`, { after })
}
