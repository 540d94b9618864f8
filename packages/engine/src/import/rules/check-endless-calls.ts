import type { CallActivity, FlowNode, FlowScope } from '../../model/elements.ts'
import { endsScope, takesAll } from '../../soundness/leaving.ts'
import type { Importing } from '../importing.ts'
import type { ReadProcess } from '../read-process.ts'
import { titleOf } from '../xml-access.ts'

/**
 * Processes of a file that call each other in a circle which no way leads out of: each instance would wait for one that waits for the next.
 * A process may call itself where some way ends without a call; what cannot be told from the file counts as such a way.
 */
export function checkEndlessCalls({ findings }: Importing, processes: readonly ReadProcess[]): void {
  const byKey = new Map(processes.filter(({ complete }) => complete).map((process) => [process.definition.key, process]))
  const circular = new Map([...byKey].filter(([key]) => calledFrom(byKey, key).has(key)))
  if (circular.size === 0) return
  const endless = new Set(circular.keys())
  for (let isMoving = true; isMoving; ) {
    isMoving = false
    for (const key of endless) {
      const { root } = circular.get(key)?.definition ?? {}
      if (root === undefined || !canEnd(root, endless)) continue
      endless.delete(key)
      isMoving = true
    }
  }
  for (const key of endless) {
    const process = circular.get(key)
    const call = process && callsIn(process).find((one) => endless.has(calledKey(one) ?? ''))
    const element = call && process.elements.get(call.id)
    // Where no way ends without any call either, another finding says so.
    if (process === undefined || call === undefined || element === undefined || !canEnd(process.definition.root, NONE)) continue
    const circle = calledKey(call) === key ? 'itself' : `"${calledKey(call)}", which leads back to it`
    const message = `Every way through "${key}" comes to ${titleOf(element)}, which calls ${circle}: no instance would ever end.`
    findings.add('endlessCalls', element, message, { related: [...endless].filter((other) => other !== key) })
  }
}

const NONE: ReadonlySet<string> = new Set()

function calledFrom(byKey: ReadonlyMap<string, ReadProcess>, from: string): ReadonlySet<string> {
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

function callsIn({ definition }: ReadProcess): readonly CallActivity[] {
  return [...definition.nodes.values()].filter((node) => node.type === 'callActivity')
}

/** The process that is called, where the file tells it and it is the one of this file. */
function calledKey({ call }: CallActivity): string | null {
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
