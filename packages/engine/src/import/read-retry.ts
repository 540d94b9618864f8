import type { RetryPolicy } from '../model/data.ts'
import { parseRetryCycle } from '../model/retry-cycle.ts'
import type { Importing } from './importing.ts'
import { expressionInAttribute, expressionInBody } from './read-expression.ts'
import type { XmlElement } from './read-xml.ts'
import { attributeOf, extensionOf, titleOf } from './xml-access.ts'

/** The retry policy of an element's jobs: `failedJobRetryTimeCycle` of the camunda family, `retries` of zeebe; null where it has none. */
export function readRetry(importing: Importing, element: XmlElement): RetryPolicy | null {
  const definition = extensionOf(element, 'zeebe:taskDefinition')
  if (definition !== null && attributeOf(definition, 'retries') !== null) return attemptsIn(importing, element, definition)
  const cycle = extensionOf(element, 'camunda:failedJobRetryTimeCycle')
  return cycle === null ? null : readTimeCycle(importing, element, cycle)
}

/** `retries` of zeebe: attempts in all. Null where they cannot be read (then with a finding). */
export function attemptsIn(importing: Importing, element: XmlElement, holder: XmlElement): RetryPolicy | null {
  const retries = expressionInAttribute(importing, holder, 'retries')
  if (retries === null) return null
  if (retries.language !== 'literal') return { attempts: retries, waits: [] }
  const attempts = Number(retries.source.trim())
  if (Number.isInteger(attempts) && attempts >= 0) return { attempts, waits: [] }
  importing.findings.add('invalidRetry', holder, `${titleOf(element)} has retries="${retries.source}", which is not a number.`)
  return null
}

/** The text of `failedJobRetryTimeCycle`, or an expression that gives it when the job is made. */
function readTimeCycle(importing: Importing, element: XmlElement, cycle: XmlElement): RetryPolicy | null {
  const expression = expressionInBody(importing, cycle)
  if (expression === null) return null
  if (expression.language !== 'literal') return { cycle: expression }
  const parsed = parseRetryCycle(expression.source)
  if (parsed !== null) return parsed
  const message = `The retry time cycle "${expression.source.trim().slice(0, 200)}" of ${titleOf(element)} cannot be read.`
  importing.findings.add('invalidRetry', cycle, message, { offset: cycle.textOffset })
  return null
}
