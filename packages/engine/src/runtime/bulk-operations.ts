import type { InstanceStatus } from '../kernel/state.ts'
import type { Values } from '../model/value.ts'
import type { Also } from './also.ts'
import { type Api, expectDone, isSeen } from './api-context.ts'
import { type BulkTargets, incidentTargets, instanceTargets, jobTargets } from './bulk-targets.ts'
import { freeJob } from './change-job.ts'
import type { Outcome } from './command-request.ts'
import { deleteOnce } from './delete-instances.ts'
import { deleteItem } from './delete-item.ts'
import { EngineError } from './errors.ts'
import type { Once } from './idempotency.ts'
import { resolveOnce, unknownIncident } from './incidents.ts'
import { checkSeen, unknownInstance } from './instances.ts'
import { migrateOne, planOne } from './migrate.ts'
import { incidents } from './records/incident.ts'
import { instances } from './records/instance.ts'
import type { InstanceRecord } from './records/instance-record.ts'
import { runCommand } from './run-command.ts'
import { setRetriesOnce } from './set-retries.ts'
import { resumeOne, suspendOne } from './suspend.ts'

/** An operation that is done to one instance, incident or job after the other. */
export interface BulkOperation {
  readonly targets: BulkTargets
  /**
   * Does it to one, with more in the change set of its effect. False: something that `also` expected is not so, another did it. Throws why
   * it cannot be done.
   */
  run(api: Api, id: string, args: Values, also: Also): Promise<boolean>
  /** Throws why it could not be done now; what it gives goes into the report of a dry run. */
  tryOut(api: Api, id: string, args: Values): Promise<object>
}

/** The calls that take many. */
export type BulkCall =
  | 'instances.cancel'
  | 'instances.suspend'
  | 'instances.resume'
  | 'instances.delete'
  | 'instances.migrate'
  | 'incidents.resolve'
  | 'jobs.setRetries'
  | 'processes.delete'

const LIVE: readonly InstanceStatus[] = ['active', 'suspended']
const ENDED: readonly InstanceStatus[] = ['completed', 'terminated', 'failed', 'superseded']

export const bulkOperations: { readonly [Call in BulkCall]: BulkOperation } = {
  'instances.cancel': ofLive(LIVE, ({ host, bound }, instanceId, args, also) =>
    runCommand(host, { instanceId, command: { type: 'cancelProcess', instanceId, reason: reasonOf(args) }, actor: bound.actor, also }),
  ),
  'instances.suspend': ofLive(['active'], ({ host, bound }, id, args, also) => suspendOne(host, id, reasonOf(args), bound.actor, also)),
  'instances.resume': ofLive(['suspended'], ({ host, bound }, id, _args, also) => resumeOne(host, id, bound.actor, also)),
  'instances.migrate': { targets: instanceTargets(LIVE), run: migrateOne, tryOut: planOne },
  'instances.delete': {
    targets: instanceTargets(ENDED),
    run: (api, id, _args, also) => deleteOnce(api, id, api.bound.actor, onceOf(also)),
    async tryOut(api, id) {
      const { status } = await recordOf(api, id)
      if (!ENDED.includes(status))
        throw new EngineError('instanceRunning', `Instance ${id} is ${status}; cancel it before deleting it`, { instanceId: id })
      return {}
    },
  },
  'incidents.resolve': {
    targets: incidentTargets,
    run: async (api, id, _args, also) => (await resolveOnce(api, id, api.bound.actor, onceOf(also))) !== null,
    async tryOut(api, id) {
      const [stored] = await api.host.storage.get(incidents, [id])
      if (stored === undefined || !isSeen(api, stored.record.tenantId)) throw unknownIncident(id)
      return {}
    },
  },
  'jobs.setRetries': {
    targets: jobTargets,
    run: async (api, id, { retries }, also) => (await setRetriesOnce(api, id, Number(retries), api.bound.actor, onceOf(also))) !== null,
    async tryOut(api, id) {
      await freeJob(api, id)
      return {}
    },
  },
  'processes.delete': {
    targets: instanceTargets([...LIVE, ...ENDED]),
    run: deleteItem,
    tryOut: async () => ({}),
  },
}

/** With what lands with the effect in place of an answer to repetitions. */
function onceOf(also: Also): Once {
  return { also: () => also, instead: () => also }
}

function reasonOf({ reason }: Values): string | null {
  return typeof reason === 'string' ? reason : null
}

function ofLive(
  statuses: readonly InstanceStatus[],
  command: (api: Api, instanceId: string, args: Values, also: Also) => Promise<Outcome>,
): BulkOperation {
  return {
    targets: instanceTargets(statuses),
    async run(api, instanceId, args, also) {
      await checkSeen(api, instanceId)
      const outcome = await command(api, instanceId, args, also)
      if (outcome.type === 'lost') return false
      expectDone(outcome, { instanceId })
      return true
    },
    async tryOut(api, instanceId) {
      const { status } = await recordOf(api, instanceId)
      if (statuses.includes(status)) return {}
      const code = ENDED.includes(status) ? 'instanceEnded' : status === 'suspended' ? 'instanceSuspended' : 'illegalTransition'
      throw new EngineError(code, `Instance ${instanceId} is ${status}`, { instanceId })
    },
  }
}

/** The instance's record, as far as the caller sees it. Throws `unknownInstance`. */
async function recordOf(api: Api, id: string): Promise<InstanceRecord> {
  const [stored] = await api.host.storage.get(instances, [id])
  if (stored === undefined) throw unknownInstance(id)
  await checkSeen(api, id)
  return stored.record
}
