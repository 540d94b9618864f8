import type { Command } from '../kernel/commands.ts'
import type { Draft, Need } from '../kernel/draft.ts'
import type { ElementWaits } from '../kernel/events/waits.ts'
import type { KernelEvent } from '../kernel/events.ts'
import { advance } from '../kernel/step.ts'
import { valuesAt } from '../kernel/values-at.ts'
import type { Values } from '../model/value.ts'
import { consult } from './consult.ts'
import { canEvaluate, evaluateWork } from './evaluate-work.ts'
import { workName } from './handlers.ts'
import type { Host } from './host.ts'
import { invoke, TIMER_MAX_MS } from './invoke.ts'
import { type Answer, JobContext, type JobPlace } from './job.ts'
import type { ScriptsAnswered } from './meet-needs.ts'
import { ownLease } from './own-lease.ts'
import type { JobMark } from './projection.ts'
import { attemptsOf, retryOf } from './retries.ts'
import { rowIdAt } from './row-places.ts'
import type { Entry } from './state-cache.ts'
import type { RunningHandler, Work } from './work.ts'

/** Answers of handlers; a promise while the handler runs. Kept over all attempts of a command. */
export interface Answers {
  /** Of attempts before this one, by idempotency key; null in the first. */
  byKey: Map<string, Answer | Promise<Answer>> | null
  /** Of this attempt, each behind its key: it asks for none twice. Null until a handler was called. */
  given: (string | Answer | Promise<Answer>)[] | null
  /** Of scripts that decide how a step goes on; null until one was asked. */
  scripts: ScriptsAnswered | null
}

function keepAnswer(answers: Answers, key: string, answer: Answer | Promise<Answer>): void {
  if (answers.given === null) answers.given = [key, answer]
  else answers.given.push(key, answer)
}

/** A command is decided again: what handlers answered the last time is at hand by its key. */
export function recall(answers: Answers): void {
  const { given } = answers
  if (given === null) return
  answers.byKey ??= new Map()
  // What follows each key is its answer.
  for (let at = 0; at < given.length; at += 2) answers.byKey.set(given[at] as string, given[at + 1] as Answer | Promise<Answer>)
  answers.given = null
}

/** Most handlers that run within one command; what is left then stays behind as jobs. */
export const INLINE_MAX = 100_000

/**
 * With durability `wait`: runs the handlers of the jobs that a command made, and what follows from them, on the same draft, as long
 * as they answer in time. Gives what must be loaded before that can be decided; null when done.
 */
export function runInline(
  host: Host,
  entry: Entry,
  work: Work,
  answers: Answers,
  from = 0,
): readonly Need[] | null | Promise<readonly Need[] | null> {
  const running: RunningHandler[] = []
  const needs = runReady(host, entry, work, answers, running, from)
  if (needs !== null || running.length === 0) return needs
  if (host.settings.inlineMs === 0) {
    leaveRunning(host, work, running)
    return null
  }
  return awaitRunning(host, entry, work, answers, running)
}

/** Starts a handler for every job among the events from `from` on, its synchronous successors included. */
function runReady(host: Host, entry: Entry, work: Work, answers: Answers, running: RunningHandler[], from: number): readonly Need[] | null {
  const { events, draft } = work
  for (let at = from; at < events.length; at++) {
    const event = events[at] as KernelEvent
    if (event.type !== 'elementWaits' || event.job === undefined) continue
    const token = draft.scopes.get(event.scopeId)?.tokens[event.n]
    if (token?.waits !== event.waits || event.waits[0]?.type !== 'job' || token.phase !== 'waiting') continue
    if (work.inlineCount >= INLINE_MAX) return null
    work.inlineCount++
    const needs = runOne(host, entry, work, answers, running, event)
    if (needs !== null) return needs
  }
  return null
}

function runOne(
  host: Host,
  entry: Entry,
  work: Work,
  answers: Answers,
  running: RunningHandler[],
  waits: ElementWaits,
): readonly Need[] | null {
  const details = waits.job as NonNullable<ElementWaits['job']> // only such events come here
  const { record, definition } = entry.definition
  const known = answers.byKey?.get(details.key)
  let answer = known
  let context: JobContext | null = null
  if (answer === undefined) {
    const handler = host.handlers.find(workName(definition, waits.elementId, details))
    if (handler === null) {
      if (!details.evaluates || !canEvaluate(host, definition, waits.elementId)) return null
      answer = evaluateWork(host, {
        definition: entry.definition,
        id: rowIdAt(work.draft, waits),
        key: details.key,
        elementId: waits.elementId,
        instanceId: entry.id,
        businessKey: work.businessKey,
        tenantId: work.tenantId,
        values: valuesAt(work.draft, waits.scopeId, waits.n),
        now: work.now,
      })
    } else {
      context = new JobContext(
        {
          type: details.jobType,
          key: details.key,
          failures: 0,
          attempts: attemptsOf(host.settings, handler, details.attempts),
          instanceId: entry.id,
          definitionId: record.id,
          processKey: record.key,
          businessKey: work.businessKey,
          elementId: waits.elementId,
          tenantId: work.tenantId,
          fields: details.fields,
          headers: details.headers,
        },
        new PlaceInDraft(work.draft, waits),
      )
      answer = invoke(host, handler, context, details.resultVariable !== null)
    }
    keepAnswer(answers, details.key, answer)
  }
  if (answer instanceof Promise) {
    const started: RunningHandler = { waits, context, promise: answer, answer: null }
    running.push(started)
    return null
  }
  return applyAnswer(host, entry, work, waits, answer)
}

/** Where a job of the command under way stands. Few handlers ask for its id, some not for variables. */
class PlaceInDraft implements JobPlace {
  readonly #draft: Draft
  readonly #waits: ElementWaits

  constructor(draft: Draft, waits: ElementWaits) {
    this.#draft = draft
    this.#waits = waits
  }

  get id(): string {
    return rowIdAt(this.#draft, this.#waits)
  }
  get values(): Values {
    return valuesAt(this.#draft, this.#waits.scopeId, this.#waits.n)
  }
}

/** Feeds an answer back into the draft, as if it had come in a command of its own. */
function applyAnswer(host: Host, entry: Entry, work: Work, waits: ElementWaits, answer: Answer): readonly Need[] | null {
  const { scopeId, n } = waits
  if ('pending' in answer) {
    mark(work, waits, { pending: true })
    return null
  }
  const { now } = work
  let command: Command
  if ('result' in answer) command = { type: 'finishWork', scopeId, n, result: answer.result, now }
  else {
    const details = waits.job as NonNullable<ElementWaits['job']> // only such events come here
    const handler = host.handlers.find(workName(entry.definition.definition, waits.elementId, details))
    const { code, message, final, name } = answer.failed
    const facts = { attempts: details.attempts, waits: details.waits, failures: 0, retriesLeft: null }
    const retry = retryOf(host.settings, handler, facts, final, now)
    mark(work, waits, { failures: 1 })
    command = { type: 'failWork', scopeId, n, code, message, ...(name !== undefined && { name }), ...retry, now }
  }
  return stepOn(host, entry, work, command)
}

/** One more kernel command on the same draft. What does not apply any more is left out. */
export function stepOn(host: Host, entry: Entry, work: Work, command: Command): readonly Need[] | null {
  const result = advance(work.draft, entry.definition.definition, command, host.environment)
  if ('needs' in result) return result.needs
  if (!('events' in result)) return null
  for (let i = 0; i < result.events.length; i++) work.events.push(result.events[i] as KernelEvent)
  if (work.extensions !== null)
    consult(host, entry, work, work.extensions, { occurrence: { type: 'step', command, events: result.events }, to: null })
  return null
}

function mark(work: Work, waits: ElementWaits, given: JobMark): void {
  work.marks ??= new Map()
  work.marks.set(rowIdAt(work.draft, waits), given)
}

/** Waits for running handlers, all together no longer than `inlineMs`; those that are late go on as leased jobs. */
async function awaitRunning(
  host: Host,
  entry: Entry,
  work: Work,
  answers: Answers,
  first: readonly RunningHandler[],
): Promise<readonly Need[] | null> {
  const { inlineMs } = host.settings
  let running = first
  let timer: ReturnType<typeof setTimeout> | null = null
  let isLate = false
  const late =
    inlineMs > TIMER_MAX_MS
      ? null
      : new Promise<void>((resolve) => {
          timer = setTimeout(() => {
            isLate = true
            resolve()
          }, inlineMs)
        })
  try {
    for (;;) {
      const settled = running.map((one) =>
        one.promise.then((answer) => {
          one.answer = answer
        }),
      )
      await Promise.race(late === null ? settled : [...settled, late])
      const from = work.events.length
      const next: RunningHandler[] = []
      for (const one of running) {
        if (one.answer === null) {
          next.push(one)
          continue
        }
        keepAnswer(answers, (one.waits.job as NonNullable<ElementWaits['job']>).key, one.answer)
        const needs = applyAnswer(host, entry, work, one.waits, one.answer)
        if (needs !== null) return needs
      }
      const needs = runReady(host, entry, work, answers, next, from)
      if (needs !== null) return needs
      running = next
      if (running.length === 0) return null
      if (isLate) {
        leaveRunning(host, work, running)
        return null
      }
    }
  } finally {
    if (timer !== null) clearTimeout(timer)
  }
}

/** Their jobs are written as leased by this node, so that nobody else runs them; their results come later. */
function leaveRunning(host: Host, work: Work, running: readonly RunningHandler[]): void {
  const late = new Map(work.running)
  for (const one of running) {
    mark(work, one.waits, { lease: ownLease(host) })
    late.set(rowIdAt(work.draft, one.waits), one)
  }
  work.running = late
}
