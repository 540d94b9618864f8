import { EngineError } from './errors.ts'
import { everyRecord } from './every-record.ts'
import type { Host } from './host.ts'
import { indexFor } from './instances.ts'
import { batches } from './records/batch.ts'
import { instances } from './records/instance.ts'
import { type JobRecord, jobs } from './records/job.ts'

/** Throws `definitionInUse` where an instance is of it, is to be put on it, or is just calling it. */
export async function refuseUsed(host: Host, id: string): Promise<void> {
  const processKey = id.slice(0, id.indexOf(':'))
  const index = indexFor(host, { processKey })
  if (index !== null) await index
  const where = { processKey: { eq: processKey }, definitionId: { eq: id } }
  const [instance] = await host.storage.find(instances, { where, limit: 1 })
  if (instance !== undefined) {
    const { id: instanceId, status } = instance.record
    throw definitionInUse(id, `instance ${instanceId} (${status}) is of it; { instances: true } deletes its instances with it`, instanceId)
  }
  // Where no host asks for jobs by type there is no index, and all are read: once, and seldom.
  for await (const { record } of everyRecord(host.storage, jobs, { type: { in: LEADING } }))
    if (await leadsTo(host, record, id)) throw definitionInUse(id, `job ${record.id} leads an instance to it`, record.instanceId)
}

const LEADING = ['$batch', '$migration', '$call']

/** A migration that is still to be done, or put off until somebody is back; a call that is still to be made. */
async function leadsTo({ storage }: Host, { type, body }: JobRecord, id: string): Promise<boolean> {
  const { batchId, call } = (body.data ?? {}) as { readonly batchId?: string; readonly call?: { processKey: string; binding: unknown } } // as their kinds write it
  if (type === '$call') {
    const binding = call?.binding
    const version = typeof binding === 'object' && binding !== null && 'version' in binding ? binding.version : null
    return version !== null && `${call?.processKey}:${version}` === id.replace(/@.*$/, '')
  }
  const [batch] = batchId === undefined ? [] : await storage.get(batches, [batchId])
  return batch?.record.operation === 'instances.migrate' && batch.record.body.args.to === id
}

/** Why a definition is not deleted. */
export function definitionInUse(definitionId: string, why: string, instanceId: string | null): EngineError {
  return new EngineError('definitionInUse', `Definition ${definitionId} is in use: ${why}`, { definitionId, instanceId })
}
