import { describe, expect, test } from 'vitest'
import { createEngine, ModelError } from '../../src/index.ts'
import { chain, processModel, user } from './process-model.ts'
import { stores } from './stores.ts'

for (const { name, open } of stores) {
  describe(`deployments on ${name}`, () => {
    test('the same content is the same deployment; other content is the next version', async () => {
      const engine = await createEngine({ storage: open() })
      const first = await engine.deploy(chain('p', [user('a')]))
      const again = await engine.deploy(chain('p', [user('a')]))
      expect(again).toEqual(first)
      expect(first.processes).toMatchObject([{ key: 'p', version: 1 }])
      const next = await engine.deploy(chain('p', [user('a'), user('b')]))
      expect(next.processes).toMatchObject([{ key: 'p', version: 2 }])
      expect(await engine.processes.find({ key: 'p', latest: true })).toMatchObject([{ version: 2 }])
      expect(await engine.processes.list()).toHaveLength(2)
      await engine.close()
    })

    test('a start takes the latest version, or the one that is named', async () => {
      const engine = await createEngine({ storage: open() })
      const [first] = (await engine.deploy(chain('p', [user('a')]))).processes
      await engine.start('p')
      await engine.deploy(chain('p', [user('b')]))
      await engine.start('p')
      await engine.start({ key: 'p', version: 1 })
      await engine.start({ id: first?.id ?? '' })
      expect((await engine.tasks.find()).map((task) => task.elementId)).toEqual(['a', 'b', 'a', 'a'])
      await expect(engine.start('q')).rejects.toMatchObject({ code: 'unknownDefinition' })
      await engine.close()
    })

    test('an engine that had started a version before starts the one that another engine deployed since', async () => {
      const storage = open()
      const one = await createEngine({ storage })
      const other = await createEngine({ storage })
      await one.deploy(chain('p', [user('a')]))
      await other.start('p')
      await one.deploy(chain('p', [user('b')]))
      await other.start('p')
      expect((await one.tasks.find()).map((task) => task.elementId)).toEqual(['a', 'b'])
      await one.close()
      await other.close()
    })

    test('two files are deployed together or not at all', async () => {
      const engine = await createEngine({ storage: open() })
      const bad = processModel('bad', '<bpmn:startEvent id="start"/>', 'start -> nowhere')
      const files = [
        { name: 'good.bpmn', content: chain('good', [user('a')]) },
        { name: 'bad.bpmn', content: bad },
      ]
      const refused = await engine.deploy(files).catch((error: unknown) => error)
      expect(refused).toBeInstanceOf(ModelError)
      expect((refused as ModelError).diagnostics.some((one) => one.severity === 'error' && one.file === 'bad.bpmn')).toBe(true)
      expect(await engine.processes.list()).toEqual([])
      await engine.close()
    })

    test('many deployments at once count their versions without a gap', async () => {
      const engine = await createEngine({ storage: open() })
      await Promise.all(Array.from({ length: 8 }, (_, i) => engine.deploy(chain('p', [user(`step${i}`)]))))
      expect((await engine.processes.find({ key: 'p' })).map((one) => one.version)).toEqual([8, 7, 6, 5, 4, 3, 2, 1])
      await engine.close()
    })

    test('a tenant has its own version of a process, and the shared one where it has none', async () => {
      const engine = await createEngine({ storage: open() })
      await engine.deploy(chain('p', [user('shared')]))
      const red = engine.as({ tenantId: 'red' })
      await red.start('p')
      await red.deploy(chain('p', [user('own')]))
      await red.start('p')
      await engine.as({ tenantId: 'blue' }).start('p')
      expect((await red.tasks.find()).map((task) => task.elementId)).toEqual(['shared', 'own'])
      expect((await engine.as({ tenantId: 'blue' }).tasks.find()).map((task) => task.elementId)).toEqual(['shared'])
      expect(await engine.tasks.find()).toHaveLength(3)
      await engine.close()
    })

    test('the file comes back as it was given', async () => {
      const engine = await createEngine({ storage: open() })
      const text = chain('p', [user('a')])
      const [process] = (await engine.deploy(new TextEncoder().encode(text))).processes
      expect(new TextDecoder().decode((await engine.processes.xml(process?.id ?? '')) as Uint8Array)).toBe(text)
      await engine.close()
    })
  })
}
