// Inspects every model under a folder and counts what is found: node packages/engine/test/survey/main.ts [folder] [--errors] [--code CODE]
// Without a folder the models of the repository. With --errors each error is listed with its file, with --code each finding of that code.
import { readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import type { Diagnostic } from '../../src/import/diagnostics.ts'
import { inspectModel } from '../../src/import/inspect-model.ts'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { errors: { type: 'boolean', default: false }, code: { type: 'string' } },
})
const [folder = fileURLToPath(new URL('../models/', import.meta.url))] = positionals
const names = readdirSync(folder, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile() && /\.(?:bpmn|bpmn20\.xml|bpmn2)$/i.test(entry.name))
  .map((entry) => join(entry.parentPath, entry.name))
  .sort()
if (names.length === 0) {
  console.error('usage: main.ts [folder with .bpmn files] [--errors] [--code CODE]')
  process.exit(1)
}

interface Count {
  readonly severity: Diagnostic['severity']
  findings: number
  readonly files: Set<string>
}

const counts = new Map<string, Count>()
let refused = 0
const begun = performance.now()
for (const name of names) {
  const { diagnostics } = await inspectModel(new Uint8Array(readFileSync(name)))
  if (diagnostics.some((one) => one.severity === 'error')) refused += 1
  for (const diagnostic of diagnostics) {
    count(name, diagnostic)
    const isAsked = values.code === diagnostic.code || (values.errors && diagnostic.severity === 'error')
    if (isAsked) console.log(`${relative(folder, name)}:${diagnostic.line}:${diagnostic.column} ${diagnostic.code}: ${diagnostic.message}`)
  }
}

function count(name: string, { code, severity }: Diagnostic): void {
  const key = `${severity} ${code}`
  const entry = counts.get(key) ?? { severity, findings: 0, files: new Set<string>() }
  counts.set(key, entry)
  entry.findings += 1
  entry.files.add(name)
}

const ORDER: readonly Diagnostic['severity'][] = ['error', 'warning', 'info']
const rows = [...counts].sort(
  ([, a], [, b]) => ORDER.indexOf(a.severity) - ORDER.indexOf(b.severity) || b.files.size - a.files.size || b.findings - a.findings,
)
console.log(`${names.length} files, ${refused} with errors, ${(performance.now() - begun).toFixed(0)} ms\n`)
console.log('files findings  severity and code')
for (const [key, { findings, files }] of rows) console.log(`${String(files.size).padStart(5)} ${String(findings).padStart(8)}  ${key}`)
