// Writes docs/reference/diagnostics.md from the table of codes in the source: node scripts/diagnostics-table.mjs
import { writeFileSync } from 'node:fs'
import { DIAGNOSTIC_CODES } from '../packages/engine/src/import/diagnostic-codes.ts'
import { diagnosticsPage } from '../packages/engine/test/import/diagnostics-page.ts'

writeFileSync(new URL('../docs/reference/diagnostics.md', import.meta.url), diagnosticsPage(DIAGNOSTIC_CODES))
