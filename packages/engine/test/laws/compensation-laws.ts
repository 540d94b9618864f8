import type { Command, ToCompensate } from '../../src/kernel/commands.ts'
import type { KernelEvent } from '../../src/kernel/events.ts'
import { besideName, pathOf, splitTokenId, tokenId } from '../../src/kernel/ids.ts'
import type { InstanceState } from '../../src/kernel/state.ts'
import type { Activity, FlowNode } from '../../src/model/elements.ts'
import { unowned } from './ownership.ts'
import { type Placed, tokensOf } from './placed.ts'
import type { Law } from './trace-laws.ts'
import { eventsOf, INSTANCE, type Trace } from './walk.ts'

/**
 * Compensation undoes what completed in reverse and exactly once. The books are kept from what began and completed alone; what is to be
 * undone and in which order follows from them by the rule of BPMN 2.0.2 §13.5.5.
 */
export const compensationUndoesInReverse: Law = (trace) => {
  const books: Books = {
    trace,
    done: new Map(),
    rounds: new Map(),
    contents: new Map(),
    expected: new Map(),
    drivers: new Map(),
    taken: new Set(),
    skipped: new Set(),
    open: new Map(),
    withdrawn: null,
    asked: null,
    completed: 0,
    problems: [],
  }
  for (const { command, events } of trace.moves) {
    books.asked = command.type === 'divert' && command.to.type === 'compensate' ? { ...command, sources: command.to.sources } : null
    for (const event of events) book(books, event)
  }
  return books.problems
}

/**
 * What was done beside the path is undone at most once for each time that it was kept, not after it was dropped, and whoever compensates
 * waits for it.
 */
export const besidesAreUndoneOnce: Law = (trace) => {
  const problems: string[] = []
  const kept = new Map<string, number>()
  const waiting = new Map<string, string>()
  const change = (key: string, by: number): void => void kept.set(key, (kept.get(key) ?? 0) + by)
  for (const event of eventsOf(trace)) {
    if (event.type === 'besideKept') change(event.elementId, 1)
    else if (event.type === 'besideDropped') change(event.elementId, -1)
    else if (event.type === 'besideUndoing') {
      if ((kept.get(besideName(event.key)) ?? 0) < 1) problems.push(`${event.key} is undone and was not kept`)
      change(besideName(event.key), -1)
      waiting.set(tokenId(event.scopeId, event.n), event.key)
    } else if (event.type === 'besideUndone') waiting.delete(tokenId(event.scopeId, event.n))
    else if (event.type === 'elementTerminated') waiting.delete(tokenId(event.scopeId, event.n))
    else if (event.type === 'elementCompleted' && waiting.has(tokenId(event.scopeId, event.n)))
      problems.push(`${event.elementId} did not wait for ${waiting.get(tokenId(event.scopeId, event.n))}`)
  }
  return problems
}

/**
 * What is kept beside the path stands in its scope from then on, and what is dropped does not. A suspended instance takes neither before it
 * goes on.
 */
export const besidesStandInTheirScope: Law = ({ moves }) =>
  moves.flatMap(({ command, after, rejected }) => {
    if (command.type !== 'keepBeside' && command.type !== 'dropBeside') return []
    const { type, scopeId, key } = command
    const scope = after.scopes.get(scopeId)
    if (scope === undefined || after.scopes.get(INSTANCE)?.instance?.status === 'suspended') return []
    // A round that completed is over, though its output stays.
    if (scope.output !== undefined) return rejected ? [] : [`${key} was kept in ${scopeId}, which is over`]
    const stands = scope.compensables?.latest[besideName(key)] !== undefined
    return stands === (type === 'keepBeside') ? [] : [`${key} ${stands ? 'stands' : 'does not stand'} in ${scopeId} after ${type}`]
  })

/** A completed activity with a handler, or a scope in which others completed; `order`: of completion. */
type Done = { readonly elementId: string; readonly id: string; readonly order: number } & (
  | { readonly undo: readonly [scopeId: string, handler: string] }
  | { readonly scopeId: string }
)

/**
 * Of one or more scopes, the first one first: what has not begun to be undone, in the order of completion; and of what has, the handlers to
 * come, the next one first.
 */
interface Expected {
  readonly scopes: readonly { readonly scopeId: string; readonly rest: Done[] }[]
  readonly next: (readonly [scopeId: string, handler: string])[]
  /** For somebody who comes back. */
  readonly isAsked: boolean
}

interface Books {
  readonly trace: Trace
  /** By scope, in the order of completion. */
  readonly done: Map<string, Done[]>
  /** The sub-process of each scope that is one. */
  readonly contents: Map<string, string>
  /** The activity of each iteration. */
  readonly rounds: Map<string, string>
  /** What is still to be undone by the token that compensates. */
  readonly expected: Map<string, Expected>
  /** Of a handler, or of a scope that is open again: whose compensation it is part of. */
  readonly drivers: Map<string, string>
  /** What began to be undone: a handler in it that compensates what is around it does not undo it once more. */
  readonly taken: Set<string>
  /** What was passed over: it was not done, so nothing undoes it. */
  readonly skipped: Set<string>
  /** The handler at work for it. */
  readonly open: Map<string, string>
  /** The element at which somebody has just withdrawn a token: a handler may be begun anew there. */
  withdrawn: string | null
  /** Somebody who comes back lets this be undone before. */
  asked: { readonly scopeId: string; readonly n: number; readonly sources: readonly ToCompensate[] } | null
  completed: number
  readonly problems: string[]
}

function book(books: Books, event: KernelEvent): void {
  if (event.type !== 'elementTerminated' && event.type !== 'elementActivated') books.withdrawn = null
  switch (event.type) {
    case 'elementWithdrawn':
      books.withdrawn = `${event.elementId} in ${event.scopeId}`
      return
    case 'scopeOpened':
      if (event.kind === 'subProcess' || event.kind === 'adHocSubProcess') books.contents.set(event.scopeId, event.elementId)
      return
    case 'iterationBegun':
      return void books.rounds.set(tokenId(event.scopeId, event.n), event.elementId)
    case 'iterationEnded':
      if (event.outcome === 'completed')
        add(books, event.scopeId, {
          elementId: books.rounds.get(tokenId(event.scopeId, event.n)) ?? '',
          id: tokenId(event.scopeId, event.n),
          scopeId: tokenId(event.scopeId, event.n),
          order: ++books.completed,
        })
      return
    case 'elementSkipped':
      return void books.skipped.add(tokenId(event.scopeId, event.n))
    case 'elementCompleted':
      return complete(books, event)
    case 'compensationBegun':
      return begin(books, event)
    case 'compensationEnded': {
      // Whose token is held is not completed: this is the end of what was asked for.
      const id = tokenId(event.scopeId, event.n)
      const expected = books.expected.get(id)
      if (expected?.isAsked && nextOf(expected) !== undefined)
        books.problems.push(`${event.elementId} (${id}) is to come back before all was undone`)
      return
    }
    case 'compensableTaken':
      books.taken.add(tokenId(event.scopeId, event.n))
      if (event.reopens === 'content') for (const { id } of books.done.get(tokenId(event.scopeId, event.n)) ?? []) books.taken.add(id) // all that is in it
      if (event.reopens) {
        books.drivers.set(tokenId(event.scopeId, event.n), rootOf(books, event.by))
        beginUndoing(books, tokenId(event.scopeId, event.n), rootOf(books, event.by))
      }
      return
    case 'elementActivated':
      return activate(books, event)
    case 'elementTerminated': {
      const id = tokenId(event.scopeId, event.n)
      abandon(books, id)
      return close(books, id)
    }
    default:
      return
  }
}

function nodeOf(books: Books, id: string): FlowNode | undefined {
  return books.trace.definition.nodes.get(id)
}

function add(books: Books, scopeId: string, done: Done): void {
  const list = books.done.get(scopeId)
  if (list) list.push(done)
  else books.done.set(scopeId, [done])
}

function complete(books: Books, { scopeId, n, elementId }: Extract<KernelEvent, { type: 'elementCompleted' }>): void {
  const id = tokenId(scopeId, n)
  close(books, id)
  if (nextOf(books.expected.get(id)) !== undefined) books.problems.push(`${elementId} (${id}) went on before all was undone`)
  const node = nodeOf(books, elementId)
  if (!node || !('boundaryEvents' in node) || node.isForCompensation || books.skipped.has(id)) return
  const handler = handlerOf(books, node, books.rounds.get(scopeId) === elementId)
  const done = { elementId, id, order: ++books.completed }
  add(books, scopeId, handler === null ? { ...done, scopeId: id } : { ...done, undo: [scopeId, handler] })
}

/** The camunda family undoes each instance of a repeated activity, zeebe all at once. */
function handlerOf({ trace }: Books, node: Activity, inRound: boolean): string | null {
  if (node.compensation === null) return null
  const each = trace.definition.dialect !== 'zeebe'
  return node.repetition === null || inRound === each ? node.compensation.handler.id : null
}

/**
 * A throwing event compensates its own scope, and from an event sub-process that around it; a cancelled transaction its content; a return
 * what it names.
 */
function begin(books: Books, { scopeId, n, elementId }: Extract<KernelEvent, { type: 'compensationBegun' }>): void {
  const id = tokenId(scopeId, n)
  const { asked } = books
  const isAsked = asked?.scopeId === scopeId && asked.n === n
  const named =
    isAsked && asked !== null
      ? asked.sources
      : (nodeOf(books, elementId)?.type === 'transaction' ? [id] : reachedFrom(books, scopeId)).map((target) => ({
          scopeId: target,
          elementIds: null,
        }))
  const scopes = named.map(({ scopeId: target, elementIds }) => {
    const all = (books.done.get(target) ?? []).flatMap((done) => (books.taken.has(done.id) ? [] : spelledOut(books, done)))
    const rest = elementIds === null ? all : elementIds.flatMap((name) => all.findLast((done) => done.elementId === name) ?? [])
    rest.sort(byOrder)
    // What is not named stays done.
    const left = all.filter((done) => !rest.includes(done))
    if (left.length > 0) books.done.set(target, left)
    else books.done.delete(target)
    return { scopeId: target, rest }
  })
  books.expected.set(id, { scopes, next: [], isAsked })
}

function byOrder(one: Done, other: Done): number {
  return one.order - other.order
}

function reachedFrom(books: Books, scopeId: string): readonly string[] {
  const node = nodeOf(books, books.contents.get(scopeId) ?? '')
  const around = splitTokenId(scopeId)?.scopeId
  return node?.type === 'subProcess' && node.triggeredByEvent && around !== undefined ? [scopeId, ...reachedFrom(books, around)] : [scopeId]
}

/** What does nothing when it is undone is left out. */
function spelledOut(books: Books, done: Done): readonly Done[] {
  return handlersOf(books, done).length > 0 ? [done] : []
}

/** Latest first, inside out: the content of a scope is undone in its turn. */
function handlersOf(books: Books, done: Done): readonly (readonly [string, string])[] {
  if ('undo' in done) return [done.undo]
  const node = nodeOf(books, books.contents.get(done.scopeId) ?? '')
  if (node && 'content' in node && node.content.compensation !== null) return [[done.scopeId, node.content.compensation.id]]
  return (books.done.get(done.scopeId) ?? []).toReversed().flatMap((inner) => handlersOf(books, inner))
}

function nextOf(expected: Expected | undefined): readonly [string, string] | Done | undefined {
  return expected?.next[0] ?? expected?.scopes.find(({ rest }) => rest.length > 0)?.rest.at(-1)
}

/** The compensation is interrupted: what it had not begun to undo can be compensated again. */
function abandon(books: Books, id: string): void {
  const expected = books.expected.get(id)
  if (!expected) return
  books.expected.delete(id)
  for (const { scopeId, rest } of expected.scopes) books.done.set(scopeId, [...rest, ...(books.done.get(scopeId) ?? [])].sort(byOrder))
}

function rootOf({ drivers }: Books, id: string): string {
  return drivers.get(id) ?? id
}

/** A scope that is open again is being undone from then on, though no handler in it may have begun. */
function beginUndoing(books: Books, id: string, root: string): void {
  const expected = books.expected.get(root)
  const { rest } = expected?.scopes.find((scope) => scope.rest.length > 0) ?? { rest: [] }
  if (expected?.next.length !== 0 || rest.at(-1)?.id !== id) return
  const done = rest.pop()
  if (done) expected.next.push(...handlersOf(books, done))
}

function activate(books: Books, event: Extract<KernelEvent, { type: 'elementActivated' }>): void {
  const node = nodeOf(books, event.elementId)
  if (!node || !undoes(node) || books.rounds.get(event.scopeId) === node.id) return
  const root = rootOf(books, event.drivenBy ?? event.scopeId)
  if (books.withdrawn === `${event.elementId} in ${event.scopeId}`) {
    books.withdrawn = null
    return void books.open.set(root, tokenId(event.scopeId, event.n))
  }
  const expected = books.expected.get(root)
  const done = expected?.next.length === 0 ? expected.scopes.find(({ rest }) => rest.length > 0)?.rest.pop() : undefined
  if (done) expected?.next.push(...handlersOf(books, done))
  const next = expected?.next.shift()
  const id = tokenId(event.scopeId, event.n)
  if (next?.[0] !== event.scopeId || next[1] !== event.elementId)
    books.problems.push(`${event.elementId} (${id}) began where ${next ? `${next[1]} in ${next[0]}` : 'nothing'} was next`)
  if (books.open.has(root)) books.problems.push(`${event.elementId} (${id}) began before the handler before it had ended`)
  books.open.set(root, id)
}

function undoes(node: FlowNode): boolean {
  if (!('isForCompensation' in node)) return false
  return node.isForCompensation || node.scope.compensation === node
}

function close({ open }: Books, id: string): void {
  for (const [root, handler] of open) if (handler === id) open.delete(root)
}

/** Cancelling the instance, or interrupting any activity, at any moment leaves nothing behind. */
export const cancellingLeavesNothing: Law = (trace, kernel) => {
  const every = Math.max(1, Math.floor(trace.moves.length / STATES_LOOKED_AT))
  const looked = trace.moves.filter(
    (move, k) => k % every === 0 || tokensOf(move.after).some(({ token }) => token.compensation !== undefined),
  )
  for (const move of looked) {
    const { now } = move.command
    if (move.after.scopes.get(INSTANCE)?.instance?.status !== 'active') continue
    const attempts: Command[] = [
      { type: 'cancelProcess', now, instanceId: INSTANCE, reason: null },
      ...tokensOf(move.after).flatMap((placed) => interruptions(trace, placed, now)),
    ]
    for (const command of attempts) {
      const outcome = kernel.step(trace.definition, move.after, command)
      if ('rejected' in outcome) continue
      const left = [...unowned(trace.definition, outcome.state), ...leftInside(move.after, outcome.state, outcome.events)]
      if (left.length > 0) return left.map((problem) => `${JSON.stringify(command)}: ${problem}`)
    }
  }
  return []
}

const STATES_LOOKED_AT = 6

/** Interrupting boundary events that are armed, and an error, which may be caught further out. */
function interruptions({ definition }: Trace, { scopeId, n, token }: Placed, now: number): readonly Command[] {
  const place = { now, scopeId, n }
  const armed = (token.waits ?? []).flatMap((wait): readonly Command[] => {
    const event = 'for' in wait ? definition.nodes.get(wait.for) : undefined
    if (event?.type !== 'boundaryEvent' || !event.cancelActivity || !('for' in wait)) return []
    return wait.type === 'message' || wait.type === 'signal' || wait.type === 'timer'
      ? [{ type: 'triggerWait', ...place, for: wait.for, kind: wait.type, values: {} }]
      : []
  })
  return [...armed, { type: 'throwError', ...place, code: 'E1', message: '', values: {} }]
}

/** What was inside of a token that was terminated is gone with it. */
function leftInside(before: InstanceState, after: InstanceState, events: readonly KernelEvent[]): readonly string[] {
  const ended = new Set(events.flatMap((event) => (event.type === 'elementTerminated' ? [tokenId(event.scopeId, event.n)] : [])))
  const isInside = (id: string): boolean => pathOf(id).some((around) => ended.has(around))
  return [...after.scopes.keys()].filter((id) => before.scopes.has(id) && isInside(id)).map((id) => `${id} is left of what was terminated`)
}
