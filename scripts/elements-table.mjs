// Writes docs/reference/elements.md from the scenarios: node scripts/elements-table.mjs
import { writeFileSync } from 'node:fs'
import { elementsPage } from '../packages/engine/test/scenarios/elements-page.ts'

writeFileSync(new URL('../docs/reference/elements.md', import.meta.url), await elementsPage())
