import { memoryStorage } from '@leeway/storage'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createEngine, manualClock } from '../../src/index.ts'
import { createChooser } from './chooser.ts'
import { choosingHandler, drive, VARIABLES } from './runtime-driver.ts'
import { parameters, walks } from './runs.ts'
import { render } from './render.ts'
import { historyProblems, readStored, rowProblems } from './stored-instance.ts'

test('the stored history at level full replays to the stored state, each wait has its row and each row its owner, and the instance ends', async () => {
  await fc.assert(
    fc.asyncProperty(walks(), fc.constantFrom('activity' as const, 'wait' as const), async ([shape, choices], durability) => {
      const { xml } = render(shape)
      const clock = manualClock('2026-01-01T00:00:00Z')
      const storage = memoryStorage({ now: () => clock.now() })
      const chooser = createChooser(choices.slice(0, 60))
      const engine = await createEngine({ storage, clock, durability, history: 'full', defaultHandler: choosingHandler(chooser) })
      await engine.deploy(xml)
      const { id } = await engine.start('random-process', { variables: VARIABLES })
      const status = await drive(engine, id, [], chooser, async () => {
        const stored = await readStored(storage, id)
        const problems = [...historyProblems(stored), ...rowProblems(stored)]
        if (problems.length > 0) throw new Error(`${problems.join('\n')}\n${xml}`)
      })
      expect(status).toMatch(/completed|terminated/)
      expect((await readStored(storage, id)).rows).toEqual([])
      await engine.close()
    }),
    parameters(),
  )
})
