import type { Definition, FlowNode, FlowScope, InstanceReader, Scope, Token, TokenPlace } from '@leeway/engine/extension'

/** Where a token stands, with the instance of the scope that it is in. */
export interface Place {
  readonly scope: Scope
  /** The content that its element stands in. */
  readonly flows: FlowScope
  readonly node: FlowNode
  readonly n: number
  /** True in a round of a multi-instance or loop: there is nothing around it but the round. */
  readonly isRound: boolean
}

/** The place of an element instance; null where it is gone, or its element is. */
export function placeOf(instance: InstanceReader, elementInstanceId: string): Place | null {
  const dot = elementInstanceId.lastIndexOf('.')
  const scope = dot < 0 ? null : instance.scope(elementInstanceId.slice(0, dot))
  const n = Number(elementInstanceId.slice(dot + 1))
  const token = scope?.tokens[n]
  const node = token === undefined ? undefined : instance.definition.nodes.get(token.elementId)
  if (scope === null || scope === undefined || node === undefined) return null
  return { scope, flows: node.scope, node, n, isRound: isRound(scope, node) }
}

function isRound({ kind, elementId }: Scope, node: FlowNode): boolean {
  return kind === 'multiInstance' || kind === 'loop' || (kind === 'iteration' && elementId === node.id)
}

/** The tokens of a scope as its search takes them; `without` the numbers given. Those that only listen are left out. */
export function tokensOf({ tokens, armed }: Scope, without: readonly number[] = []): readonly TokenPlace[] {
  const places: TokenPlace[] = []
  for (const [n, token] of Object.entries(tokens)) {
    if (without.includes(Number(n)) || armed?.includes(Number(n))) continue
    places.push(placeOfToken(token))
  }
  return places
}

function placeOfToken({ elementId, phase, via, hold }: Token): TokenPlace {
  if (via !== undefined && phase === 'arrived') return { elementId, arrivedBy: via }
  return via !== undefined && hold?.was === 'arrived' ? { elementId, arrivedBy: via, held: true } : { elementId }
}

/** The elements around a content, from the innermost to the process. */
export function ancestorsOf(flows: FlowScope): readonly FlowScope[] {
  const all: FlowScope[] = []
  for (let at: FlowScope | null = flows; at !== null; at = at.parent) all.push(at)
  return all
}

/** The activity whose content this is; null for the process. */
export function activityOf(definition: Definition, flows: FlowScope): FlowNode | null {
  return flows.parent === null ? null : (definition.nodes.get(flows.id) ?? null)
}
