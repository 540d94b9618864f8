import type { FieldConditions, StoredRecord } from '@leeway/storage'
import type { Api } from './api-context.ts'
import { checkMembers, checkText } from './arguments.ts'
import { tenantBranches } from './instances.ts'

/** A query each of whose criteria is a text that a field of that name must equal; pages go by `limit` and `after`. */
type TextQuery<Name extends string> = { readonly [N in Name]?: string }

/** Throws `invalidArgument` for what is no query by these names. */
export function checkTextQuery<Name extends string>(call: string, query: TextQuery<Name>, names: readonly Name[]): void {
  checkMembers(call, 'query', query, new Set([...names, 'limit', 'after']))
  for (const name of names) checkText(call, name, query[name])
}

/** The conditions of a query, and of what the caller sees. */
export function whereOfTexts<R extends StoredRecord, Name extends string & keyof FieldConditions<R>>(
  api: Api,
  query: TextQuery<Name>,
  names: readonly Name[],
): FieldConditions<R> & { anyOf?: FieldConditions<R>[] } {
  const where: { [name: string]: unknown } = {}
  for (const name of names) {
    const wanted = query[name]
    if (wanted !== undefined) where[name] = { eq: wanted }
  }
  if (api.bound.isTenantBound) where.anyOf = tenantBranches(api)
  return where as FieldConditions<R> & { anyOf?: FieldConditions<R>[] } // the names are fields of the record
}
