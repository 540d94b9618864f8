import { EngineError } from '@leeway/engine'
import { parseDuration, roughMs } from '@leeway/engine/extension'
import type { AlertRule, TrendRule } from './alert-api.ts'
import type { CaseTemplate } from './case-template.ts'
import { checkNames, type Shape, shown } from './check-request.ts'

/** The rules by which cases open themselves and people are told, as read. */
export interface Alerts {
  readonly responses: readonly AlertRule[]
  readonly trends: readonly ReadTrend[]
}

export interface ReadTrend extends TrendRule {
  readonly withinMs: number
  readonly spans: number
  readonly factor: number
  readonly atLeast: number
}

const ACT: Shape = { key: 'text', notify: 'texts', open: 'text', title: 'words' }

/** Throws `invalidOption`. */
export function readAlerts(given: {
  readonly alerts?: readonly AlertRule[]
  readonly trends?: readonly TrendRule[]
  readonly templates?: readonly CaseTemplate[]
  readonly notifier?: string
}): Alerts {
  const { alerts = [], trends = [], templates, notifier } = given
  const keys = new Set<string>()
  for (const [option, rules] of [
    ['alerts', alerts],
    ['trends', trends],
  ] as const) {
    if (!Array.isArray(rules)) throw invalid(`${option} is a list of rules.`)
    for (const rule of rules) {
      const own: Shape =
        option === 'alerts'
          ? { survey: 'text', when: 'any', text: 'any' }
          : { categories: 'texts', within: 'text', spans: 'whole', factor: 'number', atLeast: 'whole' }
      checkNames(`createCases.${option}`, rule, { ...ACT, ...own })
      const { key, notify = [], open } = rule
      if (typeof key !== 'string' || key === '' || keys.has(key))
        throw invalid(`each rule of ${option} has a key of its own; ${shown(key)} is none.`)
      keys.add(key)
      if (notify.length === 0 && open === undefined) throw invalid(`rule "${key}" tells nobody (notify) and opens no case (open).`)
      if (notify.length > 0 && notifier === undefined)
        throw invalid(`rule "${key}" tells people, and no notifier names the handler that does.`)
      if (open !== undefined && templates !== undefined && templates.length > 0 && !templates.some((one) => one.key === open))
        throw invalid(`rule "${key}" opens a case of template "${open}"; there are ${templates.map((one) => one.key).join(', ')}.`)
    }
  }
  for (const { key, when, text } of alerts)
    if (typeof when !== 'function' || (text !== undefined && typeof text !== 'function'))
      throw invalid(`rule "${key}" says by a function of the response when it is met ("when"), and what the notice says ("text").`)
  return { responses: alerts, trends: trends.map(readTrend) }
}

function readTrend(rule: TrendRule): ReadTrend {
  const { key, within, spans = 4, factor = 2, atLeast = 5 } = rule
  const parsed = parseDuration(String(within))
  const withinMs = 'problem' in parsed ? 0 : roughMs(parsed.duration)
  if (withinMs <= 0) throw invalid(`rule "${key}" says in "within" how long a span is (ISO 8601).`)
  if (spans < 1 || spans > SPANS_MAX || !(factor >= 1) || atLeast < 1)
    throw invalid(`rule "${key}" compares with 1 to ${SPANS_MAX} spans, by a factor and a number from 1.`)
  return { ...rule, withinMs, spans, factor, atLeast }
}

const SPANS_MAX = 100

function invalid(message: string): EngineError {
  return new EngineError('invalidOption', `createCases: ${message}`, {})
}
