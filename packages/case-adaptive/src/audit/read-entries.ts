import type { ExtensionPort } from '@leeway/engine/extension'
import type { Case } from '../case/case-state.ts'
import type { CaseCommand } from '../case/commands.ts'
import type { EntryText, TimelineEntry } from '../case/timeline.ts'
import { entryId, entryTexts, timeline } from '../host/records.ts'

/** Entries read at once. */
const PAGE = 1_000

/** All entries of a case, in order. */
export async function readEntries(port: ExtensionPort<CaseCommand>, { id, body }: Case): Promise<readonly TimelineEntry[]> {
  const entries: TimelineEntry[] = []
  for (let from = 1; from <= body.entries; from += PAGE) {
    const where = { id: [{ gte: entryId(id, from) }, { lte: entryId(id, Math.min(body.entries, from + PAGE - 1)) }] as const }
    entries.push(...(await port.find(timeline, { where, orderBy: [{ field: 'id' }], limit: PAGE })))
  }
  return entries
}

/** The free text of a case's entries, by the entry's id. */
export async function readTexts(port: ExtensionPort<CaseCommand>, caseId: string): Promise<ReadonlyMap<string, EntryText>> {
  const texts = new Map<string, EntryText>()
  for await (const text of port.every(entryTexts, { caseId: { eq: caseId } })) texts.set(text.id, text)
  return texts
}
