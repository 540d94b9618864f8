import { isLeewayError } from '@leeway/storage'
import { toBoolean } from '../expressions/coerce.ts'
import type { FlowNode } from '../model/elements.ts'
import type { ConditionalEventDefinition } from '../model/event-definitions.ts'
import type { Step } from './agenda.ts'
import type { Change } from './changes.ts'
import { findScope, requireChildren } from './draft.ts'
import { tokenId } from './ids.ts'
import { type ConditionWait, isArmed, type Token, tokenNumbers } from './state.ts'
import { occurOrLatch } from './triggering.ts'
import { evaluate } from './variables.ts'
import { insideOf } from './work.ts'

/**
 * Judges the conditions that what has changed concerns: those armed in the scope of a change and further inside, and those that are newly
 * armed. One that comes true occurs. BPMN 2.0.2 §10.5.5. Nothing is done while the instance is suspended: its resumption looks at all.
 */
export function judgeConditions(step: Step): void {
  const changes = step.changes ?? []
  step.changes = null
  if (step.isStill) return
  for (const change of changes) judgeWithin(step, change.scopeId, change.n, change.what)
}

function judgeWithin(step: Step, scopeId: string, n: number | null, what: Change['what']): void {
  const scope = findScope(step.draft, scopeId)
  if (scope?.conditions === undefined) return
  if (scope.rounds) {
    requireChildren(step.draft, scopeId)
    for (let k = 1; k <= scope.rounds.begun; k++) judgeWithin(step, tokenId(scopeId, k), null, what)
    return
  }
  for (const k of n === null ? tokenNumbers(scope) : [n]) {
    const token = findScope(step.draft, scopeId)?.tokens[k]
    for (const wait of token?.waits ?? []) if (wait.type === 'condition') judge(step, scopeId, k, wait, what)
    if (what !== 'armed' && token?.watches) judgeWithin(step, tokenId(scopeId, k), null, what)
  }
}

function judge(step: Step, scopeId: string, n: number, { for: target, definition: k = 0 }: ConditionWait, what: Change['what']): void {
  const token = findScope(step.draft, scopeId)?.tokens[n]
  const wait = token && conditionOf(token, target, k) // one judged before it may have ended it
  const event = step.definition.nodes.get(target)
  const definition = event && 'eventDefinitions' in event ? event.eventDefinitions[k] : undefined
  if (!token || !wait || definition?.type !== 'conditional' || !isArmed(wait) || !concerns(definition, what)) return
  if (definition.occurs === 'eachChange' && typeof what === 'string') return
  const holds = isTrue(step, seenBy(step, scopeId, n, event?.type), definition)
  const again = definition.occurs !== 'onceTrue' && what !== 'resumed'
  if (holds && (!wait.holds || again)) {
    occurOrLatch(step, scopeId, n, token, wait, { for: target, kind: 'condition', definition: k, values: {} })
  } else if (holds !== wait.holds) step.emit({ type: 'conditionJudged', scopeId, n, for: target, definition: k, holds })
}

function conditionOf(token: Token, target: string, k: number): ConditionWait | undefined {
  return token.waits?.find((one): one is ConditionWait => one.type === 'condition' && one.for === target && (one.definition ?? 0) === k)
}

/** The filters of the model say which changes are of interest; a condition that is newly armed is judged in any case. */
function concerns({ variables, changes }: ConditionalEventDefinition, what: Change['what']): boolean {
  if (typeof what === 'string' || (variables === null && changes === null)) return true
  for (const [name, change] of what) {
    if ((variables === null || variables.includes(name)) && (changes === null || changes.includes(change))) return true
  }
  return false
}

/**
 * Where a condition is seen from. A boundary event of what opened a scope sees that scope's own variables, as it does those of a task: so
 * do Camunda 7, 8 and Flowable. In plain BPMN it belongs to what is around its activity, and sees what is visible there (BPMN 2.0.2
 * §10.4.1).
 */
function seenBy(
  step: Step,
  scopeId: string,
  n: number,
  type: FlowNode['type'] | undefined,
): { readonly scopeId: string; readonly n: number | null } {
  if (type !== 'boundaryEvent' || step.definition.dialect === 'plain') return { scopeId, n }
  return insideOf(step, scopeId, n)
}

/** A condition that cannot be evaluated, often because a variable is not there yet, is not true. */
function isTrue(
  step: Step,
  { scopeId, n }: { readonly scopeId: string; readonly n: number | null },
  { condition }: ConditionalEventDefinition,
): boolean {
  try {
    return toBoolean(evaluate(step, scopeId, n, condition), condition)
  } catch (error) {
    if (!isLeewayError(error)) throw error
    return false
  }
}
