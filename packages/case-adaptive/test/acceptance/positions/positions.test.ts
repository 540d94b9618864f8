import { expect, test } from 'vitest'
import { eventsAndEnds } from './events-and-ends.ts'
import { checkPosition } from './position.ts'
import { scopesAndRounds } from './scopes-and-rounds.ts'
import { waitingSteps } from './waiting-steps.ts'

const MATRIX = [...waitingSteps, ...scopesAndRounds, ...eventsAndEnds]
const IDS = Array.from({ length: 32 }, (_, k) => `P${String(k + 1).padStart(2, '0')}`)

test('the matrix has each position from P01 to P32 once, each looked at in some way', () => {
  expect(MATRIX.map(({ id }) => id)).toEqual(IDS)
  for (const { modes = {}, also = [] } of MATRIX) expect(Object.keys(modes).length + also.length).toBeGreaterThan(0)
})

test.each(MATRIX.map((position) => [position.id, position.sentence, position] as const))('%s: %s', async (_id, _sentence, position) => {
  await checkPosition(position)
})
