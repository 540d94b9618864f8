// One node of the cluster: an engine with handlers on the shared database. It is killed without warning, and another takes its place.
import { createEngine, type Job } from '@leeway/engine'
import { postgresStorage } from '@leeway/storage/postgres'
import pg from 'pg'

const [, , url = ''] = process.argv
const outside = new pg.Pool({ connectionString: url, max: 5 })
outside.on('error', () => {})

/** An effect on the world outside: what is asked twice with one key is done once, and counted as asked again. */
async function effect(job: Job): Promise<{ readonly [name: string]: string }> {
  await outside.query('insert into effects (key, element) values ($1, $2) on conflict (key) do update set asked = effects.asked + 1', [
    job.idempotencyKey,
    job.elementId,
  ])
  // long enough for the kill to hit between the effect and the commit now and then
  await new Promise((resolve) => setTimeout(resolve, 20))
  return { [job.elementId]: job.idempotencyKey }
}

const engine = await createEngine({
  storage: postgresStorage({ url, connectionsMax: 5 }),
  handlers: { charge: effect, pack: effect },
  worker: { leaseMs: 1_500, concurrencyMax: 20 },
})
await engine.run()
process.send?.('ready')
