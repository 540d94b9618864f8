import type { Variables } from '../model/variables.ts'
import { manualClock } from '../runtime/clock.ts'
import type { DeploySource } from '../runtime/deployments.ts'
import { createEngine } from '../runtime/engine.ts'
import type { Engine } from '../runtime/engine-api.ts'
import { EngineError } from '../runtime/errors.ts'
import type { EngineOptions } from '../runtime/options.ts'
import { printHistory } from './print-history.ts'

/** An engine with a manual clock and one instance at a time, moved by commands of one line. */
export interface Walk {
  readonly engine: Engine
  /**
   * Deploys a model, or several with the decisions and forms that they need; `start` starts the process of this key, or the first. Drawings
   * are deployed where there is nothing else. Throws `ModelError`, `invalidArgument` for an unknown key.
   */
  deploy(source: DeploySource, processKey?: string): Promise<void>
  /**
   * Performs one command and all work that is due then; gives what happened, one line each. Throws what the engine throws,
   * `invalidArgument` for an unknown command.
   */
  perform(command: string): Promise<readonly string[]>
  /** For each token of the instance a sentence that says where it is and what it waits for. */
  whereabouts(): Promise<readonly string[]>
  /** Closes the engine. */
  close(): Promise<void>
}

/** Opens a walk on a new engine. Its clock begins at 2026-01-01T00:00:00Z; work without a handler completes at once. */
export async function openWalk(options: Omit<EngineOptions, 'clock'> = {}): Promise<Walk> {
  const engine = await createEngine({ defaultHandler: () => undefined, ...options, clock: manualClock('2026-01-01T00:00:00Z') })
  const run: Run = { engine, processKey: '', instanceId: null, seen: new Map() }
  return {
    engine,
    async deploy(source, processKey) {
      const deployed = await engine.deploy(source)
      const { processes } = deployed.processes.length > 0 ? deployed : await engine.deploy(source, { includeDrawings: true })
      const chosen = processKey === undefined ? processes[0] : processes.find(({ key }) => key === processKey)
      if (processKey !== undefined && chosen === undefined) {
        const known = processes.map(({ key }) => `"${key}"`).join(', ')
        throw new EngineError('invalidArgument', `the file has no process "${processKey}"; it has ${known}`, { processKey })
      }
      run.processKey = chosen?.key ?? ''
    },
    async perform(command) {
      await perform(run, command.trim())
      await engine.drain()
      return news(run)
    },
    async whereabouts() {
      return run.instanceId === null ? [] : (await engine.explain(run.instanceId)).map(({ text }) => text)
    },
    close: () => engine.close(),
  }
}

interface Run {
  readonly engine: Engine
  processKey: string
  instanceId: string | null
  /** How many entries of each instance's history were printed. */
  readonly seen: Map<string, number>
}

async function perform(run: Run, line: string): Promise<void> {
  const [, verb = '', rest = ''] = /^(\S+)\s*(.*)$/.exec(line) ?? []
  const [, name = '', tail = ''] = /^([^\s{]*)\s*(.*)$/.exec(rest) ?? []
  const command = Object.hasOwn(COMMANDS, verb) ? COMMANDS[verb] : undefined
  if (command === undefined) throw new EngineError('invalidArgument', `there is no command "${verb}"`, { command: line })
  if (name !== '' && !/^[A-Z]/.test(command.takes))
    throw new EngineError('invalidArgument', `"${verb}" takes ${command.takes === '' ? 'nothing' : command.takes}, not "${name}"`, {
      command: line,
    })
  await command.perform(run, name, tail, tail.startsWith('{') ? JSON.parse(tail) : {})
}

interface Command {
  /** What follows it. */
  readonly takes: string
  /** `values` is the JSON at the end of the line, an empty object where there is none. */
  perform(run: Run, name: string, tail: string, values: Variables): Promise<unknown>
}

const COMMANDS: Readonly<Record<string, Command>> = {
  start: {
    takes: '{variables}',
    perform: async (run, _name, _tail, variables) => {
      run.instanceId = (await run.engine.start(run.processKey, { variables })).id
    },
  },
  complete: {
    takes: 'ELEMENT {variables}',
    perform: async ({ engine }, name, _tail, variables) => {
      const [task] = await engine.tasks.find({ elementId: name, limit: 1 })
      return engine.tasks.complete(task?.id ?? name, { variables })
    },
  },
  message: {
    takes: 'NAME {variables}',
    perform: ({ engine }, name, _tail, variables) => engine.messages.publish({ name, variables }),
  },
  signal: { takes: 'NAME {variables}', perform: ({ engine }, name, _tail, variables) => engine.signals.broadcast({ name, variables }) },
  conditions: { takes: '{variables}', perform: ({ engine }, _name, _tail, variables) => engine.evaluateConditions({ variables }) },
  trigger: {
    takes: 'ELEMENT {variables}',
    perform: async (run, name, _tail, variables) => run.engine.trigger(await elementInstance(run, name), { variables }),
  },
  throw: { takes: 'ELEMENT CODE', perform: async (run, name, code) => run.engine.throwError(await elementInstance(run, name), code) },
  escalate: { takes: 'ELEMENT CODE', perform: async (run, name, code) => run.engine.escalate(await elementInstance(run, name), code) },
  set: {
    takes: '{variables}',
    perform: ({ engine, instanceId }, _name, _tail, variables) => engine.instances.setVariables(instanceId ?? '', variables),
  },
  resolve: {
    takes: 'ELEMENT',
    perform: async ({ engine, instanceId }, name) => {
      const [incident] = await engine.incidents.find({ ...(instanceId !== null && { instanceId }), elementId: name, limit: 1 })
      return engine.incidents.resolve(incident?.id ?? name)
    },
  },
  advance: { takes: 'DURATION', perform: ({ engine }, name) => engine.advance(name) },
  startIn: {
    takes: 'ADHOC ACTIVITY {variables}',
    perform: async (run, name, tail) => {
      const [, activity = '', values = '{}'] = /^([^\s{]*)\s*(\{.*)?$/.exec(tail) ?? []
      return run.engine.adHoc.start(await elementInstance(run, name), activity, { variables: JSON.parse(values) })
    },
  },
  endAdHoc: { takes: 'ADHOC', perform: async (run, name) => run.engine.adHoc.complete(await elementInstance(run, name)) },
  cancel: { takes: '', perform: ({ engine, instanceId }) => engine.instances.cancel(instanceId ?? '') },
  suspend: { takes: '', perform: ({ engine, instanceId }) => engine.instances.suspend(instanceId ?? '') },
  resume: { takes: '', perform: ({ engine, instanceId }) => engine.instances.resume(instanceId ?? '') },
  modify: {
    takes: '{modification}',
    perform: ({ engine, instanceId }, _name, tail) => engine.instances.modify(instanceId ?? '', JSON.parse(tail)),
  },
  rewind: { takes: 'ELEMENT', perform: ({ engine, instanceId }, name) => engine.instances.rewind(instanceId ?? '', name) },
}

/** The commands of a walk, with what follows them. */
export const WALK_COMMANDS: readonly string[] = Object.entries(COMMANDS).map(([verb, { takes }]) => `${verb} ${takes}`.trim())

async function elementInstance({ engine, instanceId }: Run, elementId: string): Promise<string> {
  const view = instanceId === null ? null : await engine.instances.get(instanceId)
  const element = view?.activeElements.find((one) => one.elementId === elementId)
  if (element) return element.elementInstanceId
  throw new EngineError('invalidArgument', `no token is at "${elementId}"`, { elementId })
}

async function news(run: Run): Promise<string[]> {
  run.instanceId ??= (await run.engine.instances.find({ processKey: run.processKey, limit: 1 }))[0]?.id ?? null
  if (run.instanceId === null) return []
  return newsOf(run, run.instanceId, '')
}

/** What an instance and those that it called did; of these each line begins with the process's key. */
async function newsOf(run: Run, instanceId: string, prefix: string): Promise<string[]> {
  const entries = await run.engine.history(instanceId)
  const fresh = entries.slice(run.seen.get(instanceId) ?? 0)
  run.seen.set(instanceId, entries.length)
  const lines = printHistory(fresh).map((line) => `${prefix}${line}`)
  const called = await run.engine.instances.find({ parent: instanceId, limit: CALLED_MAX })
  for (const { id, definition } of called) lines.push(...(await newsOf(run, id, `${definition.key}: `)))
  return lines
}

const CALLED_MAX = 100
