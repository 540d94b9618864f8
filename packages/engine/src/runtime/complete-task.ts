import { instanceIdOf, splitTokenId } from '../kernel/ids.ts'
import type { TaskSeen } from '../kernel/state.ts'
import { concealVariables, NO_VALUES, type Variables } from '../model/variables.ts'
import { type Api, actorOf, type CallOptions, expectDone, forTenant } from './api-context.ts'
import { checkBoolean, checkOptions, membersOf, needText } from './arguments.ts'
import { authorizeRow } from './authorize-row.ts'
import { EngineError, Refused } from './errors.ts'
import { completeOwnedTask } from './extension-port.ts'
import type { Host } from './host.ts'
import { idempotent } from './idempotent.ts'
import { checkSeen } from './instances.ts'
import { tasks } from './records/task.ts'
import { placeIn } from './row-places.ts'
import { runCommand } from './run-command.ts'
import { type Entry, keepEntry, loadEntry } from './state-cache.ts'
import { keepDraft } from './task-commands.ts'
import { unknownTaskOf } from './task-errors.ts'
import { seenOf } from './task-seen.ts'

/** What a task is completed with. */
export interface CompleteOptions extends CallOptions {
  readonly variables?: Variables
  /** False: the variables are not held against the generated form of the task. Default true. */
  readonly checkForm?: boolean
}

/**
 * Completes a task; its variables go where the model says. Throws `unknownTask`, `Refused` OnHold, `instanceSuspended`, `invalidVariable`,
 * `invalidForm`.
 */
export async function completeTask(api: Api, id: string, options: CompleteOptions = {}): Promise<void> {
  needText('tasks.complete', 'id', id)
  checkOptions('tasks.complete', options, COMPLETING)
  checkBoolean('tasks.complete', 'checkForm', options.checkForm)
  const actor = actorOf(api, options)
  const place = splitTokenId(id)
  const instanceId = place === null ? null : instanceIdOf(place.scopeId)
  const asked = authorizeRow(api, 'tasks.complete', { collection: tasks, id }, { actor, tenantId: options.tenantId })
  if (asked !== null) await asked
  const own = forTenant(api, options)
  const values = options.variables === undefined ? NO_VALUES : concealVariables(options.variables)
  if (place === null || instanceId === null) return completeOwnedTask(own, id, values, options)
  if (own.bound.isTenantBound) await checkSeen(own, instanceId)
  try {
    const base = { type: 'completeTask' as const, scopeId: place.scopeId, n: place.n, values, actor }
    const checked = options.checkForm === false ? { ...base, isUnchecked: true as const } : base
    const entry = api.host.states.get(instanceId) ?? keepEntry(api.host, await loadEntry(api.host, instanceId, place.scopeId))
    const task = isListenedTo(entry, place) ? await seenNow(api.host, id) : null
    const command = task === null ? checked : { ...checked, task }
    if (options.idempotencyKey === undefined || options.idempotencyKey === null)
      expectDone(await runCommand(api.host, { instanceId: entry?.id ?? instanceId, command, actor }), { instanceId, taskId: id })
    else
      await idempotent(api, 'tasks.complete', options, { id, values }, (also) =>
        runCommand(api.host, { instanceId, command, actor, ...(also && { also }) }),
      )
  } catch (error) {
    if (error instanceof EngineError && GONE.has(error.code)) throw unknownTaskOf(id, error)
    if (error instanceof Refused && error.code === 'OnHold') await keepDraft(api, id, values, actor)
    throw error
  }
}

async function seenNow({ storage }: Host, id: string): Promise<TaskSeen | null> {
  const [stored] = await storage.get(tasks, [id])
  return stored === undefined ? null : seenOf(stored.record)
}

/** True where `complete` listeners are to be told of the task, which is over when they hear of it. */
function isListenedTo(entry: Entry | null, first: { readonly scopeId: string; readonly n: number }): boolean {
  if (entry === null) return false
  const { scopeId, n } = placeIn(entry.state.scopes, first)
  const elementId = entry.state.scopes.get(scopeId)?.tokens[n]?.elementId ?? ''
  return (entry.definition.definition.nodes.get(elementId)?.listeners?.end.length ?? 0) > 0
}

const COMPLETING = membersOf('variables', 'checkForm')
const GONE: ReadonlySet<string> = new Set(['unknownElementInstance', 'unknownInstance', 'notWaiting', 'instanceEnded'])
