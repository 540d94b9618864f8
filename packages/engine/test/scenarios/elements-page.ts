import { readdirSync, readFileSync } from 'node:fs'
import { importBpmn } from '../../src/import/import-bpmn.ts'
import { DEFAULT_LIMITS } from '../../src/import/limits.ts'
import { readXml, type XmlElement } from '../../src/import/read-xml.ts'
import type { FlowNode } from '../../src/model/elements.ts'
import { constructsOf, ROWS } from './constructs.ts'
import { DETAILS, detailsOf } from './details.ts'

const folder = new URL('./', import.meta.url)

/** For each row the scenarios in which such an element does its work. */
export async function coverage(): Promise<ReadonlyMap<string, readonly string[]>> {
  const found = new Map<string, string[]>(Object.values(allRows()).flatMap((rows) => rows.map((row) => [row, []])))
  for (const file of readdirSync(folder).filter((name) => name.endsWith('.scenario'))) {
    const text = readFileSync(new URL(file, folder), 'utf8')
    const worked = (await nodesOf(text)).filter((node) => didItsWork(node, text))
    const rows = new Set(worked.flatMap((node) => constructsOf(node)))
    const ids = new Set(worked.map((node) => node.id))
    for (const [row, nodeId] of rootsOf(text).flatMap(detailsOf)) if (nodeId === null || ids.has(nodeId)) rows.add(row)
    for (const row of rows) found.get(row)?.push(file.replace('.scenario', ''))
  }
  return found
}

/** The rows of the page by section. */
export function allRows(): Readonly<Record<string, readonly string[]>> {
  return { ...ROWS, ...Object.fromEntries(Object.entries(DETAILS).map(([title, rows]) => [title, Object.keys(rows)])) }
}

/** docs/reference/elements.md as it is to stand; `node scripts/elements-table.mjs` writes it. */
export async function elementsPage(): Promise<string> {
  const found = await coverage()
  const tables = Object.entries(allRows()).map(([title, rows]) => {
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
  const imported = await Promise.all(filesOf(scenario).map((name) => importBpmn(readFileSync(new URL(name, folder)))))
  return imported.flatMap(({ processes }) => processes.flatMap((process) => [...process.nodes.values()]))
}

function rootsOf(scenario: string): readonly XmlElement[] {
  return filesOf(scenario).flatMap((name) => readXml(readFileSync(new URL(name, folder), 'utf8'), DEFAULT_LIMITS).root ?? [])
}

function filesOf(scenario: string): readonly string[] {
  return [...new Set([...scenario.matchAll(/^process (\S+)$/gm)].map(([, name]) => name ?? ''))]
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
