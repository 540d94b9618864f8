import { describe, expect, test } from 'vitest'
import { createMachine } from 'xstate'
import { flatten } from '../../src/lifecycles/flatten.ts'
import { transitionOf } from '../../src/lifecycles/lifecycle.ts'

const chart = {
  id: 'door',
  initial: 'usable',
  states: {
    usable: {
      initial: 'shut',
      on: { remove: 'gone', lock: 'locked' },
      states: { open: { on: { close: 'shut' } }, shut: { on: { open: 'open', lock: '#door.locked.twice' } } },
    },
    locked: { initial: 'once', on: { unlock: 'usable' }, states: { once: { on: { turn: 'twice' } }, twice: {} } },
    gone: { type: 'final' },
  },
} as const

test('a chart with states in states becomes a table of its innermost states', () => {
  const door = flatten<typeof chart>(createMachine(chart))
  expect(door.initial).toBe('shut')
  expect(door.states).toEqual(['open', 'shut', 'once', 'twice', 'gone'])
  expect([...door.events].sort()).toEqual(['close', 'lock', 'open', 'remove', 'turn', 'unlock'])
  expect([...door.final]).toEqual(['gone'])
  const next: 'open' | 'shut' | 'once' | 'twice' | 'gone' = transitionOf(door, 'open', 'lock')
  expect(next).toBe('once')
  expect(transitionOf(door, 'shut', 'lock')).toBe('twice')
  expect(transitionOf(door, 'twice', 'unlock')).toBe('shut')
  expect(transitionOf(door, 'open', 'remove')).toBe('gone')
})

describe('a chart that a table cannot hold is refused:', () => {
  test.each([
    ['guards', { on: { go: { target: 'b', guard: () => true } } }, /more than one way/],
    ['actions', { on: { go: { target: 'b', actions: () => {} } } }, /more than one way/],
    ['choices', { on: { go: [{ target: 'b', guard: () => true }, { target: 'a' }] } }, /more than one way/],
    ['no target', { on: { go: {} } }, /more than one way/],
    ['any event', { on: { '*': 'b' } }, /named events only/],
    ['time', { after: { 1000: 'b' } }, /more than take events/],
    ['no event', { always: 'b' }, /more than take events/],
    ['entry actions', { entry: () => {} }, /more than take events/],
    ['parallel states', { type: 'parallel', states: { c: {}, d: {} } }, /more than take events/],
    ['one name twice', { initial: 'b', states: { b: {} } }, /two states called b/],
    ['the end of inner states', { initial: 'c', onDone: 'b', states: { c: { type: 'final' } } }, /final inside another/],
  ])('%s', (_, state, message) => {
    // Sound: the machine reads the object; only its type is too wide for XState's literal types.
    const machine = createMachine({ id: 'x', initial: 'a', states: { a: state, b: {} } } as never)
    expect(() => flatten(machine)).toThrow(message)
  })
})
