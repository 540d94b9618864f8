import { Refused } from '@leeway/engine'
import { canonicalJson, dataOf, type FlowNode, type InstanceReader, sha256, type Value, type Values } from '@leeway/engine/extension'
import type { Deviation } from '../case/deviation-state.ts'
import { next } from './path.ts'

/** A variable that an element needs and that nothing gives. */
export interface MissingVariable {
  readonly name: string
  /** The element that reads it, or that must have given it. */
  readonly elementId: string
}

/** Variables as seen from a scope, those of the scopes around it included. */
export function visibleVariables(instance: InstanceReader, scopeId: string): ReadonlyMap<string, Value> {
  const seen = new Map<string, Value>()
  for (let id = scopeId; ; id = id.slice(0, id.lastIndexOf('.'))) {
    for (const [name, value] of Object.entries(instance.scope(id)?.variables ?? {})) if (!seen.has(name)) seen.set(name, value)
    if (!id.includes('.')) return seen
  }
}

/** C5 at the step itself: what it must have given when it counts as done. `required` adds what its element policy names. */
export function missingOutputs(node: FlowNode, known: ReadonlySet<string>, required: readonly string[]): readonly MissingVariable[] {
  const names = [...new Set([...dataOf(node).mustGive, ...required])]
  return names.filter((name) => !known.has(name)).map((name) => ({ name, elementId: node.id }))
}

/** P13: a round that is passed over gives its part of the collection of results, or it is said that there is none. */
export function missingResult(node: FlowNode, given: readonly string[], isAbsent: boolean): readonly MissingVariable[] {
  const names = isAbsent ? [] : dataOf(node).gathered
  return names.filter((name) => !given.includes(name)).map((name) => ({ name, elementId: node.id }))
}

/**
 * C5 ahead: what elements behind the new places read, is not there, and could have been given by what is passed over. An element that
 * may set anything on the way to the reader gets the benefit of the doubt.
 */
export function missingInputs(
  targets: readonly FlowNode[],
  bypassed: readonly FlowNode[],
  known: ReadonlySet<string>,
): readonly MissingVariable[] {
  const missing = new Map<string, MissingVariable>()
  for (const node of bypassed.length === 0 ? [] : reachedUnwritten(targets, null)) {
    for (const name of dataOf(node).reads) {
      if (known.has(name) || missing.has(name) || !bypassed.some((one) => mayWrite(one, name))) continue
      if (reachedUnwritten(targets, name).has(node)) missing.set(name, { name, elementId: node.id })
    }
  }
  return [...missing.values()]
}

/** Elements that can be reached from the targets without one before that may set the variable. */
function reachedUnwritten(targets: readonly FlowNode[], name: string | null): ReadonlySet<FlowNode> {
  const found = new Set<FlowNode>()
  const open = [...targets]
  for (let node = open.pop(); node; node = open.pop()) {
    if (found.has(node)) continue
    found.add(node)
    if (name === null || !mayWrite(node, name)) open.push(...next(node))
  }
  return found
}

function mayWrite(node: FlowNode, name: string): boolean {
  const { writes } = dataOf(node)
  return writes === 'any' || writes.includes(name)
}

export function missingData(missing: readonly MissingVariable[], deviationId: string): Refused {
  const names = missing.map(({ name, elementId }) => `"${name}" (${elementId})`).join(', ')
  return new Refused('MissingData', `Nothing gives ${names} on this way; give it as variables of the return.`, {
    deviationId,
    missing: missing.map(({ name }) => name),
    readBy: missing,
  })
}

/** Versions of the variables that someone sees who leaves: short digests of their values. */
export function versionsOf(instance: InstanceReader, scopeId: string): Readonly<Record<string, string>> {
  return Object.fromEntries([...visibleVariables(instance, scopeId)].map(([name, value]) => [name, versionOf(value)]))
}

/** Tells whether a variable is as it was. */
export function versionOf(value: Value): string {
  return sha256(canonicalJson(value)).slice(0, 16)
}

/** A variable that was written by others since the path was left, and would be overwritten. */
export interface Conflict {
  readonly name: string
  readonly mine: Value
  readonly theirs: Value | null
}

/** C6: what the return would set and others have set meanwhile. `overwrite` names those that are meant to be. */
export function conflictsOf(
  { body }: Deviation,
  variables: Values,
  instance: InstanceReader,
  overwrite: readonly string[],
): readonly Conflict[] {
  const { versions } = body
  if (versions === undefined) return []
  const now = visibleVariables(instance, body.anchor.scopeId)
  return Object.entries(variables).flatMap(([name, mine]): Conflict[] => {
    const theirs = now.get(name)
    const isSame = (theirs === undefined ? undefined : versionOf(theirs)) === (Object.hasOwn(versions, name) ? versions[name] : undefined)
    if (isSame || overwrite.includes(name) || (theirs !== undefined && versionOf(theirs) === versionOf(mine))) return []
    return [{ name, mine, theirs: theirs ?? null }]
  })
}

export function variableConflict(conflicts: readonly Conflict[], deviationId: string): Refused {
  const names = conflicts.map(({ name }) => `"${name}"`).join(', ')
  const message = `${names} was changed since the path was left. Give the value that is meant, and name it in overwrite.`
  return new Refused('VariableConflict', message, { deviationId, conflicts })
}
