import { memoryStorage } from '@leeway/storage'
import { openDesk } from '../desk.ts'
import { COMMANDS, deployScene, endingOf, pictureOf, type RacingCommand, setScene } from './scene.ts'

/** How commands ended, in the order in which they are named, and what is left. */
export interface Outcome {
  readonly ends: readonly string[]
  readonly picture: unknown
}

const known = new Map<string, Promise<readonly Outcome[]>>()

/**
 * What comes of commands that are given one after the other, for each order; what one begins elsewhere goes on before the next, or after
 * all of them.
 */
export function outcomesInOrder(names: readonly string[]): Promise<readonly Outcome[]> {
  const key = names.join()
  const made =
    known.get(key) ??
    Promise.all(ordersOf(names.map((_, k) => k)).flatMap((order) => [outcomeOf(names, order, true), outcomeOf(names, order, false)]))
  known.set(key, made)
  return made
}

async function outcomeOf(names: readonly string[], order: readonly number[], goesOn: boolean): Promise<Outcome> {
  const desk = await openDesk(memoryStorage())
  await deployScene(desk)
  const scene = await setScene(desk)
  const ends: string[] = names.map(() => '')
  for (const k of order) {
    ends[k] = await endingOf((COMMANDS[names[k] ?? ''] as RacingCommand)(desk, scene))
    if (goesOn) await desk.engine.drain()
  }
  const picture = await pictureOf(desk, scene)
  await desk.close()
  return { ends, picture }
}

function ordersOf(all: readonly number[]): readonly (readonly number[])[] {
  if (all.length < 2) return [all]
  return all.flatMap((first) => ordersOf(all.filter((one) => one !== first)).map((rest) => [first, ...rest]))
}
