import type { RetryPolicy } from '../model/data.ts'
import { parseSchedule } from '../model/schedule.ts'
import type { Importing } from './importing.ts'
import { expressionInAttribute } from './read-expression.ts'
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

const CYCLE_LENGTH_MAX = 500

/** `R3/PT10M` = three attempts ten minutes apart; `PT1M,PT5M` = a first attempt and one after each wait. */
function readTimeCycle(importing: Importing, element: XmlElement, cycle: XmlElement): RetryPolicy | null {
  const text = cycle.text.trim().slice(0, CYCLE_LENGTH_MAX)
  const repeated = /^R(\d+)\/([^/,]+)$/.exec(text)
  const waits = repeated === null ? text.split(',').map((wait) => wait.trim()) : [repeated[2] ?? '']
  const attempts = repeated === null ? waits.length + 1 : Number(repeated[1])
  if (waits.every((wait) => 'schedule' in parseSchedule('timeDuration', wait, 'UTC')) && attempts >= 1) return { attempts, waits }
  importing.findings.add('invalidRetry', cycle, `The retry time cycle "${text}" of ${titleOf(element)} cannot be read.`, {
    offset: cycle.textOffset,
  })
  return null
}
