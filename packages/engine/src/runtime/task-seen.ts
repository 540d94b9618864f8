import type { EvaluationContext, Expression, TaskMember, TaskPlace } from '../expressions/expression.ts'
import { ExpressionError } from '../expressions/expression-error.ts'
import { kindOf } from '../expressions/plain-data.ts'
import { PRIORITY_DEFAULT } from '../kernel/behaviours/user-task.ts'
import { splitTokenId } from '../kernel/ids.ts'
import type { TaskSeen } from '../kernel/state.ts'
import type { Listener } from '../model/data.ts'
import { addDuration, parseDuration } from '../model/duration.ts'
import type { FlowNode, UserTask } from '../model/elements.ts'
import { parseInstant } from '../model/instant.ts'
import { unsearchable } from '../model/searched-text.ts'
import type { Variables } from '../model/variables.ts'
import type { Host } from './host.ts'
import { tokenIdOfRow } from './record-ids.ts'
import type { JobRecord } from './records/job.ts'
import { type TaskRecord, tasks } from './records/task.ts'
import { placeIn } from './row-places.ts'
import type { Entry } from './state-cache.ts'

/** The task that a listener hears of, as far as it is known outside the model, and whether a change of it still has an effect. */
export interface TaskHeardOf {
  readonly event: string
  readonly seen: TaskSeen
  /** `model`: what is not in `seen` is as the model says, for the task is still to be made. `row`: all that is known is seen. */
  readonly from: 'model' | 'row'
  readonly takesChanges: boolean
}

/** What the camunda family's listeners of tasks hear; those of elements hear `start`, `end` and `take`. */
const OF_TASKS: ReadonlySet<string> = new Set(['create', 'assignment', 'update', 'complete', 'delete', 'timeout'])

/** The task of a listener's job; null for a listener of an element. A promise where its row is read. */
export async function taskHeardOf(
  { storage }: Pick<Host, 'storage'>,
  entry: Entry,
  record: JobRecord,
  listener: Listener,
): Promise<TaskHeardOf | null> {
  const { event } = listener
  if (!OF_TASKS.has(event)) return null
  const id = tokenIdOfRow(record.id)
  const first = splitTokenId(id)
  const place = first && placeIn(entry.state.scopes, first)
  const kept = place && entry.state.scopes.get(place.scopeId)?.tokens[place.n]?.listening?.task
  if (listener.key.startsWith('start')) return { event, seen: kept ?? {}, from: 'model', takesChanges: true }
  const row = await rowOf(storage, entry, record.body.elementId ?? '', id)
  const seen = row === null ? (kept ?? {}) : seenOf(row)
  return { event, seen, from: 'row', takesChanges: row !== null && listener.notice !== undefined }
}

/** A timeout listener has a token of its own: the task is the one of its element, where there is only one. */
async function rowOf(storage: Host['storage'], entry: Entry, elementId: string, id: string): Promise<TaskRecord | null> {
  const [own] = await storage.get(tasks, [id])
  if (own !== undefined) return own.record
  const node = entry.definition.definition.nodes.get(elementId)
  if (node?.type !== 'boundaryEvent') return null
  const where = { instanceId: { eq: entry.id }, elementId: { eq: node.attachedTo.id } }
  const [only, second] = await storage.find(tasks, { where, orderBy: [{ field: 'id' }], limit: 2 })
  return second === undefined ? (only?.record ?? null) : null
}

/** What a row tells of its task. */
export function seenOf(row: TaskRecord): TaskSeen {
  const { assignee, candidateUsers, candidateGroups, dueAt, followUpAt, priority, createdAt, body } = row
  return {
    name: body.name ?? null,
    assignee,
    candidateUsers,
    candidateGroups,
    dueAt,
    followUpAt,
    priority,
    createdAt,
    owner: body.owner ?? body.modelOwner ?? null,
  }
}

/** A row with what a listener changed of its task. */
export function withChanges(row: TaskRecord, changes: TaskSeen): TaskRecord {
  const { name, createdAt: _createdAt, owner: _owner, ...members } = changes
  const state = members.assignee === undefined || row.held ? row.state : stateOf(row, members.assignee)
  return { ...row, ...members, state, ...(name !== undefined && { body: { ...row.body, name } }) }
}

function stateOf({ state }: TaskRecord, assignee: string | null): string {
  if (assignee === null) return 'ready'
  return state === 'ready' ? 'reserved' : state
}

/** What the listener's expression may do with the task, and what it changed. */
export function openTask(
  heard: TaskHeardOf,
  node: FlowNode,
  context: EvaluationContext,
): { readonly place: TaskPlace; changes(): TaskSeen | undefined } {
  let changes: TaskSeen = {}
  const known = (): TaskSeen => ({ ...heard.seen, ...changes })
  const place: TaskPlace = {
    read(member) {
      if (member === 'eventName') return heard.event
      const seen = known()
      if (member === 'dueDate' || member === 'followUpDate') {
        const at = member === 'dueDate' ? seen.dueAt : seen.followUpAt
        const modelled = at === undefined && heard.from === 'model' && node.type === 'userTask' ? node.assignment[member] : null
        return modelled === null ? dateOf(at) : dateOf(instantFrom(modelled.evaluate(context), context))
      }
      if (member === 'createdAt') return dateOf(seen.createdAt)
      const value = seen[member]
      if (value !== undefined) return value
      return heard.from === 'model' && node.type === 'userTask' ? modelledMember(node, member, context) : null
    },
    change(member, value) {
      if (!heard.takesChanges)
        throw new ExpressionError(
          'notAllowed',
          `A listener of "${heard.event}" cannot change the task: let one of "create" do it, or engine.tasks`,
        )
      changes = { ...changes, ...changeOf(member, value, context) }
    },
  }
  return { place, changes: () => (Object.keys(changes).length === 0 ? undefined : changes) }
}

/** What a listener may change, by its names. */
export const TASK_MEMBERS: readonly TaskMember[] = [
  'name',
  'assignee',
  'priority',
  'dueDate',
  'followUpDate',
  'candidateUsers',
  'candidateGroups',
]

/** All that the place tells, for a script that cannot ask. */
export function membersOf(place: TaskPlace): Variables {
  return Object.fromEntries(([...TASK_MEMBERS, 'owner', 'createdAt', 'eventName'] as const).map((member) => [member, place.read(member)]))
}

function changeOf(member: TaskMember, value: unknown, context: EvaluationContext): TaskSeen {
  if (member === 'dueDate') return { dueAt: instantFrom(value, context) }
  if (member === 'followUpDate') return { followUpAt: instantFrom(value, context) }
  const isFit = FITS[member]
  if (!isFit(value)) throw new ExpressionError('type', `The ${member} of a task cannot be ${kindOf(value)}`)
  const texts = member === 'name' || value === null ? [] : [value].flat().filter((one) => typeof one === 'string')
  for (const text of texts) {
    const problem = unsearchable(text)
    if (problem !== null) throw new ExpressionError('type', `The ${member} of a task cannot be ${problem}`)
  }
  if (member === 'priority' && !Number.isSafeInteger(value))
    throw new ExpressionError('type', 'The priority of a task must be a whole number')
  return { [member]: value } // the caller gives each member what it is
}

const isTextOrNone = (value: unknown): boolean => value === null || typeof value === 'string'
const isTexts = (value: unknown): boolean => Array.isArray(value) && value.every((one) => typeof one === 'string')
const FITS: Readonly<Record<Exclude<TaskMember, 'dueDate' | 'followUpDate'>, (value: unknown) => boolean>> = {
  name: isTextOrNone,
  assignee: isTextOrNone,
  priority: (value) => typeof value === 'number',
  candidateUsers: isTexts,
  candidateGroups: isTexts,
}

function modelledMember(
  node: UserTask,
  member: 'name' | 'assignee' | 'owner' | 'priority' | 'candidateUsers' | 'candidateGroups',
  context: EvaluationContext,
): unknown {
  if (member === 'name') return node.title === undefined ? node.name : node.title.evaluate(context)
  const expression: Expression | null = node.assignment[member] ?? null
  const value = expression === null ? null : expression.evaluate(context)
  if (member === 'priority') return value === null ? PRIORITY_DEFAULT : Number(value)
  if (member === 'assignee' || member === 'owner') return value
  if (value === null) return []
  const items = Array.isArray(value) ? value.map(String) : String(value).split(',')
  return items.map((item) => item.trim()).filter((item) => item !== '')
}

function dateOf(at: number | null | undefined): Date | null {
  return at === null || at === undefined ? null : new Date(at)
}

/** A date, an ISO text, or a duration from now. */
function instantFrom(value: unknown, { now, timeZone }: EvaluationContext): number | null {
  if (value === null || value === undefined || value === '') return null
  if (value instanceof Date) return value.getTime()
  const text = String(value)
  const duration = parseDuration(text)
  if ('duration' in duration) return addDuration(now, duration.duration, timeZone)
  const instant = parseInstant(text, timeZone)
  if ('at' in instant) return instant.at
  throw new ExpressionError('type', `"${text}" is neither a date nor a duration`)
}
