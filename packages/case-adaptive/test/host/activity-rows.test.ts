import { createEngine } from '@leeway/engine'
import { sqliteStorage } from '@leeway/storage/sqlite'
import Database from 'better-sqlite3'
import { expect, test } from 'vitest'
import { type Cases, createCases } from '../../src/index.ts'
import { AB, at } from '../desk.ts'

type Return = Parameters<Cases['return']>[1]['to']

const ends: readonly (readonly ['detour' | 'withdraw', Return, string | null])[] = [
  ['detour', 'resume', null],
  ['detour', 'skip', 'skipped'],
  ['detour', 'redo', 'withdrawn'],
  ['detour', { jump: 'B' }, 'withdrawn'],
  ['detour', 'endScope', 'terminated'],
  ['withdraw', 'skip', 'skipped'],
  ['withdraw', { jump: 'B' }, 'withdrawn'],
  ['withdraw', 'redo', 'withdrawn'],
]

test.each(ends)(
  'a step that was left (%s) and come back from (%j) is told from others in the rows for reports',
  async (mode, to, outcome) => {
    const database = new Database(':memory:')
    const engine = await createEngine({ storage: sqliteStorage({ database }), history: { level: { rows: true } } })
    const cases = (await createCases(engine)).as({ actor: 'kim' })
    await engine.deploy(AB)
    const { id: instanceId } = await engine.start('p')
    const elementInstanceId = await at(engine, instanceId, 'A')
    const away = await cases.leave({ instanceId, elementInstanceId, mode, reason: 'lost' })
    await cases.return(away.id, { to, reason: 'found', confirmNotIdempotent: true })
    const row = database.prepare('select outcome, ended_at from leeway_activities where id = ?').get(elementInstanceId)
    expect(row).toEqual({ outcome, ended_at: outcome === null ? null : expect.any(Number) })
    await engine.close()
    database.close()
  },
)
