import type { KernelEvent } from '../../src/kernel/events.ts'
import type { Wait } from '../../src/kernel/state.ts'

interface Entry {
  elementId: string
  readonly arrived: boolean
  waits: readonly Wait[]
}

/**
 * Books kept from the events alone, knowing nothing of how state is kept: what began and did not end, or ended twice, or was done by
 * nobody.
 */
export function ledgerProblems(events: readonly KernelEvent[], ended: boolean): readonly string[] {
  const books: Books = { open: new Map(), past: new Set(), scopes: new Set(), kept: new Set(), keys: new Map(), problems: [] }
  for (const event of events) book(books, event)
  if (ended) {
    for (const [id, { elementId, waits }] of books.open)
      books.problems.push(
        `${elementId} (${id}) never ended${waits.length > 0 ? `; its ${waits.map((wait) => wait.type).join(', ')} stays armed` : ''}`,
      )
    for (const id of books.scopes) books.problems.push(`scope ${id} never closed`)
  }
  return books.problems
}

interface Books {
  readonly open: Map<string, Entry>
  readonly past: Set<string>
  readonly scopes: Set<string>
  /** Scopes that ended and are kept, to be undone or dropped. */
  readonly kept: Set<string>
  /** The token that each was made for. */
  readonly keys: Map<string, string>
  readonly problems: string[]
}

function book(books: Books, event: KernelEvent): void {
  switch (event.type) {
    case 'scopeOpened':
      return openScope(books, event.scopeId)
    case 'iterationBegun':
      return openScope(books, `${event.scopeId}.${event.n}`)
    case 'iterationEnded':
      if (event.outcome === 'completed') books.past.add(`${event.scopeId}.${event.n}`)
      return closeScope(books, `${event.scopeId}.${event.n}`)
    case 'scopeClosed':
      // The activity that it was kept for is ended before it leaves.
      if (books.open.has(event.scopeId) && books.kept.delete(event.scopeId)) return
      return closeScope(books, event.scopeId)
    case 'scopeCompleted':
      books.kept.add(event.scopeId)
      return closeScope(books, event.scopeId)
    case 'besideKept':
      books.past.add(`${event.scopeId}.${event.n}`)
      return
    case 'besideDropped':
      books.past.delete(`${event.scopeId}.${event.n}`)
      return
    case 'compensableTaken': {
      const id = `${event.scopeId}.${event.n}`
      if (!books.past.delete(id)) books.problems.push(`${event.elementId} (${id}) is to be undone and is not done`)
      if (!event.reopens) return
      openScope(books, id)
      return begin(books, id, event.elementId, false)
    }
    case 'elementCompensated':
      return end(books, `${event.scopeId}.${event.n}`, event.elementId, false)
    case 'elementActivated':
    case 'tokenArrived':
      return begin(books, `${event.scopeId}.${event.n}`, event.elementId, event.type === 'tokenArrived')
    case 'eventSubProcessArmed':
      if (!books.open.has(`${event.scopeId}.${event.n}`)) begin(books, `${event.scopeId}.${event.n}`, event.elementId, false)
      return armed(books, event.scopeId, event.n, event.waits)
    case 'eventSubProcessDisarmed':
      return end(books, `${event.scopeId}.${event.n}`, event.elementId, false)
    case 'elementCompleted':
    case 'elementTerminated':
      return end(books, `${event.scopeId}.${event.n}`, event.elementId, event.type === 'elementCompleted')
    case 'tokensJoined': {
      for (const [, n] of event.tokens) {
        if (books.open.get(`${event.scopeId}.${n}`)?.arrived === false)
          books.problems.push(`${event.elementId} joined ${event.scopeId}.${n}, which did not arrive there`)
        end(books, `${event.scopeId}.${n}`, event.elementId, false)
      }
      return
    }
    case 'elementWaits': {
      const needsJob = event.waits.some((wait) => wait.type === 'job' || wait.type === 'continuation' || wait.type === 'listener')
      if (needsJob !== (event.job !== undefined))
        books.problems.push(`${event.elementId} waits ${needsJob ? 'for a job that is not made' : 'not for the job that is made'}`)
      if (event.waits.some((wait) => wait.type === 'call') !== (event.call !== undefined))
        books.problems.push(`${event.elementId} waits for a call that is not made, or not for one that is`)
      if (event.waits.some((wait) => wait.type === 'task') !== (event.task !== undefined))
        books.problems.push(`${event.elementId} and its task do not agree`)
      if (event.job && books.keys.has(event.job.key)) books.problems.push(`two jobs have the key ${event.job.key}`)
      if (event.job) books.keys.set(event.job.key, `${event.scopeId}.${event.n}`)
      return armed(books, event.scopeId, event.n, event.waits)
    }
    case 'tokenHeld':
      // Work that was taken back is made again under its key, where the step is passed over and its end is heard after all.
      if (event.hold.withdrawn) for (const [key, token] of books.keys) if (token === `${event.scopeId}.${event.n}`) books.keys.delete(key)
      return armed(books, event.scopeId, event.n, event.waits)
    case 'tokenMigrated': {
      const entry = touched(books, event.scopeId, event.n, 'migrated')
      if (entry) entry.elementId = event.elementId
      return armed(books, event.scopeId, event.n, event.waits)
    }
    case 'tokenReleased':
    case 'eventLatched':
      return armed(books, event.scopeId, event.n, event.waits)
    case 'waitTriggered': {
      const entry = touched(books, event.scopeId, event.n, 'triggered')
      if (entry && !entry.waits.some((wait) => 'for' in wait && wait.for === event.for))
        books.problems.push(`${event.for} was triggered and not armed`)
      const { definition } = event
      const isOf = (wait: Wait): boolean =>
        'for' in wait && wait.for === event.for && (definition === undefined || (wait.definition ?? 0) === definition)
      if (entry && !event.again) entry.waits = entry.waits.filter((wait) => !isOf(wait))
      return
    }
    case 'tokenMoved':
      return rename(books, `${event.scopeId}.${event.n}`, event.to)
    case 'elementSkipped': {
      const entry = touched(books, event.scopeId, event.n, 'passed over')
      if (entry) entry.waits = entry.waits.filter((wait) => !isWork(wait))
      return
    }
    case 'workFinished': {
      const entry = touched(books, event.scopeId, event.n, 'done')
      if (entry && !entry.waits.some(isWork)) books.problems.push(`work of ${entry.elementId} was done that nobody had`)
      if (entry) entry.waits = entry.waits.filter((wait) => !isWork(wait))
      return
    }
    default:
      return
  }
}

/** A token goes by another id with all that is in it. */
function rename(books: Books, from: string, to: string): void {
  const isOf = (id: string): boolean => id === from || id.startsWith(`${from}.`)
  const now = (id: string): string => (isOf(id) ? `${to}${id.slice(from.length)}` : id)
  if (!books.open.has(from)) books.problems.push(`${from} goes into another scope and is not there`)
  if (books.open.has(to)) books.problems.push(`${from} goes to ${to}, which is there already`)
  for (const all of [books.past, books.scopes, books.kept]) for (const id of [...all]) if (isOf(id) && all.delete(id)) all.add(now(id))
  for (const [id, entry] of [...books.open]) if (isOf(id) && books.open.delete(id)) books.open.set(now(id), entry)
  for (const [key, token] of books.keys) books.keys.set(key, now(token))
}

function isWork(wait: Wait): boolean {
  return wait.type === 'job' || wait.type === 'task' || wait.type === 'continuation' || wait.type === 'listener' || wait.type === 'call'
}

function openScope(books: Books, id: string): void {
  if (books.scopes.has(id)) books.problems.push(`scope ${id} was opened twice`)
  books.kept.delete(id)
  books.scopes.add(id)
}

function closeScope(books: Books, id: string): void {
  if (!books.scopes.delete(id)) books.problems.push(`scope ${id} was closed and not open`)
  for (const [token, { elementId }] of books.open)
    if (token.startsWith(`${id}.`)) books.problems.push(`scope ${id} was closed over ${elementId} (${token})`)
  for (const inner of books.scopes) if (inner.startsWith(`${id}.`)) books.problems.push(`scope ${id} was closed over scope ${inner}`)
}

function begin(books: Books, id: string, elementId: string, arrived: boolean): void {
  if (books.open.has(id)) books.problems.push(`${id} began twice`)
  // An iteration's own token shares its number with nothing; a scope's number is never used again.
  if (books.past.has(id)) books.problems.push(`${id} began again after its end`)
  books.open.set(id, { elementId, arrived, waits: [] })
}

function end(books: Books, id: string, elementId: string, completed: boolean): void {
  const entry = books.open.get(id)
  if (!entry) return void books.problems.push(`${elementId} (${id}) ended and was not active`)
  if (entry.elementId !== elementId) books.problems.push(`${id} began at ${entry.elementId} and ended at ${elementId}`)
  if (completed && entry.waits.some(isWork)) books.problems.push(`${elementId} (${id}) completed before its work was done`)
  books.open.delete(id)
  books.past.add(id)
}

function armed(books: Books, scopeId: string, n: number, waits: readonly Wait[]): void {
  const entry = touched(books, scopeId, n, 'armed')
  if (entry) entry.waits = waits
}

function touched(books: Books, scopeId: string, n: number, what: string): Entry | undefined {
  const entry = books.open.get(`${scopeId}.${n}`)
  if (!entry) books.problems.push(`${scopeId}.${n} was ${what} and is not active`)
  return entry
}
