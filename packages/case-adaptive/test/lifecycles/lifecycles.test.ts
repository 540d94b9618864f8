import type { Lifecycle } from '@leeway/engine/extension'
import { expect, test } from 'vitest'
import { getShortestPaths } from 'xstate/graph'
import { caseLifecycle, caseMachine } from '../../src/lifecycles/case.ts'
import { commitmentLifecycle, commitmentMachine } from '../../src/lifecycles/commitment.ts'
import { contactLifecycle, contactMachine } from '../../src/lifecycles/contact.ts'
import { deviationLifecycle, deviationMachine } from '../../src/lifecycles/deviation.ts'
import { factLifecycle, factMachine } from '../../src/lifecycles/fact.ts'
import { planItemLifecycle, planItemMachine } from '../../src/lifecycles/plan-item.ts'
import { proposalLifecycle, proposalMachine } from '../../src/lifecycles/proposal.ts'
import { serviceClockLifecycle, serviceClockMachine } from '../../src/lifecycles/service-clock.ts'

/** The transitions as `from > to`, without the names of events. */
function arrows({ table }: Lifecycle): string[] {
  const found = new Set<string>()
  for (const [from, exits] of Object.entries(table)) for (const to of Object.values(exits)) found.add(`${from} > ${to}`)
  return [...found].sort()
}

test.each([
  ['case', caseMachine, caseLifecycle],
  ['plan item', planItemMachine, planItemLifecycle],
  ['deviation', deviationMachine, deviationLifecycle],
  ['service clock', serviceClockMachine, serviceClockLifecycle],
  ['fact', factMachine, factLifecycle],
  ['commitment', commitmentMachine, commitmentLifecycle],
  ['contact', contactMachine, contactLifecycle],
  ['proposal', proposalMachine, proposalLifecycle],
])('the table of the %s takes the paths of its chart', (_, machine, lifecycle: Lifecycle) => {
  const paths = getShortestPaths(machine)
  expect(paths.length).toBeGreaterThan(2)
  for (const path of paths) {
    let state = lifecycle.initial
    for (const { event, state: reached } of path.steps) {
      if (event.type === 'xstate.init') continue
      state = lifecycle.table[state]?.[event.type] as string
      expect(state).toBe(reached.value)
    }
  }
})

test('a case moves as the vocabulary draws it', () => {
  expect(arrows(caseLifecycle)).toEqual(
    [
      'new > open',
      'new > rejected',
      'open > pending',
      'pending > open',
      'open > suspended',
      'suspended > open',
      'open > resolved',
      'resolved > open',
      'resolved > closed',
      'open > cancelled',
      'open > failed',
      'failed > open',
      'closed > open',
    ].sort(),
  )
})

test('a deviation moves as the vocabulary draws it', () => {
  expect(arrows(deviationLifecycle)).toEqual(
    [
      'requested > refused',
      'requested > away',
      'requested > lapsed',
      'away > away',
      'away > returning',
      'returning > away',
      'returning > returned',
      'away > preempted',
      'returning > preempted',
      'away > undone',
      'returned > undone',
      'returned > reviewed',
      'preempted > reviewed',
    ].sort(),
  )
})

test('a plan item that is active ends, stands still or is kept at its case', () => {
  const exits = Object.values(planItemLifecycle.table.active)
  expect([...new Set(exits)].sort()).toEqual(['completed', 'failed', 'rehomed', 'suspended', 'terminated'])
  expect(planItemLifecycle.table.rehomed).toEqual({ resume: 'active' })
  expect(planItemLifecycle.table.completed).toEqual({ compensate: 'compensated', reopen: 'active' })
})

test('a fact holds until it expires, gives way or is taken back, whether anybody has verified it or not', () => {
  const ends = ['expired', 'revoked', 'superseded']
  expect(Object.values(factLifecycle.table.claimed).sort()).toEqual([...ends, 'verified'])
  expect(Object.values(factLifecycle.table.verified).sort()).toEqual([...ends, 'verified'])
})

test('a promise is kept, broken or given back, with or without its day being near', () => {
  expect(Object.values(commitmentLifecycle.table.made).sort()).toEqual(['broken', 'due', 'kept', 'released'])
  expect(Object.values(commitmentLifecycle.table.due).sort()).toEqual(['broken', 'kept', 'released'])
  expect(arrows(contactLifecycle)).toEqual(['connected > wrapped', 'queued > connected'])
})

test('a proposal takes effect only from before those who decide, and what took effect is never merely withdrawn', () => {
  expect(arrows(proposalLifecycle).filter((arrow) => arrow.endsWith('> effective'))).toEqual(['open > effective'])
  expect(Object.values(proposalLifecycle.table.effective).sort()).toEqual(['executed', 'revoked'])
  expect(Object.values(proposalLifecycle.table.executed).sort()).toEqual(['admonished', 'confirmed', 'corrected'])
  expect(Object.values(proposalLifecycle.table.rejected).sort()).toEqual(['draft', 'open', 'withdrawn'])
})
