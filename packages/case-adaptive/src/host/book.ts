import {
  type BatchRecord,
  batches,
  batchItems,
  type Decision,
  incidentId,
  incidents,
  instances,
  type JobRecord,
  jobs,
  processKeyId,
  processKeys,
  type RecordReader,
  type TaskRecord,
  tasks,
} from '@leeway/engine/extension'
import type { Collection, Key, StoredRecord, Where, Write } from '@leeway/storage'
import { digestOfCase, seal } from '../audit/seal.ts'
import type { Book } from '../case/book.ts'
import { unknownCase } from '../case/case-refusals.ts'
import type { Case, CaseDeletion } from '../case/case-state.ts'
import type { Fact } from '../case/customer-state.ts'
import type { Rules } from '../case/decision-rules.ts'
import type { Deviation } from '../case/deviation-state.ts'
import type { PlanItem } from '../case/item-state.ts'
import { ITEMS_MAX } from '../case/items.ts'
import { tell as tellPeople } from '../case/service/keep.ts'
import { tellOfItem, tellOfState } from '../case/tell-customer.ts'
import { type Digests, dueEntries, handlersOf, type Note, salted, toldOf } from './book-entries.ts'
import { namesByCase, withPeople } from './people-of-case.ts'
import { whereSeen } from './read-case.ts'
import {
  caseDeletions,
  caseRecords,
  commitments,
  contacts,
  deviations,
  entryId,
  entryTexts,
  facts,
  items,
  promotions,
  proposals,
  reviews,
  spending,
  timeline,
  watches,
} from './records.ts'

/** The book of one decision. */
export interface OpenBook extends Book {
  /** Seals what was noted, and gives all that was written. Once, at the end. */
  close(): {
    readonly put: readonly Write[]
    readonly delete: readonly Key[]
    readonly append: readonly Write[]
    readonly tell: NonNullable<Decision['tell']>
  }
}

/** Opens a book over the records as the extension's earlier decisions of the same command left them. */
export function openBook(
  records: RecordReader,
  by: {
    readonly now: number
    readonly actor: string | null
    readonly tenantId: string | null
    readonly newId: () => string
    readonly rules: Rules
  },
): OpenBook {
  const put: Write[] = []
  const deleted: Key[] = []
  const append: Write[] = []
  const tell: NonNullable<Decision['tell']>[number][] = []
  const notes: Note[] = []
  const read = <R extends StoredRecord>(collection: Collection<R>, id: string): R | null => {
    const own = put.find((write) => write.collection === collection && write.record.id === id)
    return own === undefined ? records.get(collection, id) : (own.record as R) // written for this collection
  }
  const write = (collection: Collection, record: StoredRecord): void => {
    const at = put.findIndex((one) => one.collection === collection && one.record.id === record.id)
    if (at >= 0) put[at] = { collection, record }
    else put.push({ collection, record })
  }
  const ownItems = (isMine: (item: PlanItem) => boolean, stored: readonly PlanItem[]): readonly PlanItem[] => {
    const known = new Set(stored.map(({ id }) => id))
    const all = stored.map(({ id }) => read(items, id)).filter((item) => item !== null)
    for (const { collection, record } of put) {
      const item = record as PlanItem // looked at only where it is one
      if (collection === items && !known.has(item.id) && isMine(item)) all.push(item)
    }
    return all
  }
  const ownFacts = (where: Where<Fact>, isMine: (fact: Fact) => boolean): readonly Fact[] => {
    const stored = [...records.find(facts, { where, orderBy: LATEST, limit: FOUND_MAX })].reverse()
    const known = new Set(stored.map(({ id }) => id))
    const added = put.flatMap(({ collection, record }) => (collection === facts && !known.has(record.id) ? [record as Fact] : []))
    return [...stored.flatMap(({ id }) => read(facts, id) ?? []), ...added.filter(isMine)]
  }
  /** Another tenant's records are as good as not there. */
  const seen = <R extends { readonly tenantId: string | null }>(record: R | null): R | null =>
    record === null || by.tenantId === null || record.tenantId === null || record.tenantId === by.tenantId ? record : null
  const book: OpenBook = {
    ...by,
    case: (id) => seen(read(caseRecords, id)),
    caseOfInstance(instanceId) {
      for (const one of put) {
        if (one.collection === caseRecords && (one.record as { instanceIds?: readonly string[] }).instanceIds?.includes(instanceId)) {
          return read(caseRecords, one.record.id)
        }
      }
      const [found] = records.find(caseRecords, { where: { instanceIds: { has: instanceId } }, limit: 1 })
      return found === undefined ? null : read(caseRecords, found.id)
    },
    deviation: (id) => seen(read(deviations, id)),
    openDeviations(instanceId) {
      const where = { instanceId: { eq: instanceId }, state: { in: [...OPEN] } }
      const stored = records.find(deviations, { where, orderBy: [{ field: 'id' }], limit: OPEN_MAX })
      const known = new Set(stored.map(({ id }) => id))
      const added = put.filter(({ collection, record }) => collection === deviations && !known.has(record.id))
      return [...stored, ...added.map(({ record }) => record as Deviation)] // of that collection
        .map(({ id }) => read(deviations, id))
        .filter((one) => one !== null)
        .filter((one) => one.instanceId === instanceId && OPEN.has(one.state))
    },
    returnedDeviations(instanceId) {
      const where = { instanceId: { eq: instanceId }, state: { eq: 'returned' as const } }
      const stored = records.find(deviations, { where, orderBy: [{ field: 'id' }], limit: OPEN_MAX })
      return stored
        .map(({ id }) => read(deviations, id))
        .filter((one) => one !== null)
        .filter(({ state }) => state === 'returned')
    },
    watch: (instanceId) => read(watches, instanceId) ?? { id: instanceId, body: { atNext: [], beside: {} } },
    putWatch: (record) => write(watches, record),
    item: (id) => read(items, id),
    itemsOfDeviation(deviationId) {
      const stored = records.find(items, { where: { deviationId: { eq: deviationId } }, orderBy: [{ field: 'id' }], limit: ITEMS_MAX })
      return ownItems((item) => item.deviationId === deviationId, stored)
    },
    itemsOfCase(caseId) {
      const where = { caseId: { eq: caseId }, deviationId: { isNull: true } }
      const stored = records.find(items, { where, orderBy: [{ field: 'id' }], limit: ITEMS_MAX })
      return ownItems((item) => item.caseId === caseId && item.deviationId === null, stored)
    },
    allItems(caseId) {
      const where = { caseId: { eq: caseId } }
      const stored = records.find(items, { where, orderBy: [{ field: 'id' }], limit: ITEMS_MAX })
      return ownItems((item) => item.caseId === caseId, stored)
    },
    loadsOf(ids) {
      const loads = new Map<string, number>()
      const add = (id: string | null): void => void (id !== null && loads.set(id, (loads.get(id) ?? 0) + 1))
      for (let k = 0; k < ids.length; k += TOGETHER) {
        const some = ids.slice(k, k + TOGETHER)
        const where = { people: { hasAny: some }, state: { in: ALIVE } }
        for (const { body } of records.find(caseRecords, { where, orderBy: [{ field: 'id' }], limit: LOAD_MAX }))
          if (body.owner !== null && some.includes(body.owner)) add(body.owner)
        const ofThem = { assignee: { in: some } }
        for (const { assignee } of records.find(tasks, { where: ofThem, orderBy: [{ field: 'id' }], limit: LOAD_MAX })) add(assignee)
      }
      return loads
    },
    casesOfCustomer(customer, tenantId) {
      const where = { customer: { eq: customer }, ...whereSeen(tenantId ?? undefined) }
      const found = records.find(caseRecords, { where, orderBy: LATEST, limit: FOUND_MAX })
      return found.flatMap(({ id }) => read(caseRecords, id) ?? []).reverse()
    },
    fact: (id) => seen(read(facts, id)),
    factsOfCase: (caseId, key) =>
      ownFacts({ caseId: { eq: caseId }, key: { eq: key } }, (fact) => fact.caseId === caseId && fact.key === key),
    factsOfCustomer({ customer, tenantId }, key) {
      if (customer === null) return []
      const where = { customer: { eq: customer }, key: { eq: key }, tenantId: tenantId === null ? { isNull: true } : { eq: tenantId } }
      const isTheirs = (fact: Fact): boolean => fact.customer === customer && fact.key === key && fact.tenantId === tenantId
      return ownFacts(where, isTheirs).filter(({ body }) => body.ofCustomer)
    },
    contact: (id) => seen(read(contacts, id)),
    putContact: (record) => write(contacts, record),
    commitment: (id) => seen(read(commitments, id)),
    putCommitment: (record) => write(commitments, record),
    proposal: (id) => seen(read(proposals, id)),
    proposalsOfCase(caseId) {
      const found = records.find(proposals, { where: { caseId: { eq: caseId } }, orderBy: [{ field: 'id' }], limit: FOUND_MAX })
      return found.flatMap(({ id }) => read(proposals, id) ?? [])
    },
    putProposal: (record) => write(proposals, record),
    review: (id) => seen(read(reviews, id)),
    putReview: (record) => write(reviews, record),
    as: (actor, approver) => ({ ...book, actor, approver, note: (caseId, body) => void notes.push({ caseId, body, actor }) }),
    promotion: (id) => read(promotions, id),
    putPromotion: (record) => write(promotions, record),
    task: (id) => read<TaskRecord>(tasks, id),
    putCase: (record) => write(caseRecords, record),
    deleteCase({ id, tenantId, body }, instanceIds) {
      const left: CaseDeletion = { id, tenantId, body: { instanceIds } }
      write(caseDeletions, left)
      deleted.push({ collection: caseRecords, id })
      tell.push(toldOf(id, body.entries + 1, by.actor, { type: 'case:delete' }))
    },
    deletion: (caseId) => seen(read(caseDeletions, caseId)),
    putDeviation: (record) => write(deviations, record),
    putItem: (record) => write(items, record),
    putFact: (record) => write(facts, record),
    deleteFact: (id) => void deleted.push({ collection: facts, id }),
    putTask: (record) => write(tasks, record),
    batch: (id) => read<BatchRecord>(batches, id),
    putBatch(record, entries) {
      if (record !== null) write(batches, record)
      for (const entry of entries) write(batchItems, entry)
    },
    spent: (account) => read(spending, account)?.body.amount ?? 0,
    putSpent: (id, amount) => write(spending, { id, body: { amount } }),
    isStarted: (instanceId) => records.get(instances, instanceId) !== null,
    callerOf: (instanceId) => records.get(instances, instanceId)?.body.parent ?? null,
    processOf: (instanceId) => records.get(instances, instanceId)?.processKey ?? null,
    isDeployed: (key) => [by.tenantId, null].some((tenantId) => records.get(processKeys, processKeyId(key, tenantId)) !== null),
    job: (id) => read<JobRecord>(jobs, id),
    putJob: (record) => write(jobs, record),
    isAtWork: (id) => !put.some(({ collection, record }) => collection === jobs && record.id === id) && records.isLeased(jobs, id),
    deleteJob(id) {
      deleted.push({ collection: jobs, id })
      const stuck = incidentId(id)
      if (records.get(incidents, stuck) !== null) deleted.push({ collection: incidents, id: stuck })
    },
    deleteTask: (id) => void deleted.push({ collection: tasks, id }),
    entry(caseId, n) {
      const entry = records.get(timeline, entryId(caseId, n))
      return entry === null ? null : { entry, text: read(entryTexts, entry.id) }
    },
    putText: (record) => write(entryTexts, record),
    note: (caseId, body) => void notes.push({ caseId, body, actor: by.actor }),
    close() {
      const isWritten = put.length + notes.length > 0
      for (const { caseId, body } of [...notes]) if (body.type === 'deviation:notice') notify(book, caseId, body)
      if (by.rules.tellsCustomers) tellCustomers(book, [...put], records)
      for (const [caseId, names] of namesByCase(put)) {
        const record: Case | null = read(caseRecords, caseId)
        const added = names.filter((name) => record?.people.includes(name) === false)
        if (record !== null && added.length > 0) write(caseRecords, withPeople(record, added))
      }
      for (const [at, one] of put.entries()) put[at] = salted(one, by.newId)
      if (isWritten) for (const note of dueEntries(put, notes, by.actor)) line(note)
      return { put, delete: deleted, append, tell }
    },
  }
  const line = ({ caseId, body, actor, records: digests }: Note & { readonly records: Digests }): void => {
    const record = read(caseRecords, caseId)
    // It was deleted, and its parts are about to go.
    if (record === null) throw unknownCase(caseId)
    const entries = record.body.entries + 1
    const handlers = handlersOf(record, actor, body)
    const whole = { ...record, body: { ...record.body, salt: record.body.salt ?? by.newId(), ...(handlers && { handlers }), entries } }
    const guarded = { ...digests, [`${caseRecords.name}/${caseId}`]: digestOfCase(whole) }
    const open = { id: entryId(caseId, entries), at: by.now, actor, body, records: guarded, salt: by.newId() }
    const { entry, text } = seal(open, caseId, record.body.head)
    write(caseRecords, { ...whole, body: { ...whole.body, head: entry.body.digest } })
    append.push({ collection: timeline, record: entry })
    if (body.type !== 'case:record') tell.push(toldOf(caseId, entries, actor, body))
    if (text !== null) append.push({ collection: entryTexts, record: text })
  }
  return book
}

/** Who is to be told of a deviation is, by the host's handler. */
function notify(book: Book, caseId: string, { to, because }: { readonly to: string; readonly because: string }): void {
  const record = book.case(caseId)
  if (record !== null) tellPeople(book, record, { because, to: [to] })
}

/** Customers are told of what is otherwise now: the state of a case, an item that is done. */
function tellCustomers(book: Book, put: readonly Write[], records: RecordReader): void {
  for (const { collection, record } of put) {
    if (collection === items && (record as PlanItem).state === 'completed' && records.get(items, record.id)?.state !== 'completed')
      tellOfItem(book, record as PlanItem)
    if (collection !== caseRecords) continue
    const now = book.case(record.id)
    const before = records.get(caseRecords, record.id)?.state ?? null
    if (now !== null && now.state !== before) tellOfState(book, now, before)
  }
}

/** Most deviations of one instance that are looked at. */
const OPEN_MAX = 1_000
const OPEN: ReadonlySet<string> = new Set(['requested', 'away', 'returning'])

/** People whose work is counted at once, and how far it is counted. */
const TOGETHER = 500
const LOAD_MAX = 1_000
const ALIVE = ['new', 'open', 'pending', 'suspended', 'failed']

/** Most cases, or facts of one key, of a customer that are looked at: the latest. */
const FOUND_MAX = 100
const LATEST = [{ field: 'id' as const, descending: true }]
