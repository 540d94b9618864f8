import { type Engine, EngineError } from '@leeway/engine'
import { unknownCase } from '../case/case-refusals.ts'
import type { Case } from '../case/case-state.ts'
import type { CaseView } from '../host/case-view.ts'
import { mayRead, type Readers, readCase } from '../host/read-case.ts'
import { caseRecords } from '../host/records.ts'
import type { AuditAnchor } from './chain.ts'
import { type LoggedCase, type Ocel, ocelOf } from './ocel.ts'
import { type AuditReport, verifyChain } from './verify.ts'

/** What the audit reads from. */
export interface AuditReaders extends Readers {
  readonly engine: Pick<Engine, 'instances' | 'history'>
}

/** Throws `UnknownCase`, `invalidArgument`. */
export async function verifyAudit(readers: AuditReaders, caseId: string, anchor?: AuditAnchor): Promise<AuditReport> {
  if (anchor !== undefined && anchor.entries < 1)
    throw new EngineError('invalidArgument', `cases.verifyAudit with an anchor: entries is ${anchor.entries}; it must be 1 or more.`, {
      caseId,
    })
  return verifyChain(readers.port, await seenCase(readers, caseId), anchor ?? null)
}

/** Most cases in one log. */
export const EXPORT_MAX = 1_000

/** Throws `UnknownCase`, `invalidArgument`. */
export async function exportOcel(readers: AuditReaders, caseIds: readonly string[]): Promise<Ocel> {
  if (!Array.isArray(caseIds) || caseIds.length > EXPORT_MAX)
    throw new EngineError('invalidArgument', `cases.exportOcel takes caseIds, at most ${EXPORT_MAX}.`, { max: EXPORT_MAX })
  const logged: LoggedCase[] = []
  for (const id of new Set(caseIds)) logged.push(await loggedCase(readers, id))
  return ocelOf(logged)
}

async function loggedCase(readers: AuditReaders, id: string): Promise<LoggedCase> {
  const view: CaseView | null = await readCase(readers, id, 'whole')
  if (view === null) throw unknownCase(id)
  const paths = new Map<string, Awaited<ReturnType<Engine['history']>>>()
  for (const { instanceId } of view.path) paths.set(instanceId, await readers.engine.history(instanceId))
  return { view, paths }
}

async function seenCase(readers: AuditReaders, id: string): Promise<Case> {
  const [record] = await readers.port.get(caseRecords, [id])
  if (record === undefined || !mayRead(readers, record)) throw unknownCase(id)
  return record
}
