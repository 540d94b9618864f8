import type { Case } from '../case/case-state.ts'
import { personOf, standsInFor } from '../case/persons.ts'
import type { Grant, People, Person } from '../case/rules.ts'

/** Which cases a person may read: all of them, those that one of these people has to do with, or none. */
export type Sight = { readonly of: 'all' } | { readonly of: 'own'; readonly names: readonly string[] } | { readonly of: 'none' }

const ALL: Sight = { of: 'all' }

/**
 * By the right `see`, which is asked for where some role is granted it by name. Granted to a role in the case, it is for cases that the
 * person has to do with. Who reads in nobody's name is the host itself.
 */
export function sightOf(people: People | null, actor: string | undefined): Sight {
  if (people === null || actor === undefined || !isAsked(people)) return ALL
  const person = personOf(people, actor)
  const acting = person === null ? [] : [person, ...standsInFor(people, person)]
  if (acting.some((one) => [...(one.roles ?? []), '*'].some((role) => seesBy(people, role, one)))) return ALL
  const names = acting.flatMap((one) => (CASE_ROLES.some((role) => seesBy(people, role, one)) ? [one.id] : []))
  return names.length === 0 ? { of: 'none' } : { of: 'own', names }
}

export function isInSight(sight: Sight, record: Pick<Case, 'people' | 'body'>): boolean {
  if (sight.of !== 'own') return sight.of === 'all'
  return sight.names.some((name) => record.body.owner === name || record.people.includes(name))
}

const CASE_ROLES = ['case:manager', 'case:member', 'case:contributor'] as const

function isAsked({ grants }: People): boolean {
  return Object.values(grants).some((list) => list.some((grant) => rightOf(grant) === 'see'))
}

function seesBy({ grants }: People, role: string, { skills = [] }: Person): boolean {
  const list = Object.hasOwn(grants, role) ? (grants[role] ?? []) : []
  return list.some((grant) => {
    const isSee = rightOf(grant) === 'see' || rightOf(grant) === '*'
    const skill = typeof grant === 'string' ? undefined : grant.skill
    return isSee && (skill === undefined || skills.includes(skill))
  })
}

function rightOf(grant: Grant['right'] | Grant): Grant['right'] {
  return typeof grant === 'string' ? grant : grant.right
}
