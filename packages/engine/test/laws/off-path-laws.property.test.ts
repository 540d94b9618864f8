import { test } from 'vitest'
import * as offPath from './off-path-laws.ts'
import { assertLaw } from './runs.ts'

test('taking a scope over and giving it back changes nothing but shifted due times', () => assertLaw(offPath.takingOverIsNeutral))

test('taking a whole instance over and giving it back changes nothing but shifted due times', () =>
  assertLaw(offPath.takingItAllOverIsNeutral))

test('a step that was taken back waits for nothing, and begun anew it is another', () => assertLaw(offPath.withdrawnWaitsForNothing))

test('a timer of a held step does what its policy says', () => assertLaw(offPath.timersFollowTheirPolicy))

test('a late result is thrown away or accepted as its policy says', () => assertLaw(offPath.lateResultsFollowTheirPolicy))

test('a return by an event is as if that event had come', () => assertLaw(offPath.anEventNamedIsAnEventThatCame))

test('a breakpoint holds one token, and nothing goes past one', () => assertLaw(offPath.stopsHoldOnce))

test('ending a scope leaves nothing of it', () => assertLaw(offPath.endingAScopeLeavesNothing))
