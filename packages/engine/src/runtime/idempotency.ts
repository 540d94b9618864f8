import type { Storage } from '@leeway/storage'
import type { Value } from '../model/value.ts'
import { type Also, type Committer, commitAlone, NOTHING } from './also.ts'
import { keyOf } from './arguments.ts'
import { AGAIN, contended } from './contended.ts'
import { canonicalJson, sha256, uuidOf } from './digest.ts'
import { EngineError } from './errors.ts'
import { type IdempotencyRecord, idempotency } from './records/idempotency.ts'

/** How long a key is remembered, in milliseconds: 7 days. */
export const IDEMPOTENCY_MS: number = 7 * 86_400_000

/** One call that may be repeated. */
export interface IdempotentCall {
  /** The method, such as `start` or `tasks.complete`. */
  readonly operation: string
  /** Null: the call is not repeatable, it just runs. */
  readonly key: string | null
  readonly tenantId: string | null
  /** What was asked, without the key: another call under the same key is refused. */
  readonly args: unknown
  /** Kept so long, in milliseconds. Default {@link IDEMPOTENCY_MS}. */
  readonly keepMs?: number
}

/** What an effect joins to its change set, so that the effect and the answer to repetitions land together. */
export interface Once {
  /** Joins the effect's first change set: expects that no call with this key came first. */
  also(answer: Value): Also
  /** Joins a later change set of the same call: the answer has become another. */
  instead(answer: Value): Also
}

/** Where keys are kept. */
type KeyHost = Committer & { readonly storage: Storage }

/**
 * Runs a call once by its key: the same key gives the same answer and one effect. The effect answers null where its change set
 * was refused (`lost`): then the answer of the call that came first is given. An effect that wrote nothing leaves its answer
 * in a commit of its own. Throws `idempotencyKeyReused` where the key came with other arguments.
 */
export async function withIdempotency<A extends Value>(
  host: KeyHost,
  call: IdempotentCall,
  effect: (once: Once) => Promise<A | null>,
): Promise<A> {
  const key = keyOf(call.operation, call.key)
  // Another call with this key that came first may have taken itself back.
  return contended<A>(`${call.operation} met other calls`, { operation: call.operation }, async () => {
    if (key === null) return (await effect(NEVER)) ?? AGAIN
    const id = idempotencyId(call, key)
    const digest = sha256(canonicalJson(call.args))
    const known = await answerOf<A>(host, call, id, digest)
    if ('answer' in known) return known.answer
    const once = onceOf(host, call, id, digest, known.revision)
    const answer = await effectOr(effect, once, async () => answerOf<A>(host, call, id, digest))
    if (answer === null) return AGAIN
    return once.has(answer) || (await commitAlone(host, call.operation, null, once.also(answer))) ? answer : AGAIN
  })
}

/** The id of the instance that `start` with this key makes: every node and every repetition comes to the same. */
export function instanceIdOfKey(tenantId: string | null, key: string): string {
  return uuidOf(JSON.stringify(['instance', tenantId, key]))
}

/** Deletes up to `limit` keys whose time is over, and tells how many. */
export function purgeIdempotency(host: KeyHost, limit: number): Promise<number> {
  return host.storage.purge(idempotency, { expiresAt: { lte: host.now() } }, limit)
}

/** A call that ran beside its own repetition may be refused for what that did: then that one's answer is its own. */
async function effectOr<A extends Value>(
  effect: (once: Once) => Promise<A | null>,
  once: Once,
  look: () => Promise<Known<A>>,
): Promise<A | null> {
  try {
    return await effect(once)
  } catch (error) {
    const known = await look()
    if ('answer' in known) return null
    throw error
  }
}

const NEVER: Once = { also: () => NOTHING, instead: () => NOTHING }

function idempotencyId({ tenantId, operation }: IdempotentCall, key: string): string {
  return uuidOf(JSON.stringify([tenantId, operation, key]))
}

type Known<A> = { readonly answer: A } | { readonly revision: number }

async function answerOf<A extends Value>(host: KeyHost, call: IdempotentCall, id: string, digest: string): Promise<Known<A>> {
  const [stored] = await host.storage.get(idempotency, [id])
  if (stored === undefined) return { revision: 0 }
  const { body, expiresAt } = stored.record
  if (expiresAt <= host.now()) return { revision: stored.revision }
  if (body.digest === digest) return { answer: body.answer as A } // written by this operation's effect
  throw new EngineError(
    'idempotencyKeyReused',
    `The idempotency key "${call.key}" was used for ${call.operation} with other arguments. Use a new key for another call.`,
    { operation: call.operation, idempotencyKey: call.key, tenantId: call.tenantId },
  )
}

function onceOf(host: KeyHost, call: IdempotentCall, id: string, digest: string, revision: number): Once & { has(answer: Value): boolean } {
  let written: string | null = null
  const write = (answer: Value): Pick<Also, 'put' | 'delete'> => {
    written = canonicalJson(answer)
    const record: IdempotencyRecord = { id, expiresAt: host.now() + (call.keepMs ?? IDEMPOTENCY_MS), body: { digest, answer } }
    return { put: [{ collection: idempotency, record }], delete: [] }
  }
  return {
    also: (answer) => ({ expect: [{ collection: idempotency, id, revision }], ...write(answer) }),
    instead: (answer) => ({ expect: [], ...write(answer) }),
    has: (answer) => written === canonicalJson(answer),
  }
}
