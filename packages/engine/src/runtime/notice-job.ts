import type { Write } from '@leeway/storage'
import { type JobRecord, jobs } from './records/job.ts'

/** The job of a listener that hears of something beside the path: nothing waits for it. `of` tells it from others of the same listener. */
export function noticeJob(
  place: Pick<JobRecord, 'instanceId' | 'tenantId'> & {
    readonly definitionId: string
    readonly processKey: string
    readonly elementId: string
  },
  elementInstanceId: string,
  key: string,
  of: string,
  now: number,
): Write {
  const { instanceId, tenantId, definitionId, processKey, elementId } = place
  const record: JobRecord = {
    id: `${elementInstanceId}:${key}:${of}`,
    dueAt: now,
    priority: 0,
    kind: 'notice',
    type: '$notice',
    instanceId,
    tenantId,
    body: { definitionId, processKey, elementId, data: { listener: key } },
  }
  return { collection: jobs, record }
}
