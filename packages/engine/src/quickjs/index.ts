import { reveal, revealVariables } from '../model/variables.ts'
import { BpmnError, EngineError, NoRetry } from '../runtime/errors.ts'
import type { ScriptEngine, ScriptOutcome, ScriptRun } from '../runtime/script-engine.ts'
import { openPool, type ThreadPool } from './pool.ts'
import type { ScriptReply } from './run-script.ts'

/** What one script may use, and how many run at once. */
export interface QuickjsOptions {
  /**
   * Most real milliseconds that a script may take. Default 250. What then still holds its thread is ended with it, within another second.
   */
  readonly timeMs?: number
  /** Most bytes that a script may hold, at least 1,000,000. Default 16,000,000. */
  readonly memoryBytes?: number
  /**
   * Most threads, each of which runs one script at a time. Default 2. They are started as scripts come, and ended after 30 seconds without
   * one.
   */
  readonly threadsMax?: number
}

/**
 * Runs the JavaScript of models in QuickJS, compiled to WebAssembly, on threads of their own: nothing of the host is within reach, time and
 * memory are bounded, the clock stands still at the instant of the work and chance follows from its idempotency key. A script that takes
 * too long fails as `scriptTimeout`, which another attempt may change. Peer dependency: `quickjs-emscripten`. Throws `invalidOption`.
 */
export function quickjs(options: QuickjsOptions = {}): ScriptEngine {
  const timeMs = bounded('timeMs', options.timeMs ?? 250, 1)
  const memoryBytes = bounded('memoryBytes', options.memoryBytes ?? 16_000_000, 1_000_000)
  const threadsMax = bounded('threadsMax', options.threadsMax ?? 2, 1)
  const pool: ThreadPool = openPool(threadsMax)
  return {
    languages: ['javascript'],
    run: async (script) => outcomeOf(await pool.run({ script, timeMs, memoryBytes }), script, timeMs),
  }
}

function outcomeOf(reply: ScriptReply, { name }: ScriptRun, timeMs: number): ScriptOutcome {
  switch (reply.type) {
    case 'done':
      return { value: reveal(reply.value), set: revealVariables(reply.set), ...(reply.task && { task: revealVariables(reply.task) }) }
    case 'bpmnError':
      throw new BpmnError(reply.code, reply.message)
    case 'failed':
      throw new NoRetry(reply.message)
    case 'broken':
      throw new NoRetry(`The script of "${name}" broke its sandbox: ${reply.message}`)
    case 'late':
      throw new EngineError('scriptTimeout', `The script of "${name}" took longer than ${timeMs} ms and was stopped`, { elementId: name })
  }
}

function bounded(name: string, value: number, minimum: number): number {
  if (Number.isFinite(value) && value >= minimum) return value
  throw new EngineError('invalidOption', `quickjs: ${name} is ${String(value)}; it must be a number of at least ${minimum}`, {
    option: name,
  })
}
