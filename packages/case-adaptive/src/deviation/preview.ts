import { type EngineError, Refused } from '@leeway/engine'
import type { InstanceReader } from '@leeway/engine/extension'
import type { Book } from '../case/book.ts'
import type { Return } from '../case/commands.ts'
import type { AwayEvent, AwayTimer, Deviation, LatchRecord } from '../case/deviation-state.ts'
import type { Verdict } from '../case/verdict.ts'
import { judgeReturn } from '../guarantee/guard-return.ts'
import { policyOf } from '../people/element-policy.ts'
import { calledAt, callerOf } from './cascade.ts'
import { checkReturn } from './checks.ts'
import type { Rearmed } from './rearmed.ts'
import type { Caller } from './refusals.ts'
import { type ReturnValues, valuesOfReturn } from './results.ts'
import { awayDeviation } from './return.ts'

/** What a deviation that is only looked at has as its id's beginning. */
export const PREVIEW = 'preview!'

/** Ends a command that only asks: nothing of it is kept, this is the answer. */
export class Previewed extends Error {
  readonly answer: LeaveAnswer | ReturnAnswer

  constructor(answer: LeaveAnswer | ReturnAnswer) {
    super('previewed')
    this.answer = answer
  }
}

export interface LeaveAnswer {
  readonly refusals: readonly (Refused | EngineError)[]
  readonly deviation: Deviation | null
  readonly timers: readonly (AwayTimer & { readonly unpausable: boolean })[]
  readonly events: readonly AwayEvent[]
  /** Elements at which other tokens of the instance are: they may write the same variables. */
  readonly parallel: readonly string[]
  /** Instances that would be held with the step. */
  readonly called: readonly string[]
}

export interface ReturnAnswer {
  readonly refusals: readonly (Refused | EngineError)[]
  readonly verdict: Verdict | null
  /** Who called this instance and goes on by the return; null where nobody does. */
  readonly caller: Caller | null
  /** What would be set; null where that is not known. */
  readonly values: ReturnValues | null
  /** What it would change of what is armed and kept; absent where it was not tried. */
  readonly comesTo?: Rearmed & { readonly latches: readonly LatchRecord[] }
}

/** Judges a return that is not made. */
export function previewReturn(book: Book, command: Return, instance: InstanceReader, actor: string): ReturnAnswer {
  try {
    const deviation = awayDeviation(book, command.deviationId)
    const values = valuesOfReturn(book, command, deviation)
    const whole: Return = { ...command, variables: values.values }
    const before = refusalIn(() => checkReturn(book, whole, deviation, instance))
    const { refusals, verdict } = judgeReturn(book, whole, deviation, instance, actor)
    return { refusals: before === null ? refusals : [before, ...refusals], verdict, values, caller: goingOn(whole, deviation, instance) }
  } catch (error) {
    if (error instanceof Refused) return { refusals: [error], verdict: null, values: null, caller: null }
    throw error
  }
}

/** A called instance that ends lets its caller go on. */
function goingOn(command: Return, { body }: Deviation, instance: InstanceReader): Caller | null {
  return command.to.type === 'endScope' && body.anchor.scopeId === instance.id && !isScopeOf(body.anchor, instance)
    ? callerOf(instance)
    : null
}

function isScopeOf({ type, elementInstanceId }: Deviation['body']['anchor'], instance: InstanceReader): boolean {
  return type === 'token' && instance.token(elementInstanceId)?.child === true
}

/** What leaving would come to, read from a deviation that was begun and is not kept. */
export function leaveAnswer(book: Book, deviation: Deviation, instance: InstanceReader): LeaveAnswer {
  const { definition } = instance
  const { timers, events, anchor } = deviation.body
  const others = Object.entries(instance.scope(anchor.scopeId)?.tokens ?? {}).filter(
    ([n]) => `${anchor.scopeId}.${n}` !== anchor.elementInstanceId,
  )
  return {
    refusals: [],
    deviation,
    timers: timers.map((timer) => {
      const node = definition.nodes.get(timer.elementId)
      return { ...timer, unpausable: node !== undefined && policyOf(node, definition.key, book.rules.policies).unpausable === true }
    }),
    events,
    called: deviation.body.runsOn || deviation.mode === 'alongside' ? [] : calledAt(instance, anchor.elementInstanceId),
    parallel: [...new Set(others.map(([, { elementId }]) => elementId))],
  }
}

export function refusedLeave(refusal: Refused | EngineError): LeaveAnswer {
  return { refusals: [refusal], deviation: null, timers: [], events: [], parallel: [], called: [] }
}

function refusalIn(check: () => void): Refused | null {
  try {
    check()
    return null
  } catch (error) {
    if (error instanceof Refused) return error
    throw error
  }
}
