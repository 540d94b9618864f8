import { memoryStorage } from '@leeway/storage'
import type { Environment } from '../kernel/environment.ts'
import type { Variables } from '../model/variables.ts'
import type { Api } from './api-context.ts'
import { type Clock, type ManualClock, systemClock } from './clock.ts'
import { createCommitQueue } from './commit-queue.ts'
import { createDefinitionCache } from './definition-cache.ts'
import { type Deployment, type DeployOptions, type DeployedProcess, type DeploySource, deploy, findProcesses, type ProcessQuery, processXml } from './deployments.ts'
import { EngineError } from './errors.ts'
import { createEventHub, type EngineEventName, type EngineListener } from './event-hub.ts'
import type { Extension } from './extension.ts'
import { createExtensionHost } from './extension-host.ts'
import { EXTEND } from './extension-key.ts'
import { extendApi } from './extension-port.ts'
import { handlerTable } from './handlers.ts'
import type { Host } from './host.ts'
import { idSource } from './ids.ts'
import type { CallOptions } from './api-context.ts'
import { cancelInstance, countInstances, findInstances, getInstance, getVariables, type InstanceQuery, setVariables } from './instances.ts'
import type { InstanceView } from './instance-view.ts'
import { messageOf } from './job.ts'
import { createMailboxes } from './mailbox.ts'
import { type EngineOptions, settingsOf } from './options.ts'
import type { Page } from './paging.ts'
import { collections } from './records.ts'
import { type ProcessReference, type StartedInstance, type StartOptions, start } from './start.ts'
import { createStateCache } from './state-cache.ts'
import { completeTask, findTasks, type TaskQuery, type TaskView } from './tasks.ts'
import { createWorker, type Worker } from './worker.ts'

/** What can be asked of an engine, also when bound to a person and a tenant. */
export interface EngineApi {
  deploy(source: DeploySource, options?: DeployOptions): Promise<Deployment>
  start(process: ProcessReference, options?: StartOptions): Promise<StartedInstance>
  readonly processes: {
    list(): Promise<readonly DeployedProcess[]>
    find(query?: ProcessQuery): Promise<readonly DeployedProcess[]>
    xml(definitionId: string): Promise<string | Uint8Array>
  }
  readonly instances: {
    get(id: string): Promise<InstanceView | null>
    find(query?: InstanceQuery): Promise<Page<InstanceView>>
    count(query?: InstanceQuery): Promise<number>
    variables(id: string, options?: { readonly scope?: string }): Promise<Variables>
    setVariables(id: string, variables: Variables, options?: CallOptions & { readonly scope?: string }): Promise<void>
    cancel(id: string, options?: CallOptions & { readonly reason?: string }): Promise<void>
  }
  readonly tasks: {
    find(query?: TaskQuery): Promise<Page<TaskView>>
    complete(id: string, options?: CallOptions & { readonly variables?: Variables }): Promise<void>
  }
  /** The same methods for one person and tenant. */
  as(who: { readonly actor?: string; readonly tenantId?: string }): EngineApi
}

/** An engine: runs the processes that are kept in its storage. */
export interface Engine extends EngineApi {
  /** Starts the worker of this node; returns at once. */
  run(): Promise<void>
  /** Does all work that is due now and what follows from it. */
  drain(): Promise<void>
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
    },
    tasks: {
      find: (query) => findTasks(api, query),
      complete: (id, options) => completeTask(api, id, options),
    },
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
