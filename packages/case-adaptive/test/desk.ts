import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createEngine, type Engine, type ManualClock, manualClock, Refused } from '@leeway/engine'
import { memoryStorage, type Storage } from '@leeway/storage'
import { postgresStorage } from '@leeway/storage/postgres'
import { sqliteStorage } from '@leeway/storage/sqlite'
import { afterEach, beforeEach, describe } from 'vitest'
import { afterFile } from '../../../scripts/after-file.ts'
import { emptier, testDatabase } from '../../../scripts/test-database.ts'
import { type Cases, type CasesOptions, type CaseView, createCases, type DeviationView } from '../src/index.ts'

/** An engine with cases, and what a test asks of them. */
export interface Desk {
  readonly engine: Engine
  readonly cases: Cases
  readonly clock: ManualClock
  readonly storage: Storage
  /** Ends the engine; its storage stays. */
  close(): Promise<void>
}

export type EngineOptions = NonNullable<Parameters<typeof createEngine>[0]>

export const START = '2026-03-02T09:00:00Z'

export async function openDesk(
  storage: Storage,
  options: EngineOptions = {},
  clock = manualClock(START),
  caseOptions: CasesOptions = {},
): Promise<Desk> {
  const engine = await createEngine({ storage, clock, ...options })
  const cases = await createCases(engine, caseOptions)
  return { engine, cases, clock, storage, close: () => engine.close() }
}

/** A desk that is open while a test runs; another one for each test. */
export interface TestDesk extends Desk {
  /** Closes it and opens one with other options on a storage of its own, in memory. */
  reopen(options?: EngineOptions, caseOptions?: CasesOptions): Promise<void>
}

/** A desk for each test that follows, in memory unless `storage` gives another. */
export function useDesk(options: EngineOptions = {}, caseOptions: CasesOptions = {}, storage: StorageMaker = inMemory): TestDesk {
  let made: Awaited<ReturnType<StorageMaker>>
  let open: Desk
  beforeEach(async () => {
    made = await storage()
    open = await openDesk(made.storage, options, undefined, caseOptions)
  })
  afterEach(async () => {
    await open.close()
    await made.end()
  })
  return {
    get engine() {
      return open.engine
    },
    get cases() {
      return open.cases
    },
    get clock() {
      return open.clock
    },
    get storage() {
      return open.storage
    },
    close: () => open.close(),
    async reopen(newOptions = options, newCaseOptions = caseOptions) {
      await open.close()
      open = await openDesk(memoryStorage(), newOptions, undefined, newCaseOptions)
    },
  }
}

/** Tests that must hold on every storage, with a desk for each. */
export function describeDesk(title: string, tests: (desk: TestDesk) => void, options: EngineOptions = {}): void {
  describe.each(STORAGES)(`${title} on $name`, ({ make }) => tests(useDesk(options, {}, make)))
}

/** An instance of the model's process `p`, as far as it goes by itself. */
export async function begun(desk: Desk, xml: string = AB, variables: Record<string, unknown> = {}): Promise<string> {
  const id = await started(desk, xml, variables)
  await desk.engine.drain()
  return id
}

/** An instance of the model's process `p` whose work nobody has begun yet. */
export async function started(desk: Desk, xml: string = AB, variables: Record<string, unknown> = {}): Promise<string> {
  await desk.engine.deploy(xml)
  return (await desk.engine.start('p', { variables: variables as Variables })).id
}

/** Tom completes the first open task at an element. */
export async function complete(desk: Desk, instanceId: string, elementId: string, variables: Record<string, unknown> = {}): Promise<void> {
  await desk.engine.tasks.complete(await at(desk.engine, instanceId, elementId), { variables: variables as Variables, actor: 'tom' })
}

type Variables = NonNullable<NonNullable<Parameters<Engine['start']>[1]>['variables']>
type StorageMaker = () => Promise<{ storage: Storage; end: () => Promise<void> }>

async function inMemory(): ReturnType<StorageMaker> {
  const storage = memoryStorage()
  return { storage, end: () => storage.close() }
}

interface NamedStorage {
  readonly name: string
  readonly make: StorageMaker
}

/** Storages that everything must hold on; PostgreSQL too where LEEWAY_POSTGRES is `all`. */
export const STORAGES: readonly NamedStorage[] = [
  { name: 'memory', make: inMemory },
  {
    name: 'SQLite',
    make: async () => {
      const file = await newFile()
      const storage = sqliteStorage({ file: file.path })
      return {
        storage,
        end: async () => {
          await storage.close()
          await file.remove()
        },
      }
    },
  },
  ...(process.env.LEEWAY_POSTGRES === 'all' ? await onPostgres() : []),
]

/** The storages that leaving and coming back must hold on in every run of the tests. */
export async function allStorages(): Promise<readonly NamedStorage[]> {
  return process.env.LEEWAY_POSTGRES === 'all' ? STORAGES : [...STORAGES, ...(await onPostgres())]
}

/** PostgreSQL, emptied for each test; none where it is not installed. */
async function onPostgres(): Promise<readonly NamedStorage[]> {
  const { url } = await testDatabase()
  if (url === null) return []
  const empty = emptier(url, 'desk')
  let storage: Storage | null = null
  const make = async (): Promise<{ storage: Storage; end: () => Promise<void> }> => {
    if (storage === null) {
      storage = postgresStorage({ url, schema: 'desk', connectionsMax: 4 })
      afterFile(cleanUp)
    }
    return { storage, end: empty }
  }
  const cleanUp = async (): Promise<void> => {
    await storage?.close()
    storage = null
  }
  return [{ name: 'PostgreSQL', make }]
}

export async function newFile(): Promise<{ readonly path: string; remove: () => Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'leeway-cases-'))
  return { path: join(folder, 'cases.db'), remove: () => rm(folder, { recursive: true, force: true }) }
}

const REASON = { code: 'lost-parcel', text: 'The parcel never arrived.' }

/** Kim leaves at the instance's only token at an element. */
export async function leaveAt(desk: Desk, instanceId: string, elementId: string, more: Partial<Parameters<Cases['leave']>[0]> = {}) {
  const elementInstanceId = await at(desk.engine, instanceId, elementId)
  return desk.cases.leave({ instanceId, elementInstanceId, mode: 'detour', reason: REASON, actor: 'kim', ...more })
}

/** The element instance of the first token at an element. */
export async function at(engine: Engine, instanceId: string, elementId: string): Promise<string> {
  const view = await engine.instances.get(instanceId)
  const element = view?.activeElements.find((one) => one.elementId === elementId)
  if (element === undefined) throw new Error(`no token at ${elementId} but at ${view?.activeElements.map((one) => one.elementId).join()}`)
  return element.elementInstanceId
}

/** Elements with a token, in order. */
export async function positions(engine: Engine, instanceId: string): Promise<readonly string[]> {
  const view = await engine.instances.get(instanceId)
  return (view?.activeElements ?? []).map(({ elementId, phase }) => `${elementId}:${phase}`).sort()
}

export async function caseOf(desk: Desk, caseId: string): Promise<CaseView> {
  const view = await desk.cases.get(caseId)
  if (view === null) throw new Error(`no case ${caseId}`)
  return view
}

export async function deviationOf(desk: Desk, { id, caseId }: { readonly id: string; readonly caseId: string }): Promise<DeviationView> {
  const deviation = (await caseOf(desk, caseId)).deviations.find((one) => one.id === id)
  if (deviation === undefined) throw new Error(`no deviation ${id}`)
  return deviation
}

/** The refusal that a call ends in. */
export async function refusal(call: Promise<unknown>): Promise<Refused> {
  const thrown = await call.then(
    () => new Error('the call was not refused'),
    (error: unknown) => error,
  )
  if (thrown instanceof Refused) return thrown
  throw thrown
}

/** A model with one process `p` of these elements; `flows` as `a>b`. */
export function model(elements: string, flows: string, extra = ''): string {
  const lines = flows
    .trim()
    .split(/\s+/)
    .filter((flow) => flow !== '')
    .map((flow, k) => {
      const [from, to] = flow.split('>')
      return `<bpmn:sequenceFlow id="f${k}" sourceRef="${from}" targetRef="${to}"/>`
    })
  return `<?xml version="1.0" encoding="UTF-8"?>
<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:camunda="http://camunda.org/schema/1.0/bpmn"
  xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" targetNamespace="urn:test">
  <bpmn:message id="paid" name="paid"/><bpmn:message id="cancelled" name="cancelled"/><bpmn:signal id="storm" name="storm"/>${extra}
  <bpmn:process id="p" isExecutable="true" camunda:historyTimeToLive="P1D">
  <bpmn:startEvent id="S"/><bpmn:endEvent id="E"/>${elements}${lines.join('')}
  </bpmn:process></bpmn:definitions>`
}

export const user = (id: string, more = ''): string => `<bpmn:userTask id="${id}" name="${id}" ${more}/>`
export const message = (ref = 'paid'): string => `<bpmn:messageEventDefinition messageRef="${ref}"/>`
export const signal = '<bpmn:signalEventDefinition signalRef="storm"/>'
export const timer = (duration: string): string =>
  `<bpmn:timerEventDefinition><bpmn:timeDuration xsi:type="bpmn:tFormalExpression">${duration}</bpmn:timeDuration></bpmn:timerEventDefinition>`
export const caught = (id: string, definition: string): string =>
  `<bpmn:intermediateCatchEvent id="${id}">${definition}</bpmn:intermediateCatchEvent>`
export const boundary = (id: string, on: string, definition: string, interrupts = true): string =>
  `<bpmn:boundaryEvent id="${id}" attachedToRef="${on}" cancelActivity="${interrupts}">${definition}</bpmn:boundaryEvent>`

/** Start, user task A, user task B, end. */
export const AB = model(user('A') + user('B'), 'S>A A>B B>E')

/** Work of a handler that a test holds up. */
export interface SlowWork {
  readonly begun: Promise<void>
  begin(): void
  readonly ended: Promise<void>
  end(): void
}

export function slowWork(): SlowWork {
  let begin = () => {}
  let end = () => {}
  const begun = new Promise<void>((resolve) => {
    begin = resolve
  })
  const ended = new Promise<void>((resolve) => {
    end = resolve
  })
  return { begun, begin: () => begin(), ended, end: () => end() }
}
