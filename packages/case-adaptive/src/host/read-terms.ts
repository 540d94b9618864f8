import { EngineError } from '@leeway/engine'
import { type Duration, parseDuration, roughMs } from '@leeway/engine/extension'
import { GOAL_NAMES, type Goal, type GoalName } from '../case/service/service-clock.ts'
import type { Goals, ServiceTerms } from '../case/service/terms.ts'
import type { CaseTemplate, ServiceGoal, ServiceGoals } from './case-template.ts'
import { checkNames } from './check-request.ts'

/** What a template promises; null where it promises nothing. Throws `invalidOption`. */
export function readTerms({ key, severities, tiers = {}, escalateTo = [], ...rest }: CaseTemplate): ServiceTerms | null {
  if (!isTextList(escalateTo)) throw invalid(key, 'escalateTo is a list of people or roles')
  const maxAway = rest.maxAway === undefined ? null : readLength(key, rest.maxAway)
  const confirmWithin = rest.confirmWithin === undefined ? null : readLength(key, rest.confirmWithin)
  const plain = { tiers, escalateTo, maxAway, confirmWithin }
  if (severities === undefined) {
    if (Object.keys(tiers).length > 0) throw invalid(key, 'tiers name severities, and there are none')
    return escalateTo.length === 0 && maxAway === null && confirmWithin === null ? null : { ...plain, goals: {}, severity: null }
  }
  const goals = Object.fromEntries(Object.entries(severities).map(([severity, given]) => [severity, readGoals(key, severity, given)]))
  for (const [tier, severity] of Object.entries(tiers))
    if (!Object.hasOwn(goals, severity))
      throw invalid(key, `tier "${tier}" begins with severity "${severity}", which is none of ${Object.keys(goals).join(', ')}`)
  return { ...plain, goals, severity: Object.keys(goals)[0] ?? null }
}

function readGoals(key: string, severity: string, given: ServiceGoals): Goals {
  checkNames(`createCases.templates: severity "${severity}"`, given, { resolution: 'any', firstResponse: 'any', nextUpdate: 'any' })
  const goals: { [Name in GoalName]?: Goal } = {}
  for (const name of GOAL_NAMES) {
    const goal = given[name]
    if (goal !== undefined) goals[name] = readGoal(key, goal)
  }
  return goals
}

function readGoal(key: string, given: ServiceGoal | string): Goal {
  if (typeof given === 'string') return readGoal(key, { within: given })
  checkNames('createCases.templates: its goal', given, { within: 'text', warnAt: 'number', again: 'texts' })
  const { within, warnAt = 0.8, again = [] } = given
  if (typeof warnAt !== 'number' || !(warnAt > 0 && warnAt <= 1))
    throw invalid(key, `warnAt is ${String(warnAt)}; it is above 0 and up to 1`)
  const times = again.map((one) => readLength(key, one))
  if (times.some((time, k) => roughMs(time) <= (k === 0 ? 0 : roughMs(times[k - 1] ?? time))))
    throw invalid(key, 'again are rising times after the breach')
  return { within: readLength(key, within), warnAt, again: times }
}

function readLength(key: string, text: string | undefined): Duration {
  if (text === undefined) throw invalid(key, 'a goal says in `within` how much time there is')
  const parsed = parseDuration(text)
  if ('problem' in parsed) throw invalid(key, `"${text}" is no duration: ${parsed.problem}`)
  if (roughMs(parsed.duration) > 0) return parsed.duration
  throw invalid(key, `"${text}" is no time at all`)
}

function isTextList(given: unknown): given is readonly string[] {
  return Array.isArray(given) && given.every((one) => typeof one === 'string' && one !== '')
}

function invalid(key: string, message: string): EngineError {
  return new EngineError('invalidOption', `createCases: template "${key}": ${message}.`, { template: key })
}
