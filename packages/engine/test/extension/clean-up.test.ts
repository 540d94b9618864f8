import { type Collection, defineCollection, memoryStorage, type Storage } from '@leeway/storage'
import { beforeEach, describe, expect, test } from 'vitest'
import { type Extension, type ExtensionPort, extend } from '../../src/extension/index.ts'
import { createEngine, type Engine, type ManualClock, manualClock } from '../../src/index.ts'
import { chain, user } from '../runtime/process-model.ts'

interface Note {
  readonly id: string
  readonly instanceId: string | null
  readonly body: object
}
const notes: Collection<Note> = defineCollection<Note>({
  name: 'notes',
  version: 1,
  fields: { instanceId: 'text' },
  indexes: [{ fields: ['instanceId'] }],
})
type Own = { readonly type: 'note'; readonly id: string }

/** Keeps a note of each instance that it is told of. */
const noting: Extension<Own> = {
  name: 'noting',
  collections: [notes],
  decide(_before, { occurrence, after }) {
    if (occurrence.type !== 'command') return {}
    const record: Note = { id: occurrence.command.id, instanceId: after?.id ?? null, body: {} }
    return { put: [{ collection: notes, record }] }
  },
}

describe('an extension that cleans up', () => {
  let clock: ManualClock
  let storage: Storage
  let engine: Engine
  let port: ExtensionPort<Own>
  let isOver = false

  beforeEach(async () => {
    isOver = false
    clock = manualClock('2026-01-01T09:00:00Z')
    storage = memoryStorage({ now: () => clock.now() })
    engine = await createEngine({ storage, clock, retention: { ended: 'P1D' } })
    port = await extend(engine, noting, async (own, goOn) => {
      if (!isOver || !(await goOn())) return 0
      const kept = await own.find(notes, { where: {}, limit: 100 })
      for (const { instanceId } of kept) {
        if (instanceId !== null) await own.release(instanceId)
        await own.purge(notes, { instanceId: { eq: instanceId ?? '' } })
      }
      return kept.length
    })
    await engine.deploy(chain('p', [user('a')]))
  })

  test('is asked at each clean-up, and what it deleted is told by its name', async () => {
    expect(await engine.cleanUp()).toEqual({ instances: 0, trimmed: 0, messages: 0, keys: 0, commands: 0, extended: { noting: 0 } })
    const { id } = await engine.start('p')
    await port.submit(id, { type: 'note', id: 'n' })
    await engine.instances.cancel(id)
    isOver = true
    expect((await engine.cleanUp()).extended).toEqual({ noting: 1 })
    expect(await port.count(notes, {}, 10)).toBe(0)
  })

  test('lets instances go: from then on they are kept as long as the engine says', async () => {
    const { id } = await engine.start('p')
    await port.submit(id, { type: 'note', id: 'n' })
    await engine.instances.cancel(id)
    clock.advance('P2D')
    expect(await engine.cleanUp()).toMatchObject({ instances: 0 })
    await port.release(id)
    expect(await engine.instances.get(id)).toMatchObject({ status: 'terminated' })
    expect(await engine.cleanUp()).toMatchObject({ instances: 1 })
    expect(await engine.instances.get(id)).toBeNull()
  })

  test('does not let an instance go that runs, and nothing happens where there is none, or it is let go already', async () => {
    const { id } = await engine.start('p')
    await port.submit(id, { type: 'note', id: 'n' })
    await expect(port.release(id)).rejects.toMatchObject({ code: 'instanceRunning', details: { instanceId: id, extension: 'noting' } })
    await engine.instances.cancel(id)
    await Promise.all([port.release(id), port.release(id)])
    await port.release(id)
    await port.release('none')
    clock.advance('P2D')
    expect(await engine.cleanUp()).toMatchObject({ instances: 1 })
  })
})
