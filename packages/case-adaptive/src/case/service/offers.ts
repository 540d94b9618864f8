import type { Case } from '../case-state.ts'
import type { Rules } from '../decision-rules.ts'
import type { Deviation } from '../deviation-state.ts'
import { personsOf } from '../persons.ts'
import type { Offer } from './offer.ts'
import { notOffered, unknownOffer } from './refusals.ts'

/** Where an offer is looked at. */
export interface OfferPlace {
  readonly case: Pick<Case, 'template' | 'body'>
  readonly deviation: Pick<Deviation, 'elementId' | 'body'> | null
}

/** True where the applicability rule holds. */
export function applies({ tiers, severities, processes, elements }: Offer, { case: record, deviation }: OfferPlace): boolean {
  const { service } = record.body
  return (
    isOneOf(tiers, service?.tier) &&
    isOneOf(severities, service?.severity) &&
    isOneOf(processes, deviation?.body.definition.key) &&
    isOneOf(elements, deviation?.elementId)
  )
}

/** Throws `UnknownOffer`, `NotOffered`: what is added by an offer has to be one. */
export function checkOffer(rules: Rules, key: string, place: OfferPlace, actor: string): void {
  const { template } = place.case
  const offer = offerNamed(rules, key, template)
  if (!applies(offer, place)) throw notOffered(key, 'it does not apply here')
  if (!isFor(rules, offer, actor)) throw notOffered(key, `${actor} has none of the roles ${offer.roles?.join(', ')}`)
}

/** The offer of a template. Throws `UnknownOffer`. */
export function offerNamed({ offersOf }: Pick<Rules, 'offersOf'>, key: string, template: string): Offer {
  const offers = offersOf(template)
  const offer = offers.find((one) => one.key === key)
  if (offer !== undefined) return offer
  const known = offers.map((one) => one.key)
  throw unknownOffer(key, template, known)
}

/** True where the person may use it. */
export function isFor({ people }: Pick<Rules, 'people'>, { roles }: Offer, actor: string): boolean {
  if (people === null || roles === null) return true
  const person = personsOf(people).find(({ id }) => id === actor)
  return person?.roles?.some((role) => roles.includes(role)) === true
}

function isOneOf(wanted: readonly string[] | null, given: string | null | undefined): boolean {
  return wanted === null || (given != null && wanted.includes(given))
}
