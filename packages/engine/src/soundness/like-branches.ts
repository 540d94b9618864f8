import type { FlowNode, FlowScope, SequenceFlow } from '../model/elements.ts'
import { linkName } from '../model/reachability.ts'
import { endsScope, takesAll } from './leaving.ts'

/** The first of each set of like branches stands for the others: by flow, and by node. */
export interface LikeBranches {
  readonly flows: ReadonlyMap<SequenceFlow, SequenceFlow>
  readonly nodes: ReadonlyMap<FlowNode, FlowNode>
}

/**
 * Finds the branches that begin together and do the same: each a row of steps that nothing else leads to or out of, all up to one parallel
 * join or one end, or each to an end of its own. What can come of one can come of all, in any order, so that one token tells what thousands
 * do. Sets of fewer than `least` are left as they are.
 */
export function likeBranches(scope: FlowScope, least: number): LikeBranches {
  const flows = new Map<SequenceFlow, SequenceFlow>()
  const nodes = new Map<FlowNode, FlowNode>()
  for (const fork of scope.nodes) {
    if (fork.outgoing.length < least || !takesAll(fork)) continue
    for (const [first, ...others] of branchesByEnd(fork).values()) {
      if (first === undefined || others.length + 1 < least) continue
      for (const other of others) {
        // Of the flows, the one that leaves the fork and the one that comes to the join are looked up.
        flows.set(other.begins, first.begins)
        flows.set(other.last, first.last)
        const stands = first.steps[0] ?? fork
        for (const step of other.steps) nodes.set(step, stands)
      }
    }
  }
  return { flows, nodes }
}

interface Branch {
  readonly begins: SequenceFlow
  readonly steps: readonly FlowNode[]
  readonly last: SequenceFlow
}

function branchesByEnd(fork: FlowNode): ReadonlyMap<string, Branch[]> {
  const found = new Map<string, Branch[]>()
  for (const begins of fork.outgoing) {
    const branch = branchAlong(begins)
    if (branch === null) continue
    // A direct flow has no step that could stand for those of another.
    const key = `${branch.end} ${branch.steps.length === 0}`
    const alike = found.get(key)
    if (alike) alike.push(branch)
    else found.set(key, [branch])
  }
  return found
}

/**
 * Follows a flow to the parallel join, or the end, that it leads to (an empty text: an end of its own); null where anything else could
 * happen on the way.
 */
function branchAlong(begins: SequenceFlow): (Branch & { readonly end: string }) | null {
  const steps: FlowNode[] = []
  let last = begins
  for (;;) {
    const node = last.target
    if (node.type === 'parallelGateway' && node.incoming.length > 1) return { begins, steps, last, end: node.id }
    if (!isPlain(node) || (node.type === 'inclusiveGateway' && node.incoming.length > 1)) return null
    if (node.incoming.length !== 1) return node.outgoing.length === 0 && steps.length > 0 ? { begins, steps, last, end: node.id } : null
    steps.push(node)
    const [next, ...more] = node.outgoing
    if (next === undefined) return { begins, steps, last, end: '' }
    if (more.length > 0 || next.condition !== null) return null
    last = next
  }
}

/** A token comes, and goes on, and that is all. */
function isPlain(node: FlowNode): boolean {
  if ('boundaryEvents' in node && node.boundaryEvents.length > 0) return false
  if (node.type === 'complexGateway' || node.type === 'eventBasedGateway') return false
  if (node.type === 'intermediateThrowEvent' && linkName(node) !== null) return false
  return !endsScope(node)
}
