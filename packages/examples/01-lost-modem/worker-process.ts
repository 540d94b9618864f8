import { fork } from 'node:child_process'
import { once } from 'node:events'
import type { Call } from './outside-world.ts'

/** A worker in a process of its own. */
export interface WorkerProcess {
  readonly pid: number
  /** What it asked of the supplier first: from then on it is in the middle of a service task. */
  readonly called: Promise<Call>
  /** Kills it without a chance to tidy up. Gives the signal that ended it. */
  kill(): Promise<string>
  /** Lets it finish what is in hand, and end. */
  stop(): Promise<void>
}

/** Starts a worker on the demo's folder; a `stuck` one never gets past the supplier's answer. */
export function startWorker(folder: string, mode: 'stuck' | 'willing' = 'willing'): WorkerProcess {
  const child = fork(new URL('worker.ts', import.meta.url), [folder, mode])
  const exited = once(child, 'exit')
  const ended = exited.then(([code, signal]) => {
    throw new Error(`worker ${child.pid} ended before it called: ${signal ?? code}`)
  })
  // Worker and demo are of one checkout: what it sends is the call that worker.ts sends.
  const called = Promise.race([once(child, 'message').then(([call]) => call as Call), ended])
  called.catch(() => undefined)
  return {
    pid: child.pid ?? 0,
    called,
    async kill() {
      child.kill('SIGKILL')
      const [, signal] = await exited
      return String(signal)
    },
    async stop() {
      if (child.connected) child.disconnect()
      const [code, signal] = await exited
      if (code !== 0) throw new Error(`worker ${child.pid} ended with ${signal ?? code}`)
    },
  }
}
