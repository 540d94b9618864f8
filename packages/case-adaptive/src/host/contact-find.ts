import { EngineError } from '@leeway/engine'
import type { Where } from '@leeway/storage'
import type { Contact } from '../case/customer-state.ts'
import { sightOf } from '../people/sight.ts'
import { checkLimit } from './case-find.ts'
import type { ContactPage, ContactQuery } from './customer-api.ts'
import { mayRead, type Readers } from './read-case.ts'
import { contactView } from './read-customer.ts'
import { caseRecords, contacts } from './records.ts'

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

/** Those of cases that this person may see; one of no case is for who may see all. */
async function inSight(readers: Pick<Readers, 'port' | 'bound' | 'people'>, found: readonly Contact[]): Promise<readonly Contact[]> {
  if (sightOf(readers.people, readers.bound.actor).of === 'all') return found
  const ids = [...new Set(found.flatMap(({ caseId }) => caseId ?? []))]
  const records = ids.length === 0 ? [] : await readers.port.get(caseRecords, ids)
  const seen = new Set(records.filter((record) => mayRead(readers, record)).map(({ id }) => id))
  return found.filter(({ caseId }) => caseId !== null && seen.has(caseId))
}

function cursorOf(after: string): { readonly values: readonly number[]; readonly id: string } {
  const [, at, id] = /^(-?\d+)\/(.+)$/s.exec(after) ?? []
  if (at !== undefined && id !== undefined) return { values: [Number(at)], id }
  throw new EngineError('invalidArgument', `after is "${after}"; it must be the "next" of the page before`, { after })
}
