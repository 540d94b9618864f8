import { tokenId } from '../kernel/ids.ts'
import { firstIdOf, type Moved } from '../kernel/moved.ts'
import { type InstanceStatus, isArmedToken, type Scope, type Token, tokenNumbers } from '../kernel/state.ts'
import { revealVariables, type Variables } from '../model/variables.ts'
import { type LoadedDefinition, loadDefinition } from './definition-cache.ts'
import type { Host } from './host.ts'
import { incidentId } from './record-ids.ts'
import type { InstanceRecord } from './records/instance-record.ts'
import { loadScopesWithin } from './state-cache.ts'

/** An instance as the host sees it. */
export interface InstanceView {
  readonly id: string
  readonly status: InstanceStatus
  readonly businessKey: string | null
  readonly tenantId: string | null
  readonly definition: { readonly id: string; readonly key: string; readonly version: number }
  /** What holds a token now. */
  readonly activeElements: readonly ActiveElement[]
  /** Those of the root scope. */
  readonly variables: Variables
  /** The calling element, where it was called. */
  readonly parent: { readonly instanceId: string; readonly elementInstanceId: string } | null
  /** ISO 8601. */
  readonly startedAt: string
  readonly endedAt: string | null
  /** Raised by each command. */
  readonly revision: number
  readonly incidents: readonly InstanceIncident[]
}

/** A place that a token is at. */
export interface ActiveElement {
  readonly elementId: string
  readonly elementInstanceId: string
  /** BPMN's own name. */
  readonly type: string
  /** `scope`: it contains others. */
  readonly kind: 'leaf' | 'scope'
  readonly phase: 'active' | 'waiting' | 'arrived' | 'held' | 'suspended' | 'incident' | 'completing' | 'compensating' | 'terminating'
  readonly scopeId: string
  /** ISO 8601. */
  readonly since: string
}

/** Something of the instance that is stuck until `incidents.resolve`. */
export interface InstanceIncident {
  readonly id: string
  readonly elementId: string
  readonly elementInstanceId: string
  readonly code: string
  readonly message: string
}

/** Makes the view of a stored instance; reads its other scopes where it has some: only then it is a promise. */
export function viewOf(host: Host, record: InstanceRecord, revision: number): InstanceView | Promise<InstanceView> {
  const { root } = record.body
  const loaded = host.definitions.byId.get(record.definitionId)
  if (loaded === undefined || hasScopesInside(root)) return viewOfWhole(host, record, revision)
  return viewWith(record, revision, loaded, root.live > 0 ? [root] : [])
}

async function viewOfWhole(host: Host, record: InstanceRecord, revision: number): Promise<InstanceView> {
  const loaded = await loadDefinition(host.definitions, record.definitionId)
  const { root } = record.body
  const scopes: Scope[] = root.live > 0 ? [root] : []
  if (root.live > 0 && hasScopesInside(root)) {
    const inside: Scope[] = []
    await loadScopesWithin(host, root.id, (scope) => inside.push(scope))
    scopes.push(...inside.sort(byPath))
  }
  return viewWith(record, revision, loaded, scopes)
}

function viewWith(record: InstanceRecord, revision: number, loaded: LoadedDefinition, scopes: readonly Scope[]): InstanceView {
  const { root, parent } = record.body
  const { activeElements, incidents } = positionsIn(loaded, scopes, record.status === 'suspended')
  return {
    id: record.id,
    status: record.status,
    businessKey: record.businessKey,
    tenantId: record.tenantId,
    definition: { id: record.definitionId, key: record.processKey, version: loaded.record.version },
    activeElements,
    variables: revealVariables(root.variables),
    parent: parent ?? null,
    startedAt: isoOf(record.startedAt),
    endedAt: record.endedAt === null ? null : isoOf(record.endedAt),
    revision,
    incidents,
  }
}

/** Instants at the public face. What happens together has one instant, so the latest text is kept. */
export function isoOf(at: number): string {
  if (at !== latest.at) latest = { at, text: new Date(at).toISOString() }
  return latest.text
}

let latest: { readonly at: number; readonly text: string } = { at: Number.NaN, text: '' }

/** What holds a token in these scopes, in their order, and what is stuck. */
export function positionsIn(
  loaded: LoadedDefinition,
  scopes: Iterable<Scope>,
  isSuspended: boolean,
): Pick<InstanceView, 'activeElements' | 'incidents'> {
  const activeElements: ActiveElement[] = []
  const incidents: InstanceIncident[] = []
  let moved: Moved | undefined
  for (const scope of scopes) {
    moved ??= scope.instance?.moved // the instance's own scope comes first
    addTokens(loaded, scope, isSuspended, moved, activeElements, incidents)
  }
  return { activeElements, incidents }
}

/** True where the scope's tokens opened scopes of their own. */
function hasScopesInside(scope: Scope): boolean {
  return tokenNumbers(scope).some((n) => scope.tokens[n]?.child)
}

function addTokens(
  loaded: LoadedDefinition,
  scope: Scope,
  isSuspended: boolean,
  moved: Moved | undefined,
  elements: ActiveElement[],
  incidents: InstanceIncident[],
): void {
  for (const n of tokenNumbers(scope)) {
    const token = scope.tokens[n] as Token // it was just found there
    const elementInstanceId = tokenId(scope.id, n)
    if (token.incident !== undefined) {
      const { code, message } = token.incident
      const id = incidentId(firstIdOf(moved, elementInstanceId))
      incidents.push({ id, elementId: token.elementId, elementInstanceId, code, message })
    }
    if (token.phase === 'armed' || isArmedToken(scope, n)) continue // it only listens: no element instance
    elements.push({
      elementId: token.elementId,
      elementInstanceId,
      type: loaded.definition.nodes.get(token.elementId)?.type ?? 'task',
      kind: token.child ? 'scope' : 'leaf',
      phase: isSuspended && token.phase !== 'held' ? 'suspended' : token.phase,
      scopeId: scope.id,
      since: isoOf(token.since),
    })
  }
}

/** Scopes by the numbers of their ids, so that the tenth comes after the ninth. */
export function byPath(a: Scope, b: Scope): number {
  const left = a.id.split('.')
  const right = b.id.split('.')
  for (let i = 1; i < left.length && i < right.length; i++) {
    const difference = Number(left[i]) - Number(right[i])
    if (difference !== 0) return difference
  }
  return left.length - right.length
}
