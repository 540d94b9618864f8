// The programs of the README files and of the guide, which the tests run, are TypeScript that a strict compiler takes as it stands:
// whoever copies them into a project of their own starts without errors.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const guide = readdirSync(join(root, 'docs/guide')).map((name) => `docs/guide/${name}`)
const readmes = readdirSync(join(root, 'packages')).map((name) => `packages/${name}/README.md`)
const folder = mkdtempSync(join(tmpdir(), 'leeway-guide-'))
try {
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}')
  symlinkSync(join(root, 'packages/examples/node_modules'), join(folder, 'node_modules'), 'dir')
  for (const page of ['README.md', ...guide, ...readmes]) {
    const program = programOf(page)
    if (program !== '') writeFileSync(join(folder, `${page.replaceAll('/', '_')}.ts`), `${program}\nexport {}\n`)
  }
  const compilerOptions = {
    isolatedDeclarations: false,
    declaration: false,
    noUncheckedIndexedAccess: false, // a project of theirs rarely has it
    types: ['node'],
    typeRoots: [join(root, 'node_modules/@types')],
  }
  writeFileSync(
    join(folder, 'tsconfig.json'),
    JSON.stringify({
      extends: join(root, 'tsconfig.base.json'),
      compilerOptions,
      include: ['*.ts', join(root, 'packages/engine/src/import/bpmn-moddle.d.ts')],
    }),
  )
  const { status, stdout } = spawnSync(join(root, 'node_modules/.bin/tsc'), ['-p', folder, '--pretty', 'false'], {
    cwd: folder,
    encoding: 'utf8',
  })
  process.stdout.write(stdout)
  process.exitCode = status ?? 1
} finally {
  rmSync(folder, { recursive: true, force: true })
}

/** A page's blocks are one program; lines are counted from its first block. */
function programOf(page) {
  let text
  try {
    text = readFileSync(join(root, page), 'utf8')
  } catch {
    return '' // a package without a page
  }
  return [...text.matchAll(/^```ts\n(.*?)^```$/gms)].map(([, code]) => code).join('\n')
}
