import { EngineError, Refused } from '@leeway/engine'
import { type ExtensionPort, parseDuration, roughMs } from '@leeway/engine/extension'
import type { Case } from '../case/case-state.ts'
import type { CaseCommand } from '../case/commands.ts'
import { OVER } from '../case/delete-case.ts'
import type { CaseRetention } from './cases-api.ts'
import { checkNames } from './check-request.ts'
import { deleteCase, finishDeletion } from './delete-case.ts'
import { caseDeletions, caseRecords, entryId, timeline } from './records.ts'

type Port = ExtensionPort<CaseCommand>

/** How long cases that are over are kept, in milliseconds; null: for ever. Throws `invalidOption`. */
export function readRetention(given: CaseRetention = {}): number | null {
  checkNames('createCases.retention', given, { closed: 'any' })
  const { closed = null } = given
  if (closed === null) return null
  const parsed = typeof closed === 'string' ? parseDuration(closed) : { problem: 'it is no text' }
  if ('duration' in parsed) return roughMs(parsed.duration)
  const message = `createCases: retention.closed is ${JSON.stringify(closed)}; it must be an ISO 8601 duration such as P10Y, or null for ever.`
  throw new EngineError('invalidOption', message, {})
}

/** Deletes cases whose time is over, and what is left of those of which the deletion was cut off. Tells how many that were. */
export async function cleanUpCases(port: Port, closedMs: number | null, goOn: () => Promise<boolean>): Promise<number> {
  let count = 0
  for await (const left of port.every(caseDeletions, {})) {
    if (!(await goOn())) return count
    await finishDeletion(port, left)
    count++
  }
  if (closedMs === null) return count
  const before = port.now() - closedMs
  for (const state of OVER) {
    // None is closed before it is opened: few of those that are not due are looked at.
    for await (const record of port.every(caseRecords, { state: { eq: state }, openedAt: { lt: before } }, [{ field: 'openedAt' }])) {
      if (!(await goOn())) return count
      if ((await endOf(port, record)) < before && (await isDeleted(port, record))) count++
    }
  }
  return count
}

/** When it was closed; of one that was rejected, when it was last written to. */
async function endOf(port: Port, { id, openedAt, body }: Case): Promise<number> {
  if (body.closed !== undefined) return body.closed.at
  const [last] = await port.get(timeline, [entryId(id, body.entries)])
  return last?.at ?? openedAt
}

/** False where something of it still runs, or another was faster: it is looked at again the next time. */
async function isDeleted(port: Port, { id, tenantId }: Case): Promise<boolean> {
  try {
    const by = { operation: 'cases.delete', isAsked: true, ...(tenantId !== null && { tenantId }) } as const
    await deleteCase(port, id, by, 'retention')
    return true
  } catch (error) {
    if (error instanceof Refused || (error instanceof EngineError && error.code === 'conflict')) return false
    throw error
  }
}
