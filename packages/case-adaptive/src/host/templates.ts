import { EngineError, Refused } from '@leeway/engine'
import type { CustomerTerms } from '../case/customer-terms.ts'
import type { RoutingRule } from '../case/rules.ts'
import type { Offer } from '../case/service/offer.ts'
import type { ServiceTerms } from '../case/service/terms.ts'
import { caseLifecycle } from '../lifecycles/case.ts'
import type { CaseTemplate, TemplateNames } from './case-template.ts'
import { checkNames, needKinds, type Shape, shown } from './check-request.ts'
import { readOffers } from './read-offers.ts'
import { readCaseRouting } from './read-routing.ts'
import { readTerms } from './read-terms.ts'

/** The templates, as read. */
export interface Templates extends TemplateNames {
  /** Of cases that open themselves. */
  readonly default: string
  /** What it promises; null: nothing. */
  termsOf(key: string): ServiceTerms | null
  /** Whom new cases go to by themselves; null: to whoever opens them. */
  routingOf(key: string): RoutingRule | null
  offersOf(key: string): readonly Offer[]
  /** The template of complaints about cases of that template. */
  complaintsOf(key: string): string
  /** What customers may see of such cases. */
  customerOf(key: string): CustomerTerms
}

const TEMPLATE: Shape = {
  key: 'any',
  name: 'words',
  isDefault: 'flag',
  severities: 'object',
  tiers: 'object',
  escalateTo: 'any',
  maxAway: 'text',
  confirmWithin: 'text',
  complaints: 'text',
  customerView: 'object',
  offers: 'list',
  routing: 'object',
}

/**
 * Checks the templates. Throws `invalidArgument`, `UnknownTemplate` for an offer of a case of another kind, `notYetSupported` for members
 * that are not known here.
 */
export function readTemplates(given: readonly CaseTemplate[] | undefined, timeZone: string): Templates {
  if (given === undefined || (Array.isArray(given) && given.length === 0))
    return {
      timeZone,
      default: 'default',
      named: (key) => key ?? 'default',
      termsOf: () => null,
      routingOf: () => null,
      offersOf: () => [],
      complaintsOf: (key) => key,
      customerOf: () => ({}),
    }
  if (!Array.isArray(given)) throw new EngineError('invalidOption', 'createCases: templates is a list of templates.', {})
  const terms = new Map<string, ServiceTerms | null>()
  const offers = new Map<string, readonly Offer[]>()
  const complaints = new Map<string, string>()
  const routings = new Map<string, RoutingRule>()
  const customers = new Map<string, CustomerTerms>()
  for (const template of given) {
    checkNames('createCases.templates', template, TEMPLATE)
    if (typeof template.key !== 'string' || template.key === '' || terms.has(template.key)) {
      throw new EngineError('invalidArgument', `Each template needs a key of its own; ${shown(template.key)} is none.`, {
        key: shown(template.key),
      })
    }
    terms.set(template.key, readTerms(template))
    if (template.routing !== undefined) routings.set(template.key, readCaseRouting(template))
  }
  const first = given.find(({ isDefault }) => isDefault) ?? (given[0] as CaseTemplate) // there is one
  const templates: Templates = {
    timeZone,
    default: first.key,
    named(key) {
      if (key === undefined) return first.key
      if (terms.has(key)) return key
      throw new Refused('UnknownTemplate', `There is no case template "${key}"; there are ${[...terms.keys()].join(', ')}.`, {
        template: key,
      })
    },
    termsOf: (key) => terms.get(key) ?? null,
    routingOf: (key) => routings.get(key) ?? null,
    offersOf: (key) => offers.get(key) ?? [],
    customerOf: (key) => customers.get(key) ?? {},
    complaintsOf: (key) => complaints.get(key) ?? first.key,
  }
  for (const template of given) {
    offers.set(template.key, readOffers(template, templates))
    if (template.customerView !== undefined) customers.set(template.key, readCustomerTerms(template.key, template.customerView))
    if (template.complaints !== undefined) complaints.set(template.key, templates.named(template.complaints))
  }
  return templates
}

/** Throws `invalidOption`. */
function readCustomerTerms(key: string, given: CustomerTerms): CustomerTerms {
  const operation = `createCases.templates: customerView of "${key}"`
  checkNames(operation, given, {
    title: 'flag',
    states: 'object',
    contact: 'flag',
    milestones: 'object',
    commitments: 'flag',
    facts: 'texts',
    tell: 'object',
  })
  if (given.tell !== undefined) needKinds(`${operation}: tell`, given.tell, { channel: 'text' })
  for (const state of Object.keys(given.states ?? {}))
    if (!Object.hasOwn(caseLifecycle.table, state))
      throw new EngineError(
        'invalidOption',
        `${operation}: "${state}" is no state of a case; there are ${Object.keys(caseLifecycle.table).join(', ')}.`,
        {},
      )
  for (const milestone of Object.values(given.milestones ?? {}))
    if (typeof milestone !== 'string') checkNames(`${operation}: its milestone`, milestone, { text: 'words', evidence: 'texts' })
  return given
}
