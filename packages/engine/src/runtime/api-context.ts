import type { Outcome } from './command-request.ts'
import { EngineError, Refused } from './errors.ts'
import type { Host } from './host.ts'

/** Whom the calls are for: `engine.as`. */
export interface Binding {
  readonly actor: string | null
  readonly tenantId: string | null
  /** True where a tenant was named: then reads see that tenant and what is shared, no more. */
  readonly isTenantBound: boolean
}

/** What every mutating call may be given. */
export interface CallOptions {
  readonly actor?: string
  /** For which tenant: what is another's is not there for the call, as for a caller who is bound to it. */
  readonly tenantId?: string
  /** The same key gives the same answer and one effect. */
  readonly idempotencyKey?: string
}

/** An engine as one caller sees it. */
export interface Api {
  readonly host: Host
  readonly bound: Binding
}

/** Who acts, by the call or by `as`. */
export function actorOf({ bound }: Api, options: { readonly actor?: string | undefined } | undefined): string | null {
  return options?.actor ?? bound.actor
}

/** For which tenant, by the call or by `as`. Throws `notAuthorized` where a bound caller names another one. */
export function tenantOf({ bound }: Api, options: { readonly tenantId?: string | null | undefined } | undefined): string | null {
  const given = options?.tenantId
  if (given === undefined || (given === null && !bound.isTenantBound)) return bound.tenantId
  if (bound.isTenantBound && given !== bound.tenantId) {
    throw new EngineError('notAuthorized', `This engine is bound to tenant ${bound.tenantId}; tenant ${given} cannot be named`, {
      tenantId: given,
    })
  }
  return given
}

/** The engine as the tenant sees it that a call names; the same engine where it names none. Throws as {@link tenantOf}. */
export function forTenant(api: Api, options: { readonly tenantId?: string | null | undefined }): Api {
  if (options.tenantId === undefined || options.tenantId === null) return api
  return { host: api.host, bound: { actor: api.bound.actor, tenantId: tenantOf(api, options), isTenantBound: true } }
}

/** True where a bound caller may see a record of this tenant. */
export function isSeen({ bound }: Api, tenantId: string | null): boolean {
  return !bound.isTenantBound || tenantId === null || tenantId === bound.tenantId
}

/** Asks the host's `authorize`. Null where there is none to ask: then nothing need be awaited. */
export function authorize(
  api: Api,
  operation: string,
  about: {
    readonly instanceId?: string | null
    readonly elementId?: string | null
    readonly actor?: string | null
    readonly tenantId?: string | null | undefined
  } = {},
): Promise<void> | null {
  api.host.checkOpen()
  const ask = api.host.settings.authorize
  if (ask == null) return null
  return askHost(ask, {
    operation,
    actor: about.actor ?? api.bound.actor,
    tenantId: about.tenantId ?? api.bound.tenantId,
    instanceId: about.instanceId ?? null,
    elementId: about.elementId ?? null,
  })
}

async function askHost(
  ask: NonNullable<Host['settings']['authorize']>,
  request: Parameters<NonNullable<Host['settings']['authorize']>>[0],
): Promise<void> {
  if ((await ask(request)) === true) return
  const who = request.actor ?? 'No one in particular'
  throw new EngineError('notAuthorized', `${who} may not do ${request.operation}`, { ...request })
}

/** The outcome of a command that must have been done; throws the typed error for how it was not. */
export function expectDone(outcome: Outcome, ids: Readonly<Record<string, unknown>>): Extract<Outcome, { type: 'done' }> {
  switch (outcome.type) {
    case 'done':
      return outcome
    case 'absent':
      throw new EngineError('unknownInstance', `There is no instance ${String(ids.instanceId ?? ids.id ?? '')}`, ids)
    case 'lost':
      throw new EngineError('conflict', 'Something that the call relied on was changed by another; look again and repeat it', {
        ...ids,
        conflict: outcome.conflict,
      })
    case 'rejected':
      throw rejectionError(outcome.rejection, ids)
  }
}

function rejectionError(
  { code, message, details }: Extract<Outcome, { type: 'rejected' }>['rejection'],
  ids: Readonly<Record<string, unknown>>,
): Error {
  const text = `${message.charAt(0).toUpperCase()}${message.slice(1)}`
  switch (code) {
    case 'onHold':
      return new Refused('OnHold', text, ids)
    case 'anchorUnmapped':
      return new Refused('DeviationAnchorUnmapped', text, { ...ids, ...details })
    case 'notHeld':
      return new Refused('AnchorGone', text, ids)
    case 'ended':
      return new EngineError('instanceEnded', text, ids)
    case 'notStarted':
      return new EngineError('unknownInstance', text, ids)
    case 'suspended':
      return new EngineError('instanceSuspended', text, ids)
    case 'notSuspended':
      return new EngineError('illegalTransition', text, ids)
    case 'unknownToken':
      return new EngineError('unknownElementInstance', text, ids)
    case 'notEnabled':
      return new EngineError('notEnabled', text, ids)
    case 'unknownElement':
      return new EngineError('unknownElement', text, ids)
    case 'invalidForm':
    case 'invalidVariable':
      return new EngineError(code, text, ids)
    case 'ambiguousScope':
    case 'ambiguousTimer':
    case 'noRound':
    case 'notMigratable':
    case 'offPath':
    case 'notPassed':
    case 'notDivertible':
    case 'notStartable':
      return new EngineError(code, text, ids)
    case 'notWaiting':
      return new EngineError('notWaiting', text, ids)
  }
}
