import { EngineError } from '@leeway/engine'
import type { Value } from '@leeway/engine/extension'
import type { Alert, Alerted, RaiseAlerts } from '../case/alert-commands.ts'
import type { Answered } from '../case/commands.ts'
import type { AlertRule, RaisedTrend, SurveyResponse, Surveys, Trends, TrendView } from './alert-api.ts'
import type { CaseCall } from './call.ts'
import { CALL, checkNames, checkObject, needName } from './check-request.ts'
import { allowed, answer, type Context, contextFor, submitOptions } from './context.ts'
import type { ReadTrend } from './read-alerts.ts'
import { readInstant, readVariables } from './read-request.ts'
import { readTrends } from './trends.ts'

/** What alerts people and opens cases by itself. */
export function alertMethods(context: Context): { readonly surveys: Surveys; readonly trends: Trends } {
  return {
    surveys: {
      async submit(request) {
        const operation = 'cases.surveys.submit'
        checkObject(operation, request)
        const { actor, tenantId, idempotencyKey, ...response } = request
        const call = { ...(actor !== undefined && { actor }), ...(tenantId !== undefined && { tenantId }) }
        checkNames(operation, response, { id: 'text', survey: 'text', customer: 'text', answers: 'object', link: 'title', at: 'instant' })
        needName(operation, 'id', response.id)
        const facts = readVariables(response.answers)
        if (response.answers === undefined) throw new EngineError('invalidArgument', `${operation} needs "answers".`, { operation })
        const by = submitOptions(context, operation, { ...call, idempotencyKey: idempotencyKey ?? `response ${response.id}` })
        const { customer = null, link = null } = response
        const respondedAt = readInstant('at', response.at, context.templates.timeZone)
        const command = async (): Promise<RaiseAlerts> => {
          const alerts = context.alerts.responses.filter((rule) => isAbout(rule, response)).map((rule) => alertOf(rule, response))
          const { tierOf } = context.policies
          const tier = alerts.length === 0 || customer === null || tierOf === undefined ? null : await tierOf(customer)
          return { type: 'raiseAlerts', because: 'response', customer, tier, link, respondedAt, facts, alerts }
        }
        const asked = { id: response.id, survey: response.survey ?? null, customer, link, respondedAt, facts }
        return answer<readonly Alerted[]>(await context.port.submit(null, command, { ...by, asked }))
      },
    },
    trends: {
      async find(query = {}) {
        checkNames('cases.trends.find', query, { at: 'instant' })
        await allowed(context, submitOptions(context, 'cases.trends.find', {}), null)
        return (await readTrends(context, readInstant('at', query.at, context.templates.timeZone) ?? context.port.now())).map(
          ({ view }) => view,
        )
      },
      async raise(call = {}) {
        checkNames('cases.trends.raise', call, CALL)
        const now = context.port.now()
        await allowed(context, submitOptions(context, 'cases.trends.raise', call), null)
        const { idempotencyKey, ...plain } = call
        const own = contextFor(context, plain)
        if (idempotencyKey === undefined) return raiseAll(own, plain, now)
        // Each is a commit of its own; what they came to is kept with the key.
        const command = async (): Promise<Answered> => ({
          type: 'answered',
          answer: (await raiseAll(own, plain, now)) as unknown as Value,
        }) // plain JSON
        const by = submitOptions(context, 'cases.trends.raise', call)
        return answer<readonly RaisedTrend[]>(await context.port.submit(null, command, { ...by, asked: {}, isAsked: true }))
      },
    },
  }
}

/** What rises now, each raised once in its span. */
async function raiseAll(context: Context, call: CaseCall, now: number): Promise<readonly RaisedTrend[]> {
  const raised: RaisedTrend[] = []
  // It rises for all of the house; of it each is told what they see.
  const { actor: _actor, ...bound } = context.bound
  const all = await readTrends({ ...context, bound }, now)
  const seen = context.bound.actor === undefined ? all : await readTrends(context, now)
  for (const { rule, view } of all) {
    if (view.state !== 'rising') continue
    const caseId = await raiseOnce(context, rule, view, now, call)
    const own = seen.find((one) => one.rule === rule && one.view.category === view.category)?.view
    if (own !== undefined) raised.push({ ...own, state: 'rising', caseId })
  }
  return raised
}

function isAbout({ survey, when }: AlertRule, response: SurveyResponse): boolean {
  return (survey === undefined || survey === response.survey) && when(response) === true
}

function alertOf({ key, open, title = key, text, notify = [] }: AlertRule, response: SurveyResponse): Alert {
  return { rule: key, template: open ?? null, title, text: text?.(response) ?? title, to: notify }
}

/** The same command for a span, so that it is done once. */
async function raiseOnce(context: Context, rule: ReadTrend, { category }: TrendView, now: number, call: CaseCall): Promise<string | null> {
  const { key, open, title = `${key}: ${category}`, notify = [] } = rule
  const { tenantId } = context.bound
  const alert: Alert = { rule: key, template: open ?? null, title, text: title, to: notify }
  const idempotencyKey = `trend ${JSON.stringify([key, category, Math.floor(now / rule.withinMs), tenantId ?? null])}`
  const asked = { rule: key, category }
  const by = { ...submitOptions(context, 'cases.trends.raise', { ...call, idempotencyKey }), asked }
  const about = { customer: null, tier: null, link: null, respondedAt: null, facts: { category } }
  const [done] = answer<readonly Alerted[]>(
    await context.port.submit(null, { type: 'raiseAlerts', because: 'trend', ...about, alerts: [alert] }, by),
  )
  return done?.caseId ?? null
}
