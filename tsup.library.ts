import { defineConfig } from 'tsup'

/**
 * How a package of this repository is built: ESM, CommonJS and declarations of each entry point, what the entry points
 * share in chunks of its own (so that there is one of each class and each registry a format), nothing bundled that the
 * package could import. Entry names are the paths in dist: `{ 'sqlite/index': 'src/sqlite/index.ts' }`.
 */
export function library(entry: Readonly<Record<string, string>>): ReturnType<typeof defineConfig> {
  return defineConfig({
    entry,
    format: ['esm', 'cjs'],
    tsconfig: '../../tsconfig.sources.json',
    dts: true,
    target: 'node22',
    platform: 'node',
    removeNodeProtocol: false,
    // CommonJS is split only where both are on.
    splitting: true,
    treeshake: true,
    sourcemap: false,
    clean: true,
    silent: true,
  })
}
