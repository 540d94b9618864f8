import type { InstanceState } from '../../src/kernel/state.ts'
import { tokensOf } from './placed.ts'
import type { Law } from './trace-laws.ts'

/** What leads to one member of a variable leaves its other members as they are, and the input that it is made of within its element. */
export const dataKeepsToItsPlace: Law = ({ moves }) =>
  moves.flatMap(({ after }, k) =>
    [...after.scopes.values()].flatMap(({ id, variables }) => [
      ...(Object.hasOwn(variables, 'record') && ownOf(variables.record) !== 1 ? [`after move ${k} record of ${id} lost a member`] : []),
      ...(Object.hasOwn(variables, 'seen') && !id.includes('.') ? [`after move ${k} a data input is seen in ${id}`] : []),
    ]),
  )

/** A variable that is to have a task's id (`taskIdVariableName`) has that of a task. */
export const tasksTellTheirIds: Law = ({ moves }) => {
  const ids = new Set<unknown>()
  return moves.flatMap(({ events, after }, k) => {
    for (const event of events) if (event.type === 'elementWaits' && event.task !== undefined) ids.add(`${event.scopeId}.${event.n}`)
    return [...after.scopes.values()].flatMap(({ id, variables }) =>
      Object.hasOwn(variables, 'theTask') && !ids.has(variables.theTask) ? [`after move ${k} theTask of ${id} is the id of no task`] : [],
    )
  })
}

/** No two calls have the same instance, be they at once or one after the other. */
export const callsHaveTheirOwnInstances: Law = ({ moves }) => {
  const owners = new Map<string, string>()
  return moves.flatMap(({ after }) =>
    calledIn(after).flatMap(([called, token]) => {
      const owner = owners.get(called) ?? token
      owners.set(called, owner)
      return owner === token ? [] : [`${called} is called by ${owner} and ${token}`]
    }),
  )
}

/**
 * What is thrown without naming a message is the message of the flow that leads to the other pool; `news` is what the model itself waits
 * for. BPMN 2.0.2 §9.3
 */
export const flowsNameTheirMessages: Law = ({ moves }) =>
  moves.flatMap(({ events }) =>
    events.flatMap((event) =>
      event.type === 'messageThrown' && event.name !== 'told' && event.name !== 'news'
        ? [`${event.elementId} sent "${event.name}", which no flow names`]
        : [],
    ),
  )

function ownOf(record: unknown): unknown {
  return typeof record === 'object' && record !== null && 'own' in record ? record.own : undefined
}

function calledIn(state: InstanceState): readonly (readonly [string, string])[] {
  return tokensOf(state).flatMap(({ scopeId, n, token }) =>
    (token.waits ?? []).flatMap((wait) => (wait.type === 'call' ? [[wait.instanceId, `${scopeId}.${n}`] as const] : [])),
  )
}
