import { readFile } from 'node:fs/promises'
import { describe, expect, test } from 'vitest'
import { createEngine, type Engine, manualClock } from '../../src/index.ts'
import { CHANGES, type Change } from './migration-changes.ts'
import { chain, user } from './process-model.ts'

const PAGE = new URL('../../../../docs/reference/migration.md', import.meta.url)

test('the page tells of each change, and of no other', async () => {
  const rows = [...(await readFile(PAGE, 'utf8')).matchAll(/^\| (?!change|-)(.*?) \| (?:`(\w+)`|migrated).*\|$/gm)]
  expect(rows.map(([, what, refused]) => [what, refused ?? 'migrated'])).toEqual(
    CHANGES.map(({ what, becomes }) => [what, 'refused' in becomes ? becomes.refused : 'migrated']),
  )
})

describe('an instance in the midst of a change of its model', () => {
  for (const change of CHANGES)
    test(`where ${change.what}: ${'at' in change.becomes ? 'goes on' : 'is refused'}`, () => check(change, false))
  for (const change of CHANGES)
    if ('at' in change.becomes)
      test(`that is suspended, where ${change.what}: goes on from there when it is resumed`, () => check(change, true))
})

async function check({ before, after, map = {}, done, came, becomes, waits }: Change, isSuspended: boolean): Promise<void> {
  const engine = await createEngine({ clock: manualClock('2026-01-01T09:00:00Z') })
  for (const key of ['q', 'r']) await engine.deploy(chain(key, [user(`${key}1`)]))
  await engine.deploy(before)
  const { id } = await engine.start('p')
  if (done !== undefined) await engine.tasks.complete((await engine.tasks.find({ instanceId: id, elementId: done }))[0]?.id ?? '')
  if (came) await engine.messages.publish({ name: 'go' })
  await engine.drain()
  if (isSuspended) await engine.instances.suspend(id)
  const to = (await engine.deploy(after)).processes[0]?.id ?? ''
  const { report } = await engine.instances.migrate({ instances: [id], to, map, dryRun: true })
  const [plan] = report
  const codes = [...(plan?.problems ?? []), ...(plan?.tokens ?? []).flatMap(({ problem }) => problem ?? [])].map(({ code }) => code)
  const was = await stateOf(engine, id)
  const { batchId } = await engine.instances.migrate({ instances: [id], to, map })
  await engine.drain()
  const outcome = (await engine.batches.get(batchId))?.report[0]
  if ('refused' in becomes) {
    expect([...new Set(codes)]).toEqual([becomes.refused])
    expect(outcome).toMatchObject({ outcome: 'failed', code: 'notMigratable' })
    expect(await stateOf(engine, id)).toEqual(was)
  } else {
    expect([plan?.outcome, outcome]).toMatchObject(['possible', { outcome: 'done' }])
    if (isSuspended) await engine.instances.resume(id)
    const now = await stateOf(engine, id)
    expect(now.at).toBe(becomes.at)
    if (waits !== undefined) expect(now.waits).toEqual(waits)
    await engine.instances.cancel(id)
    expect((await stateOf(engine, id)).waits, 'nothing is left behind').toEqual([])
  }
  await engine.close()
}

async function stateOf(
  engine: Engine,
  id: string,
): Promise<{ readonly at: string; readonly waits: readonly string[]; readonly definition: unknown }> {
  const instance = await engine.instances.get(id)
  const jobs = await engine.jobs.find({ instanceId: id, kind: 'timer' })
  const subscriptions = (await engine.explain(id)).flatMap(({ waitsFor }) => waitsFor)
  const names = subscriptions.flatMap((wait) => ('name' in wait && typeof wait.name === 'string' ? [wait.name] : []))
  return {
    at: (instance?.activeElements ?? [])
      .map(({ elementId }) => elementId)
      .sort()
      .join(' '),
    waits: [...jobs.map(({ dueAt }) => dueAt?.slice(0, 16) ?? ''), ...names].sort(),
    definition: instance?.definition,
  }
}
