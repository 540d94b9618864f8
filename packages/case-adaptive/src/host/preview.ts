import { type Engine, EngineError, Refused } from '@leeway/engine'
import { type ExtensionPort, isoOf, revealVariables, type SubmitOptions, type Variables } from '@leeway/engine/extension'
import type { CaseCommand, Leave, Return } from '../case/commands.ts'
import type { AwayEvent, LatchRecord, ResultTaken } from '../case/deviation-state.ts'
import type { Done, Policies } from '../case/rules.ts'
import type { Check, GuaranteeClass, Verdict } from '../case/verdict.ts'
import { type LeaveAnswer, Previewed, type ReturnAnswer } from '../deviation/preview.ts'
import type { EventAfter, TimerAfter } from '../deviation/rearmed.ts'
import { namedIn } from '../people/watch-work.ts'

/** What leaving would come to. Nothing has changed. */
export interface LeavePreview {
  /** True where it would be done as asked. */
  readonly allowed: boolean
  readonly guarantee: GuaranteeClass
  readonly elementId: string | null
  readonly checks: readonly Check[]
  /** Timers under the step: what each would do while away, by when, and what would be left of it. */
  readonly timers: readonly {
    readonly elementId: string
    readonly policy: string
    readonly dueAt: string | null
    readonly remainingMs: number | null
    /** True where the model has it run on whatever happens. */
    readonly unpausable: boolean
  }[]
  /** Messages, signals and conditions that the step waits for. */
  readonly events: readonly AwayEvent[]
  /** Elements at which other tokens beside it are: they may write the same variables meanwhile. */
  readonly parallel: readonly string[]
  /** Instances that the step calls and that would be held with it. */
  readonly called: readonly string[]
  /** Why not, the first first. */
  readonly refusals: readonly RefusalView[]
}

/** What coming back would come to. Nothing has changed. */
export interface ReturnPreview {
  readonly allowed: boolean
  /** Null where it was not judged. */
  readonly guarantee: GuaranteeClass | null
  readonly verdict: Verdict | null
  readonly checks: readonly Check[]
  /** What would be set where the step stands. */
  readonly variables: Variables
  /** Those of them that items give. */
  readonly results: readonly ResultTaken[]
  /** Results of completed items that the return could take besides. */
  readonly offered: readonly { readonly itemId: string; readonly result: string }[]
  /** This instance was called, and its caller goes on by this return, with its outputs, from the call activity that waits for it. */
  readonly caller: { readonly instanceId: string; readonly elementInstanceId: string } | null
  /** Timers that it changes: those that go on again and by when they are due, those that begin, and those that end. Told of what is allowed. */
  readonly timers: readonly (Omit<TimerAfter, 'dueAt'> & { readonly dueAt: string | null })[]
  /** Messages, signals and conditions that it changes: those that are waited for as before, from then on, or no more. Told of what is allowed. */
  readonly events: readonly EventAfter[]
  /** What came while away, and what would become of it: `applied`, or `unused`. Told of what is allowed. */
  readonly latches: readonly (Omit<LatchRecord, 'at'> & { readonly at: string })[]
  readonly refusals: readonly RefusalView[]
}

/** A refusal as it would be thrown. */
export interface RefusalView {
  readonly code: string
  readonly message: string
  readonly missing?: readonly unknown[]
  readonly holders?: readonly unknown[]
  readonly proposal?: unknown
  readonly trace?: readonly unknown[]
  readonly repairs?: readonly unknown[]
}

/** Asks what leaving would come to. */
export async function askLeave(
  port: ExtensionPort<CaseCommand>,
  instanceId: string,
  command: Leave,
  by: SubmitOptions,
): Promise<LeavePreview> {
  const { refusals, deviation, timers, events, parallel, called } = (await ask(port, instanceId, command, by)) as LeaveAnswer // that of a leave
  return {
    allowed: refusals.length === 0,
    guarantee: 'G0',
    elementId: deviation?.elementId ?? null,
    checks: deviation?.body.verdict?.checks ?? [],
    timers: timers.map((timer) => ({ ...timer, dueAt: instantOf(timer.dueAt) })),
    events,
    parallel,
    called,
    refusals: refusals.map(viewOf),
  }
}

/** Asks what coming back would come to. */
export async function askReturn(
  port: ExtensionPort<CaseCommand>,
  instanceId: string,
  command: Return,
  by: SubmitOptions,
): Promise<ReturnPreview> {
  const { refusals, verdict, values, caller, comesTo } = await tryReturn(port, instanceId, command, by)
  return {
    allowed: refusals.length === 0,
    guarantee: verdict?.class ?? null,
    verdict,
    checks: verdict?.checks ?? [],
    variables: revealVariables(values?.values ?? {}),
    results: values?.taken ?? [],
    offered: values?.offered ?? [],
    caller,
    timers: (comesTo?.timers ?? []).map((timer) => ({ ...timer, dueAt: instantOf(timer.dueAt) })),
    events: comesTo?.events ?? [],
    latches: (comesTo?.latches ?? []).map((latch) => ({ ...latch, at: isoOf(latch.at) })),
    refusals: refusals.map(viewOf),
  }
}

/** The return is tried: what speaks against it beyond the judgement, such as that the instance is suspended, is a refusal besides. */
async function tryReturn(port: ExtensionPort<CaseCommand>, instanceId: string, command: Return, by: SubmitOptions): Promise<ReturnAnswer> {
  try {
    return (await ask(port, instanceId, command, by)) as ReturnAnswer // that of a return
  } catch (error) {
    if (!(error instanceof EngineError)) throw error
    // What was asked wrongly is so here, too.
    const judged = (await ask(port, instanceId, command, by, true)) as ReturnAnswer // as above
    return { ...judged, refusals: [...judged.refusals, error] }
  }
}

async function ask(
  port: ExtensionPort<CaseCommand>,
  instanceId: string,
  of: Leave | Return,
  by: SubmitOptions,
  isJudgedOnly?: true,
): Promise<LeaveAnswer | ReturnAnswer> {
  try {
    await port.submit(instanceId, { type: 'preview', of, ...(isJudgedOnly && { isJudgedOnly }) }, by)
  } catch (error) {
    if (error instanceof Previewed) return error.answer
    throw error
  }
  throw new Error('a preview was carried out')
}

function instantOf(at: number | null): string | null {
  return at === null ? null : isoOf(at)
}

function viewOf(refusal: Refused | EngineError): RefusalView {
  const { code, message } = refusal
  if (!(refusal instanceof Refused)) return { code, message }
  const { missing, holders, proposal, trace, details } = refusal
  const repairs: unknown = details?.repairs
  return {
    code,
    message,
    ...(missing !== undefined && { missing }),
    ...(holders !== undefined && { holders }),
    ...(proposal !== undefined && { proposal }),
    ...(trace !== undefined && { trace }),
    ...(Array.isArray(repairs) && { repairs }),
  }
}

/** What was done on an instance's path of the elements that rules name; nothing is read where there are no such rules. */
export async function doneBefore(engine: Pick<Engine, 'history'>, policies: Policies, instanceId: string): Promise<readonly Done[]> {
  const named = namedIn(policies)
  if (named.size === 0) return []
  const events = await engine.history(instanceId)
  return events.flatMap(({ type, elementId, actor }): Done[] =>
    type === 'elementCompleted' && elementId !== undefined && named.has(elementId) ? [{ elementId, by: actor }] : [],
  )
}
