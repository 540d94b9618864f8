import { isLeewayError } from '@leeway/storage'
import type { Definition } from '../model/definition.ts'
import type { FlowNode } from '../model/elements.ts'
import type { Value, Values } from '../model/value.ts'
import { closePath, pathGoesOn } from './ad-hoc.ts'
import type { Step } from './agenda.ts'
import { ELEMENTS } from './behaviours/ad-hoc-sub-process.ts'
import { scopeOf } from './draft.ts'
import { holdInside, isHoldable, wholeHold } from './holding-scopes.ts'
import { splitTokenId, tokenId } from './ids.ts'
import { type Container, isInside } from './places.ts'
import type { Rejection } from './rejection.ts'
import { terminateToken } from './scopes.ts'
import { openInside } from './starting.ts'
import type { Token } from './state.ts'
import { lookUp } from './variables.ts'

/** A token that a migration puts into another scope. */
export interface Moving {
  readonly type: 'move'
  readonly scopeId: string
  readonly n: number
  readonly to: FlowNode
  /** The flow by which it arrived at a join: several that wait there came by several. */
  readonly via: string | undefined
  /** Scopes that it goes out of, innermost first. */
  readonly outOf: readonly string[]
  /** The scope around these, or an open one inside that. */
  readonly base: string
  /** Sub-processes that are opened around it in there, outermost first. */
  readonly into: readonly Container[]
  /** It goes into a sub-process that is open beside it. */
  readonly isShared: boolean
  /** Event sub-processes that are not listened for in what is opened: one that interrupts has begun around the token. */
  readonly spent: readonly string[]
}

/** A sub-process that ends with a migration, by the token that opened it: all that was at work in it has its place outside. */
export interface Ending {
  readonly type: 'end'
  readonly scopeId: string
  readonly n: number
}

/** In the order in which it is done: what is inside a scope before the token that opened it. */
export type Relocation = Moving | Ending

/**
 * Puts each token where it is in the new model: out of sub-processes, with the variables of these that are not around them, and into
 * others, which are opened with boundary events, inputs and event sub-processes. What is empty then ends, by the model that it was begun
 * by. Gives the scopes in which something changed.
 */
export function relocate(
  step: Step,
  all: readonly Relocation[],
  groups: ReadonlyMap<Moving, number>,
  source: Definition,
): ReadonlySet<string> | Rejection {
  const target = step.definition
  const opened = new Map<string, string>()
  let changed = new Set<string>()
  for (const one of all) {
    if (one.type === 'end') {
      step.definition = source
      terminateToken(step, one.scopeId, one.n, null)
      step.definition = target
      changed.add(one.scopeId)
      continue
    }
    const { scopeId, n, to, outOf, base, into, spent } = one
    const { path } = scopeOf(step.draft, scopeId).tokens[n] as Token // as it was planned
    for (const id of outOf) {
      setAround(step, base, variablesFrom(step, one, id))
      changed.add(id)
    }
    let at = base
    for (const container of into) {
      const key = `${at} ${groups.get(one) ?? 0} ${container.id}`
      const known =
        opened.get(key) ??
        openAround(step, at, container, { ...(at === scopeId && ofPath(step, at, path)), ...dataNow(step, scopeId, container) }, spent)
      if (typeof known !== 'string') return known
      opened.set(key, known)
      at = known
    }
    const id = tokenId(scopeId, n)
    const now = tokenId(at, scopeOf(step.draft, at).counter + 1)
    step.emit({ type: 'tokenMoved', scopeId, n, elementId: to.id, to: now })
    if (path !== undefined && !pathGoesOn(step, scopeId, path, null)) closePath(step, scopeId, path)
    holdWithOuter(step, now)
    changed = new Set([...changed].map((one) => (isInside(one, id) ? `${now}${one.slice(id.length)}` : one)))
    changed.add(at)
  }
  return changed
}

/** What a token knows by a scope that it goes out of; without what an ad hoc sub-process tells of what is in it. */
function variablesFrom(step: Step, { scopeId, n }: Moving, id: string): Values {
  const { [ELEMENTS]: _elements, ...variables } = scopeOf(step.draft, id).variables
  return id === scopeId ? { ...variables, ...ofPath(step, id, scopeOf(step.draft, id).tokens[n]?.path) } : variables
}

function ofPath(step: Step, scopeId: string, path: number | undefined): Values {
  return path === undefined ? {} : (scopeOf(step.draft, scopeId).paths?.[path] ?? {})
}

function setAround(step: Step, scopeId: string, values: Values): void {
  const out = Object.entries(values).filter(([name]) => lookUp(step, scopeId, null, name) === undefined)
  if (out.length > 0) step.emit({ type: 'variablesSet', scopeId, values: Object.fromEntries(out) })
}

/**
 * Variables that tokens bring out of scopes, and that are otherwise around these or brought by another: whose value is to count nobody can
 * say. By scope.
 */
export function variablesBetween(step: Step, all: readonly Moving[]): ReadonlyMap<string, ReadonlySet<string>> {
  const brought = new Map<string, string>()
  const found = new Map<string, Set<string>>()
  for (const one of all)
    for (const id of one.outOf) {
      const outer = splitTokenId(id)?.scopeId ?? id
      for (const [name, value] of Object.entries(variablesFrom(step, one, id))) {
        const around = lookUp(step, outer, null, name)
        const key = `${one.base} ${name}`
        const text = JSON.stringify(value)
        const other = around === undefined ? brought.get(key) : JSON.stringify(around)
        if (other !== undefined && other !== text) found.set(id, (found.get(id) ?? new Set()).add(name))
        brought.set(key, text)
      }
    }
  return found
}

function openAround(step: Step, scopeId: string, container: Container, own: Values, spent: readonly string[]): string | Rejection {
  try {
    const opened = openInside(step, scopeId, container, Object.keys(own).length > 0 ? own : undefined)
    if (typeof opened !== 'string') return { code: 'notMigratable', message: opened.message }
    for (const n of scopeOf(step.draft, opened).armed ?? []) {
      const { elementId } = scopeOf(step.draft, opened).tokens[n] as Token // it listens there
      if (spent.includes(elementId)) step.emit({ type: 'eventSubProcessDisarmed', scopeId: opened, n, elementId })
    }
    holdWithOuter(step, opened)
    return opened
  } catch (error) {
    if (!isLeewayError(error)) throw error
    return { code: 'notMigratable', message: `"${container.id}" cannot be opened: ${error.message}` }
  }
}

/** Data objects that were around the tokens before keep their values, though they are in there now. */
function dataNow(step: Step, scopeId: string, { content }: Container): Values {
  if (content.data === null) return {}
  const known: { [name: string]: Value } = {}
  for (const name of Object.keys(content.data)) {
    const value = lookUp(step, scopeId, null, name)
    if (value !== undefined) known[name] = value
  }
  return known
}

/** What is off the path as a whole has nothing in it that acts. */
function holdWithOuter(step: Step, id: string): void {
  const place = splitTokenId(id)
  const by = place === null ? undefined : wholeHold(step.draft, place.scopeId)
  const token = place === null ? undefined : scopeOf(step.draft, place.scopeId).tokens[place.n]
  if (place === null || by === undefined || token === undefined || !isHoldable(token)) return
  holdInside(step, { type: 'hold', ...place, by, timers: {}, whole: true }, token)
}
