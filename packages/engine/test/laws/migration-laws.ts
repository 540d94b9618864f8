import { isDeepStrictEqual } from 'node:util'
import { stateAfter } from './hold-laws.ts'
import { type Law, plain } from './trace-laws.ts'
import { INSTANCE } from './walk.ts'

/** Migrating to the same model changes nothing, at whatever moment. */
export const migratingToTheSameModelIsNothing: Law = (trace, kernel) => {
  const { definition, moves } = trace
  const every = Math.max(1, Math.floor(moves.length / STATES_LOOKED_AT))
  return moves.flatMap(({ after, command: { now } }, k) => {
    const status = after.scopes.get(INSTANCE)?.instance?.status
    if (k % every !== 0 || (status !== 'active' && status !== 'suspended')) return []
    const migrate = { type: 'migrateProcess' as const, now, instanceId: INSTANCE, definitionId: 'D', target: definition, map: {} }
    const migrated = stateAfter(kernel, definition, after, migrate)
    if (migrated && isDeepStrictEqual(plain(migrated), plain(after))) return []
    return [`after move ${k}: migrating to the same model ${migrated ? 'changed the instance' : 'is refused'}`]
  })
}

const STATES_LOOKED_AT = 6
