import { EngineError } from '@leeway/engine'
import { unknownCase } from '../case/case-refusals.ts'
import type { LinkKind } from '../case/case-state.ts'
import type { CaseCommand } from '../case/commands.ts'
import type { CaseCall } from './call.ts'
import { noActor } from './call-refusals.ts'
import { CALL, checkNames, needName, type Shape } from './check-request.ts'
import { allowed, answer, byName, type Context, submitOptions } from './context.ts'
import { deleteCase } from './delete-case.ts'
import type { LifeFace } from './life-api.ts'
import { isSeen } from './read-case.ts'
import { readInstant, readReason } from './read-request.ts'
import { caseRecords } from './records.ts'
import { readWorklist } from './worklist.ts'

/** The life of a case as a whole. */
export function lifeMethods(context: Context): LifeFace {
  const submit = async (operation: string, caseId: string, call: CaseCall, shape: Shape, command: () => CaseCommand): Promise<void> => {
    checkNames(operation, call, { ...shape, ...CALL })
    needName(operation, 'caseId', caseId)
    await context.port.submit(null, command(), byName(context, operation, call))
  }
  return {
    assign: (caseId, request) =>
      submit('cases.assign', caseId, request, { to: 'text', reason: 'any' }, () => ({
        type: 'assign',
        caseId,
        to: request.to === undefined ? null : needName('cases.assign', 'to', request.to),
        ...reasonOf('cases.assign', request),
      })),
    transfer: (caseId, request) =>
      submit('cases.transfer', caseId, request, { to: 'any', reason: 'any' }, () => ({
        type: 'transfer',
        caseId,
        to: needName('cases.transfer', 'to', request.to),
        reason: readReason(request.reason, 'cases.transfer'),
      })),
    confirm: (caseId, request = {}) =>
      submit('cases.confirm', caseId, request, { accepted: 'flag', reason: 'any' }, () => {
        const { accepted = true } = request
        const reason = accepted ? reasonOf('cases.confirm', request) : { reason: readReason(request.reason, 'cases.confirm') }
        return { type: 'confirm', caseId, accepted, ...reason }
      }),
    close: (caseId, request = {}) =>
      submit('cases.close', caseId, request, { route: 'object' }, () => ({
        type: 'close',
        caseId,
        ...routeOf(request.route, context.templates.timeZone),
      })),
    reopen: (caseId, request) =>
      submit('cases.reopen', caseId, request, { reason: 'any' }, () => ({
        type: 'reopen',
        caseId,
        reason: readReason(request.reason, 'cases.reopen'),
      })),
    async delete(caseId, call = {}) {
      checkNames('cases.delete', call, CALL)
      needName('cases.delete', 'caseId', caseId)
      const asked = await allowed(context, byName(context, 'cases.delete', call), null)
      await deleteCase(context.port, caseId, asked)
    },
    link: (caseId, request) =>
      submit('cases.link', caseId, request, { to: 'text', as: KINDS, reason: 'any' }, () => ({
        type: 'link',
        caseId,
        to: needName('cases.link', 'to', request.to),
        as: request.as ?? 'related',
        ...reasonOf('cases.link', request),
      })),
    complain: (caseId, request) => complain(context, caseId, request),
    async worklist(query = {}) {
      checkNames('cases.worklist', query, { actor: 'text', limit: 'any', after: 'text' })
      const actor = query.actor ?? context.bound.actor
      const by = submitOptions(context, 'cases.worklist', actor === undefined ? {} : { actor })
      if (actor === undefined) throw noActor('cases.worklist')
      await allowed(context, by, null)
      return readWorklist(context, actor, query)
    },
  }
}

/** The case that is complained of tells by which template. */
async function complain(
  context: Context,
  caseId: string,
  request: Parameters<LifeFace['complain']>[1],
): Promise<Awaited<ReturnType<LifeFace['complain']>>> {
  checkNames('cases.complain', request, { reason: 'any', title: 'title?', owner: 'text?', template: 'text', ...CALL })
  needName('cases.complain', 'caseId', caseId)
  const reason = readReason(request.reason, 'cases.complain')
  const by = byName(context, 'cases.complain', request)
  const asked = await allowed(context, by, null)
  const [record] = await context.port.get(caseRecords, [caseId])
  if (record === undefined || !isSeen(record.tenantId, by)) throw unknownCase(caseId)
  const { templates } = context
  const { title = null, owner = null } = request
  const wanted = { type: 'complain', caseId, title, owner, reason } as const
  const command = (): CaseCommand => ({
    ...wanted,
    template: request.template === undefined ? templates.complaintsOf(record.template) : templates.named(request.template),
  })
  const options = { ...asked, asked: { ...wanted, template: request.template ?? null } }
  return answer(await context.port.submit(null, command, options))
}

function reasonOf(
  operation: string,
  { reason }: { readonly reason?: Parameters<typeof readReason>[0] },
): {
  readonly reason?: ReturnType<typeof readReason>
} {
  return reason === undefined ? {} : { reason: readReason(reason, operation) }
}

function routeOf(
  given: NonNullable<Parameters<LifeFace['close']>[1]>['route'],
  timeZone: string,
): { readonly route?: { to: string; until: number } } {
  if (given === undefined) return {}
  checkNames('cases.close: its route', given, { to: 'text', until: 'instant' })
  const until = readInstant('until', given.until, timeZone)
  if (until === null) throw new EngineError('invalidArgument', 'cases.close: its route needs "until".', {})
  return { route: { to: needName('cases.close: its route', 'to', given.to), until } }
}

/** A complaint is linked by `cases.complain`. */
const KINDS: readonly LinkKind[] = ['parent', 'child', 'duplicateOf', 'duplicate', 'cause', 'effect', 'related']
