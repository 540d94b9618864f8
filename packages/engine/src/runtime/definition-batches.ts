import type { Values } from '../model/value.ts'
import type { Api } from './api-context.ts'
import { BATCH_MAX, type BatchStarted, writeDownBatch } from './batches.ts'
import { type BulkCall, bulkOperations } from './bulk-operations.ts'
import type { Target } from './bulk-targets.ts'
import { EngineError } from './errors.ts'
import type { Once } from './idempotency.ts'

/** Versions that a call changed, and the one batch that does it to their instances; null where there is none to be done. */
export interface ChangedDefinitions {
  readonly definitionIds: readonly string[]
  readonly batchId: string | null
}

/** The instances of these versions that a call is done to, at most as many as a batch takes. */
export async function instancesOf(api: Api, call: BulkCall, definitionIds: readonly string[]): Promise<Target[]> {
  const found: Target[] = []
  for (const definitionId of definitionIds)
    for await (const target of bulkOperations[call].targets.every(api, { definitionId })) {
      found.push(target)
      if (found.length > BATCH_MAX)
        throw new EngineError(
          'invalidArgument',
          `More than ${BATCH_MAX} instances are of ${definitionIds.join(', ')}; name fewer versions, or delete some instances first`,
          {
            definitionId,
          },
        )
    }
  return found
}

/** Writes the one batch of a call on versions down, with the answer of the call; null where another call with this key came first. */
export async function writeDownOf(
  api: Api,
  call: BulkCall,
  definitionIds: readonly string[],
  { targets, args = {} }: { readonly targets: readonly Target[]; readonly args?: Values },
  once: Once,
): Promise<(ChangedDefinitions & Values) | null> {
  let batchId: string | null = null
  const receipt: Once = {
    ...once,
    also: (answer) => {
      batchId = (answer as unknown as BatchStarted).batchId
      return once.also({ definitionIds, batchId })
    },
  }
  const written = await writeDownBatch(api, call, targets, args, receipt)
  return written === null ? null : { definitionIds, batchId }
}
