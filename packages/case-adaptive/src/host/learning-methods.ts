import { EngineError } from '@leeway/engine'
import { checkNames, needName } from './check-request.ts'
import { allowed, type Context, submitOptions } from './context.ts'
import type { LearningFace } from './learning-api.ts'
import { readMetrics } from './metrics.ts'
import { readInstant } from './read-request.ts'
import { readSuggestions } from './suggest.ts'

/** What the records of all cases teach. */
export function learningMethods(context: Context): Omit<LearningFace, 'promotions'> {
  return {
    async metrics(query) {
      checkNames('cases.metrics', query, { from: 'instant', to: 'instant' })
      const { timeZone } = context.templates
      const [from, to] = [readInstant('from', query.from, timeZone), readInstant('to', query.to, timeZone)]
      if (from === null || to === null || from >= to)
        throw new EngineError('invalidArgument', 'cases.metrics needs "from", and "to" after it.', {})
      await allowed(context, submitOptions(context, 'cases.metrics', {}), null)
      return readMetrics(context, { from, to })
    },
    async suggest(query) {
      checkNames('cases.suggest', query, { instanceId: 'text', elementInstanceId: 'text', limit: 'any' })
      needName('cases.suggest', 'instanceId', query.instanceId)
      await allowed(context, submitOptions(context, 'cases.suggest', {}), query.instanceId)
      return readSuggestions(context, query)
    },
  }
}
