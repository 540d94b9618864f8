import { isLeewayError } from '@leeway/storage'
import type { Need, ScriptAnswer, ScriptAsked } from '../kernel/draft.ts'
import { loadDefinition } from './definition-cache.ts'
import { EngineError } from './errors.ts'
import { textOfFile } from './evaluate-work.ts'
import type { Host } from './host.ts'
import { answerOf, messageOf } from './job.ts'
import { type Entry, loadNeeds } from './state-cache.ts'

/** What scripts gave that one command asked for. Kept over all its attempts: the same script that sees the same gives the same. */
export type ScriptsAnswered = Map<string, ScriptAnswer>

/** Gets what a step said it needs: loads what is stored, runs what is a script. Throws `scriptEngineMissing`. */
export async function meetNeeds(
  host: Host,
  entry: Entry,
  needs: readonly Need[],
  answers: { scripts: ScriptsAnswered | null },
  tenantId: string | null,
): Promise<void> {
  for (const need of needs) {
    if (!('script' in need)) {
      await loadNeeds(host, entry, [need])
      continue
    }
    answers.scripts ??= new Map()
    answers.scripts.set(need.script.key, await runAsked(host, need.script, tenantId))
  }
}

/** Runs a script that decides how a step goes on. It changes nothing: one that sets variables has failed. Throws `scriptEngineMissing`. */
export async function runAsked(
  host: Pick<Host, 'scripts' | 'definitions' | 'storage' | 'now'>,
  { script, values, place }: ScriptAsked,
  tenantId: string | null,
): Promise<ScriptAnswer> {
  const { language } = script
  if (host.scripts?.languages.includes(language) !== true) {
    const message = `"${place.elementId}" has a script in ${language} that decides how it goes on, which this engine does not run: give it one that does (scripts)`
    throw new EngineError('scriptEngineMissing', message, { elementId: place.elementId, language })
  }
  try {
    const definition = await loadDefinition(host.definitions, place.definitionId)
    const source = script.text ?? (await textOfFile(host, { definition, elementId: place.elementId }, script.file ?? ''))
    const { id, elementId, elementName, processKey, instanceId, definitionId, businessKey } = place
    const { value, set } = await host.scripts.run({
      ...{ language, source, name: elementId, values, now: host.now(), seed: `${id}/${elementId}`, storesGlobals: false },
      facts: { id, elementId, elementName, processKey, instanceId, definitionId, businessKey, tenantId },
    })
    const names = Object.keys(set)
    if (names.length > 0)
      return failed('invalidResult', `The script at "${elementId}" sets "${names[0]}": what only decides changes nothing.`)
    const answer = answerOf(value, true)
    if ('result' in answer && answer.result.type === 'completed') return { value: answer.result.result ?? null }
    return failed('invalidResult', `The script at "${elementId}" gives nothing that can be kept.`)
  } catch (error) {
    return failed(isLeewayError(error) ? error.code : 'scriptFailed', messageOf(error))
  }
}

function failed(code: string, message: string): { readonly failed: { readonly code: string; readonly message: string } } {
  return { failed: { code, message } }
}
