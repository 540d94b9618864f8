import { newQuickJSWASMModule, type QuickJSContext, type QuickJSHandle, type QuickJSWASMModule } from 'quickjs-emscripten'
import type { Value, Values } from '../model/value.ts'
import { reveal, revealVariables } from '../model/variables.ts'
import { BpmnError, EngineError, NoRetry } from '../runtime/errors.ts'
import type { ScriptEngine, ScriptOutcome, ScriptRun } from '../runtime/script-engine.ts'
import { PRELUDE } from './sandbox.ts'

/** What one script may use. */
export interface QuickjsOptions {
  /**
   * Most real milliseconds that a script may take. Default 250. The sandbox looks at the clock after every 10,000 or so loops and calls, so a script
   * that does much in each, such as to join a large array, takes longer, in the worst case minutes; a small `memoryBytes` bounds what it can do in each.
   */
  readonly timeMs?: number
  /** Most bytes that a script may hold, at least 1,000,000. Default 16,000,000. */
  readonly memoryBytes?: number
}

/**
 * Runs the JavaScript of models in QuickJS, compiled to WebAssembly: nothing of the host is within reach, time and memory are bounded, the clock
 * stands still at the instant of the work and chance follows from its idempotency key. Peer dependency: `quickjs-emscripten`.
 * Throws `invalidOption`.
 */
export function quickjs(options: QuickjsOptions = {}): ScriptEngine {
  const timeMs = bounded('timeMs', options.timeMs ?? 250, 1)
  const memoryBytes = bounded('memoryBytes', options.memoryBytes ?? 16_000_000, 1_000_000)
  let loading: Promise<QuickJSWASMModule> | null = null
  return {
    languages: ['javascript'],
    async run(script) {
      loading ??= newQuickJSWASMModule()
      const loaded = await loading
      const ran = runIn(loaded, script, { timeMs, memoryBytes })
      // What the sandbox itself did not survive must not meet the next script.
      if (ran.isBroken) loading = null
      if (ran.error !== null) throw ran.error
      return ran.outcome
    },
  }
}

interface Limits {
  readonly timeMs: number
  readonly memoryBytes: number
}

/** Deep enough for any sensible script, and far from the end of the platform's own stack, which the sandbox would not survive. */
const STACK_BYTES = 120_000

type Ran =
  | { readonly outcome: ScriptOutcome; readonly error: null; readonly isBroken: boolean }
  | { readonly error: Error; readonly isBroken: boolean }

function runIn(loaded: QuickJSWASMModule, script: ScriptRun, { timeMs, memoryBytes }: Limits): Ran {
  // Counted from where the script itself begins: making its surroundings is not its time.
  let deadline = Number.POSITIVE_INFINITY
  let isLate = false
  const runtime = loaded.newRuntime({
    memoryLimitBytes: memoryBytes,
    maxStackSizeBytes: STACK_BYTES,
    interruptHandler: () => {
      isLate ||= Date.now() > deadline
      return isLate
    },
  })
  const context = runtime.newContext()
  const time: Time = {
    begin: () => {
      deadline = Date.now() + timeMs
    },
    check: () => {
      if (isLate) throw new ScriptTimeout(script.name, timeMs)
    },
  }
  let ran: Ran
  try {
    ran = { outcome: runScript(context, script, time), error: null, isBroken: false }
  } catch (error) {
    if (!(error instanceof BpmnError || error instanceof NoRetry || error instanceof ScriptTimeout)) {
      // Giving back what a broken sandbox holds would fail as well; it goes with its module.
      return { error: new NoRetry(`The script of "${script.name}" broke its sandbox`, { cause: error }), isBroken: true }
    }
    ran = { error, isBroken: false }
  }
  try {
    context.dispose()
    runtime.dispose()
    return ran
  } catch {
    return { ...ran, isBroken: true }
  }
}

interface Time {
  readonly begin: () => void
  /** Throws where it is over. */
  readonly check: () => void
}

/** The script between the sandbox's two sides: what it sees goes in as JSON, what it did comes out as JSON. */
function runScript(context: QuickJSContext, script: ScriptRun, time: Time): ScriptOutcome {
  const { values, facts, now, seed } = script
  const prelude = expectValue(context, context.evalCode(PRELUDE, 'leeway.js', { type: 'global' }), null, script, time)
  const input = context.newString(JSON.stringify({ values, facts, now, seed: numberOf(seed) }))
  const inside = expectValue(context, context.callFunction(prelude, context.undefined, input), null, script, time)
  const described = context.getProp(inside, 'describe')
  const finish = context.getProp(inside, 'finish')
  time.begin()
  try {
    const value = expectValue(context, context.evalCode(script.source, `${script.name}.js`, { type: 'global' }), described, script, time)
    const storesGlobals = script.storesGlobals ? context.true : context.false
    const finished = context.callFunction(finish, context.undefined, value, storesGlobals)
    value.dispose()
    const json = expectValue(context, finished, described, script, time)
    const made = JSON.parse(context.getString(json)) as { readonly value: Value; readonly set: Values } // so the prelude writes it
    json.dispose()
    return { value: reveal(made.value), set: revealVariables(made.set) }
  } finally {
    for (const handle of [described, finish, inside, input, prelude]) handle.dispose()
  }
}

type Result = ReturnType<QuickJSContext['evalCode']>

/** The value of a step; what it threw becomes an error of the host. */
function expectValue(
  context: QuickJSContext,
  result: Result,
  describe: QuickJSHandle | null,
  script: ScriptRun,
  time: Time,
): QuickJSHandle {
  if (!('error' in result) || result.error === undefined) return result.value
  const { error } = result
  try {
    time.check()
    throw failureOf(describe === null ? {} : described(context, describe, error), script)
  } finally {
    error.dispose()
  }
}

interface Description {
  readonly code?: string
  readonly message?: string
  readonly stack?: string
}

function described(context: QuickJSContext, describe: QuickJSHandle, error: QuickJSHandle): Description {
  const result = context.callFunction(describe, context.undefined, error)
  if (result.error !== undefined) {
    result.error.dispose()
    return {}
  }
  const text = context.getString(result.value)
  result.value.dispose()
  return JSON.parse(text)
}

/** A BPMN error of the script's own is caught by the model; anything else comes again if it is tried again, so it is not. */
function failureOf(
  { code, message = 'it needs more memory or deeper calls than it may use', stack = '' }: Description,
  script: ScriptRun,
): Error {
  if (code !== undefined) return new BpmnError(code, message)
  const line = LINE_OF_SCRIPT.exec(stack)?.[1]
  return new NoRetry(`The script of "${script.name}" failed${line === undefined ? '' : ` in line ${line}`}: ${message}`)
}

const LINE_OF_SCRIPT = /\.js:(\d+)/

/** The script took longer than it may: on a busy machine another attempt may do. */
class ScriptTimeout extends Error {
  constructor(name: string, timeMs: number) {
    super(`The script of "${name}" took longer than ${timeMs} ms and was stopped`)
    this.name = 'ScriptTimeout'
  }
}

/** A number that follows from a text (FNV-1a). */
function numberOf(text: string): number {
  let hash = 0x811c9dc5
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193)
  return hash | 0
}

function bounded(name: string, value: number, minimum: number): number {
  if (Number.isFinite(value) && value >= minimum) return value
  throw new EngineError('invalidOption', `quickjs: ${name} is ${String(value)}; it must be a number of at least ${minimum}`, {
    option: name,
  })
}
