import type { Definition } from '../model/definition.ts'
import { checkKey } from './check-key.ts'
import { checkModel } from './check-model.ts'
import type { Diagnostic } from './diagnostics.ts'
import { dialectOf } from './dialects/dialect.ts'
import type { Findings } from './findings.ts'
import { globalTasksOf } from './global-tasks.ts'
import type { ImportOptions } from './import-options.ts'
import type { Importing } from './importing.ts'
import { indexIds } from './index-ids.ts'
import { isLikeOwn, OWN_NAMESPACE } from './namespaces.ts'
import { outlineOf, type ProcessOutline } from './process-outline.ts'
import { importFailed, type ReadFile, readFile } from './read-file.ts'
import { type ReadProcess, readProcess } from './read-process.ts'
import type { XmlDocument, XmlElement } from './read-xml.ts'
import { attributeOf, childrenOf, titleOf } from './xml-access.ts'

/** What an import makes of one file. */
export interface ImportResult {
  /** All findings, in order of place. */
  readonly diagnostics: readonly Diagnostic[]
  /** Every process that could be compiled as a whole, executable or not, in document order. Empty where the file cannot be read. */
  readonly processes: readonly Definition[]
  /** What stands in each process of the file, also in those that could not be compiled. */
  readonly outlines: readonly ProcessOutline[]
}

/**
 * Compiles the processes of a BPMN 2.0 file. Never throws, whatever the input: what is wrong is a diagnostic, all of them at once.
 * A definition is fit to run where no diagnostic is of severity error.
 */
export async function importBpmn(source: string | Uint8Array, options: ImportOptions = {}): Promise<ImportResult> {
  const file = readFile(source, options, (element) => options.includeDrawings !== true && isInDrawing(element))
  return 'refused' in file ? { diagnostics: file.refused, processes: [], outlines: [] } : compileBpmn(file, options)
}

/** Compiles the processes of a file that was read. */
export function compileBpmn({ document, findings }: ReadFile, options: ImportOptions): ImportResult {
  try {
    return importProcesses(document, findings, options)
  } catch (error) {
    return { diagnostics: importFailed(error), processes: [], outlines: [] }
  }
}

function importProcesses(document: XmlDocument, findings: Findings, options: ImportOptions): ImportResult {
  const { root } = document
  if (root !== null && root.name !== 'bpmn:definitions') reportRoot(findings, root, document.rootName)
  if (root === null || root.name !== 'bpmn:definitions') return { diagnostics: findings.list(), processes: [], outlines: [] }

  for (const uri of document.namespaces) if (isLikeOwn(uri)) reportNamespace(findings, root, uri)
  const dialect = dialectOf(root, document.namespaces)
  const importing: Importing = {
    findings,
    dialect,
    options,
    definitions: root,
    ids: indexIds(root, document.diagramIds, findings),
    expressions: new Map(),
  }
  const processes = readProcesses(importing)
  checkModel(importing, processes)
  return {
    diagnostics: findings.list(),
    processes: processes.filter((process) => process.complete).map((process) => process.definition),
    outlines: processes.filter(({ element }) => root.children.includes(element)).map(outlineOf),
  }
}

/** What has a prefix of such a namespace is somebody else's by the rules of XML, and is not looked at. */
function reportNamespace(findings: Findings, root: XmlElement, uri: string): void {
  const message = `The namespace "${uri}" is not that of this engine, ${OWN_NAMESPACE}: nothing that stands in it is read.`
  findings.add('unknownExtension', root, message, { hint: `Write ${OWN_NAMESPACE}.` })
}

function reportRoot(findings: Findings, root: XmlElement, { written, namespace }: XmlDocument['rootName']): void {
  const where = namespace === null ? 'without a namespace' : `of the namespace "${namespace}"`
  const hint = namespace === null ? undefined : HINTS.find(([pattern]) => pattern.test(namespace))?.[1]
  findings.add(
    'notBpmn',
    root,
    `The root element is <${written}> ${where}, not the definitions of BPMN 2.0.`,
    hint === undefined ? {} : { hint },
  )
}

const HINTS: readonly (readonly [RegExp, string])[] = [
  [
    /\/DMN\//i,
    'This is a decision model (DMN), of a version that is not read. Save it as DMN 1.3 (namespace https://www.omg.org/spec/DMN/20191111/MODEL/).',
  ],
  [/\/CMMN\//i, 'This is a case model (CMMN), which is not read. Give the BPMN file of a process.'],
]

/**
 * True for what stands in a process that is not to be executed. BPMN 2.0.2 §10.2: isExecutable; a process that does not say is taken to be
 * executable.
 */
export function isInDrawing(element: XmlElement): boolean {
  for (let at: XmlElement | null = element; at !== null; at = at.parent) {
    if (at.name === 'bpmn:process') return /^\s*(?:false|0)\s*$/.test(at.attributes.isExecutable ?? '')
  }
  return false
}

function readProcesses(importing: Importing): readonly ReadProcess[] {
  const { findings } = importing
  const elements = childrenOf(importing.definitions, 'bpmn:process')
  if (elements.length === 0) findings.add('noProcess', importing.definitions, 'The file holds no process.')
  const processes = elements.map((element, index) => {
    const key = attributeOf(element, 'id') ?? keyWithoutId(findings, element, index)
    reportExecutable(findings, element)
    return { process: element, key }
  })
  return [...processes, ...globalTasksOf(importing.definitions)].map(({ process, key }) => {
    checkKey(findings, process, key)
    return readProcess(importing, process, key)
  })
}

function keyWithoutId(findings: Findings, element: XmlElement, index: number): string {
  const key = `process#${index + 1}`
  findings.add('missingId', element, `A process has no id; it goes by "${key}".`, { elementId: key })
  return key
}

function reportExecutable(findings: Findings, element: XmlElement): void {
  if (isInDrawing(element)) findings.add('drawing', element, `${titleOf(element)} is marked as not executable.`)
  else if (attributeOf(element, 'isExecutable') === null) {
    findings.add('executableAssumed', element, `${titleOf(element)} does not say whether it is executable.`)
  }
}
