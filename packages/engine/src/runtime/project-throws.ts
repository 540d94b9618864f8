import type { Write } from '@leeway/storage'
import type { CaughtBy } from '../kernel/events/thrown.ts'
import type { KernelEvent } from '../kernel/events.ts'
import { tokenId } from '../kernel/ids.ts'
import type { Projected } from './projection.ts'
import { thrownId, waitId } from './record-ids.ts'
import { type JobRecord, jobs } from './records/job.ts'
import { openedAfter } from './subscriptions.ts'

/** A message or signal on its way to others: delivered by a job, in commits of its own. */
export function throwJob(input: Projected, event: Extract<KernelEvent, { type: 'messageThrown' | 'signalThrown' }>, index: number): Write {
  const { record } = input.definition
  const isMessage = event.type === 'messageThrown'
  // Who caught it at once does not catch it again; who began to wait only after the throw, in the same command, not at all. BPMN 2.0.2
  // §10.5.1.
  const except = isMessage ? NO_IDS : [...(event.caughtBy ?? []).map(waitIdOf), ...openedAfter(input.events, index, event.name)]
  // Plain BPMN has no other way to say whose case it is; it passes with calls too.
  const businessKey = isMessage && input.definition.definition.dialect === 'plain' ? businessKeyOf(input) : null
  const job: JobRecord = {
    id: thrownId(tokenId(event.scopeId, event.n), event.round === undefined ? index : `${index}-${event.round}`),
    dueAt: input.now,
    priority: 0,
    kind: isMessage ? 'message' : 'signal',
    type: isMessage ? '$message' : '$signal',
    instanceId: input.instanceId,
    tenantId: input.tenantId,
    body: {
      definitionId: record.id,
      processKey: record.key,
      elementId: event.elementId,
      data: {
        name: event.name,
        values: event.values,
        ...(isMessage && event.key !== null && { key: event.key }),
        ...(businessKey !== null && { senderBusinessKey: businessKey }),
        ...(except.length > 0 && { except }),
        ...(!isMessage && event.isLocal && { instanceId: input.instanceId }),
      },
    },
  }
  return { collection: jobs, record: job }
}

function waitIdOf({ scopeId, n, ...wait }: CaughtBy): string {
  return waitId(tokenId(scopeId, n), wait)
}

const NO_IDS: readonly string[] = Object.freeze([])

function businessKeyOf({ instanceId, draft }: Projected): string | null {
  return (draft.scopes.get(instanceId) ?? draft.base.scopes.get(instanceId))?.instance?.businessKey ?? null
}
