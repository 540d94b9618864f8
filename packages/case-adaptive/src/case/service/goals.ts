import type { Book } from '../book.ts'
import type { Case, Service } from '../case-state.ts'
import { advanced, caseHere, keep, noteChanged, serviceOf, termsOf } from './keep.ts'
import { endClock, GOAL_NAMES, type GoalName, resetClock, retime, type ServiceClock, startClock } from './service-clock.ts'
import type { Goals } from './terms.ts'

/** The clocks with which an episode begins. */
export function begun(book: Book, record: Case, service: Service): readonly ServiceClock[] {
  const goals = goalsOf(book, record, service)
  const { episode = 1 } = record.body
  const { time } = book.rules.service
  const clocks = GOAL_NAMES.flatMap((name) => {
    const goal = name === 'nextUpdate' && goals.firstResponse !== undefined ? undefined : goals[name]
    return goal === undefined ? [] : [{ ...startClock(time, name, goal, book.now), ...(episode > 1 && { episode }) }]
  })
  noteChanged(book, record.id, [], clocks, () => ({ change: 'started' }))
  return clocks
}

/** The case was opened again: another episode, with goals of its own. */
export function renewService(book: Book, id: string): void {
  const record = caseHere(book, id)
  const { answeredAt: _answeredAt, ...service } = serviceOf(record)
  if (record.body.service === undefined) return
  keep(book, record, { ...service, since: book.now, clocks: [...service.clocks, ...begun(book, record, service)] })
}

/** The case was not resolved after all: what was met goes on, as if it had stood still since. */
export function goOnWithService(book: Book, id: string): void {
  const record = caseHere(book, id)
  const { service } = record.body
  if (service === undefined) return
  const { time } = book.rules.service
  const clocks = service.clocks.map((clock) =>
    clock.name === 'resolution' && isCurrent(record, clock) && clock.state === 'met' ? resetClock(time, clock, book.now) : clock,
  )
  noteChanged(book, id, service.clocks, clocks, () => ({ change: 'resumed' }))
  keep(book, record, advanced(book, record, { ...service, clocks }))
}

/** The customer was answered: the first response is met, and the next update is due anew. */
export function customerAnswered(book: Book, id: string): void {
  const record = caseHere(book, id)
  if (record.body.service === undefined) return
  const { time } = book.rules.service
  const current = advanced(book, record, record.body.service)
  const isMet = (clock: ServiceClock): boolean => clock.name !== 'resolution' && isCurrent(record, clock) && clock.endedAt === undefined
  const ended = current.clocks.map((clock) => (isMet(clock) ? endClock(time, clock, 'stop', book.now) : clock))
  noteChanged(book, id, current.clocks, ended, ({ state }) => ({ change: state === 'metLate' ? 'metLate' : 'met' }))
  const goal = isOver(record) ? undefined : goalsOf(book, record, current).nextUpdate
  const { episode = 1 } = record.body
  const next = goal === undefined ? [] : [{ ...startClock(time, 'nextUpdate', goal, book.now), ...(episode > 1 && { episode }) }]
  noteChanged(book, id, [], next, () => ({ change: 'started' }))
  const kept = next.length === 0 ? ended : ended.filter((clock) => clock.name !== 'nextUpdate' || !isCurrent(record, clock))
  keep(book, record, { ...current, answeredAt: book.now, clocks: [...kept, ...next] })
}

/** Nothing is to be done in it any more. */
function isOver({ state }: Case): boolean {
  return state !== 'new' && state !== 'open' && state !== 'pending' && state !== 'suspended'
}

/** Of the episode that the case is in. */
function isCurrent({ body }: Case, { episode = 1 }: ServiceClock): boolean {
  return episode === (body.episode ?? 1)
}

function goalsOf(book: Book, record: Case, { severity }: Pick<Service, 'severity'>): Goals {
  return severity === null ? {} : (termsOf(book, record).goals[severity] ?? {})
}

/**
 * What is promised now, for each goal of this episode. Where nothing is, what is not broken yet is owed no longer; where nothing was, it
 * counts from the beginning, too.
 */
export function retimed(book: Book, record: Case, service: Service): Service {
  const goals = goalsOf(book, record, service)
  return GOAL_NAMES.reduce((before, name) => retimedGoal(book, record, before, name, goals), service)
}

function retimedGoal(book: Book, record: Case, service: Service, name: GoalName, goals: Goals): Service {
  const { time } = book.rules.service
  const goal = goals[name]
  const isIt = (clock: ServiceClock): boolean => clock.name === name && isCurrent(record, clock)
  if (goal === undefined) {
    const clocks = service.clocks.map((clock) => (isIt(clock) ? endClock(time, clock, 'cancel', book.now) : clock))
    noteChanged(book, record.id, service.clocks, clocks, () => ({ change: 'cancelled' }))
    return { ...service, clocks }
  }
  const mine = service.clocks.filter(isIt)
  if (!mine.every(({ state }) => state === 'cancelled'))
    return { ...service, clocks: service.clocks.map((clock) => (isIt(clock) ? retime(time, clock, goal, book.now) : clock)) }
  const at = sinceOf(record, service, name, goals)
  if (at === null) return service
  const { pausedMs = 0 } = mine.at(-1) ?? {}
  const { episode = 1 } = record.body
  const started = { ...startClock(time, name, goal, at), pausedMs, ...(episode > 1 && { episode }) }
  const clock = retime(time, started, goal, book.now)
  noteChanged(book, record.id, [], [clock], () => ({ change: 'started' }))
  return { ...service, clocks: [...service.clocks.filter((one) => !isIt(one)), clock] }
}

/** From when a goal counts that there was not; null: it does not. */
function sinceOf({ openedAt }: Case, { since = openedAt, answeredAt }: Service, name: GoalName, goals: Goals): number | null {
  if (name === 'resolution') return since
  if (name === 'firstResponse') return answeredAt === undefined ? since : null
  return answeredAt ?? (goals.firstResponse === undefined ? since : null)
}
