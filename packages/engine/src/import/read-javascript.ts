import type { ScriptSource } from '../model/data.ts'
import type { XmlElement } from './read-xml.ts'
import { attributeOf, childOf, childrenOf } from './xml-access.ts'

/**
 * The script in JavaScript of a script task or of a listener's `camunda:script`: in the element, or in a file of the deployment; null where it is in another
 * language, or elsewhere.
 */
export function readJavaScript(element: XmlElement, storesGlobals: boolean): ScriptSource | null {
  const isTask = element.name.startsWith('bpmn:')
  if (!isJavaScript(attributeOf(element, 'scriptFormat') ?? (isTask ? null : attributeOf(element, 'language')))) return null
  const resource = attributeOf(element, isTask ? 'camunda:resource' : 'resource')?.trim() ?? null
  const text = isTask ? childOf(element, 'bpmn:script')?.text : element.text
  if (resource === null) return text === undefined ? null : { language: 'javascript', text, file: null, storesGlobals }
  const file = /^deployment:\/\/(.+)$/.exec(resource)?.[1] ?? null
  return file === null ? null : { language: 'javascript', text: null, file, storesGlobals }
}

/** The script in JavaScript that is a parameter's value; null where it is something else. */
export function scriptOf(parameter: XmlElement): ScriptSource | null {
  const script = childOf(parameter, 'camunda:script')
  return script === null ? null : readJavaScript(script, false)
}

/** True for an expression that stands behind a script among the inputs. */
export function isLaterInput(parameter: XmlElement): boolean {
  if (parameter.name !== 'camunda:inputParameter' || !/^(?:=|[$#]\{)/.test(parameter.text.trim())) return false
  const siblings = parameter.parent === null ? [] : childrenOf(parameter.parent, 'camunda:inputParameter')
  return siblings.slice(0, siblings.indexOf(parameter)).some((one) => scriptOf(one) !== null)
}

/** True for every spelling of JavaScript that models have. */
export function isJavaScript(format: string | null): boolean {
  return (
    format !== null &&
    /^(?:(?:text|application)\/)?(?:x-)?(?:java-?script|ecma-?script|js|graal\.js|nashorn|rhino)(?:[- ]?\d.*)?$/i.test(format.trim())
  )
}
