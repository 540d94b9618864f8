import { readdirSync, readFileSync } from 'node:fs'

// The entry points are those that the packages publish, so that none of them is left out.
const entryPoints = readdirSync('packages').flatMap((name) => {
  const { private: isPrivate, exports = {} } = JSON.parse(readFileSync(`packages/${name}/package.json`, 'utf8'))
  if (isPrivate === true) return []
  const sources = Object.values(exports).filter((path) => path.endsWith('.ts'))
  return sources.map((path) => `packages/${name}/${path.replace('./', '')}`)
})

/** @type {import('typedoc').TypeDocOptions} */
export default {
  name: 'Leeway',
  entryPoints,
  tsconfig: 'tsconfig.sources.json',
  out: 'docs/api',
  readme: 'none',
  disableSources: true,
  excludePrivate: true,
  excludeInternal: true,
  packagesRequiringDocumentation: ['@leeway/storage', '@leeway/engine', '@leeway/case-adaptive'],
  requiredToBeDocumented: ['Class', 'Interface', 'TypeAlias', 'Function', 'Variable', 'Method', 'Accessor'],
  validation: { notExported: false, invalidLink: true, notDocumented: true },
  treatValidationWarningsAsErrors: true,
  treatWarningsAsErrors: true,
}
