import type { QuickJSContext, QuickJSHandle, QuickJSWASMModule } from 'quickjs-emscripten'
import type { Value, Values } from '../model/value.ts'
import type { ScriptRun } from '../runtime/script-engine.ts'
import { PRELUDE } from './sandbox.ts'

/** A script and what it may use: what a thread is asked. */
export interface ScriptRequest {
  readonly script: ScriptRun
  readonly timeMs: number
  readonly memoryBytes: number
}

/** What became of a script, as data that passes between threads. */
export type ScriptReply =
  /** As it is kept: JSON, in which dates, bigints and bytes are tagged objects. */
  | { readonly type: 'done'; readonly value: Value; readonly set: Values; readonly task?: Values }
  | { readonly type: 'bpmnError'; readonly code: string; readonly message: string }
  | { readonly type: 'failed'; readonly message: string }
  | { readonly type: 'late' }
  /** The sandbox itself did not survive it: nothing more may run in this module. */
  | { readonly type: 'broken'; readonly message: string }

/** Deep enough for any sensible script, and far from the end of the platform's own stack, which the sandbox would not survive. */
const STACK_BYTES = 120_000

/** Runs one script in a runtime of its own. Never throws. */
export function runScript(loaded: QuickJSWASMModule, { script, timeMs, memoryBytes }: ScriptRequest): ScriptReply {
  // Counted from where the script itself begins: making its surroundings is not its time.
  let deadline = Number.POSITIVE_INFINITY
  let isLate = false
  try {
    const runtime = loaded.newRuntime({
      memoryLimitBytes: memoryBytes,
      maxStackSizeBytes: STACK_BYTES,
      interruptHandler: () => {
        isLate ||= Date.now() > deadline
        return isLate
      },
    })
    const context = runtime.newContext()
    const begin = (): void => {
      deadline = Date.now() + timeMs
    }
    const reply = runIn(context, script, begin, () => isLate)
    context.dispose()
    runtime.dispose()
    return reply
  } catch (error) {
    return { type: 'broken', message: error instanceof Error ? error.message : String(error) }
  }
}

/** The script between the sandbox's two sides: what it sees goes in as JSON, what it did comes out as JSON. */
function runIn(context: QuickJSContext, script: ScriptRun, begin: () => void, isLate: () => boolean): ScriptReply {
  const { values, facts, task, now, seed } = script
  const handles: QuickJSHandle[] = []
  const keep = (handle: QuickJSHandle): QuickJSHandle => {
    handles.push(handle)
    return handle
  }
  const failed = (error: QuickJSHandle, describe: QuickJSHandle | null): ScriptReply => {
    keep(error)
    return isLate() ? { type: 'late' } : failureOf(describe === null ? {} : described(context, describe, error), script)
  }
  try {
    const prelude = context.evalCode(PRELUDE, 'leeway.js', { type: 'global' })
    if (prelude.error !== undefined) return failed(prelude.error, null)
    const input = keep(context.newString(JSON.stringify({ values, facts, task, now, seed: numberOf(seed) })))
    const inside = context.callFunction(keep(prelude.value), context.undefined, input)
    if (inside.error !== undefined) return failed(inside.error, null)
    const describe = keep(context.getProp(keep(inside.value), 'describe'))
    const finish = keep(context.getProp(inside.value, 'finish'))
    begin()
    const value = context.evalCode(script.source, `${script.name}.js`, { type: 'global' })
    if (value.error !== undefined) return failed(value.error, describe)
    const storesGlobals = script.storesGlobals ? context.true : context.false
    const json = context.callFunction(finish, context.undefined, keep(value.value), storesGlobals)
    if (json.error !== undefined) return failed(json.error, describe)
    const made = JSON.parse(context.getString(keep(json.value))) as Pick<Extract<ScriptReply, { type: 'done' }>, 'value' | 'set' | 'task'> // so the prelude writes it
    return { type: 'done', ...made }
  } finally {
    for (const handle of handles.reverse()) handle.dispose()
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
): ScriptReply {
  if (code !== undefined) return { type: 'bpmnError', code, message }
  const line = LINE_OF_SCRIPT.exec(stack)?.[1]
  return { type: 'failed', message: `The script of "${script.name}" failed${line === undefined ? '' : ` in line ${line}`}: ${message}` }
}

const LINE_OF_SCRIPT = /\.js:(\d+)/

/** A number that follows from a text (FNV-1a). */
function numberOf(text: string): number {
  let hash = 0x811c9dc5
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193)
  return hash | 0
}
