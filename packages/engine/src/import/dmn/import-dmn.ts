import type { Decision } from '../../decisions/decision.ts'
import type { Diagnostic } from '../diagnostics.ts'
import type { ImportOptions } from '../import-options.ts'
import { importFailed, type ReadFile } from '../read-file.ts'
import type { XmlElement } from '../read-xml.ts'
import { attributeOf, childrenOf, localName, titleOf } from '../xml-access.ts'
import { DMN_ELEMENTS } from './dmn-vocabulary.ts'
import { readRequirementsGraph } from './read-requirements.ts'
import type { DmnReading } from './reading.ts'

/** What an import makes of one DMN file. */
export interface DmnImport {
  readonly diagnostics: readonly Diagnostic[]
  /** Every decision of the file, in document order. Fit to be evaluated where no diagnostic is of severity error. */
  readonly decisions: readonly Decision[]
  readonly decisionOutlines: readonly DecisionOutline[]
}

/** What a decision is, without how it is made. */
export interface DecisionOutline {
  readonly key: string
  readonly name: string | null
  readonly versionTag: string | null
  /** Keys of the decisions that it requires directly. */
  readonly requires: readonly string[]
}

/** Compiles the decisions of a file that was read. Never throws: what is wrong is a diagnostic. */
export function compileDmn({ document, findings }: ReadFile, options: ImportOptions): DmnImport {
  try {
    const { root, namespaces } = document
    if (root?.name !== 'dmn:definitions') {
      findings.add('notDmn', root ?? 0, `The root element is <${document.rootName.written}>, not the definitions of DMN.`)
      return { diagnostics: findings.list(), decisions: [], decisionOutlines: [] }
    }
    const platform = root.attributes['modeler:executionPlatform'] ?? ''
    const isCamunda7 = platform === '' ? namespaces.has('http://camunda.org/schema/1.0/dmn') : !/cloud|camunda 8/i.test(platform)
    const reading: DmnReading = {
      findings,
      options,
      definitions: root,
      isCamunda7,
      ids: indexIds(root, findings),
      itemDefinitions: new Map(childrenOf(root, 'dmn:itemDefinition').map((item) => [attributeOf(item, 'name') ?? '', item])),
      ownFunctions: functionsOf(root),
    }
    checkVocabulary(reading)
    const decisions = readRequirementsGraph(reading)
    if (decisions.length === 0) findings.add('noDecision', root, 'The file holds no decision.')
    return { diagnostics: findings.list(), decisions, decisionOutlines: decisions.map(outlineOf) }
  } catch (error) {
    return { diagnostics: importFailed(error), decisions: [], decisionOutlines: [] }
  }
}

function outlineOf({ id, name, versionTag, requires }: Decision): DecisionOutline {
  return { key: id, name, versionTag, requires: requires.decisions.map((decision) => decision.id) }
}

/** Every element of DMN within, those of other vocabularies left out. */
function* elementsOf(root: XmlElement): Generator<XmlElement> {
  const open: XmlElement[] = [root]
  for (let element = open.pop(); element !== undefined; element = open.pop()) {
    if (!element.name.startsWith('dmn:')) continue
    yield element
    for (let i = element.children.length - 1; i >= 0; i--) open.push(element.children[i] as XmlElement) // i is in range
  }
}

function indexIds(root: XmlElement, findings: ReadFile['findings']): ReadonlyMap<string, XmlElement> {
  const ids = new Map<string, XmlElement>()
  for (const element of elementsOf(root)) {
    const id = attributeOf(element, 'id')
    if (id === null) continue
    if (!ids.has(id)) ids.set(id, element)
    else
      findings.add('duplicateId', element, `Two elements have the id "${id}".`, REFERABLE.has(element.name) ? {} : { severity: 'warning' })
  }
  return ids
}

/** What requirements refer to; an id that only messages use does no harm. */
const REFERABLE: ReadonlySet<string> = new Set(['dmn:decision', 'dmn:inputData', 'dmn:businessKnowledgeModel'])

/** Names by which expressions of the file may call what it defines. */
function functionsOf(root: XmlElement): ReadonlySet<string> {
  const names = new Set<string>()
  for (const element of elementsOf(root)) {
    const isName = ['dmn:variable', 'dmn:formalParameter', 'dmn:businessKnowledgeModel', 'dmn:inputData', 'dmn:decision'].includes(
      element.name,
    )
    const name = isName ? attributeOf(element, 'name') : null
    if (name !== null) names.add(name)
  }
  return names
}

/** Names what the file holds that is not known or not evaluated. */
function checkVocabulary({ findings, definitions }: DmnReading): void {
  for (const element of elementsOf(definitions)) {
    const effect = DMN_ELEMENTS.get(localName(element.name))
    if (effect === undefined) findings.add('unknownElement', element, `DMN has no element ${localName(element.name)}.`)
    else if (effect === 'unsupported')
      findings.add('unsupportedElement', element, `${titleOf(element)} is not evaluated.`, { hint: ADVICE })
    else if (effect === 'notExecuted' && localName(element.name) === 'decisionService')
      findings.add('notExecuted', element, `${titleOf(element)} has no effect: its decisions are evaluated by themselves.`)
  }
}

const ADVICE = 'Put what is imported into this file; write conditions, loops and filters as expressions of FEEL.'
