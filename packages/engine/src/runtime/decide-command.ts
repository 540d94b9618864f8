import type { Command } from '../kernel/commands.ts'
import { Missing, type Need, openDraft } from '../kernel/draft.ts'
import type { KernelEvent } from '../kernel/events.ts'
import { idNow, placeNow } from '../kernel/moved.ts'
import type { Rejection } from '../kernel/rejection.ts'
import { advance } from '../kernel/step.ts'
import { settleCalls } from './calls.ts'
import type { CommandBody } from './command-body.ts'
import type { CommandRequest } from './command-request.ts'
import { consult, ExtensionRefusal, foreseen } from './consult.ts'
import { type Consultations, RecordMissing, restart } from './consultation.ts'
import { workName } from './handlers.ts'
import type { Host } from './host.ts'
import { type Answers, recall, runInline } from './inline.ts'
import { meetNeeds } from './meet-needs.ts'
import { ownLease } from './own-lease.ts'
import { rowIdAt } from './row-places.ts'
import type { Entry } from './state-cache.ts'
import type { RunningHandler, Work } from './work.ts'

/** What is to land; or that it cannot be, by the kernel or by an extension. */
export type Decided = Work | { readonly rejection: Rejection } | { readonly refusal: Error }

/** Decides with the extensions that the instance carries, loading what they read. */
export async function decideWith(
  extensions: Consultations,
  host: Host,
  entry: Entry,
  request: CommandRequest,
  answers: Answers,
): Promise<Decided> {
  for (;;) {
    try {
      return await decide(host, entry, request, answers, extensions)
    } catch (error) {
      if (error instanceof ExtensionRefusal) return { refusal: error.error }
      if (error instanceof RecordMissing) await error.load(host)
      else if (error instanceof Missing) await meetNeeds(host, entry, [error.need], answers, tenantOf(entry, request))
      else throw error
    }
  }
}

/** Steps the kernel, loading what it asks for and stepping again; with durability `wait` also through the handlers. */
export function decide(
  host: Host,
  entry: Entry,
  request: CommandRequest,
  answers: Answers,
  extensions: Consultations | null,
): Decided | Promise<Decided> {
  recall(answers)
  const now = host.now()
  const draft = openDraft(entry.state, entry.complete, entry.childrenLoaded, answers.scripts ?? undefined)
  if (extensions !== null) restart(extensions)
  const body =
    request.command === null || extensions === null ? request.command : foreseen(host, extensions, entry, draft, request.command, now)
  const command = body === null ? null : commandAt(body, now, entry)
  const result = command === null ? { events: [] } : advance(draft, entry.definition.definition, command, host.environment)
  if ('needs' in result)
    return meetNeeds(host, entry, result.needs, answers, tenantOf(entry, request)).then(() =>
      decide(host, entry, request, answers, extensions),
    )
  if ('rejected' in result) return { rejection: result.rejected }
  const after = entryAfter(entry, request)
  const work: Work = {
    draft,
    events: result.events as KernelEvent[], // made for this call alone
    now,
    businessKey: draft.scopes.get(entry.id)?.instance?.businessKey ?? entry.record?.businessKey ?? null,
    tenantId: tenantOf(entry, request),
    marks: request.marks === undefined ? null : new Map(request.marks),
    inlineCount: 0,
    running: NONE_RUNNING,
    extensions,
    called: null,
  }
  if (extensions !== null) {
    const { extension } = request
    if (extension !== undefined) consult(host, after, work, extensions, { occurrence: extension.occurrence, to: extension.name }, entry)
    else if (body !== null) {
      consult(host, after, work, extensions, { occurrence: { type: 'step', command: body, events: [...work.events] }, to: null }, entry)
    }
  }
  const { calls } = after.definition.definition
  if (host.settings.durability !== 'wait') {
    claimOwn(host, after, work)
    if (!calls) return work
    return unlessNeeded(
      settleCalls(host, after, work, answers),
      work,
      () => decide(host, entry, request, answers, extensions),
      host,
      entry,
      answers,
    )
  }
  const inline = runInline(host, after, work, answers)
  if (inline === null && !calls) return work
  const settled = calls ? settleAll(host, after, work, answers, inline) : Promise.resolve(inline)
  return unlessNeeded(settled, work, () => decide(host, entry, request, answers, extensions), host, entry, answers)
}

function tenantOf({ record }: Entry, { start }: CommandRequest): string | null {
  return record === null ? (start?.tenantId ?? null) : record.tenantId
}

/**
 * The command at its instant. Its scope goes by the very text that the state has: then the kernel compares no characters, each time it
 * asks. What was put into another scope is there.
 */
function commandAt(body: CommandBody, now: number, { id, state }: Entry): Command {
  const command = { ...body, now } as Command & { scopeId?: string } // its instant was all it lacked
  const { scopeId } = command
  if (scopeId === undefined) return command
  const moved = state.scopes.get(id)?.instance?.moved
  if (moved !== undefined) Object.assign(command, 'n' in command ? placeNow(moved, command) : { scopeId: idNow(moved, scopeId) })
  else command.scopeId = state.scopes.get(scopeId)?.id ?? scopeId
  return command
}

async function settleAll(
  host: Host,
  entry: Entry,
  work: Work,
  answers: Answers,
  inline: ReturnType<typeof runInline>,
): Promise<readonly Need[] | null> {
  return (await inline) ?? settleCalls(host, entry, work, answers)
}

/** The work, unless something must be loaded first: then the command is decided again. */
async function unlessNeeded(
  settled: Promise<readonly Need[] | null>,
  work: Work,
  decideAgain: () => Decided | Promise<Decided>,
  host: Host,
  entry: Entry,
  answers: Answers,
): Promise<Decided> {
  const needs = await settled
  if (needs === null) return work
  await meetNeeds(host, entry, needs, answers, work.tenantId)
  return decideAgain()
}

/** With a slot free, this node claims the jobs that it has handlers for in the very commit that writes them. */
function claimOwn(host: Host, entry: Entry, work: Work): void {
  let free = host.worker.freeSlots()
  const { events } = work
  for (let i = 0; i < events.length && free > 0; i++) {
    const event = events[i] as KernelEvent
    if (event.type !== 'elementWaits' || event.job === undefined || event.waits[0]?.type !== 'job') continue
    const handler = host.handlers.find(workName(entry.definition.definition, event.elementId, event.job))
    if (handler === null || handler.concurrency !== Number.POSITIVE_INFINITY) continue
    work.marks ??= new Map()
    const id = rowIdAt(work.draft, event)
    if (work.marks.has(id)) continue
    work.marks.set(id, { lease: ownLease(host) })
    free--
  }
}

/** The same instance, by the definition that the command puts it on. */
export function entryAfter(entry: Entry, { migratesTo }: CommandRequest): Entry {
  return migratesTo === undefined ? entry : { ...entry, definition: migratesTo }
}

const NONE_RUNNING: ReadonlyMap<string, RunningHandler> = new Map()
