import type { Dialect } from '../../model/definition.ts'
import { ACTIVITI_FAMILY, CAMUNDA_FAMILY, ZEEBE } from '../namespaces.ts'
import type { XmlElement } from '../read-xml.ts'

/** Whose defaults hold in a file: by the platform that its modeler names, else by the vendor namespaces that it declares. */
export function dialectOf(definitions: XmlElement, namespaces: ReadonlySet<string>): Dialect {
  const platform = definitions.attributes['modeler:executionPlatform'] ?? ''
  if (/cloud|camunda 8/i.test(platform)) return 'zeebe'
  if (/camunda|operaton/i.test(platform)) return 'camunda7'
  if (namespaces.has(ZEEBE)) return 'zeebe'
  if (CAMUNDA_FAMILY.some((uri) => namespaces.has(uri))) return 'camunda7'
  return ACTIVITI_FAMILY.some((uri) => namespaces.has(uri)) ? 'flowable' : 'plain'
}

/** The first value of `loopCounter`: 0 in the camunda family, 1 in the specification and in zeebe. */
export function counterBaseOf(dialect: Dialect): 0 | 1 {
  return dialect === 'camunda7' || dialect === 'flowable' ? 0 : 1
}

/** The language of a condition without any sign of one. */
export function conditionLanguageOf(dialect: Dialect, definitions: XmlElement): 'juel' | 'feel' {
  if (dialect === 'zeebe') return 'feel'
  return dialect === 'plain' && /feel/i.test(definitions.attributes.expressionLanguage ?? '') ? 'feel' : 'juel'
}
