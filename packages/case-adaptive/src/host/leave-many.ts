import { type Engine, EngineError, Refused } from '@leeway/engine'
import { type BatchItemRecord, batches, batchItems, type ExtensionPort, type SubmitOptions } from '@leeway/engine/extension'
import type { CaseCommand, RecordOutcome } from '../case/commands.ts'
import { checkNames } from './check-request.ts'
import type { LeaveManyRequest, LeaveRequest } from './deviation-api.ts'
import { LEAVING, readLeave, readLeaveAhead } from './read-request.ts'

/** Most instances of one call. */
const MANY_MAX = 1_000

/**
 * Leaves in each of the instances, each by itself: what cannot be left is told in the report, and keeps no other from being left. Without
 * `before` or `atNext` an instance is left at its only token. Which instances are meant is written down first, and what became of each after
 * it: a call that is cut off goes on where it stood when it is made again with its key.
 */
export async function leaveMany(
  {
    engine,
    port,
  }: { readonly engine: Pick<Engine, 'instances'>; readonly port: Pick<ExtensionPort<CaseCommand>, 'submit' | 'find' | 'get'> },
  given: LeaveManyRequest,
  by: SubmitOptions,
  leave: (one: LeaveRequest) => Promise<unknown>,
): Promise<string> {
  checkRequest(given)
  const { query, instanceIds, ...request } = given
  const ids = instanceIds ?? (await engine.instances.find({ status: 'active', ...query, limit: MANY_MAX })).map(({ id }) => id)
  if (ids.length > MANY_MAX)
    throw new EngineError('invalidArgument', `cases.leaveMany takes at most ${MANY_MAX} instances.`, { max: MANY_MAX })
  const asked = JSON.parse(JSON.stringify({ query: query ?? null, instanceIds: instanceIds ?? null, request: { ...request, actor: null } }))
  const begun = await port.submit(null, { type: 'beginBatch', operation: 'cases.leaveMany', asked }, { ...by, known: [...new Set(ids)] })
  const { batchId } = begun as { readonly batchId: string } // as it was answered
  const { idempotencyKey: _key, ...silent } = by
  const items = await itemsOf(port, batchId)
  const count = { done: 0, failed: 0 }
  for (const { id, body } of items) {
    const entry = body.outcome === 'pending' ? await leaveOne(engine, batchId, body.instanceId ?? '', request, leave) : null
    if (entry !== null) await port.submit(null, { type: 'recordOutcome', itemId: id, entry }, silent)
    const { outcome } = entry ?? body
    if (outcome === 'done' || outcome === 'failed') count[outcome] += 1
  }
  const [batch] = await port.get(batches, [batchId])
  if (batch?.state !== 'done') await port.submit(null, { type: 'endBatch', batchId, ...count }, silent)
  return batchId
}

/** What is asked wrongly is so in every instance, and refused before any is left. Throws as `cases.leave`. */
function checkRequest(given: LeaveManyRequest): void {
  checkNames('cases.leaveMany', given, { ...LEAVING, query: 'object', instanceIds: 'each' })
  const { query, instanceIds, ...request } = given
  if ((query === undefined) === (instanceIds === undefined))
    throw new EngineError('invalidArgument', 'cases.leaveMany needs instanceIds or a query, one of them.', {})
  for (const name of ['limit', 'after'])
    if (query !== undefined && name in query)
      throw new EngineError('invalidArgument', `cases.leaveMany: its query knows no "${name}"; all that it finds is left.`, { name })
  const somewhere = { ...request, instanceId: 'any' }
  if (readLeaveAhead(somewhere) === null) readLeave({ ...somewhere, ...(request.mode !== 'takeOver' && { elementInstanceId: 'any.1' }) })
}

async function itemsOf({ find }: Pick<ExtensionPort<CaseCommand>, 'find'>, batchId: string): Promise<readonly BatchItemRecord[]> {
  return find(batchItems, { where: { id: [{ gt: `${batchId}#` }, { lt: `${batchId}$` }] }, orderBy: [{ field: 'id' }], limit: MANY_MAX })
}

/** With a key of its own: what landed before the call was cut off is not done again, wherever the instance is by now. */
async function leaveOne(
  engine: Pick<Engine, 'instances'>,
  batchId: string,
  instanceId: string,
  request: Omit<LeaveManyRequest, 'query' | 'instanceIds'>,
  leave: (one: LeaveRequest) => Promise<unknown>,
): Promise<RecordOutcome['entry']> {
  try {
    const place = await placeIn(engine, instanceId, request)
    await leave({ ...request, instanceId, ...place, idempotencyKey: `${batchId} ${instanceId}` })
    return { instanceId, outcome: 'done' }
  } catch (error) {
    if (!(error instanceof Refused) && !(error instanceof EngineError)) throw error
    if (error.code === 'idempotencyKeyReused') return { instanceId, outcome: 'done' }
    // Where somebody has left already that stays as it is.
    return { instanceId, outcome: error.code === 'AlreadyAway' ? 'skipped' : 'failed', code: error.code, reason: error.message }
  }
}

async function placeIn(
  engine: Pick<Engine, 'instances'>,
  instanceId: string,
  { before, atNext, mode }: Pick<LeaveRequest, 'before' | 'atNext' | 'mode'>,
): Promise<Pick<LeaveRequest, 'elementInstanceId'>> {
  if (before !== undefined || atNext || mode === 'takeOver') return {}
  const leaves = (await engine.instances.get(instanceId))?.activeElements.filter(({ kind }) => kind === 'leaf') ?? []
  const [only, other] = leaves
  if (only === undefined) throw new Refused('AnchorGone', `There is no token in instance ${instanceId} to leave at.`, { instanceId })
  if (other === undefined) return { elementInstanceId: only.elementInstanceId }
  const at = leaves.map(({ elementId }) => elementId)
  throw new Refused(
    'SeveralTokens',
    `Instance ${instanceId} has ${leaves.length} tokens, at ${at.join(', ')}: leave at one of them by itself.`,
    {
      instanceId,
      at,
    },
  )
}
