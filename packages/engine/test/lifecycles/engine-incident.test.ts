import { describe, expect, test } from 'vitest'
import { createEngine, type Engine, NoRetry } from '../../src/index.ts'
import { incidentLifecycle, incidentMachine } from '../../src/lifecycles/incident.ts'
import { chain, service, user } from '../runtime/process-model.ts'
import { type Drive, followPaths, tryEverything, walkAtRandom } from './driven-chart.ts'

/** The incident of work that its handler gave up once; the next attempt waits for a person. */
interface Subject {
  readonly engine: Engine
  readonly instanceId: string
  readonly incidentId: string
}

const drive: Drive<Subject> = {
  lifecycle: incidentLifecycle,
  machine: incidentMachine,
  calls: {
    resolve: (s) => s.engine.incidents.resolve(s.incidentId),
    cancel: (s) => s.engine.instances.cancel(s.instanceId),
  },
  async begin() {
    const engine = await createEngine({
      handlers: {
        work() {
          throw new NoRetry('no such customer')
        },
      },
    })
    await engine.deploy(chain('p', [service('a', 'work'), user('next')]))
    const { id } = await engine.start('p')
    await engine.drain()
    const [incident] = await engine.incidents.find({ instanceId: id })
    if (incident === undefined) throw new Error('no incident')
    return { engine, instanceId: id, incidentId: incident.id }
  },
  async stateOf({ engine, instanceId, incidentId }) {
    if ((await engine.incidents.find()).some((incident) => incident.id === incidentId)) return 'open'
    return (await engine.history(instanceId)).some((entry) => entry.type === 'incidentResolved') ? 'resolved' : 'cancelled'
  },
  seen: async ({ engine, instanceId }) => [
    await engine.instances.get(instanceId),
    await engine.incidents.find(),
    await engine.history(instanceId),
    await engine.jobs.find(),
  ],
  // Cancelling an instance whose incident is resolved is a matter of the instance, not of the incident.
  applies: (_subject, state, event) => state !== 'resolved' || event !== 'cancel',
}

describe('an incident of the engine', () => {
  test('is caused to take every event of the chart', () => {
    expect(new Set(Object.keys(drive.calls))).toEqual(new Set(incidentLifecycle.events))
  })

  test('goes along every path of the chart', async () => expect(await followPaths(drive)).toBe(2))

  test('takes in each state what the chart takes, and refuses all else with a typed error that changes nothing', async () => {
    expect(await tryEverything(drive)).toEqual(new Set(incidentLifecycle.states))
  })

  test('follows the chart on random ways', () => walkAtRandom(drive, 10))
})
