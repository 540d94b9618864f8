import type { ChangeSet, CommitResult, Mismatch } from '../contract.ts'
import { StorageError } from '../errors.ts'
import { faultOfSet, type ShapeOf } from '../sql/check-set.ts'
import { type Batch, batchOf, independentRuns } from './batch.ts'
import type { Run } from './connection.ts'
import { failureOf, isConnectionLost, isDuplicate, unknownOutcome } from './failure.ts'
import { statementOfSet } from './set-statement.ts'
import { statementOf } from './statement.ts'

/** Commits sets, as many as can be judged at one moment in one round trip; what happens to one hinders no other. */
export async function commitSets(run: Run, shapeOf: ShapeOf, sets: readonly ChangeSet[]): Promise<readonly CommitResult[]> {
  const faults = sets.map((set) => faultOfSet(shapeOf, set))
  const results = new Map<ChangeSet, CommitResult>()
  const sound = sets.filter((_, i) => faults[i] === null)
  if (sound.length > 0)
    for (const together of independentRuns(shapeOf, sound)) {
      const landed = await land(run, shapeOf, together)
      for (const [i, set] of together.entries()) results.set(set, landed[i] as CommitResult) // one for each
    }
  return sets.map((set, i) => {
    const fault = faults[i] ?? null
    return fault === null ? (results.get(set) as CommitResult) : { failed: fault }
  })
}

async function land(run: Run, shapeOf: ShapeOf, sets: readonly ChangeSet[]): Promise<readonly CommitResult[]> {
  for (let attempt = 1; ; attempt++) {
    try {
      if (sets.length === 1 && attempt === 1 && (await landAlone(run, shapeOf, sets[0] as ChangeSet))) return LANDED
      return await landOnce(run, sets, batchOf(shapeOf, sets))
    } catch (error) {
      if (error instanceof StorageError && error.code === 'closed') throw error
      if (error instanceof StorageError && error.code === 'unavailable') return sets.map(() => ({ failed: error }))
      // what the adapter finds before it asks the server is a StorageError, all else came while the statement ran
      if (!(error instanceof StorageError) && isConnectionLost(error)) return sets.map(() => ({ failed: unknownOutcome(error) }))
      // another may have written the record since we looked: the second look sees it, and tells a conflict
      if (sets.length === 1 && isDuplicate(error) && attempt < 3) continue
      if (sets.length === 1) return [{ failed: failedBy(error, sets[0] as ChangeSet) }]
      return oneByOne(run, shapeOf, sets)
    }
  }
}

const LANDED: readonly CommitResult[] = Object.freeze(['committed' as const])

/** The shortest way for one set: true where it landed; else nothing was written, and the other way tells why. */
async function landAlone(run: Run, shapeOf: ShapeOf, set: ChangeSet): Promise<boolean> {
  const asked = statementOfSet(shapeOf, set)
  if (asked === null) return false
  const { rows } = await run(asked.statement, asked.values)
  return rows[0]?.[0] === true
}

async function oneByOne(run: Run, shapeOf: ShapeOf, sets: readonly ChangeSet[]): Promise<readonly CommitResult[]> {
  const results: CommitResult[] = []
  for (const set of sets) results.push(...(await land(run, shapeOf, [set])))
  return results
}

async function landOnce(run: Run, sets: readonly ChangeSet[], batch: Batch): Promise<readonly CommitResult[]> {
  const { expecting, writing } = batch
  if (expecting.length + writing.length === 0) return sets.map(() => 'committed')
  const values = [...expecting, ...writing].map(({ rows }) => JSON.stringify(rows))
  const { rows } = await run(statementOf(batch), values)
  const mismatches = rows.map((row) => row.map(Number))
  const conflicts = sets.map((): Mismatch[] => [])
  for (const [s = 0, n = 0, revision = 0, fence = 0] of mismatches.sort(([, a = 0], [, b = 0]) => a - b)) {
    const expectation = sets[s]?.expect[n]
    if (expectation !== undefined) conflicts[s]?.push({ ...expectation, actual: { revision, fence } })
  }
  return conflicts.map((conflict) => (conflict.length === 0 ? 'committed' : { conflict }))
}

function failedBy(error: unknown, set: ChangeSet): StorageError {
  const failure = failureOf(error)
  if (!(failure instanceof StorageError)) throw error
  if (!isDuplicate(error)) return failure
  const { detail = '' } = error as { readonly detail?: string }
  return new StorageError(
    'constraint',
    `A record that change set "${set.id}" appends exists already. (${detail})`,
    { id: set.id },
    { cause: error },
  )
}
