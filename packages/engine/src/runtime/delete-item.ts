import type { Values } from '../model/value.ts'
import { type Also, commitAlone } from './also.ts'
import type { Api } from './api-context.ts'
import { deleteVersion } from './delete-definition.ts'
import { deleteRest } from './delete-deployment.ts'
import { deleteOnce } from './delete-instances.ts'
import { instances } from './records/instance.ts'
import { runCommand } from './run-command.ts'

/** What tells a deployment's item from those of versions: their ids begin with a key, which has no colon. */
export const DEPLOYMENT = ':'

/** Deletes one item of a batch by which definitions go: an instance, running or not, a version, or what else a deployment has. */
export async function deleteItem(api: Api, id: string, _args: Values, also: Also): Promise<boolean> {
  const { host, bound } = api
  if (id.startsWith(DEPLOYMENT)) return deleteRest(host, id.slice(DEPLOYMENT.length), bound.actor, also)
  if (id.includes(':')) return deleteVersion(host, id, bound.actor, also)
  const [stored] = await host.storage.get(instances, [id])
  if (stored === undefined) return commitAlone(host, 'processes.delete', bound.actor, also)
  if (stored.record.endedAt === null) {
    const command = { type: 'cancelProcess' as const, instanceId: id, reason: 'its definition is deleted' }
    await runCommand(host, { instanceId: id, command, actor: bound.actor })
  }
  return deleteOnce(api, id, bound.actor, { also: () => also, instead: () => also })
}
