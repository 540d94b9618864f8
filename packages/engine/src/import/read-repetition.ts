import type { Expression } from '../expressions/expression.ts'
import type { MultiInstance, Repetition, StandardLoop } from '../model/data.ts'
import { conditionLanguageOf, counterBaseOf } from './dialects/dialect.ts'
import { type Importing, resolve } from './importing.ts'
import { expressionInAttribute, expressionInBody, expressionOfVariable } from './read-expression.ts'
import type { XmlElement } from './read-xml.ts'
import { attributeOf, booleanOf, childOf, extensionOf, titleOf } from './xml-access.ts'

/** How an activity is repeated, or null. BPMN 2.0.2 §10.3.8 */
export function readRepetition(importing: Importing, activity: XmlElement): Repetition | null {
  const loop = childOf(activity, 'bpmn:standardLoopCharacteristics')
  if (loop !== null) return readStandardLoop(importing, loop)
  const multi = childOf(activity, 'bpmn:multiInstanceLoopCharacteristics')
  return multi === null ? null : readMultiInstance(importing, activity, multi)
}

function readStandardLoop(importing: Importing, loop: XmlElement): StandardLoop {
  return {
    type: 'standardLoop',
    testBefore: booleanOf(importing.findings, loop, 'testBefore'),
    condition: readCondition(importing, childOf(loop, 'bpmn:loopCondition')),
    maximum: expressionInAttribute(importing, loop, 'loopMaximum') ?? expressionInBody(importing, childOf(loop, 'bpmn:loopMaximum')),
    counterBase: counterBaseOf(importing.dialect),
  }
}

function readMultiInstance(importing: Importing, activity: XmlElement, multi: XmlElement): MultiInstance {
  const zeebe = extensionOf(multi, 'zeebe:loopCharacteristics')
  const cardinality = expressionInBody(importing, childOf(multi, 'bpmn:loopCardinality'), 'juel')
  const collection =
    (zeebe === null ? null : expressionInAttribute(importing, zeebe, 'inputCollection', 'feel')) ??
    variableOrExpression(importing, multi, attributeOf(multi, 'camunda:collection')) ??
    variableOrExpression(importing, multi, nameOfData(importing, childOf(multi, 'bpmn:loopDataInputRef')))
  if (cardinality === null && collection === null) {
    importing.findings.add(
      'missingRepetition',
      multi,
      `${titleOf(activity)} is multi-instance but says neither how often nor for which collection.`,
    )
  }
  const outputItem = childOf(multi, 'bpmn:outputDataItem')
  return {
    type: 'multiInstance',
    isSequential: booleanOf(importing.findings, multi, 'isSequential'),
    cardinality,
    collection,
    elementVariable:
      (zeebe === null ? null : attributeOf(zeebe, 'inputElement')) ??
      attributeOf(multi, 'camunda:elementVariable') ??
      nameOfItem(childOf(multi, 'bpmn:inputDataItem')),
    indexVariable: attributeOf(multi, 'camunda:elementIndexVariable'),
    outputCollection:
      (zeebe === null ? null : attributeOf(zeebe, 'outputCollection')) ?? nameOfData(importing, childOf(multi, 'bpmn:loopDataOutputRef')),
    outputElement:
      (zeebe === null ? null : expressionInAttribute(importing, zeebe, 'outputElement', 'feel')) ??
      variableOrExpression(importing, multi, nameOfItem(outputItem)),
    completionCondition: readCondition(importing, childOf(multi, 'bpmn:completionCondition')),
    counterBase: counterBaseOf(importing.dialect),
  }
}

/** A condition; plain text that is neither `true` nor `false` is a finding. */
export function readCondition(importing: Importing, holder: XmlElement | null): Expression | null {
  const expression = expressionInBody(importing, holder, conditionLanguageOf(importing.dialect, importing.definitions))
  if (expression === null || holder === null) return null
  if (expression.language === 'literal' && !/^(?:true|false)$/i.test(expression.source)) {
    const message = `The condition "${expression.source.slice(0, 200)}" of ${titleOf(holder.parent ?? holder)} is plain text.`
    importing.findings.add('conditionNotExpression', holder, message, { offset: holder.textOffset })
    return null
  }
  return expression
}

/** `orders` and `${orders}` name the same collection. */
function variableOrExpression(importing: Importing, holder: XmlElement, text: string | null): Expression | null {
  if (text === null) return null
  const trimmed = text.trim()
  return /[$#]\{|^=/.test(trimmed) ? expressionInText(importing, holder, trimmed) : expressionOfVariable(importing, holder, trimmed)
}

function expressionInText(importing: Importing, holder: XmlElement, text: string): Expression | null {
  return expressionInAttribute(importing, { ...holder, attributes: { ...holder.attributes, collection: text } }, 'collection', 'juel')
}

/** The variable behind a reference to data: the name of the data object, input or output, else what the reference says. */
function nameOfData(importing: Importing, reference: XmlElement | null): string | null {
  if (reference === null || reference.text.trim() === '') return null
  const data = resolve(importing, reference.text)
  const behind = data === null ? null : (resolve(importing, data.attributes.dataObjectRef) ?? data)
  return (behind === null ? null : nameOfItem(behind)) ?? reference.text.trim()
}

function nameOfItem(item: XmlElement | null): string | null {
  return item === null ? null : (attributeOf(item, 'name') ?? attributeOf(item, 'id'))
}
