import fc from 'fast-check'
import { compile } from './compile.ts'
import { realKernel } from './kernel.ts'
import { tokensOf } from './placed.ts'
import { walks } from './runs.ts'
import { walk } from './walk.ts'

/** What the generator draws. */
export interface Coverage {
  readonly models: number
  /** In which share of the models each construct occurs, from 0 to 1. */
  readonly shares: ReadonlyMap<string, number>
  /** Share of the walks in which two tokens or more were at work at once, not counting those that only hold a scope open. */
  readonly concurrent: number
}

/** Draws models and walks as the laws do and counts what occurs. */
export async function coverage(models: number, seed: number): Promise<Coverage> {
  const counts = new Map<string, number>()
  let concurrent = 0
  for (const [shape, choices] of fc.sample(walks(), { numRuns: models, seed })) {
    const model = await compile(shape)
    for (const feature of model.features) counts.set(feature, (counts.get(feature) ?? 0) + 1)
    const trace = walk(realKernel, model.definition, choices)
    if (trace.moves.some(({ after }) => tokensOf(after).filter(({ token }) => !token.child).length >= 2)) concurrent += 1
  }
  return { models, shares: new Map([...counts].map(([feature, count]) => [feature, count / models])), concurrent: concurrent / models }
}
