import { spawn } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'

const root = join(import.meta.dirname, '../../..')
const guide = readdirSync(join(root, 'docs/guide')).filter((name) => name.endsWith('.md'))
const packages = ['engine', 'storage', 'case-adaptive']
const pages = ['README.md', ...guide.map((name) => `docs/guide/${name}`), ...packages.map((name) => `packages/${name}/README.md`)]
const read = (page: string): string => readFileSync(join(root, page), 'utf8')
const programs = pages.filter((page) => blocks(read(page), 'ts').length > 0)

test('most pages hold a program', () => {
  expect(programs.length).toBeGreaterThan(pages.length / 2)
})

test.concurrent.for(programs)('the code of %s runs as it stands and prints what the page says', async (page) => {
  const text = read(page)
  const program = blocks(text, 'ts').join('\n')
  expect(await run(program)).toEqual({ code: 0, output: blocks(text, 'text').join('') })
})

function blocks(page: string, language: string): string[] {
  return [...page.matchAll(new RegExp(`^\`\`\`${language}\n(.*?)^\`\`\`$`, 'gms'))].map(([, code = '']) => code)
}

/** A page's blocks are one program, which finds the packages as an example does. */
function run(program: string): Promise<{ code: number | null; output: string }> {
  const child = spawn(process.execPath, ['--input-type=module-typescript', '-'], { cwd: join(root, 'packages/examples') })
  let output = ''
  child.stdout.on('data', (chunk) => (output += chunk))
  child.stderr.on('data', (chunk) => (output += chunk))
  child.stdin.end(program)
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code) => resolve({ code, output }))
  })
}
