import { fork } from 'node:child_process'
import { once } from 'node:events'
import type { Call } from './outside-world.ts'

/** A worker in a process of its own. */
export interface WorkerProcess {
  readonly pid: number
  /** When it asks the supplier for an order's modem: from then on it is in the middle of a service task. */
  called(order: string): Promise<Call>
  /** Kills it without a chance to tidy up. Gives the signal that ended it. */
  kill(): Promise<string>
  /** Lets it finish what is in hand, and end. */
  stop(): Promise<void>
}

/** Starts a worker on the demo's folder; a `stuck` one never gets past the supplier's answer. */
export function startWorker(folder: string, mode: 'stuck' | 'willing' = 'willing'): WorkerProcess {
  const child = fork(new URL('worker.ts', import.meta.url), [folder, mode])
  const exited = once(child, 'exit')
  return {
    pid: child.pid ?? 0,
    called: (order) =>
      new Promise((resolve, reject) => {
        child.on('message', (message) => {
          const call = message as Call // worker.ts sends nothing else
          if (call.order === order) resolve(call)
        })
        exited.then(([code, signal]) => reject(new Error(`worker ${child.pid} ended before it called: ${signal ?? code}`)), reject)
      }),
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
