import type { Definition } from '../model/definition.ts'
import type { CallActivity, FlowNode, FlowScope } from '../model/elements.ts'
import { endsScope, takesAll } from './leaving.ts'

/** A process that never ends, for every way through it comes to this call. */
export interface EndlessCall {
  readonly key: string
  readonly call: CallActivity
  /** What the call leads to, for a message. */
  readonly circle: string
  /** The other processes that never end. */
  readonly others: readonly string[]
}

/**
 * Processes that call each other in a circle which no way leads out of: each instance would wait for one that waits for the next.
 * A process may call itself where some way ends without a call; a process that is not among these counts as one that ends.
 */
export function endlessCalls(byKey: ReadonlyMap<string, Definition>): readonly EndlessCall[] {
  const circular = new Map([...byKey].filter(([key]) => calledFrom(byKey, key).has(key)))
  if (circular.size === 0) return []
  const endless = new Set(circular.keys())
  for (let isMoving = true; isMoving; ) {
    isMoving = false
    for (const key of endless) {
      const definition = circular.get(key)
      if (definition === undefined || !canEnd(definition.root, endless)) continue
      endless.delete(key)
      isMoving = true
    }
  }
  return [...endless].flatMap((key): readonly EndlessCall[] => {
    const definition = circular.get(key)
    const call = definition && callsIn(definition).find((one) => endless.has(calledKey(one) ?? ''))
    // Where no way ends without any call either, another finding says so.
    if (definition === undefined || call === undefined || !canEnd(definition.root, NONE)) return []
    const circle = calledKey(call) === key ? 'itself' : `"${calledKey(call)}", which leads back to it`
    return [{ key, call, circle, others: [...endless].filter((other) => other !== key) }]
  })
}

const NONE: ReadonlySet<string> = new Set()

function calledFrom(byKey: ReadonlyMap<string, Definition>, from: string): ReadonlySet<string> {
  const found = new Set<string>()
  const open = [from]
  for (let key = open.pop(); key !== undefined; key = open.pop()) {
    const process = byKey.get(key)
    for (const call of process === undefined ? [] : callsIn(process)) {
      const called = calledKey(call)
      if (called === null || found.has(called)) continue
      found.add(called)
      open.push(called)
    }
  }
  return found
}

/** The call activities of a process, in sub-processes too. */
export function callsIn(definition: Definition): readonly CallActivity[] {
  return [...definition.nodes.values()].filter((node) => node.type === 'callActivity')
}

/** The key of the process that is called, where the model tells it; null where a tenant, a version or an expression decides. */
export function calledKey({ call }: CallActivity): string | null {
  if (call === null || call.tenant !== null || call.process.language !== 'literal') return null
  return call.binding.type === 'version' || call.binding.type === 'versionTag' ? null : call.process.source
}

/** True where an instance of the scope may come to its end without a call of these processes. */
function canEnd(scope: FlowScope, endless: ReadonlySet<string>): boolean {
  if (scope.initial.length === 0 || scope.adHoc || scope.eventSubProcesses.length > 0) return true
  // What ends the scope takes along what would go on.
  const endsAtOnce = scope.nodes.some(endsScope)
  const ends = new Set<FlowNode>()
  const mayEnd = (node: FlowNode): boolean => {
    if ('boundaryEvents' in node && node.boundaryEvents.some((event) => event.cancelActivity && ends.has(event))) return true
    if (isNeverDone(node, endless)) return false
    const { outgoing } = node
    if (outgoing.length === 0) return true
    return takesAll(node) && !endsAtOnce
      ? outgoing.every(({ target }) => ends.has(target))
      : outgoing.some(({ target }) => ends.has(target))
  }
  for (let before = -1; before < ends.size; ) {
    before = ends.size
    for (const node of scope.nodes.toReversed()) if (!ends.has(node) && mayEnd(node)) ends.add(node)
  }
  return endsAtOnce ? scope.initial.some((node) => ends.has(node)) : scope.initial.every((node) => ends.has(node))
}

/** A call, or a sub-process, that waits for what never ends. What is repeated may be repeated no time at all. */
function isNeverDone(node: FlowNode, endless: ReadonlySet<string>): boolean {
  if (node.type !== 'callActivity' && !('content' in node)) return false
  if (node.repetition !== null || node.skip !== null) return false
  return node.type === 'callActivity' ? endless.has(calledKey(node) ?? '') : !canEnd(node.content, endless)
}
