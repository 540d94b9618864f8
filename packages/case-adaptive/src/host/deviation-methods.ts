import { Refused } from '@leeway/engine'
import type { CaseCommand } from '../case/commands.ts'
import { noReason } from './call-refusals.ts'
import { calledFollow } from './called-follow.ts'
import { asAsked } from './case-template.ts'
import { CALL, checkNames } from './check-request.ts'
import { allowed, answer, byName, type Context, engineFor, knowing, ofDeviation, submitOptions } from './context.ts'
import type { DeviationFace, LeaveRequest } from './deviation-api.ts'
import { followAnchor } from './follow-anchor.ts'
import { leaveMany } from './leave-many.ts'
import { askLeave, askReturn } from './preview.ts'
import { readDefer, readLeave, readLeaveAhead, readReason } from './read-request.ts'
import { readReturn } from './read-return.ts'

/** Leaving the path, and coming back. */
export function deviationMethods(context: Context): DeviationFace {
  return {
    leave: (request) => leave(context, request),
    async leaveMany(request) {
      const by = byName(context, 'cases.leaveMany', request)
      const asked = await allowed(context, by, null)
      return {
        batchId: await leaveMany({ ...context, engine: engineFor(context.engine, asked) }, request, asked, (one) =>
          leave(context, one, true),
        ),
      }
    },
    async defer(request) {
      const by = byName(context, 'cases.defer', request)
      const { instanceId, ...asked } = readDefer(request, asAsked(context.templates))
      const command = (): CaseCommand => {
        const { instanceId: _instanceId, ...wanted } = readDefer(request, context.templates)
        return { type: 'defer', ...wanted, template: context.templates.default }
      }
      return answer(await context.port.submit(instanceId, command, { ...by, asked: { type: 'defer', ...asked } }))
    },
    async join(deviationId, call = {}) {
      checkNames('cases.join', call, CALL)
      const by = byName(context, 'cases.join', call)
      const { instanceId, asked } = await ofDeviation(context, by, deviationId)
      return answer(await context.port.submit(instanceId, { type: 'joinDeviation', deviationId }, asked))
    },
    async return(deviationId, request) {
      const by = byName(context, 'cases.return', request)
      const wanted = readReturn(deviationId, request, asAsked(context.templates))
      const { instanceId, asked } = await ofDeviation(context, by, deviationId)
      const options = { ...(await knowing(context, instanceId, asked)), asked: wanted }
      const command = () => readReturn(deviationId, request, context.templates)
      const { called } = answer<Away>(await context.port.submit(instanceId, command, options))
      await followed(context, deviationId, called)
    },
    async undo(deviationId, request = {}) {
      const by = byName(context, 'cases.undo', request)
      checkNames('cases.undo', request, { partial: 'flag', reason: 'any', ...CALL })
      const reason = request.reason === undefined ? null : readReason(request.reason, 'cases.undo')
      if (request.partial && reason === null) throw noReason('cases.undo with partial')
      const partial = request.partial ? { partial: true as const } : {}
      const { instanceId, asked } = await ofDeviation(context, by, deviationId)
      const { called } = answer<Away>(await context.port.submit(instanceId, { type: 'undo', deviationId, reason, ...partial }, asked))
      await followed(context, deviationId, called)
    },
    async previewLeave(request) {
      const by = submitOptions(context, 'cases.previewLeave', request)
      const { instanceId, ...place } = readLeave({ ...request, reason: request.reason ?? 'preview' })
      const command = { type: 'leave', ...place, template: context.templates.default } as const
      const asked = await allowed(context, by, instanceId)
      return askLeave(context.port, instanceId, command, await knowing(context, instanceId, asked))
    },
    async previewReturn(deviationId, request) {
      const by = submitOptions(context, 'cases.previewReturn', request)
      const command = readReturn(deviationId, request, context.templates)
      const { instanceId, asked } = await ofDeviation(context, by, deviationId)
      return askReturn(context.port, instanceId, command, await knowing(context, instanceId, asked))
    },
  }
}

async function leave(context: Context, request: LeaveRequest, isOfMany = false): Promise<{ readonly id: string; readonly caseId: string }> {
  const by = byName(context, 'cases.leave', request)
  const many = isOfMany ? { isOfMany: true as const } : {}
  const ahead = readLeaveAhead(request)
  if (ahead !== null) {
    const { instanceId: id, ...place } = ahead
    const wanted = { type: 'leaveAhead', ...place, ...many } as const
    return answer(await context.port.submit(id, { ...wanted, template: context.templates.default }, { ...by, asked: wanted }))
  }
  const { instanceId, ...place } = readLeave(request)
  const wanted = { type: 'leave', ...place, ...many } as const
  const asked = await allowed(context, by, instanceId)
  try {
    const options = { ...(await knowing(context, instanceId, asked)), asked: wanted }
    const command: CaseCommand = { ...wanted, template: context.templates.default }
    const { called, ...left } = answer<Away>(await context.port.submit(instanceId, command, options))
    await followed(context, left.id, called)
    return left
  } catch (error) {
    if (!(error instanceof Refused) || error.code !== 'AnchorGone') throw error
    throw await followAnchor(engineFor(context.engine, by), instanceId, wanted.elementInstanceId, error)
  }
}

/** What was called follows at once; within a transaction of the host its jobs see to it, after the commit. */
async function followed({ port, isJoined }: Context, deviationId: string, called: readonly string[]): Promise<void> {
  if (!isJoined) await calledFollow(port, deviationId, called)
}

interface Away {
  readonly id: string
  readonly caseId: string
  readonly called: readonly string[]
}
