import { isInSight, type Sight, sightOf } from '../people/sight.ts'
import type { Readers } from './read-case.ts'
import { caseRecords } from './records.ts'

/** Records of cases that the reader may see; one of no case is for who may see all. */
export async function inSight<R extends { readonly caseId: string | null }>(
  readers: Pick<Readers, 'port' | 'bound' | 'people'>,
  found: readonly R[],
  sight: Sight = sightOf(readers.people, readers.bound.actor),
): Promise<readonly R[]> {
  if (sight.of === 'all' || found.length === 0) return found
  if (sight.of === 'none') return []
  const seen = await casesInSight(readers, sight, [...new Set(found.flatMap(({ caseId }) => caseId ?? []))])
  return found.filter(({ caseId }) => caseId !== null && seen.has(caseId))
}

async function casesInSight({ port }: Pick<Readers, 'port'>, sight: Sight, ids: readonly string[]): Promise<ReadonlySet<string>> {
  const seen = new Set<string>()
  for (let k = 0; k < ids.length; k += GET_MAX)
    for (const record of await port.get(caseRecords, ids.slice(k, k + GET_MAX))) if (isInSight(sight, record)) seen.add(record.id)
  return seen
}

/** Most records read at once, by storage's contract. */
const GET_MAX = 1_000

/**
 * What a person's list tells: what is theirs to do, and of the rest what they may see. To another who reads the list it tells only what
 * they may see themselves.
 */
export async function listed<R extends { readonly caseId: string | null }>(
  readers: Pick<Readers, 'port' | 'bound' | 'people'>,
  found: readonly R[],
  person: string,
  isTheirs: (one: R) => boolean,
): Promise<readonly R[]> {
  const { people, bound } = readers
  const told = bound.actor === undefined || bound.actor === person ? found : await inSight(readers, found)
  const others = told.filter((one) => !isTheirs(one))
  const seen = new Set(await inSight(readers, others, sightOf(people, person)))
  return told.filter((one) => isTheirs(one) || seen.has(one))
}
