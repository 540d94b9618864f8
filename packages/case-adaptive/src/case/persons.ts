import type { People, Person } from './rules.ts'

/** All who work with cases, as they are now. */
export function personsOf({ persons }: People): readonly Person[] {
  return typeof persons === 'function' ? persons() : persons
}

/** The person of that name; null where there is none. */
export function personOf(people: People, id: string): Person | null {
  return personsOf(people).find((person) => person.id === id) ?? null
}

/** Those whom a person may stand in for. */
export function standsInFor(people: People, { substituteFor = [] }: Person): readonly Person[] {
  return substituteFor.flatMap((id) => personOf(people, id) ?? [])
}
