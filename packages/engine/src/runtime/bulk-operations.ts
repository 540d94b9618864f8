import type { InstanceStatus } from '../kernel/state.ts'
import type { Values } from '../model/value.ts'
import { type Api, expectDone } from './api-context.ts'
import type { Outcome } from './command-request.ts'
import { deleteOnce } from './delete-instances.ts'
import { EngineError } from './errors.ts'
import { checkSeen, unknownInstance } from './instances.ts'
import type { Also } from './message-host.ts'
import { migrateOne, planOne } from './migrate.ts'
import { type InstanceRecord, instances } from './records.ts'
import { runCommand } from './run-command.ts'
import { resumeOne, suspendOne } from './suspend.ts'

/** An operation that is done to one instance after the other. */
export interface BulkOperation {
  /** Which instances a query means that names no status. */
  readonly statuses: readonly InstanceStatus[]
  /** Does it to one, with more in the change set of its effect. False: something that `also` expected is not so, another did it. Throws why it cannot be done. */
  run(api: Api, instanceId: string, args: Values, also: Also): Promise<boolean>
  /** Throws why it could not be done now; what it gives goes into the report of a dry run. */
  tryOut(api: Api, instanceId: string, args: Values): Promise<object>
}

/** The calls that take many instances. */
export type BulkCall = 'instances.cancel' | 'instances.suspend' | 'instances.resume' | 'instances.delete' | 'instances.migrate'

const LIVE: readonly InstanceStatus[] = ['active', 'suspended']
const ENDED: readonly InstanceStatus[] = ['completed', 'terminated', 'failed', 'superseded']

export const bulkOperations: { readonly [Call in BulkCall]: BulkOperation } = {
  'instances.cancel': ofLive(LIVE, ({ host, bound }, instanceId, args, also) =>
    runCommand(host, { instanceId, command: { type: 'cancelProcess', instanceId, reason: reasonOf(args) }, actor: bound.actor, also }),
  ),
  'instances.suspend': ofLive(['active'], ({ host, bound }, id, args, also) => suspendOne(host, id, reasonOf(args), bound.actor, also)),
  'instances.resume': ofLive(['suspended'], ({ host, bound }, id, _args, also) => resumeOne(host, id, bound.actor, also)),
  'instances.migrate': { statuses: LIVE, run: migrateOne, tryOut: planOne },
  'instances.delete': {
    statuses: ENDED,
    run: (api, id, _args, also) => deleteOnce(api, id, api.bound.actor, { also: () => also, instead: () => also }),
    async tryOut(api, id) {
      const { status } = await recordOf(api, id)
      if (!ENDED.includes(status))
        throw new EngineError('instanceRunning', `Instance ${id} is ${status}; cancel it before deleting it`, { instanceId: id })
      return {}
    },
  },
}

function reasonOf({ reason }: Values): string | null {
  return typeof reason === 'string' ? reason : null
}

function ofLive(
  statuses: readonly InstanceStatus[],
  command: (api: Api, instanceId: string, args: Values, also: Also) => Promise<Outcome>,
): BulkOperation {
  return {
    statuses,
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
