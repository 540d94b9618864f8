import { type EngineApi, EngineError } from '@leeway/engine'
import type { SubmitOptions } from '@leeway/engine/extension'
import { unknownDeviation } from '../case/case-refusals.ts'
import type { Case } from '../case/case-state.ts'
import { unknownItem } from '../case/item-refusals.ts'
import type { People, Policies } from '../case/rules.ts'
import type { OfferPlace } from '../case/service/offers.ts'
import type { CaseCall } from './call.ts'
import { noActor } from './call-refusals.ts'
import { CALL, checkKinds, checkNames, checkObject, needName } from './check-request.ts'
import { doneBefore } from './preview.ts'
import type { Alerts } from './read-alerts.ts'
import { isSeen, type Readers } from './read-case.ts'
import { caseRecords, deviations, items } from './records.ts'
import type { Templates } from './templates.ts'

export interface Context extends Readers {
  readonly engine: EngineApi
  readonly templates: Templates
  readonly policies: Policies
  readonly alerts: Alerts
  /** Part of a transaction of the host. */
  readonly isJoined?: true
  readonly people: People | null
}

export function boundTo(context: Context, who: Context['bound']): Context {
  checkNames('cases.as', who, { actor: 'text?', tenantId: 'text?' })
  checkTenant('cases.as', context.bound.tenantId, who.tenantId)
  return { ...context, bound: { ...context.bound, ...who } }
}

/** The engine as who calls for a tenant sees it. */
export function engineFor(engine: EngineApi, { tenantId }: { readonly tenantId?: string }): EngineApi {
  return tenantId === undefined ? engine : engine.as({ tenantId })
}

/** As who calls for a tenant sees it: the one that the call names, else the bound one. */
export function contextFor(context: Context, { tenantId }: { readonly tenantId?: string }): Context {
  return tenantId === undefined ? context : { ...context, bound: { ...context.bound, tenantId } }
}

/** With what rules on the order of work ask for. */
export async function knowing({ engine, policies }: Context, instanceId: string, by: SubmitOptions): Promise<SubmitOptions> {
  const done = await doneBefore(engine, policies, instanceId)
  return done.length === 0 ? by : { ...by, known: done }
}

/**
 * Asks the host before anything of a call is told, even that there is nothing of the kind. Gives the options of the call that was asked
 * about.
 */
export async function allowed({ port }: Context, by: SubmitOptions, instanceId: string | null): Promise<SubmitOptions> {
  await port.ask({ ...by, instanceId })
  return { ...by, isAsked: true }
}

/** The order of a deviation is that of its instance. */
export async function ofDeviation(context: Context, by: SubmitOptions, id: string): Promise<{ instanceId: string; asked: SubmitOptions }> {
  needName(by.operation ?? 'cases', 'deviationId', id)
  const [deviation] = await context.port.get(deviations, [id])
  const asked = await allowed(context, by, deviation?.instanceId ?? null)
  if (deviation === undefined || !isSeen(deviation.tenantId, by)) throw unknownDeviation(id)
  return { instanceId: deviation.instanceId, asked }
}

/** The order of an item is that of its instance, or of its case where it has none. */
export async function ofItem(
  context: Context,
  by: SubmitOptions,
  id: string,
): Promise<{ instanceId: string | null; asked: SubmitOptions }> {
  needName(by.operation ?? 'cases', 'itemId', id)
  const [item] = await context.port.get(items, [id])
  const asked = await allowed(context, by, item?.instanceId ?? null)
  const [record] = item === undefined ? [] : await context.port.get(caseRecords, [item.caseId])
  if (item === undefined || record === undefined || !isSeen(record.tenantId, by)) throw unknownItem(id)
  return { instanceId: item.instanceId, asked }
}

/** No instance for a case: its own record gives the order. */
export async function ofPlace(
  context: Context,
  by: SubmitOptions,
  id: string,
): Promise<{ instanceId: string | null; asked: SubmitOptions; template: string; case: Case } & OfferPlace> {
  const { port } = context
  needName(by.operation ?? 'cases', 'deviationOrCaseId', id)
  const [[deviation = null], [own]] = await Promise.all([port.get(deviations, [id]), port.get(caseRecords, [id])])
  const instanceId = deviation?.instanceId ?? null
  const asked = await allowed(context, by, instanceId)
  const [record] = deviation === null ? [own] : await port.get(caseRecords, [deviation.caseId])
  if (record === undefined || !isSeen(record.tenantId, by)) throw unknownDeviation(id)
  return { instanceId, asked, template: record.template, case: record, deviation }
}

/** Throws `notAuthorized` where a handle that is bound to a tenant is given another one. */
export function checkTenant(operation: string, bound: string | undefined, given: string | undefined): void {
  if (bound === undefined || given === undefined || given === bound) return
  throw new EngineError('notAuthorized', `${operation}: these cases are bound to tenant ${bound}, which stays`, { tenantId: bound })
}

/** What goes with the command; what goes on record must have a name. */
export function byName(context: Context, operation: string, call: CaseCall): SubmitOptions {
  const options = submitOptions(context, operation, call)
  if (!options.actor?.trim()) throw noActor(operation)
  return options
}

export function submitOptions({ bound }: Context, operation: string, call: CaseCall): SubmitOptions {
  checkObject(operation, call)
  checkKinds(operation, call, CALL)
  checkTenant(operation, bound.tenantId, call.tenantId)
  const actor = call.actor ?? bound.actor
  const tenantId = call.tenantId ?? bound.tenantId
  const { idempotencyKey } = call
  return {
    operation,
    ...(actor !== undefined && { actor }),
    ...(tenantId !== undefined && { tenantId }),
    ...(idempotencyKey !== undefined && { idempotencyKey }),
  }
}

/** Sound: perform.ts answers each command with just this. */
export function answer<A>(given: unknown): A {
  return given as A
}
