import type { EngineApi } from '@leeway/engine'
import { isoOf, revealVariables, type Values } from '@leeway/engine/extension'
import type { Case } from '../case/case-state.ts'
import type { Commitment, Fact } from '../case/customer-state.ts'
import type { CustomerMilestone, CustomerTerms } from '../case/customer-terms.ts'
import type { PlanItem } from '../case/item-state.ts'
import { personOf } from '../case/persons.ts'
import { sightOf } from '../people/sight.ts'
import type { Context } from './context.ts'
import { isSeen, PARTS_MAX, whereSeen } from './read-case.ts'
import { factView } from './read-customer.ts'
import { caseRecords, commitments, facts, items } from './records.ts'

/** What a customer may see of their cases: nothing but what the template of each says. */
export interface CustomerView {
  /** The latest first, at most 100. */
  readonly cases: readonly CustomerCaseView[]
}

/** What a customer may see of a case. Instants are ISO 8601. */
export interface CustomerCaseView {
  readonly id: string
  readonly openedAt: string
  readonly title?: string
  /** In the words of the template; null where it has none for this state. */
  readonly state: string | null
  /** The one person to turn to, by the name that customers know. */
  readonly contact: string | null
  /** What was reached, in the order in which it was. */
  readonly milestones: readonly { readonly text: string; readonly at: string; readonly evidence?: { readonly [name: string]: unknown } }[]
  readonly commitments: readonly {
    readonly what: string
    readonly dueAt: string
    readonly state: string
    readonly evidence?: readonly string[]
  }[]
  readonly facts: { readonly [key: string]: unknown }
}

/** Most cases of a customer in one view. */
const CASES_MAX = 100

/**
 * By the id of a customer all of their cases that the reader may see, by a case's token just that one: it is the customer's own, and
 * whoever reads by it reads for them. What is neither is nobody's.
 */
export async function readCustomerView(context: Context, customerOrToken: string): Promise<CustomerView> {
  const { port, bound, templates } = context
  const [byToken] = await port.find(caseRecords, { where: { token: { eq: customerOrToken } }, limit: 1 })
  const own = byToken === undefined ? await ofCustomer(context, customerOrToken) : [byToken]
  const seen = own.filter(({ tenantId }) => isSeen(tenantId, bound))
  return { cases: await Promise.all(seen.map((record) => viewOf(context, record, templates.customerOf(record.template)))) }
}

async function ofCustomer({ port, bound, people }: Context, customer: string): Promise<readonly Case[]> {
  const sight = sightOf(people, bound.actor)
  if (sight.of === 'none') return []
  const inSight = sight.of === 'own' ? { people: { hasAny: [...sight.names] } } : {}
  const where = { customer: { eq: customer }, ...inSight, ...whereSeen(bound.tenantId) }
  return port.find(caseRecords, { where, orderBy: [{ field: 'id', descending: true }], limit: CASES_MAX })
}

async function viewOf(context: Context, record: Case, terms: CustomerTerms): Promise<CustomerCaseView> {
  const { id, state, openedAt, body } = record
  const { states = {}, milestones = {}, facts: keys = [] } = terms
  const title = terms.title && body.title !== null ? { title: body.title } : {}
  return {
    id,
    openedAt: isoOf(openedAt),
    ...title,
    state: Object.hasOwn(states, state) ? (states[state] ?? null) : null,
    contact: terms.contact ? contactOf(context, body.owner) : null,
    milestones: Object.keys(milestones).length === 0 ? [] : await reached(context, record, milestones),
    commitments: terms.commitments ? await promised(context, id) : [],
    facts: keys.length === 0 ? {} : await known(context, record, keys),
  }
}

function contactOf({ people }: Context, owner: string | null): string | null {
  return people === null || owner === null ? null : (personOf(people, owner)?.publicName ?? null)
}

/** Milestones stand for completed items, by name or by the element that they count for, and for completed elements of the path. */
async function reached(
  { port, engine }: Context,
  record: Case,
  milestones: { readonly [key: string]: string | CustomerMilestone },
): Promise<CustomerCaseView['milestones']> {
  const own = await port.find(items, { where: { caseId: { eq: record.id } }, orderBy: [{ field: 'id' }], limit: PARTS_MAX })
  const found: { readonly key: string; readonly at: number; readonly values: Values }[] = own.flatMap((item) => doneBy(item))
  for (const instanceId of record.instanceIds) found.push(...(await doneOnPath(engine, instanceId)))
  found.sort((a, b) => a.at - b.at)
  const told = new Set<string>()
  return found.flatMap(({ key, at, values }) => {
    if (!Object.hasOwn(milestones, key) || told.has(key)) return []
    told.add(key)
    const given = milestones[key] ?? ''
    const { text, evidence = [] } = typeof given === 'string' ? { text: given } : given
    const shown = Object.entries(revealVariables(values)).filter(([name]) => evidence.includes(name))
    return [{ text, at: isoOf(at), ...(shown.length > 0 && { evidence: Object.fromEntries(shown) }) }]
  })
}

function doneBy({ state, body }: PlanItem): readonly { readonly key: string; readonly at: number; readonly values: Values }[] {
  const { completed, equivalentTo } = body
  if (state !== 'completed' || completed === undefined) return []
  const { at, variables: values } = completed
  return [{ key: body.name, at, values }, ...(equivalentTo === undefined ? [] : [{ key: equivalentTo, at, values }])]
}

async function doneOnPath(engine: EngineApi, instanceId: string): Promise<readonly { key: string; at: number; values: Values }[]> {
  const history = await engine.history(instanceId)
  return history.flatMap(({ type, elementId, at }) =>
    type === 'elementCompleted' && elementId !== undefined ? [{ key: elementId, at: Date.parse(at), values: {} }] : [],
  )
}

async function promised({ port }: Context, caseId: string): Promise<CustomerCaseView['commitments']> {
  const found: readonly Commitment[] = await port.find(commitments, {
    where: { caseId: { eq: caseId } },
    orderBy: [{ field: 'id' }],
    limit: PARTS_MAX,
  })
  return found.map(({ dueAt, state, body }) => ({
    what: body.words,
    dueAt: isoOf(dueAt),
    state,
    ...(body.proof && { evidence: body.proof.evidence }),
  }))
}

async function known({ port }: Context, { id }: Case, keys: readonly string[]): Promise<{ readonly [key: string]: unknown }> {
  const found: readonly Fact[] = await port.find(facts, { where: { caseId: { eq: id } }, orderBy: [{ field: 'id' }], limit: PARTS_MAX })
  const views = found.filter(({ key }) => keys.includes(key)).map((fact) => factView(fact, port.now()))
  return Object.fromEntries(views.filter(({ state }) => state === 'claimed' || state === 'verified').map(({ key, value }) => [key, value]))
}
