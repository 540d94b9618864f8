import type { ExtensionPort } from '@leeway/engine/extension'
import type { CaseCommand } from '../case/commands.ts'
import type { EntryText, TimelineEntry } from '../case/timeline.ts'
import { entryTexts, timeline } from '../host/records.ts'

/** Entries read at once. */
const PAGE = 1_000

/** All entries that the storage has under a case's id, in order of their ids; those that do not belong there too. */
export async function readEntries(port: ExtensionPort<CaseCommand>, caseId: string): Promise<readonly TimelineEntry[]> {
  const entries: TimelineEntry[] = []
  for (let after = `${caseId}#`; ; ) {
    const where = { id: [{ gt: after }, { lt: `${caseId}$` }] as const }
    const page = await port.find(timeline, { where, orderBy: [{ field: 'id' }], limit: PAGE })
    entries.push(...page)
    if (page.length < PAGE) return entries
    after = page.at(-1)?.id ?? after
  }
}

/** The free text of a case's entries, by the entry's id. */
export async function readTexts(port: ExtensionPort<CaseCommand>, caseId: string): Promise<ReadonlyMap<string, EntryText>> {
  const texts = new Map<string, EntryText>()
  for await (const text of port.every(entryTexts, { caseId: { eq: caseId } })) texts.set(text.id, text)
  return texts
}
