import type { People, Person } from './rules.ts'

/** All who work with cases, as they are now. */
export function personsOf({ persons }: People): readonly Person[] {
  return typeof persons === 'function' ? persons() : persons
}
