import type { DecisionTable, Formula, HitPolicy, InputClause, OutputClause, Rule, Test } from '../../decisions/decision.ts'
import type { XmlElement } from '../read-xml.ts'
import { attributeOf, childOf, childrenOf, titleOf } from '../xml-access.ts'
import { readFormula, readTest, readValues } from './read-formula.ts'
import { type DmnReading, readType } from './reading.ts'

/** Reads a decision table; null, with findings, where it cannot be evaluated as it stands. DMN 1.3 §8.3. */
export function readDecisionTable(reading: DmnReading, table: XmlElement, owner: XmlElement): DecisionTable | null {
  const outputElements = childrenOf(table, 'dmn:output')
  const inputs = childrenOf(table, 'dmn:input').map((input) => readInput(reading, input, owner))
  const outputs = outputElements.map((output, index) => readOutput(reading, output, outputElements.length, index))
  if (outputs.length === 0) {
    reading.findings.add('tableWithoutOutput', table, `The decision table of ${titleOf(owner)} has no output.`)
    return null
  }
  checkNames(reading, outputElements, owner)
  const hitPolicy = readHitPolicy(reading, table, outputs, owner)
  const rules = childrenOf(table, 'dmn:rule').map((rule, index) => readRule(reading, rule, index, inputs.length, outputs.length))
  if (hitPolicy === null || inputs.some((input) => input === null) || rules.some((rule) => rule === null)) return null
  return {
    type: 'table',
    hitPolicy,
    inputs: inputs.filter((input) => input !== null),
    outputs,
    rules: rules.filter((rule) => rule !== null),
  }
}

function readInput(reading: DmnReading, input: XmlElement, owner: XmlElement): InputClause | null {
  const expression = childOf(input, 'dmn:inputExpression')
  const title = attributeOf(input, 'label') ?? (expression === null ? null : childOf(expression, 'dmn:text')?.text.trim()) ?? ''
  const formula = expression === null ? null : readFormula(reading, expression)
  if (formula === null && (childOf(expression ?? input, 'dmn:text')?.text.trim() ?? '') === '') {
    reading.findings.add('missingInputExpression', input, `The input "${title}" of ${titleOf(owner)} has no expression.`)
  }
  if (formula === null) return null
  const variable = attributeOf(input, 'camunda:inputVariable') ?? 'cellInput'
  return { title, formula, type: readType(reading, expression), variable }
}

function readOutput(reading: DmnReading, output: XmlElement, count: number, index: number): OutputClause {
  const name = attributeOf(output, 'name')
  const title = attributeOf(output, 'label') ?? name ?? `${index + 1}`
  if (name === null && count > 1) {
    reading.findings.add('outputWithoutName', output, `The output "${title}" has no name, and it is one of ${count}.`)
  }
  const fallback = childOf(output, 'dmn:defaultOutputEntry')
  return {
    title,
    name,
    type: readType(reading, output),
    values: readValues(reading, childOf(output, 'dmn:outputValues')),
    default: fallback === null ? null : readFormula(reading, fallback),
  }
}

function checkNames(reading: DmnReading, outputs: readonly XmlElement[], owner: XmlElement): void {
  const seen = new Set<string>()
  for (const output of outputs) {
    const name = attributeOf(output, 'name')
    if (name !== null && seen.has(name))
      reading.findings.add('duplicateOutput', output, `Two outputs of ${titleOf(owner)} have the name "${name}".`)
    if (name !== null) seen.add(name)
  }
}

/** DMN 1.3 §8.2.10. */
function readHitPolicy(reading: DmnReading, table: XmlElement, outputs: readonly OutputClause[], owner: XmlElement): HitPolicy | null {
  const written = attributeOf(table, 'hitPolicy')?.trim() ?? 'UNIQUE'
  const type = POLICIES.get(written.toUpperCase().replaceAll('_', ' '))
  const aggregation = attributeOf(table, 'aggregation')?.trim() ?? null
  const refuse = (message: string, attribute: string): null => {
    const place = table.attributes[attribute] === undefined ? {} : { attribute }
    reading.findings.add('invalidHitPolicy', table, `The hit policy of ${titleOf(owner)} ${message}.`, place)
    return null
  }
  if (type === undefined) return refuse(`is "${written}", which there is not`, 'hitPolicy')
  if (type !== 'COLLECT') {
    if (aggregation !== null) return refuse(`is ${type}, and only what COLLECT gives can be aggregated`, 'aggregation')
    if ((type === 'PRIORITY' || type === 'OUTPUT ORDER') && outputs.every(({ values }) => values.length === 0))
      return refuse(`is ${type}, and no output lists its values in order of priority`, 'hitPolicy')
    return { type }
  }
  if (aggregation === null) return { type, aggregation: null }
  const known = AGGREGATIONS.get(aggregation.toUpperCase())
  if (known === undefined) return refuse(`aggregates by "${aggregation}", which there is not`, 'aggregation')
  if (outputs.length > 1) return refuse('aggregates several outputs, which has no meaning', 'aggregation')
  return { type, aggregation: known }
}

const POLICIES = new Map(
  (['UNIQUE', 'FIRST', 'PRIORITY', 'ANY', 'COLLECT', 'RULE ORDER', 'OUTPUT ORDER'] as const).map((name) => [name as string, name]),
)
const AGGREGATIONS = new Map((['SUM', 'MIN', 'MAX', 'COUNT'] as const).map((name) => [name as string, name]))

function readRule(reading: DmnReading, rule: XmlElement, index: number, inputs: number, outputs: number): Rule | null {
  const id = attributeOf(rule, 'id') ?? `rule ${index + 1}`
  const inputEntries = childrenOf(rule, 'dmn:inputEntry')
  const outputEntries = childrenOf(rule, 'dmn:outputEntry')
  if (inputEntries.length !== inputs || outputEntries.length !== outputs) {
    const has = `${inputEntries.length} input and ${outputEntries.length} output cells`
    reading.findings.add('ruleWidth', rule, `The rule ${id} has ${has}; its table has ${inputs} inputs and ${outputs} outputs.`)
    return null
  }
  const tests: readonly (Test | null)[] = inputEntries.map((entry) => readTest(reading, entry))
  const entries: readonly (Formula | null)[] = outputEntries.map((entry) => readFormula(reading, entry))
  if (tests.some((test) => test === null)) return null
  return { id, tests: tests.filter((test) => test !== null), entries }
}
