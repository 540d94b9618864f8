import type { Expression } from '../../expressions/expression.ts'
import { addDuration, parseDuration } from '../../model/duration.ts'
import type { UserTask } from '../../model/elements.ts'
import { parseInstant } from '../../model/instant.ts'
import type { Step } from '../agenda.ts'
import type { Behaviour } from '../behaviour.ts'
import { boundaryWaits } from '../catching.ts'
import { scopeOf } from '../draft.ts'
import type { TaskDetails } from '../events/wait-details.ts'
import { formDetails } from '../forms.ts'
import { tokenId } from '../ids.ts'
import { KernelError } from '../kernel-error.ts'
import type { Instant, Wait } from '../state.ts'
import { searched } from '../text.ts'
import { evaluate, setVisible } from '../variables.ts'
import { integerOf, textOf } from '../work.ts'

/** Waits until a person completes its task. BPMN 2.0.2 §10.3.4, §13.3.3. */
export const userTask: Behaviour<UserTask> = {
  execute(step, node, scopeId, n) {
    const changed = node.listeners === null ? undefined : scopeOf(step.draft, scopeId).tokens[n]?.listening?.task
    const details = taskDetails(step, node, scopeId, n)
    const task = changed === undefined ? details : { ...details, ...changed }
    if (node.taskIdVariable) {
      const name = textOf(step, scopeId, n, node.taskIdVariable, "name of the variable for the task's id")
      setVisible(step, scopeId, n, { [name]: tokenId(scopeId, n) })
    }
    const boundary = boundaryWaits(step, scopeId, n, node)
    const waits = boundary.length === 0 ? taskOnly : [...taskOnly, ...boundary]
    step.emit({ type: 'elementWaits', scopeId, n, elementId: node.id, waits, task })
  },
}

const taskOnly: readonly Wait[] = Object.freeze([Object.freeze({ type: 'task' as const })])

/** Priority of a task that names none. WS-HumanTask has 0 to 10; the camunda family and zeebe 0 to 100. */
export const PRIORITY_DEFAULT = 50

function taskDetails(step: Step, node: UserTask, scopeId: string, n: number): TaskDetails {
  const { assignment } = node
  const owner = assignment.owner === undefined ? null : personOf(step, scopeId, n, assignment.owner, 'owner')
  const category = assignment.category === undefined ? null : textOf(step, scopeId, n, assignment.category, 'category')
  const details: TaskDetails = {
    name: node.title === undefined ? node.name : textOf(step, scopeId, n, node.title, 'name'),
    assignee: assignment.assignee && personOf(step, scopeId, n, assignment.assignee, 'assignee'),
    candidateUsers: listOf(step, scopeId, n, assignment.candidateUsers),
    candidateGroups: listOf(step, scopeId, n, assignment.candidateGroups),
    dueAt: instantOf(step, scopeId, n, assignment.dueDate, 'due date'),
    followUpAt: instantOf(step, scopeId, n, assignment.followUpDate, 'follow-up date'),
    priority: assignment.priority ? integerOf(step, scopeId, n, assignment.priority, 'priority') : PRIORITY_DEFAULT,
    form: node.form && formDetails(step, scopeId, n, node.form),
  }
  return owner === null && category === null
    ? details
    : { ...(owner !== null && { owner }), ...(category !== null && { category }), ...details }
}

/** One user's id; nobody where the expression gives null or an empty text. */
function personOf(step: Step, scopeId: string, n: number, expression: Expression, what: string): string | null {
  const result = evaluate(step, scopeId, n, expression)
  if (result === null || result === undefined || result === '') return null
  if (typeof result === 'string' || typeof result === 'number') return searched(String(result), `${what} "${expression.source}"`)
  throw new KernelError('invalidValue', `the ${what} "${expression.source}" is no user's id`)
}

/** A list, or a comma-separated text. */
function listOf(step: Step, scopeId: string, n: number, expression: Expression | null): readonly string[] {
  if (expression === null) return none
  const result = evaluate(step, scopeId, n, expression)
  if (result === null || result === undefined) return none
  const items = Array.isArray(result) ? result.map(String) : String(result).split(',')
  return items.flatMap((item) => (item.trim() === '' ? [] : [searched(item.trim(), `candidate of "${expression.source}"`)]))
}

const none: readonly string[] = Object.freeze([])

/** An ISO date, or a duration from now. */
function instantOf(step: Step, scopeId: string, n: number, expression: Expression | null, what: string): Instant | null {
  if (expression === null) return null
  const result = evaluate(step, scopeId, n, expression)
  if (result === null || result === undefined || result === '') return null
  if (result instanceof Date && !Number.isNaN(result.getTime())) return result.getTime()
  const text = textOf(step, scopeId, n, expression, what)
  const zone = step.environment.timeZone
  const duration = parseDuration(text)
  if ('duration' in duration) return addDuration(step.now, duration.duration, zone)
  const instant = parseInstant(text, zone)
  if ('at' in instant) return instant.at
  throw new KernelError('invalidTimer', `the ${what} "${text}" is neither a date nor a duration: ${instant.problem}`)
}
