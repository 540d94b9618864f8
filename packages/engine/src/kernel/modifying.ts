import type { FlowNode, FlowScope } from '../model/elements.ts'
import { downstreamOf } from '../model/reachability.ts'
import type { Step } from './agenda.ts'
import type { CancelInstruction, ModifyProcess, RewindProcess } from './commands.ts'
import { requireKept } from './compensables.ts'
import { findScope, requireChildren, scopeOf } from './draft.ts'
import { splitTokenId, tokenId } from './ids.ts'
import { isInside, isThere, type Part, scopesOf, tokensAt } from './places.ts'
import type { Rejection } from './rejection.ts'
import { endProcess, terminateToken, terminateTokens } from './scopes.ts'
import { startElements, unknownElement, unknownPlace } from './starting.ts'
import { isArmedToken, type Scope, type Token } from './state.ts'

/**
 * Puts tokens before or after elements, then ends others. What is to end is told from the state before the command, and no start goes into
 * it. A scope that is left without a token ends with it, in the end the instance; a round counts as terminated, and its body goes on.
 */
export function modify(step: Step, instanceId: string, { start, cancel }: Pick<ModifyProcess, 'start' | 'cancel'>): Rejection | undefined {
  const ending = endingOf(step, instanceId, cancel)
  if ('code' in ending) return ending
  const ids = ending.map(({ scopeId, n }) => tokenId(scopeId, n))
  const started = startElements(step, instanceId, start, (scopeId) => ids.some((id) => isInside(scopeId, id)))
  if ('code' in started) return started
  for (const { scopeId, n } of ending) {
    const token = findScope(step.draft, scopeId)?.tokens[n]
    if (token?.phase === 'held' && !token.hold?.withdrawn) step.emit({ type: 'elementWithdrawn', scopeId, n, elementId: token.elementId })
    if (findScope(step.draft, scopeId)) terminateToken(step, scopeId, n, null)
  }
  for (const { scopeId } of ending) endEmptied(step, scopeId, started)
  return undefined
}

/**
 * Back to an element that was passed, in the innermost scope around it that is still there: every token of that scope that stands at the
 * element or where the flows lead from it ends, and a token is put before the element. Tokens on other ways stay.
 */
export function rewind(step: Step, { instanceId, elementId, within, values }: RewindProcess): Rejection | undefined {
  const node = step.definition.nodes.get(elementId)
  if (!node) return unknownElement(step, elementId)
  if (within !== null && !isThere(step, within)) return unknownPlace(within)
  const part: Part = { instanceId, within, isGone: () => false }
  let passed: FlowNode | undefined = node
  let found: readonly string[] = []
  for (let content: FlowScope | null = node.scope; content && passed; content = content.parent) {
    found = scopesOf(step, content, part)
    if (found.length > 0) break
    passed = step.definition.nodes.get(content.id)
  }
  const [scopeId, other] = found
  if (scopeId === undefined || passed === undefined) return unknownPlace(within ?? instanceId)
  if (other !== undefined) {
    const message = `"${elementId}" can be gone back to in ${found.length} scopes (${found.slice(0, 5).join(', ')}); name the one that is meant`
    return { code: 'ambiguousScope', message }
  }
  const cancel = tokensBehind(step, scopeOf(step.draft, scopeId), passed)
  if (cancel.length === 0) return { code: 'notPassed', message: `no token of ${scopeId} stands at "${passed.id}" or where it leads` }
  return modify(step, instanceId, { cancel, start: [{ at: 'before', elementId, within: scopeId, values }] })
}

interface TokenPlace {
  readonly scopeId: string
  readonly n: number
}

function endingOf(step: Step, instanceId: string, cancel: readonly CancelInstruction[]): readonly TokenPlace[] | Rejection {
  const ending: TokenPlace[] = []
  for (const instruction of cancel) {
    if ('elementId' in instruction) {
      const node = step.definition.nodes.get(instruction.elementId)
      if (!node) return unknownElement(step, instruction.elementId)
      const isHandler = 'isForCompensation' in node && node.isForCompensation
      const found = scopesOf(step, node.scope, { instanceId, within: null, isGone: () => false })
        .flatMap((scopeId) => (isHandler ? [scopeId, ...roundsUndone(step, scopeId)] : [scopeId]))
        .flatMap((scopeId) => tokensAt(step, scopeId, node).map((n) => ({ scopeId, n })))
      if (found.length === 0) return { code: 'unknownToken', message: `no token stands at "${node.id}"` }
      ending.push(...found)
    } else {
      const { scopeId, n } = instruction
      const scope = findScope(step.draft, scopeId)
      if (!scope?.tokens[n] || isArmedToken(scope, n)) return unknownPlace(tokenId(scopeId, n))
      ending.push({ scopeId, n })
    }
  }
  return ending
}

/** The rounds of repeated activities of a scope that are being undone: the handler of such an activity is in them. */
function roundsUndone(step: Step, scopeId: string): readonly string[] {
  const tokens = findScope(step.draft, scopeId)?.tokens ?? {}
  const bodies = Object.keys(tokens).filter((n) => tokens[Number(n)]?.compensation && tokens[Number(n)]?.child)
  return bodies.flatMap((n) => {
    const bodyId = tokenId(scopeId, Number(n))
    const begun = findScope(step.draft, bodyId)?.rounds?.begun ?? 0
    if (begun > 0) requireChildren(step.draft, bodyId)
    return Array.from({ length: begun }, (_, k) => tokenId(bodyId, k + 1)).filter((id) => findScope(step.draft, id) !== null)
  })
}

/** A scope that lost its last token ends: nothing completes that was not done. */
function endEmptied(step: Step, scopeId: string, started: ReadonlySet<string>): void {
  const scope = findScope(step.draft, scopeId)
  if (scope === null || scope.live > 0 || started.has(scopeId)) return
  const owner = splitTokenId(scopeId)
  if (owner === null) {
    if (scope.instance?.status !== 'active') return
    terminateTokens(step, scopeId, null)
    step.unsettled.clear()
    endProcess(step, scopeId, 'terminated', 'an operator ended its last token')
  } else if (findScope(step.draft, owner.scopeId)?.tokens[owner.n]?.compensation) {
    return // what is being undone goes on with the next
  } else if (scope.kind === 'iteration') {
    const outer = splitTokenId(owner.scopeId)
    const node = step.definition.nodes.get(scope.elementId)
    requireKept(step, scopeId)
    step.emit({ type: 'iterationEnded', scopeId: owner.scopeId, n: owner.n, outcome: 'terminated' })
    step.unsettled.delete(scopeId)
    if (outer && node) step.plan({ do: 'leave', scopeId: outer.scopeId, n: outer.n, node })
  } else {
    terminateToken(step, owner.scopeId, owner.n, null)
    endEmptied(step, owner.scopeId, started)
  }
}

/** The tokens of a scope at an element and behind it. One that waits at a join counts by the flow that it came by. */
function tokensBehind(step: Step, scope: Scope, passed: FlowNode): readonly TokenPlace[] {
  const behind = downstreamOf(passed)
  const isBehind = (token: Token): boolean => {
    if (!behind.has(token.elementId)) return false
    const flow = token.phase === 'arrived' && token.via !== undefined ? step.definition.flows.get(token.via) : undefined
    return flow === undefined || behind.has(flow.source.id)
  }
  return Object.keys(scope.tokens)
    .map(Number)
    .filter((n) => isBehind(scope.tokens[n] as Token)) // an own key
    .map((n) => ({ scopeId: scope.id, n }))
}
