import { appendFileSync, existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Handler } from '@leeway/engine'

/** One call of a partner's interface, as the partner wrote it down. */
export interface Call {
  readonly what: string
  readonly order: string
  /** The caller's idempotency key: the same key is the same wish, however often it is uttered. */
  readonly key: string
}

/** Supplier, bank and network, each a line in one file: what they were asked survives the death of whoever asked. */
export interface OutsideWorld {
  call(call: Call): string
  calls(): readonly Call[]
}

/** Partners that keep their book in the given folder. */
export function outsideWorld(folder: string): OutsideWorld {
  const book = join(folder, 'partners.jsonl')
  // Each line was written by `call` below.
  const calls = (): Call[] =>
    (existsSync(book) ? readFileSync(book, 'utf8').trimEnd().split('\n') : []).map((line) => JSON.parse(line) as Call)
  return {
    call(call) {
      appendFileSync(book, `${JSON.stringify(call)}\n`)
      // The same key gets the same answer: a partner that keeps its promise acts once.
      const keys = new Set(calls().flatMap((one) => (one.what === call.what ? [one.key] : [])))
      return `${call.what}-${[...keys].indexOf(call.key) + 1}`
    },
    calls,
  }
}

/**
 * The handlers of the process, by the job types that the model names. `interrupt` runs after the supplier was called, before the engine
 * hears of it.
 */
export function orderHandlers(
  world: OutsideWorld,
  interrupt: (call: Call) => Promise<void> = async () => undefined,
): Record<string, Handler> {
  const asks =
    (what: string): Handler =>
    async (job) => {
      const call: Call = { what, order: job.businessKey ?? '', key: job.idempotencyKey }
      const answer = world.call(call)
      if (what === 'modem') await interrupt(call)
      return { [what]: answer }
    }
  return {
    'order-modem': asks('modem'),
    'ship-modem': asks('parcel'),
    billing: asks('bill'),
    'activate-connection': asks('line'),
    'refund-customer': asks('refund'),
  }
}
