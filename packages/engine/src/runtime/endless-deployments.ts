import { DIAGNOSTIC_CODES } from '../import/diagnostic-codes.ts'
import type { Diagnostic } from '../import/diagnostics.ts'
import type { Definition } from '../model/definition.ts'
import { calledKey, callsIn, endlessCalls } from '../soundness/endless-calls.ts'
import { loadLatest } from './definition-cache.ts'
import { EngineError } from './errors.ts'
import type { Host } from './host.ts'

/** Most processes that one deployment looks at beside its own. */
const LOOKED_AT_MAX = 50

/** What is deployed, by file. */
export interface DeployedFile {
  readonly name: string | null
  readonly processes: readonly Definition[]
  readonly diagnostics: readonly Diagnostic[]
}

/**
 * Circles of calls without a way out that a deployment closes with what is in the store, or among its files: a warning for each of its
 * processes. What is called is the latest version, as it is now. Processes without calls cost nothing.
 */
export async function endlessDeployments(
  host: Host,
  files: readonly DeployedFile[],
  tenantId: string | null,
): Promise<readonly Diagnostic[]> {
  const own = new Map(files.flatMap(({ processes }) => processes.map((process) => [process.key, process])))
  const all = new Map(own)
  const open = [...own.values()]
  for (let definition = open.pop(); definition !== undefined && all.size - own.size < LOOKED_AT_MAX; definition = open.pop()) {
    if (!definition.calls) continue
    for (const call of callsIn(definition)) {
      const key = calledKey(call)
      const found = key === null || all.has(key) ? null : await latestOf(host, key, tenantId)
      if (key === null || found === null) continue
      all.set(key, found)
      open.push(found)
    }
  }
  const known = new Set(
    files.flatMap(({ diagnostics }) => diagnostics.flatMap(({ code, elementId }) => (code === 'endlessCalls' ? [elementId] : []))),
  )
  return endlessCalls(all).flatMap(({ key, call, circle, others }): readonly Diagnostic[] => {
    const file = files.find(({ processes }) => processes.some((process) => process.key === key))
    if (file === undefined || known.has(call.id)) return []
    const { severity, hint } = DIAGNOSTIC_CODES.endlessCalls
    const message = `Every way through "${key}" comes to callActivity ${call.name === null ? '' : `"${call.name}" `}(${call.id}), which calls ${circle}: no instance would ever end.`
    return [
      {
        code: 'endlessCalls',
        severity,
        message,
        elementId: call.id,
        related: others,
        ...(hint !== null && { hint }),
        ...(file.name !== null && { file: file.name }),
      },
    ]
  })
}

async function latestOf(host: Host, key: string, tenantId: string | null): Promise<Definition | null> {
  try {
    return (await loadLatest(host.definitions, key, tenantId)).loaded.definition
  } catch (error) {
    if (!(error instanceof EngineError) || error.code !== 'unknownDefinition') throw error
    return null
  }
}
