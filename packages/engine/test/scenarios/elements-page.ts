import { readdirSync, readFileSync } from 'node:fs'
import { importBpmn } from '../../src/import/import-bpmn.ts'
import type { FlowNode } from '../../src/model/elements.ts'
import { constructsOf, ROWS } from './constructs.ts'

const folder = new URL('./', import.meta.url)

/** For each row the scenarios in which such an element does its work. */
export async function coverage(): Promise<ReadonlyMap<string, readonly string[]>> {
  const found = new Map<string, string[]>(Object.values(ROWS).flatMap((rows) => rows.map((row) => [row, []])))
  for (const file of readdirSync(folder).filter((name) => name.endsWith('.scenario'))) {
    const text = readFileSync(new URL(file, folder), 'utf8')
    const rows = new Set((await nodesOf(text)).filter((node) => didItsWork(node, text)).flatMap((node) => constructsOf(node)))
    for (const row of rows) found.get(row)?.push(file.replace('.scenario', ''))
  }
  return found
}

/** docs/reference/elements.md as it is to stand; `node scripts/elements-table.mjs` writes it. */
export async function elementsPage(): Promise<string> {
  const found = await coverage()
  const tables = Object.entries(ROWS).map(([title, rows]) => {
    const lines = rows.map((row) => `| ${row} | ${(found.get(row) ?? []).map((name) => `\`${name}\``).join(', ') || 'none'} |`)
    return `## ${title}\n\n| element | scenarios |\n|---|---|\n${lines.join('\n')}\n`
  })
  return `# Elements of BPMN 2.0.2 that are executed

Made from the scenarios of \`packages/engine/test/scenarios\`: each is a model and what the engine does with it, step by step, and is run by the
tests. An element is listed with the scenarios in which it did its work, so that nothing is claimed that was not seen. What a file
holds beside these is named when it is imported: [diagnostics](diagnostics.md).

${tables.join('\n')}
Not executed, and refused with a diagnostic: choreographies and conversations.
`
}

async function nodesOf(scenario: string): Promise<readonly FlowNode[]> {
  const files = [...scenario.matchAll(/^process (\S+)$/gm)].map(([, name]) => name ?? '')
  const imported = await Promise.all(files.map((name) => importBpmn(readFileSync(new URL(name, folder)))))
  return imported.flatMap(({ processes }) => processes.flatMap((process) => [...process.nodes.values()]))
}

/** True where the scenario tells that it completed, or was taken; a compensation boundary event acts through its handler. */
function didItsWork(node: FlowNode, scenario: string): boolean {
  const told = (id: string, what: string): boolean => new RegExp(`^  (?:\\S+: )?${literal(id)} (?:${what})`, 'm').test(scenario)
  if (node.type === 'boundaryEvent' && node.eventDefinitions.some((one) => one.type === 'compensate'))
    return told(node.attachedTo.id, 'compensat') || told(node.id, 'completed')
  return told(node.id, 'completed|threw|compensat') || new RegExp(`terminated by ${literal(node.id)}$`, 'm').test(scenario)
}

/** A text as a regular expression that matches it and nothing else. */
function literal(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
}
