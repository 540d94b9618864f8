import { memoryStorage } from '@leeway/storage'
import type { Environment } from '../kernel/environment.ts'
import { concealVariables, type Variables } from '../model/variables.ts'
import { advanceClock } from './advance-clock.ts'
import { actorOf, type Api, authorize, type CallOptions, tenantOf } from './api-context.ts'
import { type Clock, type ManualClock, systemClock } from './clock.ts'
import { createCommitQueue } from './commit-queue.ts'
import { createDefinitionCache } from './definition-cache.ts'
import { type Deployment, type DeployOptions, type DeployedProcess, type DeploySource, deploy, findProcesses, type ProcessQuery, processXml } from './deployments.ts'
import { deleteInstance } from './delete-instances.ts'
import type { PublishAnswer } from './deliver-one.ts'
import { type ElementOptions, escalate, throwError, trigger } from './elements.ts'
import { EngineError } from './errors.ts'
import { createEventHub, type EngineEventName, type EngineListener } from './event-hub.ts'
import type { Extension } from './extension.ts'
import { type Explanation, explain } from './explain.ts'
import { createExtensionHost } from './extension-host.ts'
import { EXTEND } from './extension-key.ts'
import { extendApi } from './extension-port.ts'
import { handlerTable } from './handlers.ts'
import { type HistoryEntry, readHistory } from './history.ts'
import type { Host } from './host.ts'
import { idSource } from './ids.ts'
import { findIncidents, type IncidentQuery, type IncidentView, resolveIncident } from './incidents.ts'
import { cancelInstance, countInstances, findInstances, getInstance, getVariables, type InstanceQuery, setVariables } from './instances.ts'
import type { InstanceView } from './instance-view.ts'
import { messageOf } from './job.ts'
import { completeJob, extendJob, failJob, type FetchedJob, fetchJobs, findJobs, type JobQuery, type JobView, setRetries, throwJobError } from './jobs.ts'
import { createMailboxes } from './mailbox.ts'
import type { PublishRequest } from './message.ts'
import { messageHostOf } from './message-host-of.ts'
import { publish } from './messages.ts'
import { type EngineOptions, settingsOf } from './options.ts'
import type { Page } from './paging.ts'
import { collections } from './records.ts'
import { type ProcessReference, type StartedInstance, type StartOptions, start } from './start.ts'
import { broadcast, type SignalAnswer } from './signals.ts'
import { createStateCache } from './state-cache.ts'
import { assignTask, claimTask, commentTask, delegateTask, releaseTask, resolveTask, saveDraft, type TaskChanges, updateTask } from './task-commands.ts'
import { completeTask, countTasks, findTasks, getTask, type TaskQuery, type TaskView } from './tasks.ts'
import { createWorker, type Worker } from './worker.ts'

/** What can be asked of an engine, also when bound to a person and a tenant. */
export interface EngineApi {
  /** Deploys models, all of them or none; the same content is the same deployment. Throws `ModelError` with every finding. */
  deploy(source: DeploySource, options?: DeployOptions): Promise<Deployment>
  /** Starts an instance and resolves when its first commit has landed. Throws `unknownDefinition`, `unknownElement`, `invalidVariable`, `idempotencyKeyReused`. */
  start(process: ProcessReference, options?: StartOptions): Promise<StartedInstance>
  readonly processes: {
    /** All deployed versions, by key, the newest version first. */
    list(): Promise<readonly DeployedProcess[]>
    /** Those of a key, of a version, or only the latest of each key; in the order of `list`. */
    find(query?: ProcessQuery): Promise<readonly DeployedProcess[]>
    /** The file that the definition was deployed with: text where it was given as text, else bytes. Throws `unknownDefinition`. */
    xml(definitionId: string): Promise<string | Uint8Array>
  }
  readonly instances: {
    /** The instance with what holds a token now; null where there is none that the caller sees. */
    get(id: string): Promise<InstanceView | null>
    /** A page of instances that meet every criterion; default order by id, 100 a page. Throws `invalidArgument`, also for a variable that is not declared as searchable. */
    find(query?: InstanceQuery): Promise<Page<InstanceView>>
    /** How many instances meet every criterion, counted up to 1,000,000. */
    count(query?: InstanceQuery): Promise<number>
    /** Variables of the root scope, or as seen from the element instance named by `scope`. Throws `unknownInstance`, `unknownElementInstance`. */
    variables(id: string, options?: { readonly scope?: string }): Promise<Variables>
    /**
     * Sets variables of the root scope, or of the scope that the element instance `scope` opened or stands in; others stay. Throws `unknownInstance`,
     * `unknownElementInstance`, `instanceEnded`, `invalidVariable`.
     */
    setVariables(id: string, variables: Variables, options?: CallOptions & { readonly scope?: string }): Promise<void>
    /** Ends a running instance as `terminated`: its work is withdrawn, nothing is compensated. Throws `unknownInstance`, `instanceEnded`. */
    cancel(id: string, options?: CallOptions & { readonly reason?: string }): Promise<void>
    /** Deletes an ended instance and its history for good. Throws `unknownInstance`, `instanceRunning`, `conflict`. */
    delete(id: string, options?: CallOptions): Promise<void>
  }
  readonly tasks: {
    /** A page of open tasks that meet every criterion, the oldest first; held ones only where `held` asks for them. Throws `invalidArgument`. */
    find(query?: TaskQuery): Promise<Page<TaskView>>
    /** The open task, held or not; null where there is none that the caller sees. */
    get(id: string): Promise<TaskView | null>
    /** How many open tasks meet every criterion, counted up to 1,000,000. */
    count(query?: TaskQuery): Promise<number>
    /**
     * Takes a task on for the user, else for the actor; who has it already may claim it again. Throws `unknownTask`, `illegalTransition` where another
     * person has it, `Refused` OnHold.
     */
    claim(id: string, user?: string, options?: CallOptions): Promise<void>
    /** Gives a task back to its candidates. Throws `unknownTask`, `illegalTransition`, `Refused` OnHold. */
    release(id: string, options?: CallOptions): Promise<void>
    /** Gives a task to a person, whoever has it now; null gives it back to its candidates. Throws `unknownTask`, `illegalTransition`, `Refused` OnHold. */
    assign(id: string, user: string | null, options?: CallOptions): Promise<void>
    /** Lets another person do it; the owner stays named and gets it back by `resolve`. Throws `unknownTask`, `illegalTransition`, `Refused` OnHold. */
    delegate(id: string, user: string, options?: CallOptions): Promise<void>
    /** Ends a delegation: the task is its owner's again. Throws `unknownTask`, `illegalTransition`, `Refused` OnHold. */
    resolve(id: string, options?: CallOptions): Promise<void>
    /** Changes name, due date, follow-up date, priority or candidates, also while the task is held. Throws `unknownTask`, `invalidArgument`. */
    update(id: string, changes: TaskChanges, options?: CallOptions): Promise<void>
    /** Adds a comment, at most 1,000 a task; also while the task is held. Throws `unknownTask`, `invalidArgument`. */
    comment(id: string, text: string, options?: CallOptions): Promise<void>
    /** Keeps what the performer entered so far, in place of the draft that was there; also while the task is held. Throws `unknownTask`, `invalidVariable`. */
    saveDraft(id: string, variables: Variables, options?: CallOptions): Promise<void>
    /**
     * Completes a task; its variables go where the model says. Throws `unknownTask`, `invalidVariable`, `Refused` OnHold while the task is held: then the
     * variables are kept as its draft.
     */
    complete(id: string, options?: CallOptions & { readonly variables?: Variables }): Promise<void>
  }
  readonly messages: {
    /**
     * Gives a message to who waits for it: running instances first, then message start events; with a `ttl` it is kept until someone waits (BPMN 2.0.2
     * §8.4.2). Throws `invalidArgument`, `idempotencyKeyReused`, `tooManyWaiting`.
     */
    publish(message: MessageInput): Promise<PublishAnswer>
  }
  readonly signals: {
    /** Gives a signal to all that catch it now and to start events; it is not kept for later (BPMN 2.0.2 §10.5.1). Throws `idempotencyKeyReused`. */
    broadcast(signal: SignalInput): Promise<SignalAnswer>
  }
  readonly jobs: {
    /** A page of open jobs that meet every criterion, by id: work, timers, continuations and deliveries. Throws `invalidArgument`. */
    find(query?: JobQuery): Promise<Page<JobView>>
    /**
     * Gives a job this many attempts from now on (at least 1) and resolves its incident. Throws `unknownJob`, `invalidArgument`, `illegalTransition` while a
     * worker has it.
     */
    setRetries(id: string, retries: number, options?: CallOptions): Promise<void>
    /**
     * Leases due work of these types to an external worker: at most `max` jobs (default 1) for `lease` (ISO 8601; default the engine's `leaseMs`).
     * Throws `invalidArgument`.
     */
    fetch(request: Parameters<typeof fetchJobs>[1]): Promise<readonly FetchedJob[]>
    /** Lets a fetched job be this worker's for `lease` from now on. Throws `leaseLost`. */
    extend(id: string, options: Parameters<typeof extendJob>[2]): Promise<void>
    /** Ends a fetched job; its variables go where the model says. Throws `leaseLost`, `unknownJob`, `notWaiting`, `invalidVariable`. */
    complete(id: string, options: Parameters<typeof completeJob>[2]): Promise<void>
    /**
     * Counts a failed attempt: the job is due again after `retryIn` (ISO 8601), else by its back-off; out of attempts it becomes an incident. Throws
     * `leaseLost`, `unknownJob`, `notWaiting`.
     */
    fail(id: string, options: Parameters<typeof failJob>[2]): Promise<void>
    /** Ends a fetched job with a BPMN error, caught by an error event of the model (BPMN 2.0.2 §10.5.7). Throws `leaseLost`, `unknownJob`, `notWaiting`. */
    throwError(id: string, options: Parameters<typeof throwJobError>[2]): Promise<void>
  }
  readonly incidents: {
    /** A page of open incidents that meet every criterion, by id, so that an instance's stand together. Throws `invalidArgument`. */
    find(query?: IncidentQuery): Promise<Page<IncidentView>>
    /** Tries again what got stuck: a job with all its attempts, a step of the model from where it failed. Throws `unknownIncident`. */
    resolve(id: string, options?: CallOptions): Promise<void>
  }
  /** Lets a waiting element go on as if what it waits for had come. */
  trigger(elementInstanceId: string, options?: ElementOptions): Promise<void>
  /** Throws a BPMN error from a waiting element (BPMN 2.0.2 §10.5.7). Throws `notWaiting`, `unknownElementInstance`, `Refused` OnHold. */
  throwError(elementInstanceId: string, code: string, options?: ElementOptions & { readonly message?: string }): Promise<void>
  /** Throws an escalation from a waiting element. Refused as `notSupported` in this version. */
  escalate(elementInstanceId: string, code: string, options?: ElementOptions): Promise<void>
  /** What happened in an instance, in order. */
  history(instanceId: string): Promise<readonly HistoryEntry[]>
  /** For each token: where it is, what it waits for, what would move it. */
  explain(instanceId: string): Promise<readonly Explanation[]>
  /** The same methods for one person and tenant. */
  as(who: { readonly actor?: string; readonly tenantId?: string }): EngineApi
}

/** A message to be published; its variables as the host has them. */
export interface MessageInput extends Omit<PublishRequest, 'variables' | 'match' | keyof CallOptions>, CallOptions {
  readonly variables?: Variables
  readonly match?: Variables
}

/** A signal to be broadcast. */
export interface SignalInput extends CallOptions {
  readonly name: string
  readonly variables?: Variables
  /** Only to this instance. */
  readonly instanceId?: string
}

/** An engine: runs the processes that are kept in its storage. */
export interface Engine extends EngineApi {
  /** Starts the worker of this node; returns at once. */
  run(): Promise<void>
  /** Does all work that is due now and what follows from it. */
  drain(): Promise<void>
  /** Moves the manual clock by an ISO 8601 duration, or to a point in time, and does what becomes due on the way, in order. */
  advance(by: string | { readonly to: string | number | Date }): Promise<void>
  /** The same methods, written into an open transaction of the host. */
  within(transaction: unknown): never
  /** Listens to events, told after their commit. Gives the function that ends this. */
  on(name: EngineEventName, listener: EngineListener): () => void
  /** Finishes what is in hand and releases leases. The storage is closed where the engine made it; a storage that was given stays open. */
  close(): Promise<void>
}

/** Makes an engine. Throws `invalidOption`, and the storage's errors. */
export async function createEngine(options: EngineOptions = {}): Promise<Engine> {
  const { host, worker } = await createHost(options)
  const api: Api = { host, bound: { actor: null, tenantId: null, isTenantBound: false } }
  const engine = apiOf(api)
  Object.defineProperty(engine, EXTEND, { value: (extension: Extension<unknown>) => extendApi(api, extension) })
  return Object.assign(engine, {
    async run() {
      host.checkOpen()
      worker.start()
    },
    async drain() {
      host.checkOpen()
      await worker.drain()
    },
    async advance(by: string | { readonly to: string | number | Date }) {
      host.checkOpen()
      await advanceClock(host, worker, by)
    },
    within(): never {
      throw new EngineError('notSupported', 'Writing into a transaction of the host is not supported yet', {})
    },
    on: (name: EngineEventName, listener: EngineListener) => host.events.on(name, listener),
    close: () => host.close(),
  })
}

function apiOf(api: Api): EngineApi {
  return {
    deploy: (source, options) => deploy(api, source, options),
    start: (process, options) => start(api, process, options),
    processes: {
      list: () => findProcesses(api),
      find: (query) => findProcesses(api, query),
      xml: (definitionId) => processXml(api, definitionId),
    },
    instances: {
      get: (id) => getInstance(api, id),
      find: (query) => findInstances(api, query),
      count: (query) => countInstances(api, query),
      variables: (id, options) => getVariables(api, id, options),
      setVariables: (id, variables, options) => setVariables(api, id, variables, options),
      cancel: (id, options) => cancelInstance(api, id, options),
      delete: (id, options) => deleteInstance(api, id, options),
    },
    tasks: {
      find: (query) => findTasks(api, query),
      get: (id) => getTask(api, id),
      count: (query) => countTasks(api, query),
      claim: (id, user, options) => claimTask(api, id, user, options),
      release: (id, options) => releaseTask(api, id, options),
      assign: (id, user, options) => assignTask(api, id, user, options),
      delegate: (id, user, options) => delegateTask(api, id, user, options),
      resolve: (id, options) => resolveTask(api, id, options),
      update: (id, changes, options) => updateTask(api, id, changes, options),
      comment: (id, text, options) => commentTask(api, id, text, options),
      saveDraft: (id, variables, options) => saveDraft(api, id, variables, options),
      complete: (id, options) => completeTask(api, id, options),
    },
    messages: { publish: (message) => publishMessage(api, message) },
    signals: { broadcast: (signal) => broadcastSignal(api, signal) },
    jobs: {
      find: (query) => findJobs(api, query),
      setRetries: (id, retries, options) => setRetries(api, id, retries, options),
      fetch: (request) => fetchJobs(api, request),
      extend: (id, options) => extendJob(api, id, options),
      complete: (id, options) => completeJob(api, id, options),
      fail: (id, options) => failJob(api, id, options),
      throwError: (id, options) => throwJobError(api, id, options),
    },
    incidents: {
      find: (query) => findIncidents(api, query),
      resolve: (id, options) => resolveIncident(api, id, options),
    },
    trigger: (elementInstanceId, options) => trigger(api, elementInstanceId, options),
    throwError: (elementInstanceId, code, options) => throwError(api, elementInstanceId, code, options),
    escalate: (elementInstanceId, code) => escalate(api, elementInstanceId, code),
    history: (instanceId) => readHistory(api, instanceId),
    explain: (instanceId) => explain(api, instanceId),
    as: ({ actor, tenantId }) =>
      apiOf({
        host: api.host,
        bound: {
          actor: actor ?? api.bound.actor,
          tenantId: tenantId ?? api.bound.tenantId,
          isTenantBound: api.bound.isTenantBound || tenantId !== undefined,
        },
      }),
  }
}

async function publishMessage(api: Api, input: MessageInput): Promise<PublishAnswer> {
  const { variables, match, ...message } = input
  const actor = actorOf(api, input)
  const asked = authorize(api, 'messages.publish', { actor, instanceId: input.instanceId ?? null, elementId: input.elementId ?? null })
  if (asked !== null) await asked
  return publish(messageHostOf(api.host), {
    ...message,
    actor,
    tenantId: tenantOf(api, { tenantId: input.tenantId }),
    ...(variables !== undefined && { variables: concealVariables(variables) }),
    ...(match !== undefined && { match: concealVariables(match) }),
  })
}

async function broadcastSignal(api: Api, input: SignalInput): Promise<SignalAnswer> {
  const { variables, ...signal } = input
  const actor = actorOf(api, input)
  const asked = authorize(api, 'signals.broadcast', { actor, instanceId: input.instanceId ?? null })
  if (asked !== null) await asked
  const tenantId = tenantOf(api, { tenantId: input.tenantId })
  return broadcast(messageHostOf(api.host), { ...signal, actor, tenantId, ...(variables !== undefined && { variables: concealVariables(variables) }) })
}

interface OwnHost extends Host {
  close(): Promise<void>
}

async function createHost(options: EngineOptions): Promise<{ readonly host: OwnHost; readonly worker: Worker }> {
  const clock = options.clock ?? systemClock
  const settings = settingsOf(options, clock)
  const handlers = handlerTable(options)
  const isOwnStorage = options.storage === undefined
  const storage = options.storage ?? memoryStorage()
  await storage.prepare(collections)
  const isManual = 'onMove' in clock
  const offset = isManual ? 0 : await measureOffset(storage, clock)
  const makeId = idSource()
  const nodeTag = makeId(0).slice(-8)
  let tags = 0
  let isClosed = false
  const environment: Environment = {
    functions: options.functions ?? {},
    beans: options.beans ?? {},
    timeZone: settings.timeZone,
    handles: (processKey, elementId, job) => handlers.handles(processKey, elementId, job),
    operationsMax: 1_000_000,
  }
  const queue = createCommitQueue(storage)
  const now = offset === 0 ? () => clock.now() : () => clock.now() + offset
  const host: OwnHost = {
    settings,
    storage,
    environment,
    handlers,
    definitions: createDefinitionCache(storage, {
      timeZone: settings.timeZone,
      hasHandler: (jobType) => handlers.byType.has(jobType) || handlers.fallback !== null,
      hasElementHandler: (processKey, elementId) => handlers.handles(processKey, elementId, null),
    }),
    states: createStateCache(),
    mailboxes: createMailboxes(),
    extensions: createExtensionHost(),
    events: createEventHub((error) => settings.logger.error('A listener failed', { error: messageOf(error) })),
    nodeId: makeId(0),
    now,
    newId: () => makeId(now()),
    newTag: () => nodeTag + (tags++).toString(36),
    commit: (set) => queue.submit(set),
    wake: () => worker.wake(),
    checkOpen() {
      if (isClosed) throw new EngineError('closed', 'The engine is closed.')
    },
    get worker() {
      return worker
    },
    async close() {
      if (isClosed) return
      await worker.stop()
      await queue.settled()
      isClosed = true
      if (isOwnStorage) await storage.close()
    },
  }
  const worker = createWorker(host, isManual)
  if (isManual) (clock as ManualClock).onMove(() => worker.wake())
  return { host, worker }
}

/** Offsets below this are the measurement's own noise. */
const OFFSET_NOISE_MS = 20

/** How far the store's clock is ahead of ours: leases and due times are judged by the store's. */
async function measureOffset(storage: { now(): Promise<number> }, clock: Clock): Promise<number> {
  const before = clock.now()
  const there = await storage.now()
  const offset = Math.round(there - (before + clock.now()) / 2)
  return Math.abs(offset) < OFFSET_NOISE_MS ? 0 : offset
}
