import type { ExtensionPort, SubmitOptions } from '@leeway/engine/extension'
import type { Collection } from '@leeway/storage'
import type { Case, CaseDeletion } from '../case/case-state.ts'
import type { CaseCommand } from '../case/commands.ts'
import type { PlanItem } from '../case/item-state.ts'
import type { DeleteCase } from '../case/life-commands.ts'
import { instancesOf } from './instances-of-case.ts'
import { isSeen } from './read-case.ts'
import { caseDeletions, caseRecords, entriesOf, entryTexts, facts, GUARDED, items, timeline, watches } from './records.ts'
import { underWay } from './under-way.ts'

type Port = ExtensionPort<CaseCommand>

/**
 * Deletes a case for good. The first commit takes away the case itself, by which all of it is looked up, and leaves a note of what is to be
 * done; the note goes last. Cut off in between, deleting again does the rest.
 */
export async function deleteCase(port: Port, caseId: string, by: SubmitOptions, because?: DeleteCase['because']): Promise<void> {
  const command = async (): Promise<CaseCommand> => {
    const [record] = await port.get(caseRecords, [caseId])
    return { type: 'deleteCase', caseId, ...(await lookedAt(port, record)), ...(because && { because }) }
  }
  await port.submit(null, command, { ...by, asked: { type: 'deleteCase', caseId } })
  const [left] = await port.get(caseDeletions, [caseId])
  if (left !== undefined && isSeen(left.tenantId, by)) await finishDeletion(port, left)
}

async function lookedAt(port: Port, record: Case | undefined): Promise<Omit<DeleteCase, 'type' | 'caseId' | 'because'>> {
  if (record === undefined) return { head: null, instanceIds: [], customerFacts: [], underWay: [] }
  const ofCase = { caseId: { eq: record.id } }
  const customerFacts: string[] = []
  for await (const { id, body } of port.every(facts, ofCase)) if (body.ofCustomer) customerFacts.push(id)
  const parts: PlanItem[] = []
  for await (const item of port.every(items, ofCase)) parts.push(item)
  // One that began when its item was over was never the case's, and carries its mark all the same.
  const instanceIds = [...new Set([...record.instanceIds, ...parts.flatMap(({ body }) => body.itemInstanceId ?? [])])]
  return { head: record.body.head, instanceIds, customerFacts, underWay: await underWay(port, record, { items: parts, instanceIds }) }
}

/** Deletes what is left of a case. Several may do it at once. */
export async function finishDeletion(port: Port, { id: caseId, body }: CaseDeletion): Promise<void> {
  for await (const { id } of instancesOf(port, caseId, body.instanceIds)) {
    await port.purge(watches, { id: { eq: id } })
    await port.release(id)
  }
  for (const part of PARTS) await port.purge(part, { caseId: { eq: caseId } })
  await port.purge(timeline, entriesOf(caseId))
  await port.purge(caseDeletions, { id: { eq: caseId } })
}

/** Collections whose records say of which case they are. */
const PARTS = [entryTexts, ...GUARDED] as unknown as readonly Collection<Part>[] // each declares the field

interface Part {
  readonly id: string
  readonly caseId: string | null
  readonly body: unknown
}
