import type { Collection, Expectation, Key, Query, Stored, StoredRecord, Write } from '@leeway/storage'
import type { Command } from '../kernel/commands.ts'
import { type Draft, findScope, Missing, type Need, openDraft } from '../kernel/draft.ts'
import type { KernelEvent } from '../kernel/events.ts'
import { splitTokenId } from '../kernel/ids.ts'
import type { Token } from '../kernel/state.ts'
import { advance } from '../kernel/step.ts'
import type { Value } from '../model/value.ts'
import type { CommandBody } from './command-body.ts'
import { EngineError } from './errors.ts'
import { type Decision, type Extension, type ExtensionOutcome, type InstanceReader, type RecordReader, ROUNDS_MAX } from './extension.ts'
import type { Host } from './host.ts'
import { placeInDraft } from './row-places.ts'
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
  trial: Error | null
  /** How many identifiers it made. */
  ids: number
}

/** What an extension itself is asked to do. */
export type OwnOccurrence = Exclude<Occurrence, { type: 'step' }>

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

/** Those of an instance that is called by one with these: it carries the same extensions. What they read is kept while the command is decided again. */
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

/** Thrown where a decision reads a record that is not loaded: it is loaded, and the command decided again. */
export class RecordMissing {
  readonly load: (host: Host) => Promise<void>

  constructor(load: (host: Host) => Promise<void>) {
    this.load = load
  }
}

/** Thrown where an extension refuses: the command is undone, and refused with the error unless it was decided on old state. */
export class ExtensionRefusal {
  readonly error: Error

  constructor(error: Error) {
    this.error = error
  }
}

/** Extensions that are asked about a command, and whom it is by. */
export interface Consultations {
  readonly all: readonly Consultation[]
  readonly actor: string | null
  /** Of the instances that the command calls, which carry the same extensions. */
  readonly called: Map<string, Consultations>
}

/** What is put before the extensions: one of their own occurrences for the one named, a step for all. */
export type Question = { readonly occurrence: Occurrence; readonly to: string | null }

type Occurrence = ExtensionOutcome<unknown>['occurrence']

/**
 * Asks the extensions what an occurrence means for them, runs the kernel commands that they give, and asks again about these. Throws
 * {@link Missing} or {@link RecordMissing} where something must be loaded first, {@link ExtensionRefusal} where it is refused. `was`: the instance by
 * the definition that it had before the command.
 */
export function consult(
  host: Host,
  entry: Entry,
  work: Draftwork,
  consultations: Consultations,
  first: Question,
  was: Entry = entry,
): void {
  let questions: readonly Question[] = [first]
  for (let round = 1; questions.length > 0; round++) {
    if (round > ROUNDS_MAX)
      throw new EngineError('conflict', `Extensions gave more commands after ${ROUNDS_MAX} rounds; nothing was done.`, {
        instanceId: entry.id,
      })
    const next: Question[] = []
    for (const question of questions) {
      for (const consultation of consultations.all) {
        if (question.to !== null && question.to !== consultation.extension.name) continue
        const { commands = [] } = ask(host, consultation, entry, was, work, consultations.actor, question.occurrence)
        for (const command of commands)
          next.push({ to: null, occurrence: { type: 'step', command, events: run(host, entry, work, command) } })
      }
    }
    questions = next
  }
  for (const consultation of consultations.all) endTrial(consultation)
}

/** Who works beside steps of the instance, by what the extensions keep. Throws {@link RecordMissing}, {@link Missing}. */
export function besideSteps({ all }: Consultations, entry: Entry, draft: Draft): { readonly [elementInstanceId: string]: string } {
  const instance = readInstance(entry, draft)
  return Object.assign({}, ...all.map((one) => one.extension.beside?.(instance, readerOf(one)) ?? {}))
}

/** Throws {@link ExtensionRefusal} where the command was only tried. */
export function endTrial({ changes }: Consultation): void {
  if (changes.trial !== null) throw new ExtensionRefusal(changes.trial)
}

/** The part of a command's work that consulting touches. */
export interface Draftwork {
  readonly draft: Draft
  readonly events: KernelEvent[]
  readonly now: number
  readonly tenantId: string | null
}

function ask(
  host: Host,
  consultation: Consultation,
  entry: Entry,
  was: Entry,
  work: Draftwork,
  actor: string | null,
  occurrence: Occurrence,
): Decision {
  const { now, tenantId } = work
  const before = entry.record === null ? null : readBefore(was)
  const outcome = { occurrence, after: readInstance(entry, work.draft), actor, tenantId }
  return decideOnce(host, consultation, before, outcome, now)
}

/** Asks one extension once; its changes are kept in the consultation. Throws as {@link consult}. */
export function decideOnce(
  host: Host,
  consultation: Consultation,
  before: InstanceReader | null,
  outcome: ExtensionOutcome<unknown>,
  now: number,
): Decision {
  const decision = consultation.extension.decide(before, outcome, readerOf(consultation), { now, id: () => nextId(host, consultation) })
  if (decision.refuse !== undefined) throw new ExtensionRefusal(decision.refuse)
  keep(consultation.changes, decision)
  return decision
}

function nextId(host: Host, { ids, changes }: Consultation): string {
  const at = changes.ids++
  const known = ids[at]
  if (known !== undefined) return known
  const made = host.newId()
  ids.push(made)
  return made
}

/** Runs a command that an extension gave. One that the kernel does not take is the extension's mistake, or was decided on old state. */
function run(host: Host, entry: Entry, work: Draftwork, command: CommandBody): readonly KernelEvent[] {
  const whole = { ...command, now: work.now } as Command // its instant was all it lacked
  const result = advance(work.draft, entry.definition.definition, whole, host.environment)
  if ('needs' in result) throw new Missing(result.needs[0] as Need) // one at least
  if ('rejected' in result) {
    const { code, message } = result.rejected
    if (code === 'suspended')
      throw new ExtensionRefusal(
        new EngineError('instanceSuspended', `Instance ${entry.id} is suspended; resume it first`, { instanceId: entry.id }),
      )
    throw new ExtensionRefusal(
      new EngineError('conflict', `An extension's command ${command.type} does not apply: ${message}`, { instanceId: entry.id, code }),
    )
  }
  for (const event of result.events) work.events.push(event)
  return result.events
}

function keep(changes: Changes, { put = [], delete: deleted = [], append = [], tell = [], answer, trial }: Decision): void {
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

function keyOf(collection: Collection, id: string): string {
  return `${collection.name}\n${id}`
}

function readerOf(consultation: Consultation): RecordReader {
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

/** The instance as a draft has it. */
export function readInstance(entry: Entry, draft: Draft): InstanceReader {
  const scope = (id: string) => findScope(draft, id)
  return {
    id: entry.id,
    record: entry.record,
    definition: entry.definition.definition,
    definitionRecord: entry.definition.record,
    scope,
    token(id): Token | null {
      const given = splitTokenId(id)
      if (given === null) return null
      const place = placeInDraft(draft, given)
      return scope(place.scopeId)?.tokens[place.n] ?? null
    },
  }
}

/** The instance as it was loaded. */
export function readBefore(entry: Entry): InstanceReader {
  return readInstance(entry, openDraft(entry.state, entry.complete, entry.childrenLoaded))
}
