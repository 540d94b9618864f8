// Writes docs/reference/vendor-extensions.md from the import's tables and their proofs: node scripts/extensions-table.mjs
import { writeFileSync } from 'node:fs'
import { extensionsPage } from '../packages/engine/test/dialects/extensions-page.ts'

writeFileSync(new URL('../docs/reference/vendor-extensions.md', import.meta.url), extensionsPage())
