import type { Diagnostic } from './diagnostics.ts'
import type { DecisionOutline } from './dmn/import-dmn.ts'
import { importModel } from './import-model.ts'
import type { ImportOptions } from './import-options.ts'
import type { ProcessOutline } from './process-outline.ts'

/** What a file holds and what is wrong with it. */
export interface ModelReport {
  readonly diagnostics: readonly Diagnostic[]
  /** One for each process of the file. */
  readonly processes: readonly ProcessOutline[]
  /** One for each decision of the file. */
  readonly decisions: readonly DecisionOutline[]
}

/** Looks at a BPMN or DMN file without deploying it. Never throws for a bad model: what is wrong is a diagnostic. */
export async function inspectModel(source: string | Uint8Array, options: ImportOptions = {}): Promise<ModelReport> {
  if (typeof source !== 'string' && !(source instanceof Uint8Array)) {
    const given = source === null ? 'null' : Array.isArray(source) ? 'a list' : typeof source
    const message = `There is no file to read: ${given} was given. Give its text or its bytes.`
    return { diagnostics: [{ code: 'importFailed', severity: 'error', message }], processes: [], decisions: [] }
  }
  const { diagnostics, outlines, decisionOutlines } = await importModel(source, options)
  return { diagnostics, processes: outlines, decisions: decisionOutlines }
}
