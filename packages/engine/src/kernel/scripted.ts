import type { ExecutionPlace, ScriptText } from '../expressions/expression.ts'
import type { Values } from '../model/value.ts'
import { reveal } from '../model/variables.ts'
import { type Draft, Missing } from './draft.ts'
import { KernelError, ScriptFailed } from './kernel-error.ts'

/** Most scripts that one command asks for: with each answer the step begins anew. */
export const SCRIPTS_MAX = 1_000

/**
 * What a script gives that decides how the step goes on. The kernel runs none: it asks for the result as for what is not loaded, and the
 * step is made again with it. Throws `ScriptFailed` where it failed, `KernelError` where the command has asked for too many.
 */
export function scriptResult(draft: Draft, script: ScriptText, values: Values, place: ExecutionPlace): unknown {
  const key = JSON.stringify([place.id, place.elementId, place.definitionId, script.language, script.text, script.file, values])
  const answer = draft.scripted.get(key)
  if (answer === undefined) {
    if (draft.scripted.size < SCRIPTS_MAX) throw new Missing({ script: { key, script, values, place } })
    const message = `one command has run ${SCRIPTS_MAX} scripts: an endless loop without a wait? Resolve the incident to go on`
    throw new KernelError('tooManyScripts', message)
  }
  if ('failed' in answer) throw new ScriptFailed(answer.failed.code, answer.failed.message)
  return reveal(answer.value)
}
