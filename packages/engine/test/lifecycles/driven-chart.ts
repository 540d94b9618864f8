import fc from 'fast-check'
import { expect } from 'vitest'
import type { AnyStateMachine } from 'xstate'
import { EngineError, Refused } from '../../src/index.ts'
import type { Lifecycle } from '../../src/lifecycles/lifecycle.ts'
import { nameOf, pairsOf, shortestPaths, simplePaths } from './chart-paths.ts'

/** A chart, and an engine that is driven along it from outside. */
export interface Drive<Subject> {
  readonly lifecycle: Lifecycle
  readonly machine: AnyStateMachine
  /** How each event is caused through the public API. A call throws or gives `refused` where the engine refuses it. */
  readonly calls: Readonly<Record<string, (subject: Subject) => Promise<unknown>>>
  /** A fresh one in the chart's initial state. */
  begin(): Promise<Subject>
  stateOf(subject: Subject): Promise<string>
  /** All that can be seen from outside. */
  seen(subject: Subject): Promise<unknown>
  /** False where the chart leaves open what the subject knows: where it came from before a hold, how many attempts are left. */
  applies?(subject: Subject, state: string, event: string): boolean
  /** True for a call that is granted without being a transition: it leaves the state as it is. */
  isTolerated?(state: string, event: string): boolean
}

/** Goes along every simple path of the chart, and gives how many there are. */
export async function followPaths<S>(drive: Drive<S>): Promise<number> {
  const paths = simplePaths(drive.machine, Object.keys(drive.calls))
  for (const path of paths)
    await go(
      drive,
      await drive.begin(),
      path.map((step) => step.event),
    )
  return paths.length
}

/** Tries every event in every state that the events lead to, and gives those states. */
export async function tryEverything<S>(drive: Drive<S>): Promise<ReadonlySet<string>> {
  const events = Object.keys(drive.calls)
  const ways = shortestPaths(drive.machine, events)
  for (const { state, event } of pairsOf(drive.lifecycle, ways.keys(), events)) {
    const way = ways.get(state) ?? []
    const subject = await drive.begin()
    await go(
      drive,
      subject,
      way.map((step) => step.event),
    )
    await attempt(drive, subject, state, event, `after "${nameOf(way)}"`)
  }
  return new Set(ways.keys())
}

/** Goes along random ways, through states visited before too, trying what is not allowed on the way. */
export async function walkAtRandom<S>(drive: Drive<S>, runs: number): Promise<void> {
  const events = fc.constantFrom(...Object.keys(drive.calls))
  const law = fc.asyncProperty(fc.array(events, { minLength: 4, maxLength: 14, size: 'max' }), async (chosen) => {
    const subject = await drive.begin()
    let state = drive.lifecycle.initial
    for (const event of chosen) state = await attempt(drive, subject, state, event, `in "${chosen.join(' ')}"`)
  })
  await fc.assert(law, { numRuns: runs })
}

async function go<S>(drive: Drive<S>, subject: S, events: readonly string[]): Promise<void> {
  let state = drive.lifecycle.initial
  expect(await drive.stateOf(subject)).toBe(state)
  for (const event of events) {
    if (drive.applies?.(subject, state, event) === false) return
    state = await attempt(drive, subject, state, event, `in "${events.join(' ')}"`)
  }
}

/** One event in one state: exactly what the chart says comes of it. Gives the state after it. */
async function attempt<S>(drive: Drive<S>, subject: S, state: string, event: string, where: string): Promise<string> {
  const next = drive.lifecycle.table[state]?.[event]
  if (drive.applies?.(subject, state, event) === false) return state
  const before = next === undefined ? await drive.seen(subject) : null
  const outcome = await drive.calls[event]?.(subject).then(
    (answer) => answer,
    (error: unknown) => error,
  )
  const isRefused = outcome === 'refused' || outcome instanceof EngineError || outcome instanceof Refused
  if (outcome instanceof Error && !isRefused) throw outcome
  const what = `${event} in ${state} ${where}`
  if (next === undefined) {
    if (!isRefused && drive.isTolerated?.(state, event) !== true) throw new Error(`${what} is not refused`)
    expect(await drive.seen(subject), what).toEqual(before)
    return state
  }
  expect(isRefused ? String(outcome) : 'granted', what).toBe('granted')
  expect(await drive.stateOf(subject), what).toBe(next)
  return next
}
