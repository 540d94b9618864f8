import { expect, test } from 'vitest'
import type { Command } from '../../src/kernel/commands.ts'
import { read } from '../laws/compile.ts'
import { emptyState, environment, kernelIn } from '../laws/kernel.ts'
import { unowned } from '../laws/ownership.ts'
import { tokensOf } from '../laws/placed.ts'
import { INSTANCE, START_AT, startCommand } from '../laws/walk.ts'
import { chain } from '../runtime/process-model.ts'

const BY = 'somebody'
const INSIDE =
  '<bpmn:startEvent id="begins"/><bpmn:sequenceFlow id="f" sourceRef="begins" targetRef="ask"/><bpmn:userTask id="ask"/><bpmn:sequenceFlow id="g" sourceRef="ask" targetRef="ends"/><bpmn:endEvent id="ends"/>'

test.each([1, 2, 3, 4, 5, 6])(
  'a sub-process that is off the path and ends inside at a limit of %i operations has no incident: it goes on at its return',
  async (operationsMax) => {
    const definition = await read(chain('p', [{ id: 'sub', xml: `<bpmn:subProcess id="sub">${INSIDE}</bpmn:subProcess>` }]))
    let state = emptyState
    const send = (command: Command, limit: number): void => {
      const outcome = kernelIn({ ...environment, operationsMax: limit }).step(definition, state, command)
      if ('rejected' in outcome) throw new Error(outcome.rejected.message)
      state = outcome.state
      expect(unowned(definition, state)).toEqual([])
    }
    const own = { now: START_AT, scopeId: INSTANCE, n: 2, by: BY }
    send(startCommand(START_AT), 100)
    const inside = tokensOf(state).find(({ scopeId }) => scopeId !== INSTANCE)
    if (inside === undefined) throw new Error('nothing runs inside')
    const { scopeId, n } = inside
    send({ ...own, type: 'hold', timers: {}, whole: true }, 100)
    send({ type: 'divert', now: START_AT, scopeId, n, by: BY, to: { type: 'skip', values: {} } }, operationsMax)
    for (const stuck of tokensOf(state).filter(({ token }) => token.incident))
      send({ type: 'resolveIncident', now: START_AT, scopeId: stuck.scopeId, n: stuck.n }, operationsMax)
    send({ ...own, type: 'release' }, 100)
    for (const stuck of tokensOf(state).filter(({ token }) => token.incident))
      send({ type: 'resolveIncident', now: START_AT, scopeId: stuck.scopeId, n: stuck.n }, 100)
    expect(state.scopes.get(INSTANCE)?.instance?.status).toBe('completed')
  },
)
