// Builds and packs every public package and judges the tarballs as their users meet them: publint, attw in all its modes,
// and what check-formats.mjs asks of the unpacked files. `--no-build` takes dist as it stands.
import { execFile, spawn } from 'node:child_process'
import { mkdir, mkdtemp, readdir, readFile, realpath, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { checkFormats } from './check-formats.mjs'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const bin = join(root, 'node_modules', '.bin')
const execute = promisify(execFile)

const packages = await publicPackages()
if (packages.length === 0) throw new Error('no public package found under packages/')
if (!process.argv.includes('--no-build')) await pnpm(['-r', '--filter', './packages/*', 'run', 'build'])

const work = await mkdtemp(join(tmpdir(), 'leeway-pack-'))
try {
  const tarballs = await Promise.all(packages.map((one) => pack(one)))
  const outcomes = await Promise.all([
    ...tarballs.map((tarball) => judge('publint', [join(bin, 'publint'), ['run', tarball, '--strict']])),
    ...tarballs.map((tarball) =>
      judge('attw', [join(bin, 'attw'), [tarball, '--profile', 'strict', '--no-emoji', '--format', 'table-flipped']]),
    ),
  ])
  const failures = outcomes.filter((one) => !one.ok)
  for (const failure of failures) console.error(`\n${failure.name}\n${failure.output}`)
  const consumer = await unpack(tarballs)
  const findings = await checkFormats({ folder: consumer, packages: packages.map((one) => one.manifest), tsc: join(bin, 'tsc') })
  for (const finding of findings) console.error(finding)
  if (failures.length + findings.length > 0) process.exitCode = 1
  else console.log(`${packages.map((one) => one.manifest.name).join(', ')}: publint, attw, module formats and declarations are in order`)
} finally {
  await rm(work, { recursive: true, force: true })
}

async function publicPackages() {
  const folders = (await readdir(join(root, 'packages'))).map((name) => join(root, 'packages', name))
  const all = await Promise.all(
    folders.map(async (folder) => ({ folder, manifest: JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')) })),
  )
  return all.filter((one) => one.manifest.private !== true)
}

/** Packing rewrites the manifest (publishConfig, workspace versions), so only the tarball shows what is published. */
async function pack({ folder, manifest }) {
  const tarball = join(work, `${manifest.name.replace('@', '').replace('/', '-')}.tgz`)
  await pnpm(['pack', '--out', tarball], folder)
  return tarball
}

/** A folder in which the unpacked packages and what they depend on can be imported, without a registry. */
async function unpack(tarballs) {
  const modules = join(work, 'consumer', 'node_modules')
  for (const [index, { folder, manifest }] of packages.entries()) {
    const target = join(modules, manifest.name)
    await mkdir(target, { recursive: true })
    await execute('tar', ['-xzf', tarballs[index], '--strip-components=1', '-C', target])
    const needed = { ...manifest.dependencies, ...manifest.peerDependencies }
    for (const name of Object.keys(needed).filter((one) => !packages.some((own) => own.manifest.name === one))) {
      await link(join(folder, 'node_modules', name), join(modules, name))
    }
  }
  await link(join(root, 'node_modules', '@types', 'node'), join(modules, '@types', 'node'))
  return join(work, 'consumer')
}

async function link(source, target) {
  await mkdir(dirname(target), { recursive: true })
  await symlink(await realpath(source), target).catch((error) => {
    if (error.code !== 'EEXIST') throw error
  })
}

async function judge(name, [command, args]) {
  return execute(command, args, { maxBuffer: 1 << 24 }).then(
    () => ({ ok: true }),
    (error) => ({ ok: false, name: `${name} ${args.find((one) => one.endsWith('.tgz'))}`, output: `${error.stdout}${error.stderr}` }),
  )
}

/** The pnpm that runs this script; its path is in the environment of every script that it starts. */
function pnpm(args, cwd = root) {
  const path = process.env.npm_execpath
  const isScript = path !== undefined && /\.[cm]?js$/.test(path)
  const [command, prefix] = path === undefined ? ['pnpm', []] : isScript ? [process.execPath, [path]] : [path, []]
  return new Promise((resolve, reject) => {
    const child = spawn(command, [...prefix, ...args], { cwd, stdio: ['ignore', 'pipe', 'pipe'] })
    let output = ''
    child.stdout.on('data', (chunk) => (output += chunk))
    child.stderr.on('data', (chunk) => (output += chunk))
    child.on('error', reject)
    child.on('close', (code) => (code === 0 ? resolve(output) : reject(new Error(`pnpm ${args.join(' ')} ended with ${code}\n${output}`))))
  })
}
