import { type ExtensionPort, type InstanceRecord, instances } from '@leeway/engine/extension'
import type { CaseCommand } from '../case/commands.ts'
import { caseRecords } from './records.ts'

/**
 * Process instances that a case owns, and those that they called, however deep: each by its id, with its record where that is there still.
 * What belongs to another case is left out, with what that called.
 */
export async function* instancesOf(
  port: ExtensionPort<CaseCommand>,
  caseId: string,
  owned: readonly string[],
): AsyncGenerator<{ readonly id: string; readonly record: InstanceRecord | null }, void, undefined> {
  const seen = new Set<string>()
  const open = [...owned]
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    if (seen.has(id)) continue
    seen.add(id)
    const [owner] = await port.find(caseRecords, { where: { instanceIds: { has: id } }, limit: 1 })
    if (owner !== undefined && owner.id !== caseId) continue
    for await (const called of port.every(instances, { parentId: { eq: id } })) open.push(called.id)
    const [record = null] = await port.get(instances, [id])
    yield { id, record }
  }
}
