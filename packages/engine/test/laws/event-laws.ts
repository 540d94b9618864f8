import { splitTokenId } from '../../src/kernel/ids.ts'
import type { InstanceState } from '../../src/kernel/state.ts'
import type { Definition } from '../../src/model/definition.ts'
import { tokensOf } from './placed.ts'
import type { Law } from './trace-laws.ts'

/** BPMN 2.0.2 §10.5.5: a condition that has come true has occurred, one that stays armed is known to be true or not. */
export const conditionsAreJudged: Law = ({ definition, moves }) =>
  moves.flatMap(({ after }) => {
    if (after.scopes.values().next().value?.instance?.status !== 'active') return []
    return tokensOf(after).flatMap(({ scopeId, n, token }) =>
      (token.waits ?? []).flatMap((wait) => {
        if (wait.type !== 'condition' || wait.away !== undefined || wait.came !== undefined) return []
        if (hearsChanges(definition, wait.for, wait.definition ?? 0)) return []
        const isTrue = judged(definition, wait.for, wait.definition ?? 0, visibleX(after, scopeId, n))
        return isTrue === wait.holds ? [] : [`the condition of ${wait.for} at ${scopeId}.${n} is ${isTrue} and is not known to be`]
      }),
    )
  })

/** A timer that is put at another time is due then, and nothing else of its token changes. */
export const rescheduledTimersAreDueThen: Law = ({ moves }) =>
  moves.flatMap(({ command, before, after, rejected }) => {
    if (command.type !== 'rescheduleTimer' || rejected !== null) return []
    const { scopeId, n } = command
    const [was, is] = [before, after].map((state) => state.scopes.get(scopeId)?.tokens[n]?.waits ?? [])
    return (is ?? []).flatMap((wait, k) => {
      const isMeant = wait.type === 'timer' && wait.for === command.for && (wait.definition ?? 0) === command.definition
      const isRight = isMeant ? wait.dueAt === command.dueAt : JSON.stringify(wait) === JSON.stringify(was?.[k])
      return isRight ? [] : [`${scopeId}.${n} waits for ${JSON.stringify(wait)} after its timer was put at ${command.dueAt}`]
    })
  })

/** BPMN 2.0.2 §10.5.5: of a parallel multiple event each definition has come, in any order, when it occurs. */
export const allMeansAll: Law = ({ definition, moves }) => {
  const problems: string[] = []
  const came = new Map<string, Set<number>>()
  for (const event of moves.flatMap((move) => move.events)) {
    if (event.type !== 'eventCame' && event.type !== 'waitTriggered') continue
    const node = definition.nodes.get(event.for)
    if (!node || !('parallelMultiple' in node) || !node.parallelMultiple) continue
    const key = `${event.scopeId}.${event.n}:${event.for}`
    const known = came.get(key) ?? new Set<number>()
    came.set(key, known)
    if (event.type === 'eventCame') known.add(event.definition)
    else if (event.definition === undefined || event.definition === 0) {
      if (event.kind !== 'trigger' && known.size < node.eventDefinitions.length - 1)
        problems.push(`${key} occurred after ${known.size + 1} of ${node.eventDefinitions.length} events`)
      known.clear()
    }
  }
  return problems
}

/** A listener of a variable occurs when that changes, and never otherwise. */
export const changesAreHeard: Law = ({ definition, moves }) =>
  moves.flatMap(({ command, events }) => {
    const occurred = events.filter((event) => event.type === 'waitTriggered' && event.kind === 'condition')
    // What came while somebody was off the path, or while it was suspended, occurs when that is over.
    if (command.type === 'release' || command.type === 'releaseProcess') return []
    if (command.type === 'resumeProcess' || command.type === 'triggerElement') return []
    const changed = events.some(
      (event) =>
        ((event.type === 'variablesSet' || event.type === 'pathVariablesSet') && Object.hasOwn(event.values, 'note')) ||
        (event.type === 'localsSet' && Object.hasOwn(event.locals, 'note')),
    )
    return occurred.flatMap((event) =>
      'for' in event && hearsChanges(definition, event.for, 0) && !changed ? [`${event.for} occurred and nothing had changed`] : [],
    )
  })

function hearsChanges(definition: Definition, elementId: string, k: number): boolean {
  const node = definition.nodes.get(elementId)
  const one = node && 'eventDefinitions' in node ? node.eventDefinitions[k] : undefined
  return one?.type === 'conditional' && one.occurs === 'eachChange'
}

/** The conditions of random models compare x. */
function judged(definition: Definition, elementId: string, k: number, x: unknown): boolean {
  const node = definition.nodes.get(elementId)
  const one = node && 'eventDefinitions' in node ? node.eventDefinitions[k] : undefined
  if (one?.type !== 'conditional' || typeof x !== 'number') return false
  return one.condition.source.includes('x < 1') ? x < 1 : x > 6
}

function visibleX(state: InstanceState, scopeId: string, n: number): unknown {
  let token = state.scopes.get(scopeId)?.tokens[n]
  for (let id: string | undefined = scopeId; id !== undefined; ) {
    const scope = state.scopes.get(id)
    const x = token?.locals?.x ?? scope?.variables.x
    if (x !== undefined) return x
    const owner = splitTokenId(id)
    token = owner ? state.scopes.get(owner.scopeId)?.tokens[owner.n] : undefined
    id = owner?.scopeId
  }
  return undefined
}
