import type { FeelType } from '../../expressions/feel-conversion.ts'
import type { Findings } from '../findings.ts'
import type { ImportOptions } from '../import-options.ts'
import type { XmlElement } from '../read-xml.ts'
import { attributeOf, childOf, childrenOf, readsTrue } from '../xml-access.ts'
import { typeOfName } from './dmn-vocabulary.ts'

/** What every reader of one DMN file is given. */
export interface DmnReading {
  readonly findings: Findings
  readonly options: ImportOptions
  readonly definitions: XmlElement
  /** Elements by id; the first where several have one. */
  readonly ids: ReadonlyMap<string, XmlElement>
  /** Types that the file itself defines, by name. */
  readonly itemDefinitions: ReadonlyMap<string, XmlElement>
  /** True where the file is made for Camunda 7, whose `date` has a time of day. */
  readonly isCamunda7: boolean
  /** Functions that expressions of the file may call because the file defines them. */
  readonly ownFunctions: ReadonlySet<string>
}

/**
 * The type in an attribute, for conversions: null where none is named, where it is no scalar, and, with a finding, where it is not known.
 */
export function readType(reading: DmnReading, element: XmlElement | null): FeelType | null {
  const written = element === null ? null : attributeOf(element, 'typeRef')
  if (element === null || written === null) return null
  const type = resolveType(reading, written, 0)
  if (type !== undefined) return type
  reading.findings.add('unknownType', element, `The type "${written}" is neither one of FEEL nor defined in the file.`, {
    attribute: 'typeRef',
  })
  return null
}

const ALIASES_MAX = 20

function resolveType(reading: DmnReading, written: string, depth: number): FeelType | null | undefined {
  const name = written.slice(written.indexOf(':') + 1).trim()
  const definition = reading.itemDefinitions.get(written.trim()) ?? reading.itemDefinitions.get(name)
  if (definition === undefined) return typeOfName(name, reading.isCamunda7)
  const isList = readsTrue(definition, 'isCollection')
  const base = childOf(definition, 'dmn:typeRef')?.text ?? attributeOf(definition, 'typeRef')
  if (isList || base === null || depth >= ALIASES_MAX || childrenOf(definition, 'dmn:itemComponent').length > 0) return null
  return resolveType(reading, base, depth + 1)
}

/** The element of the file that an `href` names, with a finding where there is none or one of another kind. */
export function referredTo(reading: DmnReading, reference: XmlElement, kind: string): XmlElement | null {
  const href = attributeOf(reference, 'href')?.trim() ?? ''
  const hash = href.indexOf('#')
  const namespace = href.slice(0, Math.max(hash, 0))
  const isOwn = namespace === '' || namespace === reading.definitions.attributes.namespace
  const found = isOwn ? reading.ids.get(href.slice(hash + 1)) : undefined
  if (found === undefined) {
    const where = isOwn ? 'no element of the file' : 'an element of another file, which is not looked up'
    reading.findings.add('danglingReference', reference, `The reference "${href}" names ${where}.`, { attribute: 'href' })
    return null
  }
  if (found.name === kind) return found
  reading.findings.add('wrongReference', reference, `The reference "${href}" names a ${found.name}, not a ${kind}.`, { attribute: 'href' })
  return null
}
