import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { sqliteStorage } from '@leeway/storage/sqlite'
import { afterAll, expect, test } from 'vitest'
import { contendingProcess } from '../../../../scripts/contending-process.ts'
import { openDesk } from '../desk.ts'
import { outcomesInOrder } from './orders.ts'
import { deployScene, pictureOf, ROWS, type Scene, setScene } from './scene.ts'

/** What the two processes do at once, each pair this often. The soak sets CONTESTS. */
const TIMES = Math.ceil(Number(process.env.CONTESTS ?? 40) / 20)
const PAIRS: readonly (readonly [string, string])[] = [
  ['handOver', 'resume'],
  ['handOver', 'stayOff'],
  ['endScope', 'complete D'],
  ['stayOff', 'undo of a return'],
  ['undo of a return', 'complete D'],
  ['partial undo', 'skip'],
  ['undo of a return', 'withdraw'],
  ['withdraw', 'complete D'],
  ['cascade', 'takeOver of it all'],
  ['cascade', 'endScope'],
  ['takeOver of it all', 'complete U'],
  ['takeOver of a scope', 'takeOver of it all'],
  ['leaveMany', 'stayOff'],
  ['leaveMany', 'defer'],
  ['defer', 'endBranch'],
  ['handOver', 'new item'],
  ...ROWS.map(([, one, other]) => [one, other] as const),
]

const FAR_HOURS = 24 * 365

const folder = mkdtempSync(join(tmpdir(), 'leeway-races-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

test('two processes on one SQLite file that give their commands at once end as in one order or the other', {
  timeout: 120_000,
}, async () => {
  const file = join(folder, 'races.db')
  const desk = await openDesk(sqliteStorage({ file, busyMs: 60_000 }))
  await deployScene(desk)
  // Who lets a timer come lets all come that are due by then: that of any other scene is not.
  const sceneFor = (a: string, b: string, k: number): Promise<Scene> => setScene(desk, a === 'timer' || b === 'timer' ? k + 1 : FAR_HOURS)
  const races: { names: readonly [string, string]; scene: Scene }[] = []
  for (let time = 0; time < TIMES; time++)
    for (const [a, b] of PAIRS) races.push({ names: time % 2 === 0 ? [a, b] : [b, a], scene: await sceneFor(a, b, races.length) })
  const list = join(folder, 'races.json')
  writeFileSync(list, JSON.stringify(races))

  const script = new URL('./contender.ts', import.meta.url)
  const children = ['0', '1'].map((side) => contendingProcess<readonly string[]>(script, [file, list, side]))
  await Promise.all(children.map((child) => child.ready))
  for (const child of children) child.go()
  const [left, right] = await Promise.all(children.map((child) => child.ended))
  if (!left || !right) throw new Error('a process said nothing')

  // What a process began whose clock had gone on is due by that clock.
  await desk.engine.advance(`PT${races.length + 1}H`)
  for (const [k, { names, scene }] of races.entries()) {
    const outcome = { ends: [left[k], right[k]], picture: await pictureOf(desk, scene) }
    const orders = await outcomesInOrder(names)
    expect(orders.some((one) => isDeepStrictEqual(one, outcome)) ? null : { names, outcome, orders }).toBeNull()
  }
  await desk.close()
})
