import type { Collection, Order, Query, StoredRecord, Where } from '@leeway/storage'
import type { Value, Values } from '../model/value.ts'
import { concealVariables } from '../model/variables.ts'
import { type Also, NOTHING } from './also.ts'
import { type Api, actorOf, authorize, type CallOptions, expectDone, tenantOf } from './api-context.ts'
import { decideOnce, ExtensionRefusal, endTrial, type OwnOccurrence } from './consult.ts'
import { changesOf, openConsultation, RecordMissing, restart } from './consultation.ts'
import { AGAIN, contended } from './contended.ts'
import { EngineError } from './errors.ts'
import { everyInOrder, everyRecord, purgeEvery } from './every-record.ts'
import type { Extension } from './extension.ts'
import type { Host } from './host.ts'
import { instanceIdOfKey, withIdempotency } from './idempotency.ts'
import { checkSeen } from './instances.ts'
import { commands } from './records/history.ts'
import { type TaskRecord, tasks } from './records/task.ts'
import { releaseInstance } from './release-instance.ts'
import { runCommand } from './run-command.ts'
import type { StartOptions } from './start.ts'
import { type ProcessReference, startInstance } from './start-instance.ts'
import { tellNoted } from './tell-events.ts'

/** Commands that an extension's `decide` answers, and readings of its records. */
export interface CommandPort<Own> {
  /** Asks the host's `authorize` about a call, for what is to be read before a command is put or without one. Throws `notAuthorized`. */
  ask(call: Pick<SubmitOptions, 'operation' | 'actor' | 'tenantId'> & { readonly instanceId?: string | null }): Promise<void>
  /**
   * Puts a command before `decide`, in the order of the instance's commands, and marks the instance as carrying the extension; null for
   * what concerns records only. Gives the decision's answer. A function makes the command where no call with the same key was answered
   * before. Throws what the decision refuses with, `unknownInstance`.
   */
  submit(instanceId: string | null, command: MadeOf<Own>, options?: SubmitOptions): Promise<Value>
  /**
   * Starts a process instance that carries the extension, and puts a command before `decide` in the same commit. A function makes the
   * command as for `submit`. Throws as `engine.start`.
   */
  start(process: ProcessReference, start: StartOptions, command: MadeOf<Own>, options?: SubmitOptions): Promise<Value>
  /** Epoch milliseconds, by the engine's clock. */
  now(): number
  /** Those of the records that exist, in no particular order. */
  get<R extends StoredRecord>(collection: Collection<R>, ids: readonly string[]): Promise<readonly R[]>
  /** Served by a declared index; at most `limit` records. */
  find<R extends StoredRecord>(collection: Collection<R>, query: Query<R>): Promise<readonly R[]>
  /** All that match, in an order of their fields (default: that of their ids), read a page at a time; served by a declared index. */
  every<R extends StoredRecord>(collection: Collection<R>, where: Where<R>, orderBy?: readonly Order<R>[]): AsyncIterable<R>
  /** Deletes all that match of a collection of its own, a bounded number at a time; served by a declared index. */
  purge<R extends StoredRecord>(collection: Collection<R>, where: Where<R>): Promise<void>
  /**
   * An ended instance carries the extension no longer: from then on the engine says how long it is kept. Nothing where there is no such
   * instance, or it does not carry the extension. Throws `instanceRunning`.
   */
  release(instanceId: string): Promise<void>
  /** Counts up to `cap`. */
  count<R extends StoredRecord>(collection: Collection<R>, where: Where<R>, cap: number): Promise<number>
}

/** A command, or what makes it once it is known that the call is a new one. */
export type MadeOf<Own> = Own | (() => Own | Promise<Own>)

/** What goes with a command. `operation` names it for `authorize` and for idempotency keys. */
export interface SubmitOptions extends CallOptions {
  readonly operation?: string
  /** `ask` was called for it: `authorize` is not asked again. */
  readonly isAsked?: true
  /**
   * What an idempotency key stands for, as plain data. Default: the command. Needed where the command has more in it than was asked for.
   */
  readonly asked?: unknown
  /**
   * What the decision may go by besides the command. No part of what an idempotency key stands for: it may differ when a call is repeated.
   */
  readonly known?: unknown
  /** What it is about may outlive the instance: where that was deleted, the records give the order. Default: `unknownInstance`. */
  readonly outlives?: true
}

/** Adds an extension to an engine. Throws `invalidArgument` where the engine has one of this name. */
export async function extendApi({ host }: Api, extension: Extension<unknown>): Promise<void> {
  host.checkOpen()
  await host.storage.prepare(extension.collections)
  host.extensions.add(extension)
}

/** The port of an extension that the engine has. */
export function commandPort<Own>(api: Api, name: string): CommandPort<Own> {
  const { host } = api
  const allowed = async (options: SubmitOptions, instanceId: string | null): Promise<void> => {
    const { operation = name, tenantId } = options
    await authorize(api, operation, { actor: actorOf(api, options), tenantId, instanceId })
  }
  return {
    ask: ({ instanceId = null, ...call }) => allowed(call, instanceId),
    async submit(instanceId, command, options = {}) {
      const operation = options.operation ?? name
      const actor = actorOf(api, options)
      if (!options.isAsked) await allowed(options, instanceId)
      const { tenantId } = options
      if (instanceId !== null && tenantId !== undefined && !options.outlives)
        await checkSeen({ host, bound: { actor, tenantId, isTenantBound: true } }, instanceId)
      const { asked = command, known } = options
      return once(api, operation, { instanceId, command: asked }, options, async (also) => {
        const occurrence: OwnOccurrence = { type: 'command', command: await made(command), ...(known !== undefined && { known }) }
        return performOccurrence(api, name, instanceId, occurrence, options, also)
      })
    },
    async start(process, start, command, options = {}) {
      const operation = options.operation ?? name
      const actor = actorOf(api, options)
      if (!options.isAsked) await allowed(options, null)
      const tenantId = tenantOf(api, options)
      const variables = start.variables === undefined ? {} : concealVariables(start.variables)
      const key = options.idempotencyKey
      const id = key === undefined || key === null ? host.newId() : instanceIdOfKey(tenantId, `${operation} ${key}`)
      const { businessKey = null, at = null, checkForm: checksForm = false } = start
      const args = { process, variables, businessKey, at, ...(checksForm && { checksForm }), command: options.asked ?? command }
      const starting = { reference: process, instanceId: id, businessKey, at, checksForm, variables, actor, tenantId }
      return once(api, operation, args, options, async (also) => {
        const occurrence: OwnOccurrence = { type: 'command', command: await made(command) }
        const outcome = await startInstance(api, starting, { extension: { name, occurrence, also } })
        return outcome.type === 'done' ? outcome.answer : null
      })
    },
    now: () => host.now(),
    get: async (collection, ids) => (await host.storage.get(collection, ids)).map(({ record }) => record),
    find: async (collection, query) => (await host.storage.find(collection, query)).map(({ record }) => record),
    every: async function* (collection, where, orderBy) {
      const { storage } = host
      const all = orderBy === undefined ? everyRecord(storage, collection, where) : everyInOrder(storage, collection, { where, orderBy })
      for await (const { record } of all) yield record
    },
    purge: (collection, where) => purgeEvery(host.storage, collection, where),
    release: (instanceId) => releaseInstance(host, name, instanceId),
    count: (collection, where, cap) => host.storage.count(collection, where, cap),
  }
}

async function made<Own>(command: MadeOf<Own>): Promise<Own> {
  return typeof command === 'function' ? (command as () => Own | Promise<Own>)() : command // commands are plain data
}

/** Completes a task that an extension owns: what it means is the extension's to decide. Throws `unknownTask`, and what it refuses with. */
export async function completeOwnedTask(api: Api, id: string, values: Values, options: CallOptions): Promise<void> {
  const { host } = api
  await once(api, 'tasks.complete', { id, values }, options, async (also) => {
    const [stored] = await host.storage.get(tasks, [id])
    const task: TaskRecord | undefined = stored?.record
    const name = task?.extension ?? null
    if (
      task === undefined ||
      name === null ||
      (api.bound.isTenantBound && task.tenantId !== null && task.tenantId !== api.bound.tenantId)
    ) {
      throw new EngineError('unknownTask', `There is no open task ${id}; it was completed or withdrawn, or never was`, { taskId: id })
    }
    return performOccurrence(api, name, task.instanceId, { type: 'task', action: 'complete', task, values }, options, also)
  })
}

type AlsoOf = (answer: Value) => Also

/** Once by its key. What the effect answers is kept with its change set; null: another call was first. */
async function once(
  api: Api,
  operation: string,
  args: { readonly [name: string]: unknown },
  options: CallOptions,
  effect: (also: AlsoOf) => Promise<Value>,
): Promise<Value> {
  const { idempotencyKey: key } = options
  if (key === undefined || key === null) return effect(() => NOTHING)
  const tenantId = tenantOf(api, options)
  return withIdempotency<Value>(api.host, { operation, key, tenantId, args }, (call) => effect((answer) => call.also(answer)))
}

/**
 * Puts an occurrence before an extension. Null where something that `also` expected is not so. Tasks and work of an extension may outlive
 * their instance.
 */
export async function performOccurrence(
  api: Api,
  name: string,
  instanceId: string | null,
  occurrence: OwnOccurrence,
  options: CallOptions & Pick<SubmitOptions, 'outlives'>,
  also: AlsoOf,
): Promise<Value> {
  const actor = actorOf(api, options)
  const alone = () => performAlone(api.host, name, occurrence, actor, tenantOf(api, options), also)
  if (instanceId === null) return alone()
  const outcome = await runCommand(api.host, { instanceId, command: null, actor, extension: { name, occurrence, also } })
  if (outcome.type === 'lost') return null
  if (outcome.type === 'absent' && (occurrence.type !== 'command' || options.outlives)) return alone()
  return expectDone(outcome, { instanceId }).answer
}

/** What concerns records only: no instance gives the order, the records that the decision read do. */
async function performAlone(
  host: Host,
  name: string,
  occurrence: OwnOccurrence,
  actor: string | null,
  tenantId: string | null,
  also: AlsoOf,
): Promise<Value> {
  host.checkOpen()
  const extension = host.extensions.get(name, null)
  return contended<Value>(`${name} met other calls`, { extension: name }, async () => {
    const consultation = openConsultation(extension)
    const now = host.now()
    for (;;) {
      try {
        restart({ all: [consultation] })
        decideOnce(host, consultation, null, { occurrence, after: null, actor, tenantId }, now)
        endTrial(consultation, () => ({ before: null, after: null, events: [] }))
        break
      } catch (error) {
        if (error instanceof ExtensionRefusal) throw error.error
        if (!(error instanceof RecordMissing)) throw error
        await error.load(host)
      }
    }
    const changes = changesOf(consultation)
    const joined = also(changes.answer)
    const id = host.newId()
    const record = { id, at: now, body: { type: name, ...(actor !== null && { actor }) } }
    const landing = await host.commit({
      id,
      expect: [...changes.expect, ...joined.expect],
      touch: [],
      put: [...changes.put, ...joined.put],
      delete: [
        ...changes.delete,
        ...joined.delete.filter(
          (key) => !changes.delete.some((other) => other.id === key.id && other.collection.name === key.collection.name),
        ),
      ],
      append: [...changes.append, { collection: commands, record }],
    })
    if (landing === 'committed') {
      host.wake()
      if (host.events.isHeard()) tellNoted(host, [consultation], { instanceId: null, actor, now })
      return changes.answer
    }
    const isLost = landing.conflict.some((one) =>
      joined.expect.some((other) => other.id === one.id && other.collection.name === one.collection.name),
    )
    return isLost ? null : AGAIN
  })
}
