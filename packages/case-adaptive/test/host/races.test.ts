import { type Engine, Refused } from '@leeway/engine'
import type { Storage } from '@leeway/storage'
import { postgresStorage } from '@leeway/storage/postgres'
import { sqliteStorage } from '@leeway/storage/sqlite'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { testDatabase } from '../../../../scripts/test-database.ts'
import {
  AB,
  at,
  boundary,
  caseOf,
  caught,
  type Desk,
  leaveAt,
  message,
  model,
  newFile,
  openDesk,
  positions,
  STORAGES,
  user,
} from '../desk.ts'

const ROUNDS = 25

const { url } = await testDatabase()
let schemas = 0

/** Where the two sides of a race work: at one engine, or each at an engine of its own over one database. */
const PLACES: readonly { readonly name: string; readonly make: () => Promise<{ left: Desk; right: Desk; end: () => Promise<void> }> }[] = [
  {
    name: 'one engine',
    make: async () => {
      const made = await STORAGES[0]!.make()
      const desk = await openDesk(made.storage)
      const end = async (): Promise<void> => {
        await desk.close()
        await made.end()
      }
      return { left: desk, right: desk, end }
    },
  },
  {
    name: 'two engines over one SQLite file',
    make: async () => {
      const file = await newFile()
      const storages: Storage[] = [sqliteStorage({ file: file.path }), sqliteStorage({ file: file.path })]
      const left = await openDesk(storages[0]!)
      const right = await openDesk(storages[1]!)
      return {
        left,
        right,
        end: async () => {
          for (const desk of [left, right]) await desk.close()
          for (const storage of storages) await storage.close()
          await file.remove()
        },
      }
    },
  },
  ...(url === null
    ? []
    : [
        {
          name: 'two engines over one PostgreSQL',
          make: async () => {
            const schema = `races_${schemas++}`
            const open = (): Storage => postgresStorage({ url, schema, connectionsMax: 3 })
            const storages = [open(), open()]
            const left = await openDesk(storages[0]!)
            const right = await openDesk(storages[1]!)
            return {
              left,
              right,
              end: async () => {
                for (const desk of [left, right]) await desk.close()
                for (const storage of storages) await storage.close()
              },
            }
          },
        },
      ]),
]

describe.each(PLACES)('races at $name', ({ make }) => {
  let left: Desk
  let right: Desk
  let end: () => Promise<void>

  beforeEach(async () => {
    ;({ left, right, end } = await make())
  })
  afterEach(() => end())

  /** Both at once; which is given first alternates. Tells how each ended: `ok`, or the code of its refusal. */
  const race = async (round: number, a: () => Promise<unknown>, b: () => Promise<unknown>): Promise<[string, string]> => {
    const [first, second] = round % 2 === 0 ? [a, b] : [b, a]
    const ends = await Promise.all([first(), second()].map(ending))
    return (round % 2 === 0 ? ends : ends.reverse()) as [string, string]
  }
  const ending = (call: Promise<unknown>): Promise<string> =>
    call.then(
      () => 'ok',
      (error: unknown) => {
        if (error instanceof Refused) return error.code
        throw error
      },
    )
  const started = async (engine: Engine): Promise<string> => (await engine.start('p')).id

  test('S43, K4: leaving and completing one step end in one of two ways', async () => {
    await left.engine.deploy(AB)
    for (let round = 0; round < ROUNDS; round++) {
      const id = await started(left.engine)
      const task = await at(right.engine, id, 'A')
      const ends = await race(
        round,
        () => left.cases.leave({ instanceId: id, elementInstanceId: task, reason: 'x', actor: 'kim' }),
        () => right.engine.tasks.complete(task, { variables: { done: true } }),
      )
      expect([
        ['ok', 'OnHold'],
        ['AnchorMoved', 'ok'],
      ]).toContainEqual(ends)
      expect(await positions(left.engine, id)).toEqual(ends[0] === 'ok' ? ['A:held'] : ['B:waiting'])
      expect(await left.cases.find({ instanceId: id })).toHaveLength(ends[0] === 'ok' ? 1 : 0)
    }
  })

  test('S42, K1: of two who leave at one step one is away, and the other is told', async () => {
    await left.engine.deploy(AB)
    for (let round = 0; round < ROUNDS; round++) {
      const id = await started(left.engine)
      const ends = await race(
        round,
        () => leaveAt(left, id, 'A', { actor: 'kim' }),
        () => leaveAt(right, id, 'A', { actor: 'ann' }),
      )
      expect([...ends].sort()).toEqual(['AlreadyAway', 'ok'])
      const [found] = await right.cases.find({ instanceId: id })
      const view = await caseOf(left, found!.id)
      expect(view.deviations.map(({ actor }) => actor)).toEqual([ends[0] === 'ok' ? 'kim' : 'ann'])
    }
  })

  test('K7: of two returns one comes back, and the other is told', async () => {
    await left.engine.deploy(AB)
    for (let round = 0; round < ROUNDS; round++) {
      const id = await started(left.engine)
      const away = await leaveAt(left, id, 'A')
      const ends = await race(
        round,
        () => left.cases.return(away.id, { to: 'resume', actor: 'kim' }),
        () => right.cases.return(away.id, { to: 'resume', actor: 'ann' }),
      )
      expect([...ends].sort()).toEqual(['AlreadyReturned', 'ok'])
      expect(await positions(right.engine, id)).toEqual(['A:waiting'])
    }
  })

  test('K8: a return and a new required item take each other into account', async () => {
    await left.engine.deploy(AB)
    for (let round = 0; round < ROUNDS; round++) {
      const id = await started(left.engine)
      const away = await leaveAt(left, id, 'A')
      const ends = await race(
        round,
        () => left.cases.return(away.id, { to: 'resume', actor: 'kim' }),
        () => right.cases.addItem(away.id, { kind: 'human', name: 'must', required: true, actor: 'ann' }),
      )
      expect([
        ['ok', 'AlreadyReturned'],
        ['RequiredOpen', 'ok'],
      ]).toContainEqual(ends)
    }
  })

  test('K5: a message is applied once, whether it comes before or after the leave', async () => {
    await left.engine.deploy(model(caught('W', message()) + user('B'), 'S>W W>B B>E'))
    for (let round = 0; round < ROUNDS; round++) {
      const id = await started(left.engine)
      await left.engine.drain()
      const token = await at(right.engine, id, 'W')
      let away: { id: string } | null = null
      const ends = await race(
        round,
        async () => {
          away = await left.cases.leave({ instanceId: id, elementInstanceId: token, reason: 'x', actor: 'kim' })
        },
        () => right.engine.messages.publish({ name: 'paid', instanceId: id, variables: { round } }),
      )
      expect(['ok', 'AnchorMoved']).toContain(ends[0])
      expect(ends[1]).toBe('ok')
      if (away !== null) {
        expect(await positions(left.engine, id)).toEqual(['W:held'])
        await right.cases.return((away as { id: string }).id, { to: 'resume', actor: 'kim' })
      }
      expect(await positions(left.engine, id)).toEqual(['B:waiting'])
      expect(await left.engine.instances.variables(id)).toEqual({ round })
    }
  })

  test('K9: a return and what preempts it end in one of two ways', async () => {
    await left.engine.deploy(model(user('A') + user('C') + boundary('cancel', 'A', message('cancelled')), 'S>A A>E cancel>C C>E'))
    for (let round = 0; round < ROUNDS; round++) {
      const id = await started(left.engine)
      await left.engine.drain()
      const away = await leaveAt(left, id, 'A')
      const ends = await race(
        round,
        () => left.cases.return(away.id, { to: 'resume', actor: 'kim' }),
        () => right.engine.messages.publish({ name: 'cancelled', instanceId: id }),
      )
      expect(['ok', 'AnchorGone']).toContain(ends[0])
      expect(await positions(right.engine, id)).toEqual(['C:waiting'])
      const [deviation] = (await caseOf(right, away.caseId)).deviations
      expect(deviation!.state).toBe(ends[0] === 'ok' ? 'returned' : 'preempted')
    }
  })
})
