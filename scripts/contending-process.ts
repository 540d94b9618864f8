import { type ChildProcessByStdio, spawn } from 'node:child_process'
import type { Readable, Writable } from 'node:stream'

/** A process that contends with another: it says `ready`, begins when it is told to, and its last line is what it did, as JSON. */
export interface Contender<Told> {
  readonly ready: Promise<void>
  readonly ended: Promise<Told>
  go(): void
}

/** Starts a script of its own process; the last of its arguments is its name. */
export function contendingProcess<Told>(script: URL, args: readonly [...string[], string]): Contender<Told> {
  const name = args.at(-1)
  // What the tests are run on is theirs: the script says by its arguments what it contends for.
  const { LEEWAY_POSTGRES: _, ...env } = process.env
  const child: ChildProcessByStdio<Writable, Readable, null> = spawn(process.execPath, ['--no-warnings', script.pathname, ...args], {
    env,
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  let text = ''
  let isReady = (): void => undefined
  const ready = new Promise<void>((resolve, reject) => {
    isReady = resolve
    child.once('exit', () => reject(new Error(`process ${name} ended before its time`)))
  })
  const ended = new Promise<Told>((resolve, reject) => {
    child.once('close', (code) => {
      if (code !== 0) return reject(new Error(`process ${name} ended with ${code}`))
      try {
        resolve(JSON.parse(text.trim().split('\n').at(-1) ?? '') as Told) // the last line is what contender.ts writes
      } catch (error) {
        reject(error)
      }
    })
  })
  child.stdout.on('data', (chunk) => {
    text += String(chunk)
    if (text.includes('ready\n')) isReady()
  })
  return { ready, ended, go: () => void child.stdin.write('go\n') }
}
