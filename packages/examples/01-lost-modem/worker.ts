// A worker: a process of its own that opens the same file and does whatever work is due there.
// Arguments: the folder of the demo, and 'stuck' for one that never gets past the supplier's answer.
import { join } from 'node:path'
import { createEngine } from '@leeway/engine'
import { sqliteStorage } from '@leeway/storage/sqlite'
import { orderHandlers, outsideWorld } from './outside-world.ts'

const [folder = '.', mode] = process.argv.slice(2)

const storage = sqliteStorage({ file: join(folder, 'orders.db') })
const engine = await createEngine({
  storage,
  handlers: orderHandlers(outsideWorld(folder), async (call) => {
    process.send?.(call)
    if (mode === 'stuck') await new Promise(() => undefined)
  }),
  // A claim ends this long after its worker was last heard of. The default is 30 s; the demo is in a hurry.
  worker: { leaseMs: 800, pollMs: 25 },
})

// The channel to the parent keeps this process alive, and its end is the sign to stop: no worker outlives the demo.
process.once('disconnect', async () => {
  if (mode === 'stuck') process.exit(1) // its handler would never end
  await engine.close()
  await storage.close()
})
await engine.run()
