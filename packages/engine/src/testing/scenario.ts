import { manualClock } from '../runtime/clock.ts'
import { createEngine } from '../runtime/engine.ts'
import type { Engine } from '../runtime/engine-api.ts'
import { EngineError } from '../runtime/errors.ts'
import type { EngineOptions } from '../runtime/options.ts'
import { printHistory } from './print-history.ts'

/** What a scenario runs on. */
export interface ScenarioOptions {
  /** Gives the model that a line `process NAME` or `decisions NAME` names. */
  readonly model: (name: string) => string | Uint8Array | Promise<string | Uint8Array>
  /** Handlers and whatever else the engine needs. The clock is a manual one that begins at 2026-01-01T00:00:00Z; work without a handler completes at once. */
  readonly engine?: Omit<EngineOptions, 'clock'>
}

/**
 * Runs a scenario and gives it back as it went: the commands with the history that each one made. A test compares that with the text.
 *
 * A scenario is lines. `process FILE` deploys a model, `decisions FILE` one of DMN; `> start {variables}`, `> complete ELEMENT {variables}`, `> message NAME {variables}`,
 * `> signal NAME {variables}`, `> trigger ELEMENT {variables}`, `> throw ELEMENT CODE`, `> escalate ELEMENT CODE`, `> advance DURATION`, `> cancel`,
 * `> suspend`, `> resume` are commands; indented
 * lines say what happened; those of a called instance begin with its process's key. Throws `invalidArgument` for a command that it does not know.
 */
export async function runScenario(text: string, options: ScenarioOptions): Promise<string> {
  const engine = await createEngine({ defaultHandler: () => undefined, ...options.engine, clock: manualClock('2026-01-01T00:00:00Z') })
  const run: Run = { engine, processKey: '', instanceId: null, seen: new Map() }
  const lines: string[] = []
  try {
    for (const line of text.split('\n')) {
      if (line.startsWith('process ')) {
        const deployment = await engine.deploy(await options.model(line.slice('process '.length).trim()))
        run.processKey = deployment.processes[0]?.key ?? ''
        lines.push(line)
      } else if (line.startsWith('decisions ')) {
        await engine.deploy(await options.model(line.slice('decisions '.length).trim()))
        lines.push(line)
      } else if (line.startsWith('> ')) {
        lines.push(line)
        await perform(run, line.slice(2).trim())
        await engine.drain()
        lines.push(...(await news(run)).map((news) => `  ${news}`))
      } else if (line.trim() === '' || line.startsWith('#')) lines.push(line)
    }
    return lines.join('\n')
  } finally {
    await engine.close()
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
    case 'trigger':
      return engine.trigger(await elementInstance(run, name), { variables })
    case 'throw':
      return engine.throwError(await elementInstance(run, name), tail)
    case 'escalate':
      return engine.escalate(await elementInstance(run, name), tail)
    case 'advance':
      return engine.advance(name)
    case 'cancel':
      return engine.instances.cancel(run.instanceId ?? '', {})
    case 'suspend':
      return engine.instances.suspend(run.instanceId ?? '')
    case 'resume':
      return engine.instances.resume(run.instanceId ?? '')
    default:
      throw new EngineError('invalidArgument', `a scenario knows no command "${verb}"`, { command })
  }
}

async function elementInstance({ engine, instanceId }: Run, elementId: string): Promise<string> {
  const view = instanceId === null ? null : await engine.instances.get(instanceId)
  const element = view?.activeElements.find((one) => one.elementId === elementId)
  if (element) return element.elementInstanceId
  throw new EngineError('invalidArgument', `the scenario names "${elementId}", where no token is`, { elementId })
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
