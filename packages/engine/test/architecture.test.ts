import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { LAYERS, violations } from './architecture/rules.ts'
import { readSource } from './architecture/source.ts'

const root = join(dirname(fileURLToPath(import.meta.url)), '../../..')
const sources = filesUnder(join(root, 'packages')).map((file) =>
  readSource(relative(root, file).split(sep).join('/'), readFileSync(file, 'utf8')),
)

test('every import follows the layer table, no imports form a cycle, the pure layers use no platform', () => {
  expect(violations(sources)).toEqual([])
})

test('the rules have seen the sources: each layer of storage and engine, and more than a hundred files', () => {
  const rows = Object.keys(LAYERS).filter((row) => /^(storage|engine)\//.test(row))
  const unseen = [...rows, 'case-adaptive/src/', 'examples/'].filter(
    (row) => !sources.some((source) => source.path.startsWith(`packages/${row}`)),
  )
  expect(unseen).toEqual([])
  expect(sources.length).toBeGreaterThan(100)
  expect(sources.flatMap((source) => source.imports).length).toBeGreaterThan(300)
})

const PLANTED: readonly (readonly [law: string, path: string, text: string, finding: RegExp])[] = [
  ['the kernel knows no runtime', 'engine/src/kernel/x.ts', `import { a } from '../runtime/engine.ts'`, /may not know it/],
  ['a type import counts', 'engine/src/kernel/x.ts', `import type { A } from '../runtime/engine.ts'`, /may not know it/],
  ['an import type in a type counts', 'engine/src/kernel/x.ts', `export type A = import('../runtime/engine.ts').A`, /may not know it/],
  ['a re-export counts', 'engine/src/model/x.ts', `export { a } from '../kernel/step.ts'`, /may not know it/],
  ['a dynamic import counts', 'engine/src/model/x.ts', `export const a = () => import('../import/x.ts')`, /may not know it/],
  ['the kernel knows no XML', 'engine/src/kernel/x.ts', `import { a } from '../import/read-elements.ts'`, /may not know it/],
  ['the kernel knows no storage contract', 'engine/src/kernel/x.ts', `import type { Storage } from '@leeway/storage'`, /only errors/],
  [
    'the kernel evaluates by what it is given',
    'engine/src/kernel/x.ts',
    `import { parse } from '../expressions/feel.ts'`,
    /may not know it/,
  ],
  ['the kernel has no libraries', 'engine/src/kernel/x.ts', `import { evaluate } from 'feelin'`, /no such library/],
  ['expressions know of the model only its values', 'engine/src/expressions/x.ts', `import '../model/elements.ts'`, /may not know it/],
  ['lifecycles know only themselves', 'engine/src/lifecycles/x.ts', `import type { A } from '../model/elements.ts'`, /may not know it/],
  ['runtime knows no extension', 'engine/src/runtime/x.ts', `import { a } from '../extension/index.ts'`, /may not know it/],
  ['the engine knows no SQLite', 'engine/src/runtime/x.ts', `import { a } from '@leeway/storage/sqlite'`, /may not know it/],
  ['the engine uses no module of Node', 'engine/src/runtime/x.ts', `import { join } from 'path'`, /browser/],
  ['cases use no module of Node', 'case-adaptive/src/host/x.ts', `import { join } from 'node:path'`, /browser/],
  ['cases know the engine by two entries', 'case-adaptive/src/host/x.ts', `import '@leeway/engine/testing'`, /may not know it/],
  ['nothing reaches into a package', 'examples/01/x.ts', `import '@leeway/engine/src/kernel/step.ts'`, /not a public entry point/],
  ['nothing walks into a package', 'case-adaptive/test/x.ts', `import '../../engine/src/index.ts'`, /public entry points only/],
  ['storage knows nothing above it', 'storage/test/x.test.ts', `import '@leeway/engine'`, /floors below/],
  ['sources know no tests', 'engine/src/runtime/x.ts', `import '../../test/x.ts'`, /sources import sources/],
  ['a new folder needs a row', 'engine/src/shared/x.ts', '', /no row/],
  ['the model has no clock', 'engine/src/model/x.ts', 'export const now = Date.now()', /Date\.now at line 1/],
  ['the kernel has no clock', 'engine/src/kernel/x.ts', '\nexport const now = new Date()', /new Date\(\) at line 2/],
  ['the kernel has no chance', 'engine/src/kernel/x.ts', 'export const n = Math.random()', /Math\.random/],
  ['the kernel has no platform', 'engine/src/kernel/x.ts', 'export const n = { process }', /process at line 1/],
  ['the kernel has no promises', 'engine/src/kernel/x.ts', 'export const n = Promise.resolve(1)', /Promise/],
  ['the case kernel has no timers', 'case-adaptive/src/case/x.ts', 'setTimeout(() => {}, 1)', /setTimeout/],
]

test.each(PLANTED)('the rules bite: %s', (_law, path, text, finding) => {
  expect(violations([readSource(`packages/${path}`, text)])).toEqual([expect.stringMatching(finding)])
})

test('the rules bite: a cycle over types and packages is found', () => {
  const a = readSource('packages/engine/src/model/a.ts', `import type { B } from './b.ts'`)
  const b = readSource('packages/engine/src/model/b.ts', `export * from './a.ts'`)
  expect(violations([a, b])).toEqual([
    'import cycle: packages/engine/src/model/a.ts -> packages/engine/src/model/b.ts -> packages/engine/src/model/a.ts',
  ])
})

test('what a pure layer may do is left alone', () => {
  const text = `
    import { type Instant, StorageError, type LeewayError } from '@leeway/storage'
    import type { Expression } from '../expressions/expression.ts'
    export const at = (process: { readonly window: number; document: string }, now: Instant): Date => new Date(process.window + now)
    export const year = new Date(0).getUTCFullYear() + Math.floor(1.5)
    export type Options = { readonly fetch: boolean; readonly crypto?: Expression; error: StorageError | LeewayError }
    export const thenable = (value: unknown): boolean => value instanceof Promise || value === Function.prototype
    export const labels = { console: 1, performance: 2 }.console`
  expect(violations([readSource('packages/engine/src/kernel/x.ts', text)])).toEqual([])
})

function filesUnder(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    if (entry.name === 'node_modules' || entry.name === 'dist') return []
    const path = join(folder, entry.name)
    return entry.isDirectory() ? filesUnder(path) : /\.ts$/.test(entry.name) && !/\.config\.ts$/.test(entry.name) ? [path] : []
  })
}
