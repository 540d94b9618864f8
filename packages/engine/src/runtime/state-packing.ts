import type { Packing } from '@leeway/storage'
import { type InstanceHead, type Scope, type ScopeKind, type Token, type TokenPhase, tokenNumbers, type Wait } from '../kernel/state.ts'
import type { Values } from '../model/value.ts'
import type { InstanceBody, InstanceRecord, ScopeRecord } from './records/instance-record.ts'

/**
 * How scopes are written where a store writes text: what every scope has stands in a list, in a fixed order; what the record's id and
 * fields say already is left out; all that only some have follows by name. A third of the text of the whole objects, and read in half the
 * time.
 */

/**
 * `[counter, live, variables, tokens, rounds, more?, head?, body?]`; the last three only as far as there is something. Before version 3
 * there were no rounds, and nothing stood in their place.
 */
type PackedInstance = readonly [number, number, Values, readonly PackedToken[], string | 0, Members?, Members?, Members?]
/** `[kind, elementId, path, counter, live, variables, tokens, more?]`. */
type PackedScope = readonly [ScopeKind, string, string, number, number, Values, readonly PackedToken[], Members?]
/** `[number, elementId, phase, since, via or 0, waits or 0, more?]`. */
type PackedToken = readonly [number, string, TokenPhase, number, string | 0, readonly Wait[] | 0, Members?]
/** What only some have, by name. */
type Members = Readonly<Record<string, unknown>>

/** An instance's body: its root scope without what the record's fields say. */
export const instancePacking: Packing<InstanceRecord> = {
  pack(record) {
    const { root } = record.body
    const { instance: head } = root
    if (head === undefined || root.id !== record.id || root.elementId !== record.processKey || !isAsRecorded(head, record))
      return record.body
    const packed: unknown[] = [root.counter, root.live, root.variables, packTokens(root), record.body.rounds ?? 0]
    appendMembers(packed, [moreOf(root, root.path === '' ? ROOT : ROOT_WITH_PATH), moreOf(head, HEAD), moreOf(record.body, BODY)])
    return packed
  },
  unpack(packed, record) {
    if (!Array.isArray(packed)) return wholeInstance(packed)
    checkScope(packed, 2)
    const [counter, live, variables, tokens, rounds] = packed as unknown as PackedInstance // by `pack` above
    const next = typeof rounds === 'string' || rounds === 0 ? 5 : 4
    const more = packed[next] as Members | null | undefined
    const headMore = packed[next + 1] as Members | null | undefined
    const bodyMore = packed[next + 2] as Members | null | undefined
    const { definitionId, businessKey, status, startedAt, endedAt } = record
    const head: InstanceHead =
      endedAt === null ? { definitionId, businessKey, status, startedAt } : { definitionId, businessKey, status, startedAt, endedAt }
    const root: Scope = {
      id: record.id,
      kind: 'process',
      elementId: record.processKey,
      path: '',
      counter,
      variables,
      tokens: unpackTokens(tokens),
      live,
      instance: headMore == null ? head : { ...head, ...headMore },
    }
    const whole: Scope = more == null ? root : { ...root, ...more }
    if (typeof rounds !== 'string') return bodyMore == null ? { root: whole } : { root: whole, ...bodyMore }
    return bodyMore == null ? { root: whole, rounds } : { root: whole, ...bodyMore, rounds }
  },
}

/** A scope other than the root. */
export const scopePacking: Packing<ScopeRecord> = {
  pack({ id, body: scope }) {
    if (scope.id !== id) return scope
    const { kind, elementId, path, counter, live, variables } = scope
    const packed: unknown[] = [kind, elementId, path, counter, live, variables, packTokens(scope)]
    appendMembers(packed, [moreOf(scope, SCOPE)])
    return packed
  },
  unpack(packed, { id }) {
    if (!Array.isArray(packed)) return wholeScope(packed)
    checkScope(packed, 5)
    const [kind, elementId, path, counter, live, variables, tokens, more] = packed as unknown as PackedScope // by `pack` above
    const scope: Scope = { id, kind, elementId, path, counter, variables, tokens: unpackTokens(tokens), live }
    return more == null ? scope : { ...scope, ...more }
  },
}

/** A body that was written whole. What is not of that form was edited by hand, and told with the record's id by the store that reads it. */
function wholeInstance(body: unknown): InstanceBody {
  wholeScope((body as InstanceBody | null)?.root)
  return body as InstanceBody // its root is
}

function wholeScope(scope: unknown): Scope {
  const { variables, tokens } = (scope ?? {}) as Partial<Scope>
  if (!isObject(variables) || !isObject(tokens)) throw new TypeError('it holds no scope')
  return scope as Scope // it has what all others follow from
}

/** Variables and tokens stand one after the other. */
function checkScope(packed: readonly unknown[], place: number): void {
  if (!isObject(packed[place]) || !Array.isArray(packed[place + 1])) throw new TypeError('it holds no scope')
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null
}

const SCOPE: ReadonlySet<string> = new Set(['id', 'kind', 'elementId', 'path', 'counter', 'variables', 'tokens', 'live'])
const ROOT: ReadonlySet<string> = new Set([...SCOPE, 'instance'])
/** The path of a root is empty, but where it was diverted. */
const ROOT_WITH_PATH: ReadonlySet<string> = new Set([...ROOT].filter((name) => name !== 'path'))
const HEAD: ReadonlySet<string> = new Set(['definitionId', 'businessKey', 'status', 'startedAt', 'endedAt'])
const BODY: ReadonlySet<string> = new Set(['root', 'rounds'])
const TOKEN: ReadonlySet<string> = new Set(['elementId', 'phase', 'since', 'via', 'waits'])

function isAsRecorded(head: InstanceHead, record: InstanceRecord): boolean {
  return (
    head.definitionId === record.definitionId &&
    head.businessKey === record.businessKey &&
    head.status === record.status &&
    head.startedAt === record.startedAt &&
    (head.endedAt ?? null) === record.endedAt
  )
}

/** What an object has beside these members; null where that is nothing. */
function moreOf(object: object, known: ReadonlySet<string>): Members | null {
  let more: Record<string, unknown> | null = null
  for (const name in object) {
    if (known.has(name)) continue
    more ??= {}
    more[name] = (object as Members)[name]
  }
  return more
}

/** Appends them as far as the last that is there. */
function appendMembers(packed: unknown[], members: readonly (Members | null)[]): void {
  const count = members.findLastIndex((one) => one !== null) + 1
  for (let i = 0; i < count; i++) packed.push(members[i])
}

function packTokens(scope: Scope): readonly PackedToken[] {
  const packed: PackedToken[] = []
  for (const n of tokenNumbers(scope)) {
    const token = scope.tokens[n] as Token // it has this number
    const { elementId, phase, since, via = 0, waits = 0 } = token
    const more = moreOf(token, TOKEN)
    packed.push(more === null ? [n, elementId, phase, since, via, waits] : [n, elementId, phase, since, via, waits, more])
  }
  return packed
}

function unpackTokens(packed: readonly PackedToken[]): Scope['tokens'] {
  const tokens: Record<number, Token> = {}
  for (const [n, elementId, phase, since, via, waits, more] of packed) {
    const token = unpackToken(elementId, phase, since, via, waits)
    tokens[n] = more == null ? token : { ...token, ...more }
  }
  return tokens
}

/** Its members in the order in which the kernel gives them, so that all tokens have one form. */
function unpackToken(elementId: string, phase: TokenPhase, since: number, via: string | 0, waits: readonly Wait[] | 0): Token {
  if (via === 0) return waits === 0 ? { elementId, phase, since } : { elementId, phase, since, waits }
  return waits === 0 ? { elementId, phase, since, via } : { elementId, phase, since, via, waits }
}
