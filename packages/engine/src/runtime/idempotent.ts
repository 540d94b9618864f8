import type { Value } from '../model/value.ts'
import type { Also } from './also.ts'
import { type Api, type CallOptions, expectDone, tenantOf } from './api-context.ts'
import type { Outcome } from './command-request.ts'
import { type Once, withIdempotency } from './idempotency.ts'

/** Runs a command of an instance that answers nothing: once by its key, or just so where there is none. Throws how it was not done. */
export async function idempotent(
  api: Api,
  operation: string,
  options: CallOptions,
  args: { readonly [name: string]: unknown },
  run: (also: Also | null) => Promise<Outcome>,
): Promise<void> {
  const ids = { ...(typeof args.id === 'string' && { id: args.id }), operation }
  const { idempotencyKey: key } = options
  if (key === undefined || key === null) {
    expectDone(await run(null), ids)
    return
  }
  await onceByKey(api, operation, options, args, async (once) => {
    const outcome = await run(once.also(DONE))
    if (outcome.type === 'lost') return null
    expectDone(outcome, ids)
    return DONE
  })
}

/** Runs a call that answers nothing: once by its key, or just so where there is none. */
export async function onceByKey(
  api: Api,
  operation: string,
  options: CallOptions,
  args: { readonly [name: string]: unknown },
  effect: (once: Once) => Promise<true | null>,
): Promise<void> {
  const { idempotencyKey: key = null } = options
  await withIdempotency<Value>(api.host, { operation, key, tenantId: tenantOf(api, options), args }, effect)
}

/** The answer that is kept: any but null. */
const DONE = true
