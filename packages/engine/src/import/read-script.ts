import type { JobSpec } from '../model/data.ts'
import type { Importing } from './importing.ts'
import { expressionInAttribute, expressionInBody, expressionOfText } from './read-expression.ts'
import { readJob } from './read-job.ts'
import type { XmlElement } from './read-xml.ts'
import { readScriptSource } from './script-source.ts'
import { attributeOf, childOf, extensionOf } from './xml-access.ts'

/**
 * The job of a script task: a script in an expression language, or in one that an engine for scripts runs, is its own work; any other needs
 * a handler.
 */
export function readScriptJob(importing: Importing, element: XmlElement, id: string): JobSpec {
  const job = readJob(importing, element, id)
  if (job.origin !== 'id') return job
  const zeebe = extensionOf(element, 'zeebe:script')
  if (zeebe !== null) {
    const expression = expressionInAttribute(importing, zeebe, 'expression', 'feel')
    const resultVariable = attributeOf(zeebe, 'resultVariable')
    return expression === null ? job : { ...job, origin: 'expression', own: { type: 'expression', expression }, resultVariable }
  }
  const storesGlobals = attributeOf(element, 'camunda:autoStoreVariables')?.trim() === 'true'
  const own = readScriptSource(element, storesGlobals)
  if (own !== null) return { ...job, own: { type: 'script', script: own } }
  const script = readScript(element)
  const body = childOf(element, 'bpmn:script')
  if (script === null || body === null) return job
  const format = script.format?.trim().toLowerCase()
  if (format === 'feel' || format === 'juel') {
    const expression =
      format === 'feel' ? expressionOfText(importing, body, script.text.trim(), 'feel') : expressionInBody(importing, body, 'juel')
    return expression === null ? job : { ...job, origin: 'expression', own: { type: 'expression', expression } }
  }
  return job
}

/** The script that stands in the element; null where there is none. */
export function readScript(element: XmlElement): { readonly format: string | null; readonly text: string } | null {
  const script = childOf(element, 'bpmn:script')
  return script === null ? null : { format: attributeOf(element, 'scriptFormat'), text: script.text }
}

/** True where a file of this name holds a script: kept as it is, for the elements that name it. */
export function isScriptFile(name: string | null): boolean {
  return name !== null && /\.(?:m?js|groovy|py|rb|lua)$/i.test(name)
}
