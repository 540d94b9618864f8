// Writes docs/reference/diagnostics.md from the table of codes in the source: node scripts/diagnostics-table.mjs
// With --check it writes nothing and ends 1 where the page is not what the source says.
import { readFileSync, writeFileSync } from 'node:fs'
import { DIAGNOSTIC_CODES } from '../packages/engine/src/import/diagnostic-codes.ts'
import { diagnosticsPage } from '../packages/engine/test/import/diagnostics-page.ts'

const page = new URL('../docs/reference/diagnostics.md', import.meta.url)
const wanted = diagnosticsPage(DIAGNOSTIC_CODES)
if (!process.argv.includes('--check')) writeFileSync(page, wanted)
else if (readFileSync(page, 'utf8') !== wanted) {
  console.error('docs/reference/diagnostics.md is not what the source says: run node scripts/diagnostics-table.mjs')
  process.exitCode = 1
}
