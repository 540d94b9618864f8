import { type Engine, EngineError } from '@leeway/engine'
import { extend, keepsActivities, timeZoneOf } from '@leeway/engine/extension'
import type { CaseCommand } from '../case/commands.ts'
import { PAUSE_REASONS } from '../case/service/terms.ts'
import { checkRemembered, readPeople, readPolicies } from '../people/read-rules.ts'
import { alertMethods } from './alert-methods.ts'
import { caseMethods } from './case-methods.ts'
import type { Cases, CasesOptions, JoinedCases } from './cases-api.ts'
import { checkNames } from './check-request.ts'
import { cleanUpCases, readRetention } from './clean-up-cases.ts'
import { boundTo, type Context } from './context.ts'
import { customerMethods } from './customer-methods.ts'
import { caseExtension } from './decide.ts'
import { deviationMethods } from './deviation-methods.ts'
import { itemMethods } from './item-methods.ts'
import { learningMethods } from './learning-methods.ts'
import { lifeMethods } from './life-methods.ts'
import { promotionMethods } from './promotions.ts'
import { proposalMethods } from './proposal-methods.ts'
import { withProposals } from './proposed-acts.ts'
import { readAlerts } from './read-alerts.ts'
import { readHours } from './read-hours.ts'
import { serviceMethods } from './service-methods.ts'
import { readTemplates } from './templates.ts'

/**
 * Adds cases to an engine. Once for an engine. Throws `invalidArgument` where it has them, `notYetSupported` for options that are not known
 * here.
 */
export async function createCases(engine: Engine, options: CasesOptions = {}): Promise<Cases> {
  checkNames('createCases', options, {
    templates: 'any',
    people: 'any',
    calendar: 'any',
    policies: 'any',
    alerts: 'any',
    trends: 'any',
    notifier: 'text',
    customerNotifier: 'text',
    retention: 'object',
  })
  const templates = readTemplates(options.templates, timeZoneOf(engine))
  const alerts = readAlerts(options)
  const people = readPeople(options.people)
  const policies = readPolicies(options.policies)
  checkRemembered(policies, (processKey) => keepsActivities(engine, processKey))
  if (people === null && options.templates?.some(({ routing }) => routing !== undefined))
    throw new EngineError('invalidOption', 'createCases: routing finds people; say who there are (people).', {})
  const closedMs = readRetention(options.retention)
  const { pauseReasons = PAUSE_REASONS } = policies
  const { notifier = null, customerNotifier = null } = options
  const telling = options.templates?.filter(({ customerView }) => customerView?.tell !== undefined) ?? []
  const tellsCustomers = telling.length > 0
  if (customerNotifier === null && tellsCustomers)
    throw new EngineError(
      'invalidOption',
      'createCases: customers are to be told (customerView.tell), and no customerNotifier names the handler that does.',
      {},
    )
  const time = readHours(engine, options.calendar)
  const service = { time, notifier, customerNotifier, pauseReasons, termsOf: (key: string) => templates.termsOf(key) }
  const rules = {
    people,
    policies,
    service,
    routingOf: (key: string) => templates.routingOf(key),
    offersOf: (key: string) => templates.offersOf(key),
    customerOf: (key: string) => templates.customerOf(key),
    tellsCustomers,
    milestones: new Set(telling.flatMap(({ customerView }) => Object.keys(customerView?.milestones ?? {}))),
  }
  const port = await extend<CaseCommand>(engine, caseExtension(rules), (own, goOn) => cleanUpCases(own, closedMs, goOn))
  return casesOf({ engine: port.engine, port, templates, policies, alerts, people, time, bound: {} })
}

function casesOf(context: Context): Cases {
  return {
    ...withProposals(workMethods(context)),
    ...proposalMethods(context, workMethods),
    ...customerMethods(context),
    ...learningMethods(context),
    ...promotionMethods(context),
    ...alertMethods(context),
    as: (who) => casesOf(boundTo(context, who)),
    within(transaction) {
      const { committed, rolledBack, ...port } = context.port.within(transaction)
      return joinedCases({ ...context, port, engine: port.engine, isJoined: true }, { committed, rolledBack })
    },
  }
}

/** What is done with cases and off the path. */
function workMethods(context: Context): WorkMethods {
  return {
    ...caseMethods(context),
    ...deviationMethods(context),
    ...itemMethods(context),
    ...serviceMethods(context),
    ...lifeMethods(context),
  }
}

type WorkMethods = ReturnType<typeof caseMethods> &
  ReturnType<typeof deviationMethods> &
  ReturnType<typeof itemMethods> &
  ReturnType<typeof serviceMethods> &
  ReturnType<typeof lifeMethods>

function joinedCases(context: Context, ends: Pick<JoinedCases, 'committed' | 'rolledBack'>): JoinedCases {
  return { ...casesOf(context), ...ends, as: (who) => joinedCases(boundTo(context, who), ends) }
}
