import fc from 'fast-check'
import { LAW_SEED } from '../../../../scripts/seed-for-tests.ts'
import { type Compiled, compile } from './compile.ts'
import { modelShapes } from './generator.ts'
import { type Kernel, realKernel } from './kernel.ts'
import type { ModelShape } from './model-shape.ts'
import type { Extras } from './moves.ts'
import type { Law } from './trace-laws.ts'
import { type Trace, walk } from './walk.ts'

/** How often each law is tried. `pnpm soak` sets LAW_RUNS. */
export const LAW_RUNS: number = Number(process.env.LAW_RUNS ?? 1_000)
/** All laws of one run see the same models, so that each is imported once. */
export { LAW_SEED }

/** Settings of a property. */
export function parameters(): { readonly numRuns: number; readonly seed: number } {
  return { numRuns: LAW_RUNS, seed: LAW_SEED }
}

/** A model and what is done with it. */
export function walks(): fc.Arbitrary<readonly [ModelShape, readonly number[]]> {
  return fc.tuple(modelShapes(), fc.array(fc.nat({ max: 9_999 }), { maxLength: 120, size: 'max' }))
}

/**
 * Draws `runs` times, and on until `isCovered`: what is seldom drawn may not come in few runs. Ends without it after as many draws as it
 * comes in, if it can come at all. Without `runs` it draws until then alone.
 */
export function* draws<T>(arbitrary: fc.Arbitrary<T>, isCovered: () => boolean, runs = 0): Generator<T> {
  const drawnAtOnce = [...(runs > 0 ? [runs] : []), ...Array.from({ length: COVERED_WITHIN / FURTHER }, () => FURTHER)]
  for (const [k, numRuns] of drawnAtOnce.entries())
    for (const drawn of fc.sample(arbitrary, { numRuns, seed: LAW_SEED + k })) {
      if ((k > 0 || runs === 0) && isCovered()) return
      yield drawn
    }
}

const COVERED_WITHIN = 1_000
const FURTHER = 50

/**
 * Tries a law on random walks over random models; fails with the model and the commands that break it. All laws look at the same
 * walks, so these are drawn, imported and walked once; where one is broken, it is drawn again to find the smallest that breaks it.
 */
export async function assertLaw(law: Law, kernel: Kernel = realKernel, extras?: Partial<Extras>): Promise<void> {
  const problemsOf = async (drawn: Drawn): Promise<string | null> => {
    const model = await drawn.compiled()
    const trace = await drawn.walked(kernel, extras)
    const problems = law(trace, kernel, model)
    return problems.length > 0 ? `${problems.join('\n')}\n\n${tell(trace)}\n\n${model.xml}` : null
  }
  for (const drawn of drawnWalks().slice(0, LAW_RUNS)) {
    const problem = await problemsOf(drawn).catch(String)
    if (problem === null) continue
    await fc.assert(
      fc.asyncProperty(walks(), async (smaller) => {
        const found = await problemsOf(drawnWalk(smaller))
        if (found !== null) throw new Error(found)
      }),
      parameters(),
    )
    throw new Error(problem)
  }
}

/** The first problem that a law finds on random walks of a faulty kernel, or null: then the law does not bite. */
export async function firstProblem(law: Law, kernel: Kernel, extras?: Partial<Extras>): Promise<string | null> {
  for (const drawn of drawnWalks().slice(0, BITES_MAX)) {
    const model = await drawn.compiled()
    // A faulty kernel may come to a state in which it cannot go on at all; that counts as no finding of the law.
    const trace = await drawn.walked(kernel, extras).catch(() => null)
    const [problem] = trace === null ? [] : problemsOn(trace, law, kernel, model)
    if (problem !== undefined) return problem
  }
  return null
}

/** A fault may be seldom met: so many are drawn where laws are tried on fewer, too. */
const BITES_MAX = 1_000

function problemsOn(trace: Trace, law: Law, kernel: Kernel, model: Compiled): readonly string[] {
  try {
    return law(trace, kernel, model)
  } catch {
    return []
  }
}

/** A model and the choices on it, imported and walked when that is first asked for. */
interface Drawn {
  readonly compiled: () => Promise<Compiled>
  readonly walked: (kernel: Kernel, extras?: Partial<Extras>) => Promise<Trace>
}

let allDrawn: readonly Drawn[] | null = null

function drawnWalks(): readonly Drawn[] {
  allDrawn ??= fc.sample(walks(), { ...parameters(), numRuns: Math.max(LAW_RUNS, BITES_MAX) }).map(drawnWalk)
  return allDrawn
}

function drawnWalk([shape, choices]: readonly [ModelShape, readonly number[]]): Drawn {
  let model: Promise<Compiled> | null = null
  const traces = new Map<string, Trace>()
  const compiled = (): Promise<Compiled> => {
    model ??= compile(shape)
    return model
  }
  return {
    compiled,
    async walked(kernel, extras = {}) {
      const { definition } = await compiled()
      if (kernel !== realKernel) return walk(kernel, definition, choices, extras)
      const key = JSON.stringify(extras)
      const trace = traces.get(key) ?? walk(kernel, definition, choices, extras)
      traces.set(key, trace)
      return trace
    },
  }
}

/** The commands of a walk, one a line. */
export function tell(trace: Trace): string {
  return trace.moves
    .map(
      ({ command, rejected }, k) =>
        `${k} ${JSON.stringify({ ...command, target: undefined })}${rejected ? ` rejected: ${rejected.code}` : ''}`,
    )
    .join('\n')
}
