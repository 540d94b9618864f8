import { checkMembers, checkText, checkWhole, needText, refuseArgument } from './arguments.ts'

/** What is deployed, by its id, or by key: with a number, with a version tag. */
export type VersionReference = { readonly id: string } | { readonly key: string; readonly version?: number; readonly versionTag?: string }

const MEMBERS: ReadonlySet<string> = new Set(['id', 'key', 'version', 'versionTag'])

/** Throws `invalidArgument` for what is neither a key as text nor a reference. `argument` says what it is of, such as `process`. */
export function checkReference(call: string, argument: string, given: unknown): void {
  if (typeof given === 'string') return needText(call, argument, given)
  if (typeof given !== 'object' || given === null || !('id' in given || 'key' in given))
    refuseArgument(call, argument, given, `the key of a ${argument}, { id } of a definition, or { key, version?, versionTag? }`)
  checkMembers(call, argument, given, MEMBERS)
  const { id, key, version, versionTag } = given as { readonly [name: string]: unknown }
  if ('id' in given) {
    needText(call, `${argument}.id`, id)
    if ((key ?? version ?? versionTag) !== undefined) refuseArgument(call, argument, given, 'an id alone, or a key with a version or tag')
    return
  }
  needText(call, `${argument}.key`, key)
  checkWhole(call, `${argument}.version`, version, 1)
  checkText(call, `${argument}.versionTag`, versionTag)
}
