import fc from 'fast-check'
import { expect, test } from 'vitest'
import { LAW_SEED } from './runs.ts'

const numbers = fc.array(fc.nat(), { minLength: 3, maxLength: 20, size: 'max' })

/** What a property is tried with. */
function tried(parameters?: fc.Parameters<[number[]]>): number[][] {
  const seen: number[][] = []
  fc.assert(
    fc.property(numbers, (drawn) => void seen.push(drawn)),
    parameters,
  )
  return seen
}

/** What a property that does not hold is said to fail with. */
function found(): fc.RunDetails<[number[]]> {
  return fc.check(fc.property(numbers, (drawn) => drawn.length < 5))
}

test('a property that names no seed is tried with the same values each time', () => {
  expect(tried()).toEqual(tried({ seed: LAW_SEED }))
  expect(fc.sample(numbers)).toEqual(fc.sample(numbers, { seed: LAW_SEED }))
  expect(found()).toMatchObject({ failed: true, seed: LAW_SEED })
})

test('what is sampled is what a property is tried with', () => {
  expect(tried({ numRuns: 50 })).toEqual(fc.sample(numbers, 50))
})

test('a property that names a seed keeps it', () => {
  expect(tried({ seed: LAW_SEED + 1 })).not.toEqual(tried())
  expect(fc.sample(numbers, { seed: LAW_SEED + 1 })).not.toEqual(fc.sample(numbers))
})
