import type { ScriptSource } from '../model/data.ts'
import type { XmlElement } from './read-xml.ts'
import { attributeOf, childOf, childrenOf } from './xml-access.ts'

/**
 * The script of a script task or of a listener's `camunda:script` that is no expression: in the element, or in a file of the deployment;
 * null where it is one, names no language, or stands elsewhere. Whether the host runs its language is judged later (rules/check-work.ts).
 */
export function readScriptSource(element: XmlElement, storesGlobals: boolean): ScriptSource | null {
  const isTask = element.name.startsWith('bpmn:')
  const language = scriptLanguage(attributeOf(element, 'scriptFormat') ?? (isTask ? null : attributeOf(element, 'language')))
  if (language === null) return null
  const resource = attributeOf(element, isTask ? 'camunda:resource' : 'resource')?.trim() ?? null
  const text = isTask ? childOf(element, 'bpmn:script')?.text : element.text
  if (resource === null) return text === undefined ? null : { language, text, file: null, storesGlobals }
  const file = /^deployment:\/\/(.+)$/.exec(resource)?.[1] ?? null
  return file === null ? null : { language, text: null, file, storesGlobals }
}

/** The script that is a parameter's value; null where it is something else. */
export function scriptOf(parameter: XmlElement): ScriptSource | null {
  const script = childOf(parameter, 'camunda:script')
  return script === null ? null : readScriptSource(script, false)
}

/** The scripts in the lists and maps that are a parameter's value, in their order. */
export function scriptsWithin(parameter: XmlElement): readonly XmlElement[] {
  return parameter.children.flatMap((child) => {
    if (child.name !== 'camunda:list' && child.name !== 'camunda:map' && child.name !== 'camunda:entry') return []
    const own = child.children.filter((one) => one.name === 'camunda:script' && readScriptSource(one, false) !== null)
    return [...own, ...scriptsWithin(child)]
  })
}

/** True for an expression, or a list or map, that stands behind a script among the inputs. */
export function isLaterInput(parameter: XmlElement): boolean {
  if (parameter.name !== 'camunda:inputParameter' || !(isComposed(parameter) || /^(?:=|[$#]\{)/.test(parameter.text.trim()))) return false
  const siblings = parameter.parent === null ? [] : childrenOf(parameter.parent, 'camunda:inputParameter')
  return siblings.slice(0, siblings.indexOf(parameter)).some((one) => scriptOf(one) !== null || scriptsWithin(one).length > 0)
}

/** True where the value is a list or a map. */
export function isComposed(parameter: XmlElement): boolean {
  return childOf(parameter, 'camunda:list') !== null || childOf(parameter, 'camunda:map') !== null
}

/**
 * A script's language by its format, in lower case, `javascript` for all its spellings; null where there is none, and for FEEL and JUEL,
 * which are expressions.
 */
export function scriptLanguage(format: string | null): string | null {
  const named = format?.trim().toLowerCase() ?? ''
  if (named === '' || named === 'feel' || named === 'juel') return null
  return JAVASCRIPT.test(named) ? 'javascript' : named
}

const JAVASCRIPT = /^(?:(?:text|application)\/)?(?:x-)?(?:java-?script|ecma-?script|js|graal\.js|nashorn|rhino)(?:[- ]?\d.*)?$/
