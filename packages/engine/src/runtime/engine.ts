import { memoryStorage } from '@leeway/storage'
import type { Environment } from '../kernel/environment.ts'
import { concealVariables } from '../model/variables.ts'
import { adHocApi } from './ad-hoc.ts'
import { advanceClock } from './advance-clock.ts'
import { type Api, actorOf, authorize, type Binding, type CallOptions, tenantOf } from './api-context.ts'
import { checkCaller, checkMembers, checkText, membersOf, needText, refuseArgument } from './arguments.ts'
import { getBatch, type ManyIncidents } from './batches.ts'
import { migrateMany, oneOrMany, setRetriesOfMany } from './bulk.ts'
import { calendarOf, readCalendars } from './calendars.ts'
import { checkOptions } from './check-options.ts'
import { cleanUp, createJanitor, type Janitor } from './clean-up.ts'
import { type ManualClock, systemClock } from './clock.ts'
import { createCommitQueue } from './commit-queue.ts'
import { completeTask } from './complete-task.ts'
import { evaluate, explainDecision, findDecisions } from './decisions.ts'
import { createDefinitionCache } from './definition-cache.ts'
import { deleteDefinitions, deleteDeployment } from './delete-definitions.ts'
import { deleteInstance } from './delete-instances.ts'
import type { PublishAnswer } from './deliver-one.ts'
import { deploy } from './deployments.ts'
import { escalate, throwError, trigger } from './elements.ts'
import type { Engine, EngineApi, JoinedEngine, MessageInput, SignalInput } from './engine-api.ts'
import { EngineError } from './errors.ts'
import { evaluateConditions } from './evaluate-conditions.ts'
import { createEventHub, type EngineEventName, type EngineListener } from './event-hub.ts'
import { isEventName } from './event-names.ts'
import { explain } from './explain.ts'
import { extendedEngine } from './extended-engine.ts'
import { createExtensionHost } from './extension-host.ts'
import { EXTEND, type WayIn } from './extension-key.ts'
import { completeJob, extendJob, failJob, releaseJob, throwJobError } from './external-jobs.ts'
import { fetchJobs } from './fetch-jobs.ts'
import { handlerTable } from './handlers.ts'
import { harmlessTelemetry } from './harmless-telemetry.ts'
import { readHistory } from './history.ts'
import { areActivitiesKept } from './history-options.ts'
import type { Host } from './host.ts'
import { idSource } from './ids.ts'
import { countIncidents, findIncidents, resolveIncident } from './incidents.ts'
import { cancelInstance, countInstances, findInstances, getInstance, getVariables, setVariables } from './instances.ts'
import { messageOf } from './job.ts'
import { countJobs, findJobs } from './jobs.ts'
import { joinedHost } from './joined-host.ts'
import { createMailboxes } from './mailbox.ts'
import { checkMessage } from './message.ts'
import { messageHostOf } from './message-host-of.ts'
import { publish } from './messages.ts'
import { modifyInstance, rewindInstance } from './modify.ts'
import { createNews } from './news.ts'
import { createOptionalIndexes } from './optional-indexes.ts'
import { type EngineOptions, settingsOf } from './options.ts'
import { processForms } from './process-forms.ts'
import { deployedFile, findProcesses, processXml } from './processes.ts'
import { collectionsWith } from './records/collections.ts'
import { rescheduleJob } from './reschedule.ts'
import { restartInstance } from './restart.ts'
import { broadcast, type SignalAnswer } from './signals.ts'
import { start } from './start.ts'
import { createStateCache } from './state-cache.ts'
import { storeClock } from './store-clock.ts'
import { resumeInstance, suspendInstance } from './suspend.ts'
import { resumeDefinitions, suspendDefinitions } from './suspend-definitions.ts'
import { assignTask, claimTask, commentTask, delegateTask, releaseTask, resolveTask, saveDraft, updateTask } from './task-commands.ts'
import { countTasks, findTasks, getTask } from './tasks.ts'
import { withTraces } from './traces.ts'
import { createWorker, type Worker } from './worker.ts'

/** Makes an engine. Throws `invalidOption`, and the storage's errors. */
export async function createEngine(options: EngineOptions = {}): Promise<Engine> {
  const { host, worker, janitor } = await createHost(options)
  const api: Api = { host, bound: { actor: null, tenantId: null, isTenantBound: false } }
  const engine = apiOf(api)
  const wayIn: WayIn = {
    extend: (extension, cleanUp) => extendedEngine(api, extension, apiOf, cleanUp),
    calendar: (name) => host.calendars.get(name) ?? null,
    timeZone: host.settings.timeZone,
    keepsActivities: (processKey) => areActivitiesKept(host.settings.history, processKey),
  }
  Object.defineProperty(engine, EXTEND, { value: wayIn })
  return Object.assign(engine, {
    async run() {
      host.checkOpen()
      worker.start()
      if (!('onMove' in host.settings.clock)) janitor.start()
    },
    async cleanUp() {
      host.checkOpen()
      return cleanUp(host)
    },
    async drain() {
      host.checkOpen()
      await worker.drain()
    },
    async advance(by: string | { readonly to: string | number | Date }) {
      host.checkOpen()
      await advanceClock(host, worker, by)
    },
    on<Name extends EngineEventName>(name: Name, listener: EngineListener<Name>) {
      if (!isEventName(name)) refuseArgument('on', 'name', name, 'the name of an event, or "any"')
      if (typeof listener !== 'function') refuseArgument('on', 'listener', listener, 'a function')
      return host.events.on(name, listener)
    },
    close: () => host.close(),
  })
}

/** The methods of an engine as one caller sees it; their effect is the host's. */
function apiOf(api: Api): EngineApi {
  return {
    deploy: (source, options) => deploy(api, source, options),
    start: (process, options) => start(api, process, options),
    processes: {
      list: () => findProcesses(api, {}, 'processes.list'),
      find: (query) => findProcesses(api, query),
      xml: (definitionId) => processXml(api, definitionId),
      forms: (definitionId) => processForms(api, definitionId),
      delete: (versions, options) => deleteDefinitions(api, versions, options),
      suspend: (versions, options) => suspendDefinitions(api, versions, options),
      resume: (versions, options) => resumeDefinitions(api, versions, options),
    },
    deployments: {
      file: (deploymentId, name) => deployedFile(api, deploymentId, name),
      delete: (deploymentId, options) => deleteDeployment(api, deploymentId, options),
    },
    decisions: {
      list: () => findDecisions(api, {}, 'decisions.list'),
      find: (query) => findDecisions(api, query),
      evaluate: (decision, options) => evaluate(api, decision, options),
      explain: (decision, options) => explainDecision(api, decision, options),
    },
    instances: {
      get: (id) => getInstance(api, id),
      find: (query) => findInstances(api, query),
      count: (query) => countInstances(api, query),
      variables: (id, options) => getVariables(api, id, options),
      setVariables: (id, variables, options) => setVariables(api, id, variables, options),
      cancel: oneOrMany(api, 'instances.cancel', REASON, (id, options) => cancelInstance(api, id, options)),
      delete: oneOrMany(api, 'instances.delete', NO_NAMES, (id, options) => deleteInstance(api, id, options)),
      suspend: oneOrMany(api, 'instances.suspend', REASON, (id, options) => suspendInstance(api, id, options)),
      resume: oneOrMany(api, 'instances.resume', NO_NAMES, (id, options) => resumeInstance(api, id, options)),
      modify: (id, modification) => modifyInstance(api, id, modification),
      rewind: (id, elementId, options) => rewindInstance(api, id, elementId, options),
      restart: (id, options) => restartInstance(api, id, options),
      migrate: migrateMany(api),
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
      count: (query) => countJobs(api, query),
      setRetries: setRetriesOfMany(api),
      fetch: (request) => fetchJobs(api, request),
      extend: (id, options) => extendJob(api, id, options),
      reschedule: (id, options) => rescheduleJob(api, id, options),
      release: (id, options) => releaseJob(api, id, options),
      complete: (id, options) => completeJob(api, id, options),
      fail: (id, options) => failJob(api, id, options),
      throwError: (id, options) => throwJobError(api, id, options),
    },
    incidents: {
      find: (query) => findIncidents(api, query),
      count: (query) => countIncidents(api, query),
      resolve: oneOrMany<CallOptions, ManyIncidents>(api, 'incidents.resolve', NO_NAMES, (id, options) =>
        resolveIncident(api, id, options),
      ),
    },
    trigger: (elementInstanceId, options) => trigger(api, elementInstanceId, options),
    throwError: (elementInstanceId, code, options) => throwError(api, elementInstanceId, code, options),
    escalate: (elementInstanceId, code, options) => escalate(api, elementInstanceId, code, options),
    adHoc: adHocApi(api),
    evaluateConditions: (input) => evaluateConditions(api, input),
    batches: { get: (id) => getBatch(api, id) },
    history: (instanceId) => readHistory(api, instanceId),
    explain: (instanceId) => explain(api, instanceId),
    as: (who) => apiOf({ host: api.host, bound: bindingOf(api, who) }),
    within: (transaction) => joinTransaction(api, transaction),
  }
}

function joinTransaction(api: Api, transaction: unknown): JoinedEngine {
  const { host, committed, rolledBack } = joinedHost(api.host, transaction)
  const joinedApi = (bound: Binding): JoinedEngine => {
    const joined: Api = { host, bound }
    return { ...apiOf(joined), as: (who) => joinedApi(bindingOf(joined, who)), committed, rolledBack }
  }
  return joinedApi(api.bound)
}

const REASON = ['reason'] as const
const NO_NAMES = [] as const

const WHO: ReadonlySet<string> = new Set(['actor', 'tenantId'])

function bindingOf(api: Api, who: { readonly actor?: string; readonly tenantId?: string }): Binding {
  checkMembers('as', 'who', who, WHO)
  checkCaller('as', who)
  const { actor, tenantId } = who
  const { bound } = api
  if (bound.isTenantBound && tenantId !== undefined && tenantId !== bound.tenantId) {
    throw new EngineError('notAuthorized', `as: this engine is bound to tenant ${bound.tenantId}, which stays`, {
      tenantId: bound.tenantId,
    })
  }
  return {
    actor: actor ?? bound.actor,
    tenantId: tenantId ?? bound.tenantId,
    isTenantBound: bound.isTenantBound || tenantId !== undefined,
  }
}

async function publishMessage(api: Api, input: MessageInput): Promise<PublishAnswer> {
  checkMessage(input)
  const { variables, match, ...message } = input
  const actor = actorOf(api, input)
  const asked = authorize(api, 'messages.publish', {
    actor,
    tenantId: input.tenantId,
    instanceId: input.instanceId ?? null,
    elementId: input.elementId ?? null,
  })
  if (asked !== null) await asked
  return publish(messageHostOf(api.host), {
    ...message,
    actor,
    tenantId: tenantOf(api, { tenantId: input.tenantId }),
    ...(variables !== undefined && { variables: concealVariables(variables) }),
    ...(match !== undefined && { match: concealVariables(match) }),
  })
}

const SIGNAL = membersOf('name', 'variables', 'instanceId')

async function broadcastSignal(api: Api, input: SignalInput): Promise<SignalAnswer> {
  checkMembers('signals.broadcast', 'signal', input, SIGNAL)
  checkCaller('signals.broadcast', input)
  needText('signals.broadcast', 'name', input.name)
  checkText('signals.broadcast', 'instanceId', input.instanceId)
  const { variables, ...signal } = input
  const actor = actorOf(api, input)
  const asked = authorize(api, 'signals.broadcast', { actor, tenantId: input.tenantId, instanceId: input.instanceId ?? null })
  if (asked !== null) await asked
  const tenantId = tenantOf(api, { tenantId: input.tenantId })
  return broadcast(messageHostOf(api.host), {
    ...signal,
    actor,
    tenantId,
    ...(variables !== undefined && { variables: concealVariables(variables) }),
  })
}

/** Its members are all values: with an accessor among them V8 looks each member of the object up in a table. */
interface OwnHost extends Host {
  worker: Worker
  close(): Promise<void>
}

async function createHost(options: EngineOptions): Promise<{ readonly host: OwnHost; readonly worker: Worker; readonly janitor: Janitor }> {
  checkOptions(options)
  const clock = options.clock ?? systemClock
  const settings = settingsOf(options, clock)
  const handlers = handlerTable(options)
  const isOwnStorage = options.storage === undefined
  const storage = options.storage ?? memoryStorage({ now: () => clock.now() })
  await storage.prepare(collectionsWith(settings.indexed))
  const isManual = 'onMove' in clock
  const calendars = readCalendars(options.calendars)
  const time = isManual ? null : await storeClock(storage, clock, { measureMs: settings.leaseMs / 3, lookMs: settings.pollMs })
  const makeId = idSource()
  const nodeTag = makeId(0).slice(-8)
  let tags = 0
  let closing: Promise<void> | null = null
  let isClosed = false
  const environment: Environment = {
    functions: options.functions ?? {},
    beans: options.beans ?? {},
    calendar: (name) => calendarOf(calendars, name),
    timeZone: settings.timeZone,
    handles: (processKey, elementId, job) => handlers.handles(processKey, elementId, job),
    operationsMax: 400_000,
  }
  const telemetry = options.telemetry === undefined ? null : harmlessTelemetry(options.telemetry, settings.logger)
  const news = createNews()
  const mailboxes = createMailboxes()
  const queue = createCommitQueue(storage, mailboxes.busy)
  const now = time === null ? () => clock.now() : time.now
  const host: OwnHost = {
    settings,
    storage,
    environment,
    calendars,
    handlers,
    scripts: options.scripts ?? null,
    definitions: createDefinitionCache(storage, {
      timeZone: settings.timeZone,
      hasHandler: (jobType) => handlers.byType.has(jobType) || handlers.fallback !== null,
      hasElementHandler: (processKey, elementId) => handlers.handles(processKey, elementId, null),
      runsScripts: (language) => options.scripts?.languages.includes(language) === true,
      hasDataStore: (name, access) =>
        options.dataStores !== undefined && Object.hasOwn(options.dataStores, name) && options.dataStores[name]?.[access] !== undefined,
      hasCalendar: (name) => calendars.has(name),
      hasFunction: (name) => Object.hasOwn(environment.functions, name),
      hasBean: (name) => Object.hasOwn(environment.beans, name),
    }),
    states: createStateCache(),
    mailboxes,
    extensions: createExtensionHost(),
    events: createEventHub((error) => settings.logger.error('A listener failed', { error: messageOf(error) })),
    isJoined: false,
    nodeId: makeId(0),
    now,
    newId: () => makeId(now()),
    newTag: () => nodeTag + (tags++).toString(36),
    telemetry,
    indexes: createOptionalIndexes(storage, settings.indexed, settings.logger),
    commit(set) {
      if (isClosed) return Promise.reject(new EngineError('closed', 'The engine is closed.'))
      return queue.submit(telemetry === null ? set : withTraces(telemetry, set))
    },
    wake(types) {
      worker.wake()
      news.tell(types)
    },
    news,
    checkOpen() {
      if (closing !== null) throw new EngineError('closed', 'The engine is closed.')
    },
    worker: null as unknown as Worker, // set below, before anybody has the host
    close() {
      closing ??= closeAll()
      news.tell()
      return closing
    },
  }
  const worker = createWorker(host, isManual)
  host.worker = worker
  const janitor = createJanitor(host)
  const closeAll = async (): Promise<void> => {
    await janitor.stop()
    await worker.stop()
    await queue.settled()
    isClosed = true
    time?.stop()
    if (isOwnStorage) await storage.close()
  }
  if (isManual) (clock as ManualClock).onMove(() => host.wake())
  return { host, worker, janitor }
}
