import { Refused } from '@leeway/engine'
import type { Book } from '../case/book.ts'
import type { Cost } from '../case/directives.ts'
import { personOf, personsOf, standsInFor } from '../case/persons.ts'
import type { Grant, People, Person, Right } from '../case/rules.ts'
import { isWithin, type LimitsBook } from './authority.ts'

/** Where a right is asked for. */
export interface Scene {
  readonly caseId: string | null
  readonly deviationId: string | null
  readonly processKey: string | null
  readonly elementId: string | null
  /** Roles of which one is needed besides, by the element's policy; null: none. */
  readonly roles: readonly string[] | null
  /** What it costs, against the person's limit for its kind. */
  readonly cost?: Cost
}

/** What was asked for, ready to be proposed to those who may. */
export interface ReadyProposal {
  readonly operation: string
  readonly right: Right
  readonly by: string
  readonly command: unknown
}

/** What is looked at to say what somebody may do. */
export interface RightsBook extends LimitsBook, Pick<Book, 'case' | 'deviation' | 'itemsOfDeviation' | 'approver'> {
  readonly rules: Pick<Book['rules'], 'people'>
}

/** Most names in a refusal. */
const HOLDERS_MAX = 20

/** Throws `NotAllowed` where a person has not the right: with what is missing, who has it, and the proposal to be sent to them. */
export function needRight(book: Book, right: Right, actor: string, scene: Scene, command: unknown): void {
  if (hasRight(book, right, actor, scene)) return
  const holders = holdersOf(book, right, scene)
  const who = holders.length === 0 ? 'Nobody has it now.' : `${holders.slice(0, 5).join(', ')} may.`
  const at = scene.elementId === null ? '' : ` at "${scene.elementId}"`
  const proposal: ReadyProposal = { operation: operationOf(right), right, by: actor, command }
  throw new Refused(
    'NotAllowed',
    `${actor} may not ${wordsOf(right)}${at}: the right "${right}" is missing. ${who} The proposal is ready.`,
    {
      missing: missingOf(book, right, actor, scene),
      holders,
      proposal,
    },
  )
}

export function hasRight(book: RightsBook, right: Right, actor: string, scene: Scene): boolean {
  const { people } = book.rules
  if (people === null) return true
  return actingAs(book, people, actor).some(
    (one) =>
      grantsTo(book, people, one, scene).some((grant) => covers(grant, right, one, scene)) &&
      isCovered(book, one, scene) &&
      hasRole(one, scene),
  )
}

/** A person, those whom they stand in for, and who agreed that they do it. */
function actingAs({ approver }: RightsBook, people: People, actor: string): readonly Person[] {
  const names = approver === undefined ? [actor] : [actor, approver]
  return names.flatMap((name) => {
    const person = personOf(people, name)
    return person === null ? [] : [person, ...standsInFor(people, person)]
  })
}

/** By which role a person has a right, or null: where nobody's rights are looked at, or there is none. */
export function roleFor(book: Book, right: Right, actor: string, scene: Scene): string | null {
  const { people } = book.rules
  const person = people === null ? null : personOf(people, actor)
  if (people === null || person === null) return null
  for (const one of [person, ...standsInFor(people, person)])
    for (const role of rolesOf(book, one, scene)) if (grantsOf(people, role).some((grant) => covers(grant, right, one, scene))) return role
  return null
}

/** Throws `NotAllowed` where the actor does not stand in for that person. */
export function needStandIn(book: Book, actor: string, onBehalfOf: string | undefined): void {
  const { people } = book.rules
  if (people === null || onBehalfOf === undefined || identitiesOf(people, actor).includes(onBehalfOf)) return
  const holders = personsOf(people).flatMap(({ id, substituteFor = [] }) => (substituteFor.includes(onBehalfOf) ? [id] : []))
  throw new Refused('NotAllowed', `${actor} does not stand in for ${onBehalfOf}.`, { missing: [`substitute:${onBehalfOf}`], holders })
}

/** Throws `SecondPersonNeeded`, or `NotAllowed` where one of the two may not override. */
export function needSecondPerson(book: Book, command: unknown, scene: Scene, actor: string, second: string): void {
  if (isSamePerson(book.rules.people, actor, second)) {
    const message = `${second} counts as ${actor}; an override takes a second person.`
    throw new Refused('SecondPersonNeeded', message, {
      ...(scene.deviationId !== null && { deviationId: scene.deviationId }),
      by: second,
      missing: ['secondPerson'],
    })
  }
  for (const one of [actor, second]) needRight(book, 'override', one, { ...scene, roles: null }, command)
}

/** Everyone who has the right here. */
export function holdersOf(book: Book, right: Right, scene: Scene): readonly string[] {
  const { people } = book.rules
  if (people === null) return []
  return personsOf(people)
    .filter(({ id }) => hasRight(book, right, id, scene))
    .map(({ id }) => id)
    .slice(0, HOLDERS_MAX)
}

/** True where two names count as one: the same person, or one who stands in for the other, or both for a third. */
export function isSamePerson(people: People | null, one: string, other: string): boolean {
  if (one === other) return true
  if (people === null) return false
  const names = identitiesOf(people, one)
  return identitiesOf(people, other).some((name) => names.includes(name))
}

function identitiesOf(people: People, id: string): readonly string[] {
  return [id, ...(personOf(people, id)?.substituteFor ?? [])]
}

function grantsTo(book: RightsBook, people: People, person: Person, scene: Scene): readonly Grant[] {
  return rolesOf(book, person, scene).flatMap((role) => grantsOf(people, role))
}

function rolesOf(book: RightsBook, person: Person, scene: Scene): readonly string[] {
  return [...(person.roles ?? []), ...caseRolesOf(book, person.id, scene), '*']
}

function grantsOf({ grants }: People, role: string): readonly Grant[] {
  const list = Object.hasOwn(grants, role) ? (grants[role] ?? []) : []
  return list.map((grant) => (typeof grant === 'string' ? { right: grant } : grant))
}

/** `case:manager`, `case:member`, `case:contributor`, as far as the records say so. */
function caseRolesOf(book: RightsBook, id: string, { caseId, deviationId }: Scene): readonly string[] {
  const roles: string[] = []
  if (caseId !== null && book.case(caseId)?.body.owner === id) roles.push('case:manager')
  if (deviationId === null) return roles
  if (book.deviation(deviationId)?.body.participants.includes(id)) roles.push('case:member')
  if (book.itemsOfDeviation(deviationId).some(({ body }) => body.assignee === id)) roles.push('case:contributor')
  return roles
}

function covers(
  { right: given, processes, elements, skill }: Grant,
  right: Right,
  person: Person,
  { processKey, elementId }: Scene,
): boolean {
  const isRight = given === '*' || given === right || (given.endsWith('.*') && right.startsWith(given.slice(0, -1)))
  if (!isRight) return false
  if (processes !== undefined && (processKey === null || !processes.includes(processKey))) return false
  if (elements !== undefined && (elementId === null || !elements.includes(elementId))) return false
  return skill === undefined || (person.skills?.includes(skill) ?? false)
}

function isCovered(book: RightsBook, person: Person, { cost }: Scene): boolean {
  return cost === undefined || isWithin(book, person, cost)
}

function hasRole({ roles = [] }: Person, scene: Scene): boolean {
  return scene.roles === null || scene.roles.some((role) => roles.includes(role))
}

/** What stands in the way: the right itself, else the role, else the limit. */
function missingOf(book: Book, right: Right, actor: string, scene: Scene): readonly string[] {
  const { cost: _cost, ...free } = scene
  if (hasRight(book, right, actor, free)) return [`authority:${scene.cost?.kind ?? ''}`]
  if (hasRight(book, right, actor, { ...free, roles: null })) return (scene.roles ?? []).map((role) => `role:${role}`)
  return [right]
}

function operationOf(right: Right): string {
  if (right.startsWith('return.') || right === 'override' || right === 'skipMandatory' || right === 'waive') return 'cases.return'
  if (right.startsWith('addItem.')) return 'cases.addItem'
  if (right === 'bulk') return 'cases.leaveMany'
  const nested = Object.hasOwn(NESTED, right) ? Reflect.get(NESTED, right) : undefined
  if (nested !== undefined) return nested
  return right === 'withdraw' || right === 'takeOver' || right === 'preempt' || right === 'leave' ? 'cases.leave' : `cases.${right}`
}

/** Operations whose methods stand by subject. */
const NESTED = {
  promote: 'cases.promotions.accept',
  propose: 'cases.proposals.draft',
  endorse: 'cases.proposals.endorse',
  approve: 'cases.proposals.approve',
  review: 'cases.reviews.decide',
  recordContact: 'cases.contacts.record',
  recordFact: 'cases.facts.record',
  verifyFact: 'cases.facts.verify',
  askFact: 'cases.facts.ask',
  revokeFact: 'cases.facts.revoke',
  makeCommitment: 'cases.commitments.make',
  proveCommitment: 'cases.commitments.prove',
} as const satisfies { readonly [Name in Right]?: string }

function wordsOf(right: Right): string {
  const [verb = right, what] = right.split('.')
  if (verb === 'return') return `return by ${what}`
  return verb === 'addItem' ? `add an item of the kind ${what}` : verb
}
