import { commitAlone } from './also.ts'
import { AGAIN, contended } from './contended.ts'
import { EngineError } from './errors.ts'
import type { Host } from './host.ts'
import { instances } from './records/instance.ts'

/** Takes the mark of an extension off an ended instance. Throws `instanceRunning`, `tooManyConflicts`. */
export function releaseInstance(host: Host, extension: string, id: string): Promise<void> {
  return contended<void>(`The release of instance ${id} met other calls`, { instanceId: id, extension }, async () => {
    const [stored] = await host.storage.get(instances, [id])
    if (stored === undefined || !stored.record.extensions.includes(extension)) return
    const { record, revision } = stored
    if (record.endedAt === null)
      throw new EngineError('instanceRunning', `Instance ${id} is ${record.status}; cancel it before "${extension}" lets it go`, {
        instanceId: id,
        extension,
      })
    const released = { ...record, extensions: record.extensions.filter((name) => name !== extension) }
    const own = { expect: [{ collection: instances, id, revision }], put: [{ collection: instances, record: released }], delete: [] }
    if (!(await commitAlone(host, extension, null, own))) return AGAIN
    host.states.delete(id)
  })
}
