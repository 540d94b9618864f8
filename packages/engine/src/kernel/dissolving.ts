import type { Definition } from '../model/definition.ts'
import type { FlowNode, FlowScope } from '../model/elements.ts'
import type { Value } from '../model/value.ts'
import type { Step } from './agenda.ts'
import type { IdMap } from './commands.ts'
import { type Draft, findScope, scopeOf } from './draft.ts'
import { wholeHold } from './holding-scopes.ts'
import { tokenId } from './ids.ts'
import { opensContent } from './migration-problems.ts'
import { terminateToken } from './scopes.ts'
import { isArmedToken, type Scope, type Token, tokenNumbers } from './state.ts'
import { lookUp } from './variables.ts'

/** A sub-process that is not in the new model any more, whose content is in the scope around it there. */
export interface Dissolved {
  /** The scope into which its tokens go: around it, further out where that goes too. */
  readonly into: string
  /** The token that opened it. */
  readonly scopeId: string
  readonly n: number
  /** Numbers of the tokens that go out of it. */
  readonly tokens: readonly number[]
}

/** What is needed to see where elements are in the new model. */
interface Way {
  readonly source: Definition
  readonly target: Definition
  readonly map: IdMap
}

/** True for a sub-process that is gone from the model while all that is at work in it has its place in `around`, the scope around it there. */
export function dissolves(way: Way, draft: Draft, scopeId: string, n: number, token: Token, node: FlowNode, around: FlowScope): boolean {
  const { source, target, map } = way
  if (
    target.nodes.has(map[node.id] ?? node.id) ||
    !token.child ||
    !opensContent(node) ||
    node.repetition !== null ||
    !isAtWork(draft, scopeId, token)
  )
    return false
  const inner = findScope(draft, tokenId(scopeId, n))
  if (inner === null || inner.kind !== 'subProcess' || inner.live === 0) return false
  return tokenNumbers(inner).every((k) => {
    const one = inner.tokens[k] as Token // it was just found there
    const its = source.nodes.get(one.elementId)
    if (its === undefined || isArmedToken(inner, k)) return true
    return target.nodes.get(map[its.id] ?? its.id)?.scope === around || dissolves(way, draft, inner.id, k, one, its, around)
  })
}

/** Nothing but its content keeps it; off the path at most with all that is around it. */
function isAtWork(draft: Draft, scopeId: string, { phase, hold, incident, compensation, drivenBy, listening }: Token): boolean {
  if (incident || compensation || drivenBy !== undefined || listening?.then !== undefined) return false
  if (phase !== 'held' || hold === undefined) return phase === 'active'
  return hold.was === 'active' && hold.latches.length === 0 && hold.by === wholeHold(draft, scopeId)
}

/** Names of variables of the sub-process that are otherwise around it: whose value is to count then nobody can say. */
export function variablesBetween(step: Step, inner: Scope, into: string): readonly string[] {
  return Object.entries(inner.variables)
    .filter(([name, value]) => !isAbsentOrSame(lookUp(step, into, null, name), value))
    .map(([name]) => name)
}

/** Puts the tokens of each, and its variables, into the scope around it, and ends it: by the model that it is of. */
export function dissolve(step: Step, all: readonly Dissolved[]): void {
  for (const { into, scopeId, n, tokens } of all) {
    const inner = scopeOf(step.draft, tokenId(scopeId, n))
    const out = Object.entries(inner.variables).filter(([name]) => lookUp(step, into, null, name) === undefined)
    if (out.length > 0) step.emit({ type: 'variablesSet', scopeId: into, values: Object.fromEntries(out) })
    for (const k of tokens) {
      const { elementId } = inner.tokens[k] as Token // as it was planned
      step.emit({ type: 'tokenMoved', scopeId: inner.id, n: k, elementId, to: tokenId(into, scopeOf(step.draft, into).counter + 1) })
    }
    terminateToken(step, scopeId, n, null)
  }
}

function isAbsentOrSame(there: Value | undefined, value: Value): boolean {
  return there === undefined || JSON.stringify(there) === JSON.stringify(value)
}
