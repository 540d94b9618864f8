// Runs the engine in a browser: bundles packages/engine/test/browser/run.ts for one (any module of Node in it is an error),
// serves it from this machine and opens it in headless Chromium. The program puts its answer in `globalThis.outcome`:
// a promise of lines to print; a rejection fails the run.
import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createServer } from 'node:http'
import { builtinModules } from 'node:module'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'
import { chromium } from 'playwright-core'

const LIMIT_MS = 60_000
const root = dirname(dirname(fileURLToPath(import.meta.url)))
const entry = join(root, 'packages/engine/test/browser/run.ts')

const builtins = new Set(builtinModules)
const noModulesOfNode = {
  name: 'no-modules-of-node',
  setup(bundler) {
    bundler.onResolve({ filter: /^[a-z_:]+(\/[a-z/]+)?$/ }, ({ path, importer }) => {
      if (!path.startsWith('node:') && !builtins.has(path)) return undefined
      return { errors: [{ text: `${relative(root, importer)} imports ${path}, which a browser does not have` }] }
    })
  },
}

if (!existsSync(entry)) fail(`${relative(root, entry)} is missing: it is the program that the browser runs`)
await reportSize('engine with memory storage', {
  contents: `export * from '@leeway/engine'; export { memoryStorage } from '@leeway/storage'`,
  resolveDir: join(root, 'packages/engine'),
})
const script = await bundle({ entryPoints: [entry] })
const lines = await runInBrowser(script)
for (const line of lines) console.log(line)
console.log('the engine runs in the browser')

/** The size that a page pays when it uses everything. */
async function reportSize(what, stdin) {
  const text = await bundle({ stdin, minify: true })
  console.log(`${what}, minified: ${kilobytes(Buffer.byteLength(text))} raw, ${kilobytes(gzipSync(text, { level: 9 }).length)} gzip`)
}

async function bundle(options) {
  const { outputFiles } = await build({
    ...options,
    absWorkingDir: root,
    bundle: true,
    write: false,
    platform: 'browser',
    format: 'esm',
    target: 'es2023',
    loader: { '.bpmn': 'text' },
    logLevel: 'error',
    plugins: [noModulesOfNode],
  }).catch(() => fail('the bundle cannot be built'))
  return outputFiles[0].text
}

async function runInBrowser(text) {
  const server = await serve(text)
  const browser = await chromium.launch({
    executablePath: chromiumPath(),
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--no-first-run',
      '--disable-quic',
    ],
  })
  try {
    const page = await browser.newPage()
    const faults = []
    page.on('pageerror', (error) => faults.push(error.stack ?? String(error)))
    page.on('console', (message) => message.type() === 'error' && faults.push(message.text()))
    await page.goto(`http://127.0.0.1:${server.address().port}/`)
    await page
      .waitForFunction(() => 'outcome' in globalThis, undefined, { timeout: LIMIT_MS })
      .catch(() => fail(['the program set no outcome', ...faults].join('\n')))
    const answer = await Promise.race([
      page.evaluate(() =>
        Promise.resolve(globalThis.outcome).then(
          (done) => ({ done }),
          (error) => ({ failed: error?.stack ?? String(error) }),
        ),
      ),
      new Promise((resolve) => setTimeout(resolve, LIMIT_MS, { failed: `no outcome within ${LIMIT_MS} ms` }).unref()),
    ])
    if ('failed' in answer || faults.length > 0) fail([answer.failed, ...faults].filter(Boolean).join('\n'))
    if (!Array.isArray(answer.done) || answer.done.length === 0) fail('the outcome is no list of lines: nothing has been shown')
    return [`${browser.version()} ran it`, ...answer.done.map(String)]
  } finally {
    await browser.close()
    server.close()
  }
}

function serve(text) {
  const page = '<!doctype html><meta charset="utf-8"><link rel="icon" href="data:,"><script type="module" src="/run.js"></script>'
  const server = createServer((request, response) => {
    const [type, body] = request.url === '/run.js' ? ['text/javascript', text] : ['text/html', page]
    response.writeHead(200, { 'content-type': `${type}; charset=utf-8` }).end(body)
  })
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server)))
}

function chromiumPath() {
  if (process.env.CHROMIUM_PATH) return process.env.CHROMIUM_PATH
  for (const name of ['chromium', 'chromium-browser', 'google-chrome']) {
    try {
      return execFileSync('which', [name], { encoding: 'utf8' }).trim()
    } catch {
      // Not this one.
    }
  }
  return fail('no Chromium found: install it (Debian: apt-get install chromium) or set CHROMIUM_PATH')
}

function kilobytes(bytes) {
  return `${(bytes / 1024).toFixed(1)} KB`
}

function fail(message) {
  console.error(`test:browser: ${message}`)
  process.exit(1)
}
