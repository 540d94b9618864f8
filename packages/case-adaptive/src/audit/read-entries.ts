import type { ExtensionPort } from '@leeway/engine/extension'
import type { CaseCommand } from '../case/commands.ts'
import type { EntryText, TimelineEntry } from '../case/timeline.ts'
import { entriesOf, entryTexts, timeline } from '../host/records.ts'

/** Where the ids of a case's entries stand. */
export function idsOfEntries(caseId: string): { readonly gt: string; readonly lt: string } {
  return { gt: `${caseId}#`, lt: `${caseId}$` }
}

/** All entries that the storage has under a case's id, in order of their ids; those that do not belong there too. */
export async function readEntries(port: ExtensionPort<CaseCommand>, caseId: string): Promise<readonly TimelineEntry[]> {
  const entries: TimelineEntry[] = []
  for await (const entry of port.every(timeline, entriesOf(caseId))) entries.push(entry)
  return entries
}

/** The free text of a case's entries, by the entry's id. */
export async function readTexts(port: ExtensionPort<CaseCommand>, caseId: string): Promise<ReadonlyMap<string, EntryText>> {
  const texts = new Map<string, EntryText>()
  for await (const text of port.every(entryTexts, { caseId: { eq: caseId } })) texts.set(text.id, text)
  return texts
}
