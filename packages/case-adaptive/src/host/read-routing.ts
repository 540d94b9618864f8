import { EngineError } from '@leeway/engine'
import type { RoutingRule } from '../case/rules.ts'
import type { CaseTemplate } from './case-template.ts'
import { checkNames, type Shape } from './check-request.ts'
import type { ItemRequest } from './item-api.ts'

const ROUTING: Shape = { roles: 'texts', skills: 'texts', language: 'text', earlierHandler: 'flag', loadMax: 'whole', offer: 'flag' }

/** Whom cases of a template go to. Throws `invalidOption`. */
export function readCaseRouting({ key, routing = {}, escalateTo = [] }: CaseTemplate): RoutingRule {
  checkNames('createCases.templates: its routing', routing, ROUTING)
  if (escalateTo.length > 0) return routing
  throw new EngineError(
    'invalidOption',
    `createCases: template "${key}" has routing and no escalateTo: say who gets a case that nobody fits.`,
    {
      template: key,
    },
  )
}

/** Whom an item goes to. Throws `invalidArgument`. */
export function readItemRouting({ kind, assignee, candidateUsers, candidateGroups }: ItemRequest, routing: RoutingRule): RoutingRule {
  checkNames('cases.addItem: its routing', routing, ROUTING)
  if (kind === 'human' && assignee === undefined && candidateUsers === undefined && candidateGroups === undefined) return routing
  throw new EngineError('invalidArgument', 'cases.addItem: routing is for a human item that names no assignee and no candidates.', {})
}
