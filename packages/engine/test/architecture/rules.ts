import { builtinModules } from 'node:module'
import { posix } from 'node:path'
import type { Import, Source } from './source.ts'

/** Gives one sentence for each import or platform use that the layer table forbids. */
export function violations(sources: readonly Source[]): string[] {
  return [...sources.flatMap((source) => [...badImports(source), ...impure(source)]), ...cycles(sources)]
}

/** What a folder of sources may know. */
interface Layer {
  /** Folders (ending in `/`) and files of the same package, without their own. */
  readonly own: readonly string[]
  /** Entry points of the packages below. */
  readonly below: readonly string[]
  /** Of `@leeway/storage` nothing but its errors and its word for epoch milliseconds. */
  readonly errorsOnly?: boolean
  /** Libraries; absent = whatever the package depends on. */
  readonly libraries?: readonly string[]
  /** No clock, no chance, no timers, no promises, no input or output. */
  readonly pure?: boolean
}

const storageErrors = { below: ['@leeway/storage'], errorsOnly: true }
const BELOW_RUNTIME = ['model/', 'expressions/', 'decisions/', 'soundness/', 'import/', 'lifecycles/', 'kernel/']

/** The one table of who may know whom; a folder without a row is a violation. */
export const LAYERS: Readonly<Record<string, Layer>> = {
  'storage/src/': { own: [], below: [] },

  'engine/src/expressions/': { ...storageErrors, own: ['model/value.ts'], pure: true },
  'engine/src/model/': { ...storageErrors, own: ['expressions/', 'decisions/'], pure: true },
  'engine/src/decisions/': { ...storageErrors, own: ['expressions/'], libraries: [], pure: true },
  'engine/src/soundness/': { ...storageErrors, own: ['model/'], libraries: [], pure: true },
  'engine/src/import/': { ...storageErrors, own: ['model/', 'expressions/', 'decisions/', 'soundness/'] },
  'engine/src/lifecycles/': { ...storageErrors, own: [], libraries: ['xstate'], pure: true },
  'engine/src/kernel/': {
    ...storageErrors,
    own: ['model/', 'expressions/expression.ts', 'expressions/coerce.ts', 'expressions/plain-data.ts', 'lifecycles/'],
    libraries: [],
    pure: true,
  },
  'engine/src/runtime/': { own: BELOW_RUNTIME, below: ['@leeway/storage'] },
  'engine/src/extension/': { own: [...BELOW_RUNTIME, 'runtime/'], below: ['@leeway/storage'] },
  'engine/src/quickjs/': {
    own: ['model/', 'runtime/script-engine.ts', 'runtime/errors.ts'],
    below: [],
    libraries: ['quickjs-emscripten'],
  },
  'engine/src/opentelemetry/': { own: ['runtime/telemetry.ts'], below: [], libraries: ['@opentelemetry/api'] },
  'engine/src/testing/': { own: [...BELOW_RUNTIME, 'runtime/', 'extension/'], below: ['@leeway/storage'] },
  'engine/src/diagram/': { own: ['import/'], below: [] },
  'engine/src/cli/': {
    own: [...BELOW_RUNTIME, 'runtime/', 'testing/', 'diagram/'],
    below: ['@leeway/storage', '@leeway/storage/sqlite', '@leeway/storage/postgres'],
  },
  'engine/src/index.ts': { own: [...BELOW_RUNTIME, 'runtime/'], below: ['@leeway/storage'] },

  'case-adaptive/src/case/': { own: ['lifecycles/'], below: ['@leeway/engine', '@leeway/engine/extension', '@leeway/storage'], pure: true },
  'case-adaptive/src/lifecycles/': { ...storageErrors, own: [], below: ['@leeway/engine/extension', '@leeway/storage'], pure: true },
  'case-adaptive/src/': { own: [''], below: ['@leeway/engine', '@leeway/engine/extension', '@leeway/storage'] },
}

/** Public entry points by package, with the floor each stands on. */
const FLOORS: readonly (readonly [folder: string, entries: Readonly<Record<string, string>>])[] = [
  [
    'storage',
    {
      '@leeway/storage': 'src/index.ts',
      '@leeway/storage/adapter': 'src/adapter/index.ts',
      '@leeway/storage/sqlite': 'src/sqlite/index.ts',
      '@leeway/storage/postgres': 'src/postgres/index.ts',
      '@leeway/storage/conformance': 'src/conformance/index.ts',
    },
  ],
  [
    'engine',
    {
      '@leeway/engine': 'src/index.ts',
      '@leeway/engine/extension': 'src/extension/index.ts',
      '@leeway/engine/opentelemetry': 'src/opentelemetry/index.ts',
      '@leeway/engine/quickjs': 'src/quickjs/index.ts',
      '@leeway/engine/testing': 'src/testing/index.ts',
    },
  ],
  ['case-adaptive', { '@leeway/case-adaptive': 'src/index.ts' }],
  ['examples', {}],
]

const ENTRIES = new Map(
  FLOORS.flatMap(([folder, entries]) => Object.entries(entries).map(([name, file]) => [name, `packages/${folder}/${file}`])),
)
const BUILTINS = new Set(builtinModules)
/** Sources that run in a browser too. */
const ANYWHERE = ['packages/engine/src/', 'packages/case-adaptive/src/']
/** But for the command. */
const ON_NODE = 'packages/engine/src/cli/'

function badImports(source: Source): string[] {
  const [, folder = ''] = source.path.split('/')
  const inPackage = source.path.slice(`packages/${folder}/`.length)
  const layer = layerOf(`${folder}/${inPackage}`)
  if (inPackage.startsWith('src/') && folder !== 'examples' && !layer)
    return [`${source.path} stands in a folder that has no row in the layer table`]
  return source.imports.flatMap((one) => {
    const problem = one.specifier.startsWith('.')
      ? relativeProblem(source, folder, layer, one)
      : one.specifier.startsWith('@leeway/')
        ? packageProblem(folder, layer, one)
        : libraryProblem(source, layer, one)
    return problem === null ? [] : [`${source.path}:${one.line} imports ${one.specifier}: ${problem}`]
  })
}

/** The row with the longest path wins. */
function layerOf(path: string): (Layer & { readonly path: string }) | null {
  const rows = Object.keys(LAYERS).filter((row) => path === row || (row.endsWith('/') && path.startsWith(row)))
  const row = rows.sort((a, b) => b.length - a.length)[0]
  const layer = row === undefined ? undefined : LAYERS[row]
  return row === undefined || layer === undefined ? null : { ...layer, path: row }
}

function relativeProblem(source: Source, folder: string, layer: ReturnType<typeof layerOf>, one: Import): string | null {
  const target = posix.join(posix.dirname(source.path), one.specifier)
  if (target.startsWith('scripts/') && !layer) return null // what starts a database for tests is no package's own
  // Laws of both are tried on the same random models, golden databases of both are written alike, plans of both are read alike.
  const isShared = (part: string): boolean =>
    source.path.startsWith(`packages/case-adaptive/test/${part}/`) && target.startsWith(`packages/engine/test/${part}/`)
  if (isShared('laws') || isShared('golden') || isShared('plans')) return null
  if (!target.startsWith(`packages/${folder}/`)) return 'packages know each other by their public entry points only'
  if (!layer) return null
  const src = `packages/${folder}/src/`
  if (!target.startsWith(src)) return 'sources import sources only'
  if (target.startsWith(`packages/${layer.path}`)) return null
  const inSources = target.slice(src.length)
  const allowed = layer.own.find((part) => (part.endsWith('/') || part === '' ? inSources.startsWith(part) : inSources === part))
  if (allowed === undefined) return `${layer.path} may not know it`
  return null
}

function packageProblem(folder: string, layer: ReturnType<typeof layerOf>, one: Import): string | null {
  const target = ENTRIES.get(one.specifier)
  if (target === undefined) return 'not a public entry point'
  const floor = (name: string): number => FLOORS.findIndex(([one]) => one === name)
  const [, targetFolder = ''] = target.split('/')
  if (!layer) return floor(targetFolder) <= floor(folder) ? null : 'a floor knows only the floors below it'
  if (!layer.below.includes(one.specifier)) return `${layer.path} may not know it`
  if (layer.errorsOnly && one.specifier === '@leeway/storage' && !onlyErrors(one)) return `${layer.path} takes only errors from it`
  return null
}

function libraryProblem(source: Source, layer: ReturnType<typeof layerOf>, one: Import): string | null {
  const name = one.specifier.replace(/^node:/, '')
  const isBuiltin = one.specifier.startsWith('node:') || BUILTINS.has(name)
  if (isBuiltin)
    return ANYWHERE.some((path) => source.path.startsWith(path)) && !source.path.startsWith(ON_NODE)
      ? 'these sources run in a browser too'
      : null
  if (layer?.libraries && !layer.libraries.includes(name)) return `${layer.path} uses no such library`
  return null
}

function onlyErrors(one: Import): boolean {
  return one.names?.every(({ name }) => /Error(Code)?$|^Instant$/.test(name)) ?? false
}

function impure(source: Source): string[] {
  const layer = layerOf(source.path.slice('packages/'.length))
  return layer?.pure ? source.impurities.map((use) => `${source.path} uses ${use.replace(':', ' at line ')}: ${layer.path} is pure`) : []
}

/** Each cycle once, from its first file round to it again; imports of types count. */
function cycles(sources: readonly Source[]): string[] {
  const graph = new Map(sources.map((source) => [source.path, source.imports.map((one) => targetOf(source, one))]))
  const found: string[] = []
  const done = new Set<string>()
  const path: string[] = []
  const visit = (file: string): void => {
    if (path.includes(file)) found.push(`import cycle: ${[...path.slice(path.indexOf(file)), file].join(' -> ')}`)
    if (path.includes(file) || done.has(file)) return
    path.push(file)
    for (const next of graph.get(file) ?? []) if (graph.has(next)) visit(next)
    path.pop()
    done.add(file)
  }
  for (const file of graph.keys()) visit(file)
  return found
}

function targetOf(source: Source, one: Import): string {
  return one.specifier.startsWith('.')
    ? posix.join(posix.dirname(source.path), one.specifier)
    : (ENTRIES.get(one.specifier) ?? one.specifier)
}
