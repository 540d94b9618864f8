import type { FlowNode, FlowScope } from '../model/elements.ts'
import { findScope } from './draft.ts'
import { joins } from './joins.ts'
import type { Way } from './migration-way.ts'
import type { Moving } from './relocating.ts'
import { type Token, tokenNumbers } from './state.ts'

/** Tokens by what is opened for them. */
interface Grouped {
  /** Each that has an instance of its own, with a number of its own. */
  readonly groups: ReadonlyMap<Moving, number>
  /** Those of which it cannot be told which belong together. */
  readonly unclear: readonly (readonly Moving[])[]
  /** More than one, where one is at work at a time. */
  readonly crowded: readonly (readonly Moving[])[]
}

/**
 * Which tokens go into the same instance of a sub-process that is opened. Where nothing in it makes several tokens of one, each has its own
 * instance; else they share one, or the one that is open. Those of them that are at the same place: it cannot be told which belong
 * together.
 */
export function grouped(way: Way, all: readonly Moving[]): Grouped {
  const sharing = new Map<string, Moving[]>()
  const groups = new Map<Moving, number>()
  for (const one of all) {
    const [first] = one.into
    if (first === undefined && !one.isShared) continue
    if (first !== undefined && !multiplies(first.content)) groups.set(one, groups.size + 1)
    else {
      const key = `${one.base} ${first?.id ?? ''}`
      sharing.set(key, [...(sharing.get(key) ?? []), one])
    }
  }
  const unclear = [...sharing.values()].filter((group) => {
    const spots = new Set(group.map(spotOf))
    return spots.size < group.length || isApart(group) || group.some((one) => one.isShared && one.into.length === 0 && isTaken(way, one))
  })
  const crowded = [...sharing.values()].filter(
    ([one, other]) => one !== undefined && other !== undefined && one.to.scope.adHoc?.ordering === 'Sequential',
  )
  return { groups, unclear, crowded }
}

/** True where several go into an ad hoc sub-process in which paths join: each is a path of its own there. */
function isApart([first, ...others]: readonly Moving[]): boolean {
  const content = first?.to.scope
  return others.length > 0 && content?.adHoc != null && content.nodes.some(joins)
}

/** True where several tokens can be in it though one entered. */
export function multiplies(content: FlowScope): boolean {
  if (content.initial.length > 1 || content.eventSubProcesses.length > 0 || content.adHoc !== null) return true
  return content.nodes.some((node) => {
    if (node.outgoing.length > 1 && node.type !== 'exclusiveGateway' && node.type !== 'eventBasedGateway') return true
    if ('completionQuantity' in node && (node.completionQuantity > 1 || node.startQuantity > 1)) return true
    if (node.type === 'boundaryEvent' && !node.cancelActivity) return true
    return 'content' in node && multiplies(node.content)
  })
}

function spotOf({ to, via }: { readonly to: Pick<FlowNode, 'id'>; readonly via: string | undefined }): string {
  return `${to.id} ${via ?? ''}`
}

/** True where one that is in the open sub-process already is at the same place. */
function isTaken({ there, map }: Way, { base, to, via }: Moving): boolean {
  const scope = findScope(there.draft, base)
  return (
    scope !== null &&
    tokenNumbers(scope).some((n) => {
      const token = scope.tokens[n] as Token // it was just found there
      return (
        (map[token.elementId] ?? token.elementId) === to.id &&
        (via === undefined || (token.via !== undefined && (map[token.via] ?? token.via) === via))
      )
    })
  )
}
