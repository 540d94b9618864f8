import { isLeewayError } from '@leeway/storage'
import { evaluateDecision, type Outcome } from '../decisions/evaluate-decision.ts'
import type { Values } from '../model/value.ts'
import type { LoadedDecision } from './definition-cache.ts'
import { EngineError } from './errors.ts'
import type { Host } from './host.ts'
import { naturalVariable } from './job.ts'

/** Makes a decision from variables as they are kept. Throws `decisionFailed`, which says what stood in the way. */
export function decide(host: Host, { record, decision }: LoadedDecision, values: Values, now: number): readonly Outcome[] {
  const { functions, beans, timeZone } = host.environment
  try {
    return evaluateDecision(decision, { variable: (name) => naturalVariable(values, name), now, timeZone, functions, beans })
  } catch (error) {
    const { code, message } = isLeewayError(error) ? error : { code: 'unknown', message: String(error) }
    throw new EngineError('decisionFailed', message, { decisionId: record.id, reason: code }, { cause: error })
  }
}
