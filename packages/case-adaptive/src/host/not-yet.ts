import { EngineError } from '@leeway/engine'

/** Parts of the package that are named in its public face and not there yet: each call is refused, none is ignored. */
export type NotYet = (...given: readonly unknown[]) => Promise<never>

/** Makes methods that refuse. */
export function notYet<Name extends string>(names: readonly Name[], prefix = 'cases.'): { readonly [Method in Name]: NotYet } {
  const methods = names.map((name) => [name, async () => refuseNotYet(`${prefix}${name}`)])
  return Object.fromEntries(methods) as { readonly [Method in Name]: NotYet } // an entry for each name
}

/** Throws `notYetSupported`. */
export function refuseNotYet(what: string): never {
  throw new EngineError('notYetSupported', `${what} is not supported yet.`, { what })
}

/** Named in the public face and refused as `notYetSupported`. */
export interface NotYetThere {
  readonly promotions: Record<'candidates' | 'draft' | 'accept', NotYet>
}

export const notYetThere: NotYetThere = {
  promotions: notYet(['candidates', 'draft', 'accept'], 'cases.promotions.'),
}
