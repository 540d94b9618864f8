import type { Collection, Expectation, Key, Query, Stored, StoredRecord, Write } from '@leeway/storage'
import type { Value } from '../model/value.ts'
import type { Decision, Extension, RecordReader, Trial } from './extension.ts'
import type { Host } from './host.ts'
import type { Entry } from './state-cache.ts'

/** What an extension reads and writes within one attempt of a command: stored records as read, its changes over them. */
export interface Consultation {
  readonly extension: Extension<unknown>
  /** Kept while the attempt loads and decides again. */
  readonly stored: Map<string, Stored | null>
  readonly found: Map<string, readonly string[]>
  /** The identifiers made so far, in order: what is decided again makes the same, so that what it reads by them is read already. */
  readonly ids: string[]
  changes: Changes
}

interface Changes {
  readonly seen: Map<string, Key>
  /** Those of them whose lease counts. */
  readonly leases: Set<string>
  readonly put: Map<string, Write>
  readonly delete: Map<string, Key>
  readonly append: Write[]
  readonly tell: NonNullable<Decision['tell']>[number][]
  answer: Value
  /** With what it is refused in the end, for it was only tried. */
  trial: Trial | null
  /** How many identifiers it made. */
  ids: number
}

/** Extensions that are asked about a command, and whom it is by. */
export interface Consultations {
  readonly all: readonly Consultation[]
  readonly actor: string | null
  /** Of the instances that the command calls, which carry the same extensions. */
  readonly called: Map<string, Consultations>
}

/** The extensions to be asked in one attempt of a command; null where the instance carries none. Throws `extensionMissing`. */
export function openConsultations(
  host: Host,
  { id, record }: Entry,
  request: { readonly actor: string | null; readonly extension?: { readonly name: string } },
): Consultations | null {
  const carried = record?.extensions ?? NONE
  const own = request.extension?.name
  if (carried.length === 0 && own === undefined) return null
  const names = own === undefined || carried.includes(own) ? carried : [...carried, own]
  return { all: names.map((name) => openConsultation(host.extensions.get(name, id))), actor: request.actor, called: new Map() }
}

const NONE: readonly string[] = []

export function openConsultation(extension: Extension<unknown>): Consultation {
  return { extension, stored: new Map(), found: new Map(), ids: [], changes: noChanges() }
}

/**
 * Those of an instance that is called by one with these: it carries the same extensions. What they read is kept while the command is
 * decided again.
 */
export function openCalled({ all, actor, called }: Consultations, instanceId: string): Consultations {
  const known = called.get(instanceId)
  if (known !== undefined) return known
  const opened = { all: all.map(({ extension }) => openConsultation(extension)), actor, called }
  called.set(instanceId, opened)
  return opened
}

/** Forgets what was decided, not what was read: the command is decided again. */
export function restart({ all, called }: Pick<Consultations, 'all'> & Partial<Consultations>): void {
  for (const consultation of all) consultation.changes = noChanges()
  for (const other of called?.values() ?? []) for (const consultation of other.all) consultation.changes = noChanges()
}

function noChanges(): Changes {
  return { seen: new Map(), leases: new Set(), put: new Map(), delete: new Map(), append: [], tell: [], answer: true, trial: null, ids: 0 }
}

/** Keeps what was decided: the later over the earlier. */
export function keep(changes: Changes, { put = [], delete: deleted = [], append = [], tell = [], answer, trial }: Decision): void {
  for (const write of put) {
    const key = keyOf(write.collection, write.record.id)
    changes.delete.delete(key)
    changes.put.set(key, write)
  }
  for (const one of deleted) {
    const key = keyOf(one.collection, one.id)
    changes.put.delete(key)
    changes.delete.set(key, one)
  }
  changes.append.push(...append)
  changes.tell.push(...tell)
  if (answer !== undefined) changes.answer = answer
  if (trial !== undefined) changes.trial = trial
}

/** An identifier for the extension. */
export function nextId(host: Host, { ids, changes }: Consultation): string {
  const at = changes.ids++
  const known = ids[at]
  if (known !== undefined) return known
  const made = host.newId()
  ids.push(made)
  return made
}

/** Thrown where a decision reads a record that is not loaded: it is loaded, and the command decided again. */
export class RecordMissing {
  readonly load: (host: Host) => Promise<void>

  constructor(load: (host: Host) => Promise<void>) {
    this.load = load
  }
}

/** The records as the extension sees them: its own changes over what is stored. */
export function readerOf(consultation: Consultation): RecordReader {
  const { stored, found } = consultation
  const one = <R extends StoredRecord>(collection: Collection<R>, id: string): R | null => {
    const { put, delete: deleted, seen } = consultation.changes
    const key = keyOf(collection, id)
    const own = put.get(key)
    if (own !== undefined) return own.record as R // this key's collection gives its type
    if (deleted.has(key)) return null
    const known = stored.get(key)
    if (known === undefined) throw new RecordMissing((host) => load(host, consultation, collection, [id]))
    seen.set(key, { collection, id })
    return (known?.record ?? null) as R | null // as above
  }
  return {
    get: one,
    isLeased(collection, id) {
      const key = keyOf(collection, id)
      const { put, delete: deleted, leases } = consultation.changes
      if (put.has(key) || one(collection, id) === null || deleted.has(key)) return false
      leases.add(key)
      return (stored.get(key)?.leaseOwner ?? null) !== null
    },
    find<R extends StoredRecord>(collection: Collection<R>, query: Query<R>): readonly R[] {
      const ids = found.get(keyOf(collection, JSON.stringify(query)))
      if (ids === undefined) throw new RecordMissing((host) => find(host, consultation, collection, query))
      return ids.map((id) => one(collection, id)).filter((record) => record !== null)
    },
  }
}

async function load<R extends StoredRecord>(
  host: Host,
  { stored }: Consultation,
  collection: Collection<R>,
  ids: readonly string[],
): Promise<void> {
  const got = await host.storage.get(collection, ids)
  for (const id of ids) stored.set(keyOf(collection, id), got.find(({ record }) => record.id === id) ?? null)
}

async function find<R extends StoredRecord>(
  host: Host,
  { stored, found }: Consultation,
  collection: Collection<R>,
  query: Query<R>,
): Promise<void> {
  const got = await host.storage.find(collection, query)
  for (const one of got) {
    const key = keyOf(collection, one.record.id)
    if (!stored.has(key)) stored.set(key, one)
  }
  found.set(
    keyOf(collection, JSON.stringify(query)),
    got.map(({ record }) => record.id),
  )
}

/** What joins the change set. `isNew` tells writes of records that were not there before. */
export interface ConsultedChanges {
  readonly expect: readonly Expectation[]
  readonly put: readonly Write[]
  readonly isNew: (write: Write) => boolean
  readonly delete: readonly Key[]
  readonly append: readonly Write[]
  readonly answer: Value
}

/** What was decided, and what it was decided by. */
export function changesOf({ changes, stored }: Consultation): ConsultedChanges {
  return {
    expect: [...changes.seen].map(([key, { collection, id }]) => ({
      collection,
      id,
      revision: stored.get(key)?.revision ?? 0,
      ...(changes.leases.has(key) && { fence: stored.get(key)?.fence ?? 0 }),
    })),
    put: [...changes.put.values()],
    isNew: ({ collection, record }) => (stored.get(keyOf(collection, record.id)) ?? null) === null,
    delete: [...changes.delete.values()],
    append: changes.append,
    answer: changes.answer,
  }
}

function keyOf(collection: Collection, id: string): string {
  return `${collection.name}\n${id}`
}
