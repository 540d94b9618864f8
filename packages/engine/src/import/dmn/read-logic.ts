import type { BoxedFunction, Logic } from '../../decisions/decision.ts'
import type { XmlElement } from '../read-xml.ts'
import { attributeOf, childOf, childrenOf, titleOf } from '../xml-access.ts'
import { LOGIC_ELEMENTS } from './dmn-vocabulary.ts'
import { readDecisionTable } from './read-decision-table.ts'
import { readFormula } from './read-formula.ts'
import { type DmnReading, readType } from './reading.ts'

/** Reads the decision logic that an element holds; null where there is none, or, with findings, where it cannot be evaluated. */
export function readLogicOf(reading: DmnReading, holder: XmlElement, owner: XmlElement): Logic | null {
  const element = holder.children.find((child) => LOGIC_ELEMENTS.has(child.name))
  return element === undefined ? null : readLogic(reading, element, owner)
}

function readLogic(reading: DmnReading, element: XmlElement, owner: XmlElement): Logic | null {
  switch (element.name) {
    case 'dmn:decisionTable':
      return readDecisionTable(reading, element, owner)
    case 'dmn:literalExpression': {
      const formula = readFormula(reading, element)
      return formula === null ? null : { type: 'literal', formula }
    }
    case 'dmn:context':
      return {
        type: 'context',
        entries: childrenOf(element, 'dmn:contextEntry').map((entry) => {
          const variable = childOf(entry, 'dmn:variable')
          const name = variable === null ? null : attributeOf(variable, 'name')
          return { name, type: readType(reading, variable), logic: readLogicOf(reading, entry, owner) }
        }),
      }
    case 'dmn:invocation':
      return readInvocation(reading, element, owner)
    case 'dmn:list':
      return { type: 'list', elements: logicIn(reading, element, owner) }
    case 'dmn:relation':
      return {
        type: 'relation',
        columns: childrenOf(element, 'dmn:column').map((column) => attributeOf(column, 'name') ?? ''),
        rows: childrenOf(element, 'dmn:row').map((row) => logicIn(reading, row, owner)),
      }
    default:
      return readFunction(reading, element, owner)
  }
}

function logicIn(reading: DmnReading, holder: XmlElement, owner: XmlElement): readonly Logic[] {
  return holder.children.filter((child) => LOGIC_ELEMENTS.has(child.name)).map((child) => readLogic(reading, child, owner) ?? EMPTY)
}

/** An empty cell. */
const EMPTY: Logic = { type: 'literal', formula: { source: '', evaluate: () => null } }

function readInvocation(reading: DmnReading, element: XmlElement, owner: XmlElement): Logic | null {
  const called = childOf(element, 'dmn:literalExpression')
  const callee = called === null ? null : readFormula(reading, called)
  if (callee === null) {
    reading.findings.add('invocationWithoutFunction', element, `An invocation of ${titleOf(owner)} does not say which function it calls.`)
    return null
  }
  const bindings = childrenOf(element, 'dmn:binding').map((binding) => {
    const parameter = childOf(binding, 'dmn:parameter')
    return { parameter: (parameter === null ? null : attributeOf(parameter, 'name')) ?? '', logic: readLogicOf(reading, binding, owner) }
  })
  return { type: 'invocation', callee, bindings }
}

/** A function of FEEL; null, with a finding, for functions in Java or PMML. DMN 1.3 §10.2.1.7. */
export function readFunction(reading: DmnReading, element: XmlElement, owner: XmlElement): BoxedFunction | null {
  const kind = attributeOf(element, 'kind')?.toUpperCase() ?? 'FEEL'
  if (kind !== 'FEEL' && kind !== 'F') {
    reading.findings.add('unsupportedLanguage', element, `A function of ${titleOf(owner)} is of kind "${kind}".`, {
      hint: 'Write it in FEEL, or give the host’s function to the engine under functions and call it by name.',
    })
    return null
  }
  const parameters = childrenOf(element, 'dmn:formalParameter').map((parameter) => ({
    name: attributeOf(parameter, 'name') ?? '',
    type: readType(reading, parameter),
  }))
  return { type: 'function', parameters, body: readLogicOf(reading, element, owner) }
}
