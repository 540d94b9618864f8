import { EngineError, ModelError, Refused } from '@leeway/engine'
import { memoryStorage } from '@leeway/storage'
import { describe, expect, test } from 'vitest'
import type { Cases } from '../../src/index.ts'
import { HOUSE, keyedCalls, otherWays } from '../acceptance/keyed-calls.ts'
import { begun, type Desk, leaveAt, openDesk } from '../desk.ts'
import { calls } from './calls.ts'

/** Requests of all methods, and of those that stand by subject. */
type Methods<Face> = {
  [Name in keyof Face]: Face[Name] extends (...given: infer Given) => unknown ? Extract<Given[number], object> : Methods<Face[Name]>
}[keyof Face]
type MemberOf<Request> = Request extends readonly unknown[] ? never : Request extends unknown ? keyof Request & string : never
type Member = MemberOf<Methods<Omit<Cases, 'as' | 'within'>>>

const name = ['', 5, {}, 'kim\0', 'ä'.repeat(401)]
const words = [5, {}, []]
const title = ['', ' ', ...words]
const flag = ['no', 1, {}]
const instant = ['', 'soon 5', '2026-02-31', Number.NaN, 9e15, true, {}, new Date(Number.NaN)]
const each = ['kim', 5, {}, [''], ['a', 'a'], ['a', 5]]
const amount = [-1, Number.NaN, Number.POSITIVE_INFINITY, '5', {}]
const reason = ['', ' ', 5, {}, { code: '' }, { code: 'r', txet: 'x' }, { code: 'r', text: 5 }, { code: 'r', evidence: 'x' }]

/** What no call takes as this member, whichever call it is: one that does not know the member refuses that. */
const wrong: { readonly [Name in Member]: readonly unknown[] } = {
  actor: name,
  tenantId: name,
  idempotencyKey: [...name, 'k'.repeat(257)],
  reason,
  // of cases
  template: name,
  customer: ['', {}, 'kim\0'], // an amount, of proposals.weigh
  tier: name,
  title,
  facts: ['x', 5, [''], ['a', 'a']],
  process: ['', 5, [], {}, { key: '' }, { key: 'p', id: 'p:1' }, { key: 'p', tag: 'x' }, { key: 'p', version: 0.5 }, { id: 5 }],
  code: title,
  state: ['', 'opne', 5, {}, ['open', 'opne']],
  limit: [0, -1, 1.5, Number.NaN, '5', 1_001],
  after: ['', 5, {}, ['']],
  caseIds: each,
  entries: ['x', [0], [1.5], [1, 1], ['1']],
  items: each,
  deviations: each,
  instanceId: name,
  severity: name,
  to: ['', {}, { jmup: 'B' }, { jump: '' }, { jump: 'B', also: ['C', 'C'] }, { event: '' }, { endBranch: {}, x: 1 }, { handOver: {} }],
  overdue: flag,
  accepted: flag,
  route: [{}, 5, [], { to: 'lee' }, { to: '', until: 0 }, { to: 'lee', until: 'soon 5' }, { to: 'lee', until: 0, x: 1 }],
  as: ['', 'sibling', 5, {}],
  owner: name,
  // of deviations
  elementInstanceId: name,
  before: name,
  atNext: flag,
  mode: ['', 'away', 5, {}],
  timers: [5, 'x', [], { A: 'later' }, { A: { extend: 'soon' } }, { A: { extend: 'PT1H', by: 'x' } }, { A: null }],
  events: [5, 'x', [], { A: 'later' }, { A: 5 }],
  onLateResult: ['', 'drop', 5, {}],
  gate: flag,
  cascade: flag,
  override: [5, 'x', [], {}, { by: '' }, { by: 'max' }, { by: 'max', reason: '' }, { by: 'max', reason: 'r', x: 1 }],
  onBehalfOf: name,
  instanceIds: each,
  query: [5, 'x', [], { bogus: 1 }],
  item: [5, 'x', [], {}, { kind: 'human' }, { kind: 'human', name: ' ' }, { kind: 'human', name: 'n', x: 1 }],
  permanent: flag,
  partial: flag,
  variables: [5, 'x', [], { f: () => 1 }],
  results: [5, 'x', [], { a: 5 }, { a: {} }, { a: { item: '' } }, { a: { item: 'i', x: 1 } }],
  confirmNotIdempotent: flag,
  resultAbsent: flag,
  waive: [...each],
  overwrite: each,
  approvedBy: each,
  compensate: ['', 'some', 5, {}],
  cost: [{}, 'x', [], { kind: 'k' }, { kind: '', amount: 1 }, { kind: 'k', amount: -1 }, { kind: 'k', amount: 1, x: 1 }, Number.NaN, -1],
  // of items
  kind: ['', 5, {}],
  name: title,
  type: name,
  compensator: name,
  equivalentTo: name,
  outputs: ['', 'some', 5, [''], ['a', 'a'], { a: '' }, { a: 5 }],
  staysOpen: flag,
  required: flag,
  assignee: name,
  routing: [5, 'x', [], { rolls: ['x'] }, { roles: 'x' }, { earlierHandler: 'yes' }],
  candidateUsers: each,
  candidateGroups: each,
  dueAt: instant,
  priority: [1.5, Number.NaN, 'high', {}],
  offer: ['', ...words],
  outcome: title,
  // of what is between house and customer
  id: name,
  survey: name,
  answers: [5, 'x', [], { f: () => 1 }],
  link: title,
  at: instant,
  caseId: name,
  direction: ['', 'sideways', 5, {}],
  channel: name,
  summary: words,
  participants: each,
  answered: flag,
  connectedAt: instant,
  endedAt: instant,
  category: name,
  key: name,
  value: [() => 1, Symbol('x')],
  source: name,
  saidBy: name,
  contactId: name,
  deviationId: name,
  scope: ['', 'world', 5, {}],
  validUntil: instant,
  how: name,
  verified: flag,
  what: title,
  by: name,
  remindAt: instant,
  needs: name,
  total: amount,
  instalment: amount,
  firstAt: instant,
  proof: [5, 'x', [], {}, { kind: '' }, { kind: 'k', x: 1 }, { kind: 'k', evidence: 'x' }],
  released: flag,
  head: name,
  // of proposals, and of what is learned
  proposal: [{}, 5, 'x', { operation: 'cases.find', call: [] }],
  amends: name,
  settlement: [
    5,
    'x',
    [],
    { x: 1 },
    { question: ' ' },
    { shares: { customer: 1 } },
    { shares: { customer: 0.5, house: 0.5, x: 0 } },
    { fullCost: -1 },
  ],
  decideBy: instant,
  house: amount,
  share: [-0.1, 1.1, Number.NaN, 'x'],
  fullCost: amount,
  remedy: name,
  from: instant,
  minSupport: [0, 1.5, Number.NaN, 'x'],
}

/** Codes of what is asked wrongly, in whatever state the case is. */
const ASKED_WRONGLY: ReadonlySet<unknown> = new Set(['invalidArgument', 'notYetSupported', 'invalidVariable', 'ReasonMissing'])

describe('what no call takes is refused by each, as asked wrongly, and never passed over', () => {
  test.each(Object.entries({ ...keyedCalls, ...otherWays }))('%s', async (_, prepare) => {
    const desk = await openDesk(memoryStorage(), { handlers: { tell: () => undefined } }, undefined, HOUSE)
    const call = await prepare(desk)
    const taken: string[] = []
    await call({ ...desk, cases: trying(desk, taken) }).catch((thrown: unknown) => taken.push(`as it was meant: ${thrown}`))
    expect(taken).toEqual([])
    await desk.close()
  })
})

const readings = Object.entries(calls).filter(([method]) => !(method in keyedCalls))

describe('and by each that only reads', () => {
  test.each(readings)('%s', async (_, call) => {
    const desk = await openDesk(memoryStorage())
    const instance = await begun(desk)
    const { id: deviation, caseId } = await leaveAt(desk, instance, 'A')
    const { id: item } = await desk.cases.addItem(deviation, { kind: 'human', name: 'call', actor: 'kim' })
    const taken: string[] = []
    await call(trying(desk, taken), { instance, case: caseId, deviation, item }).catch(() => undefined)
    expect(taken).toEqual([])
    await desk.close()
  })
})

/** The same methods; each is called with everything that is wrong before it is called as it was meant. */
function trying(desk: Desk, taken: string[]): Cases {
  const wrapped = (face: object, path: string): object =>
    Object.fromEntries(
      Object.entries(face).map(([key, method]) => {
        const here = `${path}.${key}`
        if (key === 'as') return [key, (who: Parameters<Cases['as']>[0]) => wrapped(desk.cases.as(who), here)]
        if (typeof method !== 'function') return [key, wrapped(method, here)]
        return [
          key,
          async (...given: readonly unknown[]) => {
            for (const [what, args] of variants(given)) {
              const error = await Promise.resolve()
                .then(() => method(...args))
                .catch((thrown: unknown) => thrown)
              const code =
                error instanceof EngineError || error instanceof Refused
                  ? error.code
                  : error instanceof ModelError
                    ? 'invalidArgument'
                    : null
              if (!ASKED_WRONGLY.has(code)) taken.push(`${here} with ${what}: ${code ?? 'taken'}`)
            }
            return method(...given)
          },
        ]
      }),
    )
  return wrapped(desk.cases, 'cases') as Cases // with the same members
}

function variants(given: readonly unknown[]): readonly (readonly [string, readonly unknown[]])[] {
  return given.flatMap((one, k): (readonly [string, readonly unknown[]])[] => {
    const put = (value: unknown): readonly unknown[] => given.map((other, i) => (i === k ? value : other))
    if (typeof one === 'string') return ['', 5, null, 'x\0'].map((value) => [`${k}: ${String(value)}`, put(value)])
    if (typeof one !== 'object' || one === null) return []
    const members = Object.entries(wrong).flatMap(([member, values]) =>
      values.map((value) => [`${member}: ${shown(value)}`, put({ ...one, [member]: value })] as const),
    )
    return [['a member that there is not', put({ ...one, misspelt: 1 })], ...members]
  })
}

function shown(value: unknown): string {
  return typeof value === 'object' ? (JSON.stringify(value) ?? '').slice(0, 60) : String(value).slice(0, 20)
}
