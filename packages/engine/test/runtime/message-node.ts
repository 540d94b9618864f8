import { type Instant, memoryStorage, type Storage, type Stored, type Write } from '@leeway/storage'
import { importBpmn } from '../../src/import/import-bpmn.ts'
import type { Environment } from '../../src/kernel/environment.ts'
import type { Values } from '../../src/model/value.ts'
import { calendarOf } from '../../src/runtime/calendars.ts'
import { type ManualClock, manualClock } from '../../src/runtime/clock.ts'
import type { Outcome } from '../../src/runtime/command-request.ts'
import { createCommitQueue } from '../../src/runtime/commit-queue.ts'
import { createDefinitionCache, type LoadedDefinition, loadDefinition, loadLatest } from '../../src/runtime/definition-cache.ts'
import { DELIVERY_KINDS, deliver } from '../../src/runtime/deliver.ts'
import { sha256 } from '../../src/runtime/digest.ts'
import { createEventHub } from '../../src/runtime/event-hub.ts'
import { createExtensionHost } from '../../src/runtime/extension-host.ts'
import { handlerTable } from '../../src/runtime/handlers.ts'
import type { Host } from '../../src/runtime/host.ts'
import { idSource } from '../../src/runtime/ids.ts'
import { createMailboxes } from '../../src/runtime/mailbox.ts'
import type { MessageHost } from '../../src/runtime/message-host.ts'
import { messageHostOf } from '../../src/runtime/message-host-of.ts'
import { createNews } from '../../src/runtime/news.ts'
import { settingsOf } from '../../src/runtime/options.ts'
import { collections } from '../../src/runtime/records/collections.ts'
import { type DefinitionRecord, definitions, processKeyId, processKeys, resources } from '../../src/runtime/records/definition.ts'
import { instances } from '../../src/runtime/records/instance.ts'
import type { InstanceRecord } from '../../src/runtime/records/instance-record.ts'
import { type JobRecord, jobs } from '../../src/runtime/records/job.ts'
import { runCommand } from '../../src/runtime/run-command.ts'
import { startEventChanges } from '../../src/runtime/start-events.ts'
import { createStateCache } from '../../src/runtime/state-cache.ts'

/** One node without a worker loop: commands, deliveries and deployments, each called by hand. */
export interface Node {
  readonly host: MessageHost
  readonly engine: Host
  readonly clock: ManualClock
  deploy(xml: string, tenantId?: string | null): Promise<string>
  start(key: string, options?: { variables?: Values; businessKey?: string; tenantId?: string }): Promise<string>
  instance(id: string): Promise<InstanceRecord | undefined>
  all(): Promise<InstanceRecord[]>
  jobs(): Promise<Stored<JobRecord>[]>
  /** Executes the deliveries that are due, and what follows. Tells how many failed. */
  drain(): Promise<number>
}

export async function createNode(options: { storage?: Storage; clock?: ManualClock; searchable?: readonly string[] } = {}): Promise<Node> {
  const clock = options.clock ?? manualClock('2026-01-01T09:00:00Z')
  const storage = options.storage ?? memoryStorage({ now: () => clock.now() })
  await storage.prepare(collections)
  const engine = hostOf(storage, clock, options.searchable ?? [])
  const host = messageHostOf(engine)
  const find = async (): Promise<Stored<JobRecord>[]> => storage.find(jobs, { where: {}, limit: 1000 })
  return {
    host,
    engine,
    clock,
    deploy: (xml, tenantId = null) => deploy(engine, xml, tenantId),
    async start(key, { variables = {}, businessKey, tenantId = null } = {}) {
      const { loaded } = await loadLatest(engine.definitions, key, tenantId)
      const instanceId = host.newId()
      const outcome = await startAt(engine, loaded, { instanceId, variables, businessKey: businessKey ?? null, tenantId })
      if (outcome.type !== 'done') throw new Error(`start: ${JSON.stringify(outcome)}`)
      return instanceId
    },
    instance: async (id) => (await storage.get(instances, [id]))[0]?.record,
    all: async () => (await storage.find(instances, { where: {}, limit: 1000 })).map((stored) => stored.record),
    jobs: find,
    async drain() {
      let failed = 0
      for (let round = 0; round < 1000; round++) {
        const claimed = await storage.claim(jobs, {
          owner: 'node',
          now: clock.now() as Instant,
          leaseMs: 60_000,
          where: { kind: { in: [...DELIVERY_KINDS] } },
          limit: 10,
        })
        if (claimed.length === 0) return failed
        for (const job of claimed) await deliver(host, job).catch(() => failed++)
      }
      throw new Error('the deliveries do not end')
    },
  }
}

interface StartOptions {
  readonly instanceId: string
  readonly variables: Values
  readonly businessKey: string | null
  readonly tenantId: string | null
}

function startAt(engine: Host, definition: LoadedDefinition, options: StartOptions): Promise<Outcome> {
  const { instanceId, variables, businessKey, tenantId } = options
  const definitionId = definition.record.id
  return runCommand(engine, {
    instanceId,
    command: { type: 'startProcess', instanceId, definitionId, businessKey, variables, actor: null },
    actor: null,
    start: { definition, tenantId },
  })
}

async function deploy(engine: Host, xml: string, tenantId: string | null): Promise<string> {
  const { diagnostics, processes } = await importBpmn(xml)
  const errors = diagnostics.filter((one) => one.severity === 'error')
  const definition = processes[0]
  if (errors.length > 0 || definition === undefined) throw new Error(JSON.stringify(diagnostics))
  const keyId = processKeyId(definition.key, tenantId)
  const [latest] = await engine.storage.get(processKeys, [keyId])
  const version = (latest?.record.body.version ?? 0) + 1
  const resource = sha256(xml)
  const record: DefinitionRecord = {
    id: engine.newId(),
    key: definition.key,
    version,
    tenantId,
    versionTag: null,
    body: { name: null, resource, fileName: null, deploymentId: 'd', at: engine.now() },
  }
  const previous = latest === undefined ? null : await loadDefinition(engine.definitions, latest.record.body.latestId)
  const changes = startEventChanges({ record, definition }, previous, { now: engine.now(), environment: engine.environment })
  const put: Write[] = [
    { collection: resources, record: { id: resource, body: { text: xml } } },
    { collection: definitions, record },
    { collection: processKeys, record: { id: keyId, body: { latestId: record.id, version } } },
    ...changes.put,
  ]
  const landed = await engine.commit({ id: engine.newId(), expect: [], touch: [], put, delete: changes.delete, append: [] })
  if (landed !== 'committed') throw new Error('deploy')
  engine.definitions.latest.delete(keyId)
  return record.id
}

function hostOf(storage: Storage, clock: ManualClock, searchable: readonly string[]): Host {
  const settings = settingsOf({ clock, searchable: Object.fromEntries(searchable.map((name) => [name, 'text' as const])) }, clock)
  const makeId = idSource()
  const handlers = handlerTable({})
  const queue = createCommitQueue(storage, () => 0)
  const environment: Environment = {
    functions: {},
    beans: {},
    calendar: (name) => calendarOf(new Map(), name),
    timeZone: 'UTC',
    handles: (processKey, elementId, job) => handlers.handles(processKey, elementId, job),
    operationsMax: 1_000_000,
  }
  return {
    settings,
    storage,
    environment,
    calendars: new Map(),
    handlers,
    scripts: null,
    telemetry: null,
    indexes: { need: () => null },
    news: createNews(),
    definitions: createDefinitionCache(storage, {}),
    states: createStateCache(),
    mailboxes: createMailboxes(),
    extensions: createExtensionHost(),
    events: createEventHub(() => undefined),
    isJoined: false,
    nodeId: 'node',
    now: () => clock.now(),
    newId: () => makeId(clock.now()),
    newTag: () => makeId(clock.now()).slice(-12),
    commit: (set) => queue.submit(set),
    wake: () => undefined,
    checkOpen: () => undefined,
    worker: { freeSlots: () => 0, adopt: () => undefined, withdraw: () => undefined },
  }
}
