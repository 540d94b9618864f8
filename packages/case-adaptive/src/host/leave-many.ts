import { type Engine, EngineError, Refused } from '@leeway/engine'
import type { RecordBatch } from '../case/commands.ts'
import type { LeaveManyRequest, LeaveRequest } from './requests.ts'

type Report = RecordBatch['report']

/** Most instances of one call. */
const MANY_MAX = 1_000

/**
 * Leaves in each of the instances, each by itself: what cannot be left is told in the report, and keeps no other from being left. Without
 * `before` or `atNext` an instance is left at its only token.
 */
export async function leaveMany(
  engine: Pick<Engine, 'instances'>,
  { query, instanceIds, ...request }: LeaveManyRequest,
  leave: (one: LeaveRequest) => Promise<unknown>,
): Promise<Report> {
  if ((query === undefined) === (instanceIds === undefined))
    throw new EngineError('invalidArgument', 'cases.leaveMany needs instanceIds or a query, one of them.', {})
  const ids = instanceIds ?? (await engine.instances.find({ status: 'active', ...query, limit: MANY_MAX })).map(({ id }) => id)
  if (ids.length > MANY_MAX)
    throw new EngineError('invalidArgument', `cases.leaveMany takes at most ${MANY_MAX} instances.`, { max: MANY_MAX })
  const report: Report[number][] = []
  for (const instanceId of new Set(ids)) {
    try {
      await leave({ ...request, instanceId, ...(await placeIn(engine, instanceId, request)), ...keyOf(request, instanceId) })
      report.push({ instanceId, outcome: 'done' })
    } catch (error) {
      if (!(error instanceof Refused) && !(error instanceof EngineError)) throw error
      report.push({ instanceId, outcome: 'failed', code: error.code, reason: error.message })
    }
  }
  return report
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

/** One key of the call, one for each instance. */
function keyOf({ idempotencyKey }: Pick<LeaveRequest, 'idempotencyKey'>, instanceId: string): Pick<LeaveRequest, 'idempotencyKey'> {
  return idempotencyKey === undefined ? {} : { idempotencyKey: `${idempotencyKey} ${instanceId}` }
}
