import type { TimelineEntry } from '../case/timeline.ts'

/** An entry, or what it guards, that is not as it was written. */
export interface AuditProblem {
  /**
   * `altered`: the entry's content; `missing`: the entry; `text`: its free text; `record`: a record of the case that it was the last to
   * guard; `head`: the case itself; `added`: an entry, a text or a record of the case that the package did not write.
   */
  readonly type: 'altered' | 'missing' | 'text' | 'record' | 'head' | 'added'
  /** Number of the entry, from 1; of what was added: of the entry behind which it stands, 0 where it stands before the first. */
  readonly seq: number
  readonly entryId: string
  readonly message: string
  readonly deviationId?: string
  /** By collection and id: `deviations/<id>`, `plan_items/<id>`, `facts/<id>`, … */
  readonly record?: string
}

/** `entry` is what stands there, null where nothing that can be read does. */
export function problemOf(
  type: AuditProblem['type'],
  seq: number,
  entryId: string,
  entry: TimelineEntry | null,
  message: string,
): AuditProblem {
  const deviationId = entry !== null && 'deviationId' in entry.body ? entry.body.deviationId : undefined
  return { type, seq, entryId, message, ...(deviationId !== undefined && { deviationId }) }
}

/** What somebody altered may be anything. */
export function isObject(given: unknown): given is object {
  return typeof given === 'object' && given !== null
}
