import { decodeSource } from './decode.ts'
import type { Diagnostic } from './diagnostics.ts'
import { createFindings, type Findings } from './findings.ts'
import type { ImportOptions } from './import-options.ts'
import { DEFAULT_LIMITS, type ImportLimits } from './limits.ts'
import { readXml, type XmlDocument, type XmlElement } from './read-xml.ts'

/** A file of XML that was read, with what was found in it so far. */
export interface ReadFile {
  readonly document: XmlDocument
  readonly findings: Findings
  readonly limits: ImportLimits
}

/** Reads a file as XML. Never throws: what cannot be read at all is refused with its one diagnostic. */
export function readFile(
  source: string | Uint8Array,
  options: ImportOptions,
  isDrawing: (element: XmlElement) => boolean,
): ReadFile | { readonly refused: readonly Diagnostic[] } {
  const limits = { ...DEFAULT_LIMITS, ...options.limits }
  if (source.length > limits.sourceMax)
    return { refused: refusal('sourceTooLarge', `The file has ${source.length} bytes; the limit is ${limits.sourceMax}.`) }
  try {
    const { text, problems } = decodeSource(source)
    const findings = createFindings(text, limits.findingsMax, isDrawing)
    for (const problem of problems) findings.add(problem.code, problem.offset, problem.message)
    const document = readXml(text, limits)
    for (const problem of document.problems) findings.add(problem.code, problem.offset, problem.message)
    return { document, findings, limits }
  } catch (error) {
    return { refused: importFailed(error) }
  }
}

/** The one diagnostic of an import that broke down. */
export function importFailed(error: unknown): readonly Diagnostic[] {
  return refusal('importFailed', `The import failed: ${error instanceof Error ? error.message : String(error)}`)
}

function refusal(code: 'sourceTooLarge' | 'importFailed', message: string): readonly Diagnostic[] {
  const findings = createFindings('', 1, () => false)
  findings.add(code, 0, message)
  return findings.list()
}
