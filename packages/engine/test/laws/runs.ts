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

const COMPILED_MAX = 2_000
const compiled = new Map<string, Promise<Compiled>>()

function compileOnce(shape: ModelShape): Promise<Compiled> {
  const key = JSON.stringify(shape)
  const known = compiled.get(key)
  if (known) return known
  const made = compile(shape)
  if (compiled.size < COMPILED_MAX) compiled.set(key, made)
  return made
}

/** A model and what is done with it. */
export function walks(): fc.Arbitrary<readonly [ModelShape, readonly number[]]> {
  return fc.tuple(modelShapes(), fc.array(fc.nat({ max: 9_999 }), { maxLength: 120, size: 'max' }))
}

/** Tries a law on random walks over random models; fails with the model and the commands that break it. */
export async function assertLaw(law: Law, kernel: Kernel = realKernel, extras?: Partial<Extras>): Promise<void> {
  await fc.assert(
    fc.asyncProperty(walks(), async ([shape, choices]) => {
      const model = await compileOnce(shape)
      const trace = walk(kernel, model.definition, choices, extras)
      const problems = law(trace, kernel, model)
      if (problems.length > 0) throw new Error(`${problems.join('\n')}\n\n${tell(trace)}\n\n${model.xml}`)
    }),
    parameters(),
  )
}

/** The first problem that a law finds on random walks of a faulty kernel, or null: then the law does not bite. */
export async function firstProblem(law: Law, kernel: Kernel, extras?: Partial<Extras>): Promise<string | null> {
  for (const [shape, choices] of fc.sample(walks(), { numRuns: Math.min(LAW_RUNS, 500), seed: LAW_SEED })) {
    const model = await compileOnce(shape)
    const [problem] = problemsOf(law, kernel, model, choices, extras)
    if (problem !== undefined) return problem
  }
  return null
}

/** A faulty kernel may come to a state in which it cannot go on at all; that counts as no finding of the law. */
function problemsOf(law: Law, kernel: Kernel, model: Compiled, choices: readonly number[], extras?: Partial<Extras>): readonly string[] {
  try {
    return law(walk(kernel, model.definition, choices, extras), kernel, model)
  } catch {
    return []
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
