import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { DIAGNOSTIC_CODES } from '../../src/import/diagnostic-codes.ts'
import { diagnosticsPage } from './diagnostics-page.ts'

const PAGE = new URL('../../../../docs/reference/diagnostics.md', import.meta.url)

test('the page of diagnostics is what the table of codes says', () => {
  expect(readFileSync(PAGE, 'utf8')).toBe(diagnosticsPage(DIAGNOSTIC_CODES))
})
