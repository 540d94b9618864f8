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
    esbuildOptions: (options, { format }) => {
      if (format === 'cjs') options.define = { ...options.define, ...PLACE_IN_COMMONJS }
    },
  })
}

/** What CommonJS has for where a file stands; each stays in the file that asks, while a shim would tell the place of its own chunk. */
const PLACE_IN_COMMONJS = { 'import.meta.dirname': '__dirname', 'import.meta.filename': '__filename', 'import.meta.url': 'undefined' }
