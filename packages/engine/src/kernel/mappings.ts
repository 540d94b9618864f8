import { isLeewayError } from '@leeway/storage'
import type { IoMapping, Mapping, MappingSource } from '../model/data.ts'
import type { FlowNode } from '../model/elements.ts'
import { isEmpty, type Value, type Values } from '../model/value.ts'
import type { Step } from './agenda.ts'
import { scopeOf } from './draft.ts'
import { tokenId } from './ids.ts'
import { evaluate, evaluateSeen, lookUp, setVisible, toValue } from './variables.ts'

/** Input mappings: evaluated in order on entering, each seeing those before it; the results join the activity's own variables. */
export function applyInputs(step: Step, scopeId: string, n: number, io: IoMapping): void {
  if (io.inputs.length === 0) return
  let locals: Values = scopeOf(step.draft, scopeId).tokens[n]?.locals ?? {}
  for (const mapping of io.inputs) {
    locals = assign(locals, mapping, sourceValue(step, scopeId, n, mapping.source, mapping))
    step.emit({ type: 'localsSet', scopeId, n, locals })
  }
}

/**
 * Maps what was not mapped yet, where an activity counts as done and had not begun: its outputs may read it. What cannot be evaluated is
 * left out, for nobody asks for it but the outputs.
 */
export function applyMissingInputs(step: Step, scopeId: string, n: number, io: IoMapping): void {
  for (const mapping of io.inputs) {
    const locals = scopeOf(step.draft, scopeId).tokens[n]?.locals ?? {}
    if (hasMember(locals, mapping.target)) continue
    try {
      const value = sourceValue(step, scopeId, n, mapping.source, mapping)
      step.emit({ type: 'localsSet', scopeId, n, locals: assign(locals, mapping, value) })
    } catch (error) {
      if (!isLeewayError(error)) throw error
    }
  }
}

function hasMember(value: Value | undefined, [name, ...rest]: readonly string[]): boolean {
  if (name === undefined) return true
  if (typeof value !== 'object' || value === null || Array.isArray(value) || !Object.hasOwn(value, name)) return false
  return hasMember((value as Values)[name], rest) // no list, so it has names
}

/**
 * Sets what came to an element (a result, a message's payload): inside the element where only mapped outputs leave it, else where it is
 * visible.
 */
export function receiveValues(step: Step, scopeId: string, n: number, node: FlowNode, values: Values): void {
  if (isEmpty(values)) return
  if (mapsOutputs(node))
    step.emit({ type: 'localsSet', scopeId, n, locals: { ...scopeOf(step.draft, scopeId).tokens[n]?.locals, ...values } })
  else setVisible(step, scopeId, n, values)
}

/** True where only what is mapped leaves the element. */
export function mapsOutputs(node: FlowNode): boolean {
  return 'io' in node && node.io !== null && node.io.propagation === 'mapped' && node.io.outputs.length > 0
}

/** Output mappings: evaluated on leaving as seen from inside the activity, set in the scope around it. */
export function applyOutputs(step: Step, scopeId: string, n: number, io: IoMapping): void {
  if (io.outputs.length === 0) return
  const token = scopeOf(step.draft, scopeId).tokens[n]
  const inside = token?.child ? tokenId(scopeId, n) : null
  let outputs: Values = {}
  for (const mapping of io.outputs) {
    const value =
      inside === null ? sourceValue(step, scopeId, n, mapping.source, mapping) : sourceValue(step, inside, null, mapping.source, mapping)
    if (value === null && mapping.source.type === 'variable') continue // what was not given overwrites nothing
    outputs = assign(withWhole(step, scopeId, outputs, mapping), mapping, value)
  }
  // A round of zeebe has what it gives among its own: its result is asked for as seen from there.
  const isRound = io.propagation === 'mapped' && scopeOf(step.draft, scopeId).kind === 'iteration'
  setVisible(step, scopeId, isRound ? n : null, outputs)
}

/** Sets in the scope what mappings make of something that is known under a name there alone. */
export function setMapped(step: Step, scopeId: string, n: number, mappings: readonly Mapping[], seen: Values): void {
  let outputs: Values = {}
  for (const mapping of mappings) {
    const value = sourceValue(step, scopeId, n, mapping.source, mapping, { ...seen, ...outputs })
    outputs = assign(withWhole(step, scopeId, outputs, mapping), mapping, value)
  }
  setVisible(step, scopeId, null, outputs)
}

/** A path changes one member: what else the variable around the activity has stays. */
function withWhole(step: Step, scopeId: string, outputs: Values, { target }: Mapping): Values {
  const [name] = target
  if (target.length < 2 || name === undefined || Object.hasOwn(outputs, name)) return outputs
  const whole = lookUp(step, scopeId, null, name)
  return whole === undefined ? outputs : { ...outputs, [name]: whole }
}

/** Mappings evaluated as seen from a token, names in `seen` before all others: what they give, set nowhere. */
export function mappedValues(step: Step, scopeId: string, n: number | null, mappings: readonly Mapping[], seen: Values): Values {
  let values: Values = {}
  for (const mapping of mappings)
    values = assign(values, mapping, sourceValue(step, scopeId, n, mapping.source, mapping, { ...seen, ...values }))
  return values
}

function sourceValue(
  step: Step,
  scopeId: string,
  n: number | null,
  source: MappingSource,
  mapping: Mapping,
  seen: Values | null = null,
): Value {
  switch (source.type) {
    case 'variable':
      return (seen !== null && Object.hasOwn(seen, source.name) ? seen[source.name] : lookUp(step, scopeId, n, source.name)) ?? null
    case 'value':
      return source.value
    case 'expression':
      return toValue(
        seen === null ? evaluate(step, scopeId, n, source.expression) : evaluateSeen(step, scopeId, n, source.expression, seen),
        mapping.target.join('.'),
      )
    case 'list':
      return source.items.map((item) => sourceValue(step, scopeId, n, item, mapping, seen))
    case 'map':
      return Object.fromEntries(
        Object.entries(source.entries).map(([key, entry]) => [key, sourceValue(step, scopeId, n, entry, mapping, seen)]),
      )
  }
}

/** Puts a value at a path, making the objects on the way: `a.b` keeps what else `a` has. */
function assign(values: Values, mapping: Mapping, value: Value): Values {
  const [name, ...rest] = mapping.target
  if (name === undefined) return values
  return { ...values, [name]: at(values[name], rest, value) }
}

function at(before: Value | undefined, path: readonly string[], value: Value): Value {
  const [name, ...rest] = path
  if (name === undefined) return value
  const object =
    typeof before === 'object' && before !== null && !Array.isArray(before) ? (before as { readonly [key: string]: Value }) : {}
  return { ...object, [name]: at(object[name], rest, value) }
}
