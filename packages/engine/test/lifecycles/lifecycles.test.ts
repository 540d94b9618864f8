import { describe, expect, test } from 'vitest'
import { type AnyMachineSnapshot, type AnyStateMachine, initialTransition, transition } from 'xstate'
import { getShortestPaths, getSimplePaths } from 'xstate/graph'
import { elementInstanceChart, elementInstanceLifecycle, elementInstanceMachine } from '../../src/lifecycles/element-instance.ts'
import { incidentChart, incidentLifecycle, incidentMachine } from '../../src/lifecycles/incident.ts'
import { jobChart, jobLifecycle, jobMachine } from '../../src/lifecycles/job.ts'
import { type Lifecycle, LifecycleError, takes, transitionOf } from '../../src/lifecycles/lifecycle.ts'
import { processInstanceChart, processInstanceLifecycle, processInstanceMachine } from '../../src/lifecycles/process-instance.ts'
import { userTaskChart, userTaskLifecycle, userTaskMachine } from '../../src/lifecycles/user-task.ts'

interface Chart {
  readonly states: { readonly [name: string]: { readonly description: string; readonly on?: object; readonly type?: string } }
}

const charts: readonly { name: string; chart: Chart; machine: AnyStateMachine; lifecycle: Lifecycle }[] = [
  { name: 'process instance', chart: processInstanceChart, machine: processInstanceMachine, lifecycle: processInstanceLifecycle },
  { name: 'element instance', chart: elementInstanceChart, machine: elementInstanceMachine, lifecycle: elementInstanceLifecycle },
  { name: 'user task', chart: userTaskChart, machine: userTaskMachine, lifecycle: userTaskLifecycle },
  { name: 'job', chart: jobChart, machine: jobMachine, lifecycle: jobLifecycle },
  { name: 'incident', chart: incidentChart, machine: incidentMachine, lifecycle: incidentLifecycle },
]

describe.each(charts)('the life of a $name', ({ chart, machine, lifecycle }) => {
  const events = lifecycle.events.map((type) => ({ type }))

  test('has states that are all described and all reached', () => {
    expect(lifecycle.states).toEqual(Object.keys(chart.states))
    for (const state of Object.values(chart.states)) expect(state.description).toMatch(/^[A-Z].*\.$/)
    const reached = getShortestPaths(machine, { events }).map((path) => String(path.state.value))
    expect(new Set(reached)).toEqual(new Set(lifecycle.states))
  })

  test('ends in final states, which nothing leaves, and from every other state it can end', () => {
    expect(lifecycle.final.size).toBeGreaterThan(0)
    const ending = new Set<string>(lifecycle.final)
    for (const state of lifecycle.final) expect(Object.keys(lifecycle.table[state]!)).toEqual([])
    for (const _ of lifecycle.states) {
      for (const state of lifecycle.states) if (Object.values(lifecycle.table[state]!).some((next) => ending.has(next!))) ending.add(state)
    }
    expect(ending.size).toBe(lifecycle.states.length)
    for (const state of lifecycle.states) expect(lifecycle.final.has(state)).toBe(Object.keys(lifecycle.table[state]!).length === 0)
  })

  test('takes as a table exactly the transitions that the machine takes, in every state and for every event', () => {
    const shortest = getShortestPaths(machine, { events })
    expect(shortest).toHaveLength(lifecycle.states.length)
    for (const path of shortest) {
      for (const event of events) {
        const next = machineTakes(machine, path.state as AnyMachineSnapshot, event.type)
        const state = String(path.state.value)
        expect(lifecycle.table[state]![event.type]).toBe(next)
        expect(takes(lifecycle, state, event.type)).toBe(next !== undefined)
      }
    }
  })

  test('goes along every simple path as the machine does', () => {
    const paths = getSimplePaths(machine, { events })
    expect(paths.length).toBeGreaterThanOrEqual(lifecycle.states.length)
    for (const path of paths.slice(0, 2000)) {
      let state = lifecycle.initial
      let snapshot = initialTransition(machine)[0] as AnyMachineSnapshot
      for (const { event } of path.steps) {
        if (event.type === 'xstate.init') continue
        snapshot = transition(machine, snapshot, event)[0] as AnyMachineSnapshot
        state = transitionOf(lifecycle, state, event.type)
        expect(state).toBe(snapshot.value)
      }
      expect(state).toBe(path.state.value)
      expect(snapshot.status === 'done').toBe(lifecycle.final.has(state))
    }
  })
})

/** The state that the machine enters on an event, undefined where it does not take it. */
function machineTakes(machine: AnyStateMachine, snapshot: AnyMachineSnapshot, type: string): string | undefined {
  return snapshot.can({ type }) ? String(transition(machine, snapshot, { type })[0].value) : undefined
}

describe('an illegal transition', () => {
  const fault = (run: () => unknown): LifecycleError => {
    try {
      run()
    } catch (error) {
      if (error instanceof LifecycleError) return error
    }
    throw new Error('no LifecycleError was thrown')
  }

  test('is an error that names chart, state, event and what is allowed', () => {
    const error = fault(() => transitionOf(userTaskLifecycle, 'heldReady', 'complete'))
    expect(error.code).toBe('illegalTransition')
    expect(error.details).toEqual({ chart: 'userTask', state: 'heldReady', event: 'complete', allowed: ['resume', 'cancel'] })
    expect(error.message).toBe('The lifecycle userTask has no transition "complete" from "heldReady": there it takes resume, cancel')
  })

  test('from a final state says that it is the end', () => {
    expect(fault(() => transitionOf(jobLifecycle, 'completed', 'complete')).message).toContain('that is its end')
  })

  test('from a state or by an event that does not exist is refused too, also by names every object has', () => {
    const loose: Lifecycle = incidentLifecycle
    for (const name of ['constructor', '__proto__', 'toString', 'gone']) {
      expect(fault(() => transitionOf(loose, 'open', name)).details.allowed).toEqual(['resolve', 'cancel'])
      expect(fault(() => transitionOf(loose, name, 'resolve')).message).toContain('no such state')
    }
  })
})

test('states and events are literal types', () => {
  const state: 'open' | 'resolved' | 'cancelled' = transitionOf(incidentLifecycle, 'open', 'resolve')
  expect(state).toBe('resolved')
  // @ts-expect-error an event that the chart does not have
  expect(() => transitionOf(incidentLifecycle, 'open', 'reopen')).toThrow(LifecycleError)
  // @ts-expect-error a state that the chart does not have
  expect(() => transitionOf(incidentLifecycle, 'closed', 'resolve')).toThrow(LifecycleError)
})
