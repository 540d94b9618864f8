import { noActor } from './call-refusals.ts'
import { findDashboard } from './case-find.ts'
import { CALL, checkNames, needName, needTitle, type Shape } from './check-request.ts'
import { allowed, byName, type Context, submitOptions } from './context.ts'
import { readCase } from './read-case.ts'
import { readReason } from './read-request.ts'
import type { ServiceFace } from './service-api.ts'

/** What the customer was promised. */
export function serviceMethods(context: Context): ServiceFace {
  return {
    async pauseClock(caseId, request) {
      checkNames('cases.pauseClock', request, { reason: 'title', ...CALL })
      needName('cases.pauseClock', 'caseId', caseId)
      const because = needTitle('cases.pauseClock', 'reason', request.reason)
      await context.port.submit(null, { type: 'pauseClock', caseId, because }, byName(context, 'cases.pauseClock', request))
    },
    async resumeClock(caseId, call = {}) {
      checkNames('cases.resumeClock', call, CALL)
      needName('cases.resumeClock', 'caseId', caseId)
      await context.port.submit(null, { type: 'resumeClock', caseId }, byName(context, 'cases.resumeClock', call))
    },
    async setSeverity(caseId, request) {
      checkNames('cases.setSeverity', request, { severity: 'text', reason: 'any', ...CALL })
      needName('cases.setSeverity', 'caseId', caseId)
      const severity = needName('cases.setSeverity', 'severity', request.severity)
      const reason = readReason(request.reason, 'cases.setSeverity')
      await context.port.submit(null, { type: 'setSeverity', caseId, severity, reason }, byName(context, 'cases.setSeverity', request))
      return (await readCase(context, caseId))?.clocks ?? []
    },
    async setTier(caseId, request) {
      checkNames('cases.setTier', request, { tier: 'text', reason: 'any', ...CALL })
      needName('cases.setTier', 'caseId', caseId)
      const tier = needName('cases.setTier', 'tier', request.tier)
      const reason = readReason(request.reason, 'cases.setTier')
      await context.port.submit(null, { type: 'setTier', caseId, tier, reason }, byName(context, 'cases.setTier', request))
      return (await readCase(context, caseId))?.clocks ?? []
    },
    async escalate(caseId, request) {
      checkNames('cases.escalate', request, { to: 'oneOrMore', reason: 'any', ...CALL })
      needName('cases.escalate', 'caseId', caseId)
      const reason = readReason(request.reason, 'cases.escalate')
      const to = request.to === undefined ? null : [request.to].flat()
      await context.port.submit(null, { type: 'escalate', caseId, to, reason }, byName(context, 'cases.escalate', request))
    },
    async dashboard(query = {}) {
      checkNames('cases.dashboard', query, DASHBOARD)
      const actor = query.actor ?? context.bound.actor
      const by = submitOptions(context, 'cases.dashboard', actor === undefined ? {} : { actor })
      if (actor === undefined) throw noActor('cases.dashboard')
      await allowed(context, by, null)
      return findDashboard(context, actor, query)
    },
  }
}

const DASHBOARD: Shape = { actor: 'text', overdue: 'flag', limit: 'any', after: 'text' }
