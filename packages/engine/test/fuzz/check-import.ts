import { DIAGNOSTIC_CODES } from '../../src/import/diagnostic-codes.ts'
import { importBpmn } from '../../src/import/import-bpmn.ts'

/** What must hold of an import, whatever the input. Gives one sentence for each thing that does not. */
export async function checkImport(source: Uint8Array): Promise<readonly string[]> {
  const broken: string[] = []
  const { diagnostics, processes, outlines } = await importBpmn(source)
  const lines = source.length + 1
  for (const one of diagnostics) {
    if (!Object.hasOwn(DIAGNOSTIC_CODES, one.code)) broken.push(`unknown code ${one.code}`)
    if (one.code === 'importFailed') broken.push(one.message)
    if (one.message === '') broken.push(`${one.code} has no message`)
    const isPlaced = one.line !== undefined && one.line >= 1 && one.line <= lines && one.column !== undefined && one.column >= 1
    if (!isPlaced && one.code !== 'tooManyFindings') broken.push(`${one.code} has no place: ${one.line}:${one.column}`)
  }
  const compiled = new Set(processes.map((process) => process.key))
  const hasErrors = diagnostics.some((one) => one.severity === 'error')
  if (outlines.length === 0 && processes.length > 0) broken.push('a process without an outline')
  for (const outline of outlines) {
    if (outline.executable && !compiled.has(outline.key) && !hasErrors) broken.push(`${outline.key} was left out without an error`)
  }
  for (const { nodes, flows, closing } of processes) {
    for (const flow of flows.values()) {
      if (!flow.source.outgoing.includes(flow) || !flow.target.incoming.includes(flow)) broken.push(`flow ${flow.id} is linked one way`)
      if (flow.source.scope !== flow.target.scope) broken.push(`flow ${flow.id} crosses a scope`)
    }
    for (const [id, node] of nodes) {
      if (node === closing) continue // where the process's own listeners are heard: no flow leads there
      if (node.id !== id || !node.scope.nodes.includes(node)) broken.push(`${id} is not in its scope`)
    }
  }
  return broken
}
