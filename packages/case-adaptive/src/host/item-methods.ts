import { unknownDeviation } from '../case/case-refusals.ts'
import { applies, isFor } from '../case/service/offers.ts'
import { isInSight, sightOf } from '../people/sight.ts'
import type { CaseCall } from './call.ts'
import { asAsked } from './case-template.ts'
import { CALL, checkNames, needName } from './check-request.ts'
import { allowed, answer, byName, type Context, ofItem, ofPlace, submitOptions } from './context.ts'
import type { ItemFace } from './item-api.ts'
import type { OfferView } from './item-view.ts'
import { readOfferAsked, readOffered } from './read-offers.ts'
import { readCost, readItem, readReason, readVariables } from './read-request.ts'
import { instanceIdOf, workIn } from './work-in.ts'

/** What is done off the path. */
export function itemMethods(context: Context): ItemFace {
  return {
    async addItem(to, request) {
      const by = byName(context, 'cases.addItem', request)
      const { instanceId, asked, template } = await ofPlace(context, by, to)
      const { templates } = context
      // What a template or an offer is may have changed since, or it is no more.
      if ('offer' in request) {
        const command = () => readOffered(to, request, template, templates)
        return answer(await context.port.submit(instanceId, command, { ...asked, asked: readOfferAsked(to, request, templates) }))
      }
      const options = { ...asked, asked: readItem(to, request, asAsked(templates)) }
      return answer(await context.port.submit(instanceId, () => readItem(to, request, templates), options))
    },
    async completeItem(itemId, request = {}) {
      const by = byName(context, 'cases.completeItem', request)
      checkNames('cases.completeItem', request, { outcome: 'title?', variables: 'any', cost: 'any', ...CALL })
      needName('cases.completeItem', 'itemId', itemId)
      const command = {
        type: 'completeItem',
        itemId,
        outcome: request.outcome ?? null,
        variables: readVariables(request.variables),
        ...(request.cost !== undefined && { cost: readCost('cases.completeItem', request.cost) }),
      } as const
      const { instanceId, asked } = await ofItem(context, by, itemId)
      await context.port.submit(instanceId, command, { ...asked, outlives: true })
    },
    async cancelItem(itemId, request) {
      const by = byName(context, 'cases.cancelItem', request)
      checkNames('cases.cancelItem', request, { reason: 'any', ...CALL })
      needName('cases.cancelItem', 'itemId', itemId)
      const reason = readReason(request.reason, 'cases.cancelItem')
      const { instanceId, asked } = await ofItem(context, by, itemId)
      await context.port.submit(instanceId, { type: 'cancelItem', itemId, reason }, { ...asked, outlives: true })
    },
    offers: (to, who = {}) => offers(context, to, who),
    async workIn(elementInstanceId) {
      needName('cases.workIn', 'elementInstanceId', elementInstanceId)
      await allowed(context, submitOptions(context, 'cases.workIn', {}), instanceIdOf(elementInstanceId))
      return workIn(context, elementInstanceId)
    },
  }
}

/** What may be added by whom: the rules look at the same as when it is added. */
async function offers(context: Context, to: string, who: Pick<CaseCall, 'actor' | 'tenantId'>): Promise<readonly OfferView[]> {
  checkNames('cases.offers', who, { actor: 'text', tenantId: 'text' })
  const by = byName(context, 'cases.offers', who)
  const place = await ofPlace(context, by, to)
  // Who reads must see it, and so must the person for whom they do.
  const readers = [context.bound.actor, by.actor]
  if (!readers.every((actor) => isInSight(sightOf(context.people, actor), place.case))) throw unknownDeviation(to)
  return context.templates
    .offersOf(place.template)
    .filter((offer) => applies(offer, place) && isFor(context, offer, by.actor ?? ''))
    .map(({ key, item: { name, kind, required } }) => ({ key, name, kind, required }))
}
