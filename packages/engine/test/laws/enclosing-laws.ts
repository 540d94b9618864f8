import type { Command, IdMap } from '../../src/kernel/commands.ts'
import type { KernelEvent } from '../../src/kernel/events.ts'
import type { Definition } from '../../src/model/definition.ts'
import { drained, isOpen } from './drained.ts'
import type { Kernel } from './kernel.ts'
import { unowned } from './ownership.ts'
import { INSTANCE, type Trace } from './walk.ts'

/** The model with all that is in its process put into one sub-process of it. */
export function enclosed(xml: string): string {
  const [, before, content, after] = /^(.*<bpmn:process id="random-process"[^>]*>)(.*?)(<\/bpmn:process>.*)$/s.exec(xml) ?? []
  if (before === undefined || content === undefined || after === undefined) throw new Error('this is no random process')
  const flows = ['outerStart outer', 'outer outerEnd']
    .map((flow) => flow.split(' '))
    .map(([from, to]) => `<bpmn:sequenceFlow id="${from}_${to}" sourceRef="${from}" targetRef="${to}"/>`)
  const around = `<bpmn:startEvent id="outerStart"/><bpmn:endEvent id="outerEnd"/>${flows.join('')}`
  return `${before}${around}<bpmn:subProcess id="outer">${content}</bpmn:subProcess>${after}`
}

/**
 * What the law found, and how many instances it has migrated; in how many of them tokens went out of, or into, what was open before and
 * after.
 */
export interface Enclosing {
  readonly problems: readonly string[]
  readonly migrated: number
  readonly passed: number
}

/** Another model, and how elements and flows are called there and back. */
export interface Other {
  readonly target: Definition
  readonly map: IdMap
  readonly back: IdMap
}

/**
 * At some moments of a walk the instance is put on a model in which its elements are in other sub-processes, and back again: the events
 * tell the state, each element still ends once, nothing waits without an owner, and the instance comes to its end.
 */
export function enclosingGoesOn(trace: Trace, kernel: Kernel, { target, map, back: mapBack }: Other): Enclosing {
  const { moves } = trace
  let passed = 0
  const every = Math.max(1, Math.floor(moves.length / STATES_LOOKED_AT))
  const problems: string[] = []
  let migrated = 0
  for (const [k, { after, command }] of moves.entries()) {
    if (k % every !== 0 || !isOpen(after)) continue
    const { now } = command
    const migrate: Command = { type: 'migrateProcess', now, instanceId: INSTANCE, definitionId: 'D2', target, map }
    const outcome = kernel.step(trace.definition, after, migrate)
    if ('rejected' in outcome) {
      if (!EXPECTED.test(outcome.rejected.message)) problems.push(`after move ${k}: ${outcome.rejected.message}`)
      continue
    }
    migrated++
    if (passes(outcome.events)) passed++
    const events = [...moves.slice(0, k + 1).flatMap((move) => move.events), ...outcome.events]
    for (const one of unowned(target, outcome.state)) problems.push(`after move ${k}: ${one}`)
    problems.push(...drained(kernel, target, { state: outcome.state, now, events }, DRAINING).map((one) => `after move ${k}: ${one}`))
    const back = kernel.step(target, outcome.state, { ...migrate, target: trace.definition, map: mapBack })
    if ('rejected' in back) {
      if (!EXPECTED.test(back.rejected.message)) problems.push(`after move ${k}, out again: ${back.rejected.message}`)
      continue
    }
    if (passes(back.events)) passed++
    for (const one of unowned(trace.definition, back.state)) problems.push(`after move ${k}, out again: ${one}`)
    const returned = { state: back.state, now, events: [...events, ...back.events] }
    problems.push(...drained(kernel, trace.definition, returned, DRAINING).map((one) => `after move ${k}, out again: ${one}`))
  }
  return { problems, migrated, passed }
}

/** True where a token went in or out, and nothing was opened or ended for it. */
function passes(events: readonly KernelEvent[]): boolean {
  return events.some(({ type }) => type === 'tokenMoved') && !events.some(({ type }) => type === 'scopeOpened' || type === 'scopeClosed')
}

/** What is refused, as docs/reference/migration.md says. */
const EXPECTED =
  /can be compensated|a compensation is under way|cannot be told which belong together|fired and waits for its other flows|so that it would be done again|that is stuck|are otherwise around it|is open \d+ times|its token in "\w+": somebody is off the path there/
const STATES_LOOKED_AT = 4
const DRAINING = { movesMax: 2_000, ends: true }
