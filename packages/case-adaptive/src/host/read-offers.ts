import { EngineError } from '@leeway/engine'
import type { AddItem } from '../case/commands.ts'
import type { Offer } from '../case/service/offer.ts'
import { offerNamed } from '../case/service/offers.ts'
import type { CaseTemplate, TemplateNames } from './case-template.ts'
import { checkNames, type Shape, shown } from './check-request.ts'
import type { OfferRequest } from './item-api.ts'
import { OF_ITEM, readInstant, readItem, readVariables } from './read-request.ts'

/** The planning table of a template. Throws `invalidOption`, and as `cases.addItem` for items that could not be added. */
export function readOffers({ key: template, offers = [] }: CaseTemplate, templates: TemplateNames): readonly Offer[] {
  const keys = new Set<string>()
  return offers.map((given) => {
    checkNames('createCases.templates: its offer', given, OFFER)
    const { key, item, when = {}, roles } = given
    checkNames(`createCases.templates: offer ${shown(key)}`, when, PLACE)
    if (typeof key !== 'string' || key === '' || keys.has(key))
      throw new EngineError(
        'invalidOption',
        `createCases: each offer of template "${template}" needs a key of its own; "${key}" is none.`,
        { template },
      )
    keys.add(key)
    const { to: _to, ...read } = readItem('', item, templates)
    const { tiers = null, severities = null, processes = null, elements = null } = when
    return { key, item: read, tiers, severities, processes, elements, roles: roles ?? null }
  })
}

/** What was asked of an offer, whatever that is by now. Throws as `cases.addItem`. */
export function readOfferAsked(to: string, request: OfferRequest, { timeZone }: TemplateNames): object {
  checkNames('cases.addItem by an offer', request, OFFERED)
  const { idempotencyKey: _key, actor: _actor, tenantId: _tenantId, dueAt, variables, ...own } = request
  return { type: 'addItem', to, ...own, dueAt: readInstant('dueAt', dueAt, timeZone), variables: readVariables(variables) }
}

/** An item that is added by an offer of the planning table. Throws `UnknownOffer`, and as `cases.addItem`. */
export function readOffered(
  to: string,
  request: OfferRequest,
  template: string,
  templates: TemplateNames & { offersOf(key: string): readonly Offer[] },
): AddItem {
  const { offer: key, ...own } = request
  const { item } = offerNamed(templates, key, template)
  const read = readItem(to, { ...own, kind: 'human', name: request.name ?? item.name }, templates)
  return {
    ...item,
    to,
    offer: key,
    name: read.name,
    after: read.after,
    assignee: own.assignee === undefined ? item.assignee : read.assignee,
    candidateUsers: own.candidateUsers === undefined ? item.candidateUsers : read.candidateUsers,
    candidateGroups: own.candidateGroups === undefined ? item.candidateGroups : read.candidateGroups,
    dueAt: own.dueAt === undefined ? item.dueAt : read.dueAt,
    priority: own.priority === undefined ? item.priority : read.priority,
    required: own.required ?? item.required,
    input: { ...item.input, ...read.input },
  }
}

const OFFER: Shape = { key: 'text', item: 'object', when: 'object', roles: 'texts' }
const PLACE: Shape = { tiers: 'texts', severities: 'texts', processes: 'texts', elements: 'texts' }

const OFFERED: Shape = { ...OF_ITEM, offer: 'text', name: 'title' }
