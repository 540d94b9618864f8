import type { Command } from '../kernel/commands.ts'
import { type Draft, findScope, Missing, type Need, openDraft } from '../kernel/draft.ts'
import type { KernelEvent } from '../kernel/events.ts'
import { splitTokenId } from '../kernel/ids.ts'
import type { Token } from '../kernel/state.ts'
import { advance } from '../kernel/step.ts'
import type { CommandBody } from './command-body.ts'
import { type Consultation, type Consultations, keep, nextId, readerOf } from './consultation.ts'
import { EngineError } from './errors.ts'
import { type Decision, type ExtensionOutcome, type InstanceReader, ROUNDS_MAX, type Tried } from './extension.ts'
import type { Host } from './host.ts'
import { placeInDraft } from './row-places.ts'
import type { Entry } from './state-cache.ts'

/**
 * Asks the extensions what an occurrence means for them, runs the kernel commands that they give, and asks again about these. Throws
 * {@link Missing} or {@link RecordMissing} where something must be loaded first, {@link ExtensionRefusal} where it is refused. `was`: the
 * instance by the definition that it had before the command.
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
  for (const consultation of consultations.all)
    endTrial(consultation, () => ({
      before: entry.record === null ? null : readBefore(was),
      after: readInstance(entry, work.draft),
      events: work.events,
    }))
}

/** What an extension itself is asked to do. */
export type OwnOccurrence = Exclude<Occurrence, { type: 'step' }>

/** Thrown where an extension refuses: the command is undone, and refused with the error unless it was decided on old state. */
export class ExtensionRefusal {
  readonly error: Error

  constructor(error: Error) {
    this.error = error
  }
}

/** What is put before the extensions: one of their own occurrences for the one named, a step for all. */
export type Question = { readonly occurrence: Occurrence; readonly to: string | null }

type Occurrence = ExtensionOutcome<unknown>['occurrence']

/** Who works beside steps of the instance, by what the extensions keep. Throws {@link RecordMissing}, {@link Missing}. */
export function besideSteps({ all }: Consultations, entry: Entry, draft: Draft): { readonly [elementInstanceId: string]: string } {
  const instance = readInstance(entry, draft)
  return Object.assign({}, ...all.map((one) => one.extension.beside?.(instance, readerOf(one)) ?? {}))
}

/**
 * A migration as it is carried out: with who works beside steps, and with the stops that the extensions want in the new model. Throws as
 * {@link besideSteps}.
 */
export function foreseen(
  host: Host,
  consultations: Consultations,
  entry: Entry,
  draft: Draft,
  command: CommandBody,
  now: number,
): CommandBody {
  if (command.type !== 'migrateProcess') return command
  const instance = readInstance(entry, draft)
  const pins = consultations.all.map((one) => one.extension.pins?.(instance, command, readerOf(one), { now, id: () => nextId(host, one) }))
  return { ...command, beside: besideSteps(consultations, entry, draft), pins: Object.assign({}, ...pins) }
}

/** Throws {@link ExtensionRefusal} where the command was only tried. */
export function endTrial(consultation: Consultation, tried: () => Omit<Tried, 'records'>): void {
  const { trial } = consultation.changes
  if (trial !== null) throw new ExtensionRefusal(trial({ ...tried(), records: readerOf(consultation) }))
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

/** The instance as a draft has it. */
function readInstance(entry: Entry, draft: Draft): InstanceReader {
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
function readBefore(entry: Entry): InstanceReader {
  return readInstance(entry, openDraft(entry.state, entry.complete, entry.childrenLoaded))
}
