import { apply, replay } from '../../src/kernel/apply.ts'
import type { Command } from '../../src/kernel/commands.ts'
import { emptyState, openDraft, type ScriptAnswer, type ScriptAsked, stateOf } from '../../src/kernel/draft.ts'
import type { Environment } from '../../src/kernel/environment.ts'
import type { KernelEvent } from '../../src/kernel/events.ts'
import type { InstanceState } from '../../src/kernel/state.ts'
import { type Rejection, step } from '../../src/kernel/step.ts'
import { type Calendar, type CalendarDefinition, readCalendar } from '../../src/model/calendar.ts'
import type { Definition } from '../../src/model/definition.ts'

/** What the laws need of a kernel. The real one, or one with a planted fault, to see that a law bites. */
export interface Kernel {
  readonly step: (definition: Definition, state: InstanceState, command: Command) => Outcome
  readonly replay: (events: Iterable<KernelEvent>) => InstanceState
}

export type Outcome = { readonly state: InstanceState; readonly events: readonly KernelEvent[] } | { readonly rejected: Rejection }

const DAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const

/** Business hours of random models: five minutes of each quarter of an hour, so that what is done within minutes meets closed ones. */
export const CALENDARS: { readonly hours: CalendarDefinition } = {
  hours: {
    timeZone: 'UTC',
    hours: Object.fromEntries(DAYS.map((day) => [day, quarters()])),
  },
}
export const HOURS: Calendar = hoursOf(CALENDARS.hours)
export const ALWAYS_OPEN: Calendar = hoursOf({
  timeZone: 'UTC',
  hours: Object.fromEntries(DAYS.map((day) => [day, [['00:00', '24:00']]])),
})

/** The environment of all walks. */
export const environment: Environment = {
  functions: {},
  beans: {},
  calendar: () => HOURS,
  timeZone: 'UTC',
  handles: () => false,
  operationsMax: 1_000_000,
}

/** The kernel under test. */
export const realKernel: Kernel = kernelIn(environment)

/** The kernel in an environment of one's own. Scripts of the model are answered by `answer`; without it there must be none. */
export function kernelIn(its: Environment, answer: ((asked: ScriptAsked) => ScriptAnswer) | null = null): Kernel {
  return {
    step(definition, state, command) {
      const answers = new Map<string, ScriptAnswer>()
      for (;;) {
        const result = step(definition, state, command, its, answers)
        if (!('needs' in result)) return result
        for (const need of result.needs) {
          if (answer === null || !('script' in need) || answers.has(need.script.key))
            throw new Error('a complete state needs nothing but what scripts give')
          answers.set(need.script.key, answer(need.script))
        }
      }
    },
    replay,
  }
}

function hoursOf(definition: CalendarDefinition): Calendar {
  const read = readCalendar(definition)
  if ('problem' in read) throw new Error(read.problem)
  return read.calendar
}

function quarters(): [string, string][] {
  const two = (n: number): string => String(n).padStart(2, '0')
  return Array.from({ length: 96 }, (_, n) => {
    const hour = two(Math.floor(n / 4))
    return [`${hour}:${two((n % 4) * 15)}`, `${hour}:${two((n % 4) * 15 + 5)}`]
  })
}

/** A kernel whose events pass through a fault: `reported` are those given out, `applied` those that make the state. */
export function faultyKernel(
  fault: (
    events: readonly KernelEvent[],
    state: InstanceState,
  ) => { readonly reported: readonly KernelEvent[]; readonly applied: readonly KernelEvent[] },
): Kernel {
  return {
    step(definition, state, command) {
      const result = realKernel.step(definition, state, command)
      if ('rejected' in result) return result
      const { reported, applied } = fault(result.events, state)
      return { state: applyAll(state, applied), events: reported }
    },
    replay,
  }
}

/** The state that these events make of the state. */
export function applyAll(state: InstanceState, events: readonly KernelEvent[]): InstanceState {
  const draft = openDraft(state, true)
  for (const event of events) apply(draft, event)
  return stateOf(draft)
}

export { emptyState }
