import { manualClock } from '../runtime/clock.ts'
import { createEngine } from '../runtime/engine.ts'
import type { Engine } from '../runtime/engine-api.ts'
import { EngineError } from '../runtime/errors.ts'
import type { EngineOptions } from '../runtime/options.ts'
import { printHistory } from './print-history.ts'

/** An engine with a manual clock and one instance at a time, moved by commands of one line. */
export interface Walk {
  readonly engine: Engine
  /** Deploys a model; `start` starts the process of this key, or the first. Throws `ModelError`, `invalidArgument` for an unknown key. */
  deploy(source: string | Uint8Array, processKey?: string): Promise<void>
  /** Performs one command and all work that is due then; gives what happened, one line each. Throws what the engine throws, `invalidArgument` for an unknown command. */
  perform(command: string): Promise<readonly string[]>
  /** For each token of the instance a sentence that says where it is and what it waits for. */
  whereabouts(): Promise<readonly string[]>
  /** Closes the engine. */
  close(): Promise<void>
}

/** The commands of a walk, with what follows them. */
export const WALK_COMMANDS: readonly string[] = [
  'start {variables}',
  'complete ELEMENT {variables}',
  'message NAME {variables}',
  'signal NAME {variables}',
  'conditions {variables}',
  'trigger ELEMENT {variables}',
  'throw ELEMENT CODE',
  'escalate ELEMENT CODE',
  'advance DURATION',
  'startIn ADHOC ACTIVITY {variables}',
  'endAdHoc ADHOC',
  'cancel',
  'suspend',
  'resume',
  'modify {modification}',
  'rewind ELEMENT',
]

/** Opens a walk on a new engine. Its clock begins at 2026-01-01T00:00:00Z; work without a handler completes at once. */
export async function openWalk(options: Omit<EngineOptions, 'clock'> = {}): Promise<Walk> {
  const engine = await createEngine({ defaultHandler: () => undefined, ...options, clock: manualClock('2026-01-01T00:00:00Z') })
  const run: Run = { engine, processKey: '', instanceId: null, seen: new Map() }
  return {
    engine,
    async deploy(source, processKey) {
      const { processes } = await engine.deploy(source)
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

async function perform(run: Run, command: string): Promise<void> {
  const [, verb = '', rest = ''] = /^(\S+)\s*(.*)$/.exec(command) ?? []
  const [, name = '', tail = ''] = /^([^\s{]*)\s*(.*)$/.exec(rest) ?? []
  const { engine } = run
  const variables = tail.startsWith('{') ? JSON.parse(tail) : {}
  switch (verb) {
    case 'start':
      run.instanceId = (await engine.start(run.processKey, { variables: rest === '' ? {} : JSON.parse(rest) })).id
      return
    case 'complete': {
      const [task] = await engine.tasks.find({ elementId: name, limit: 1 })
      return engine.tasks.complete(task?.id ?? name, { variables })
    }
    case 'message':
      return void (await engine.messages.publish({ name, variables }))
    case 'signal':
      return void (await engine.signals.broadcast({ name, variables }))
    case 'conditions':
      return void (await engine.evaluateConditions({ variables: rest === '' ? {} : JSON.parse(rest) }))
    case 'trigger':
      return engine.trigger(await elementInstance(run, name), { variables })
    case 'throw':
      return engine.throwError(await elementInstance(run, name), tail)
    case 'escalate':
      return engine.escalate(await elementInstance(run, name), tail)
    case 'set':
      return engine.instances.setVariables(run.instanceId ?? '', JSON.parse(rest))
    case 'advance':
      return engine.advance(name)
    case 'startIn': {
      const [, activity = '', values = '{}'] = /^([^\s{]*)\s*(\{.*)?$/.exec(tail) ?? []
      return engine.adHoc.start(await elementInstance(run, name), activity, { variables: JSON.parse(values) })
    }
    case 'endAdHoc':
      return engine.adHoc.complete(await elementInstance(run, name))
    case 'cancel':
      return engine.instances.cancel(run.instanceId ?? '', {})
    case 'modify':
      return void (await engine.instances.modify(run.instanceId ?? '', JSON.parse(rest)))
    case 'rewind':
      return void (await engine.instances.rewind(run.instanceId ?? '', name))
    case 'suspend':
      return engine.instances.suspend(run.instanceId ?? '')
    case 'resume':
      return engine.instances.resume(run.instanceId ?? '')
    default:
      throw new EngineError('invalidArgument', `there is no command "${verb}"`, { command })
  }
}

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
