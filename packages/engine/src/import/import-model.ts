import { compileDmn, type DmnImport } from './dmn/import-dmn.ts'
import { compileBpmn, type ImportResult, isInDrawing } from './import-bpmn.ts'
import type { ImportOptions } from './import-options.ts'
import { readFile } from './read-file.ts'

/** What an import makes of one file, whether it holds processes (BPMN) or decisions (DMN). */
export type ModelImport = ImportResult & DmnImport

/** Compiles a BPMN or DMN file, told apart by its root element. Never throws, whatever the input: what is wrong is a diagnostic. */
export async function importModel(source: string | Uint8Array, options: ImportOptions = {}): Promise<ModelImport> {
  const file = readFile(source, options, (element) => options.includeDrawings !== true && isInDrawing(element))
  if ('refused' in file) return { ...NOTHING, diagnostics: file.refused }
  return file.document.root?.name.startsWith('dmn:') === true
    ? { ...NOTHING, ...compileDmn(file, options) }
    : { ...NOTHING, ...compileBpmn(file, options) }
}

const NOTHING: ModelImport = { diagnostics: [], processes: [], outlines: [], decisions: [], decisionOutlines: [] }
