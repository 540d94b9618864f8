import type { Expression } from '../expressions/expression.ts'
import type { Mapping, MultiInstance, Repetition, StandardLoop } from '../model/data.ts'
import { conditionLanguageOf, counterBaseOf } from './dialects/dialect.ts'
import { type Importing, resolve } from './importing.ts'
import { readAggregation } from './read-aggregation.ts'
import { associationsOf, dataNamed } from './read-associations.ts'
import { variableOf } from './read-data.ts'
import { expressionInAttribute, expressionInBody, expressionOfVariable } from './read-expression.ts'
import { readRetry } from './read-retry.ts'
import type { XmlElement } from './read-xml.ts'
import { readScriptExpression } from './script-expression.ts'
import { attributeOf, booleanOf, childOf, childrenOf, extensionOf, readBoolean, readsTrue, titleOf } from './xml-access.ts'

/** How an activity is repeated, or null. BPMN 2.0.2 §10.3.8 */
export function readRepetition(importing: Importing, activity: XmlElement): Repetition | null {
  const loop = childOf(activity, 'bpmn:standardLoopCharacteristics')
  if (loop !== null) return readStandardLoop(importing, loop)
  const multi = childOf(activity, 'bpmn:multiInstanceLoopCharacteristics')
  return multi === null ? null : readMultiInstance(importing, activity, multi)
}

function readStandardLoop(importing: Importing, loop: XmlElement): StandardLoop {
  const maximum =
    expressionInAttribute(importing, loop, 'loopMaximum') ?? scriptOrExpression(importing, childOf(loop, 'bpmn:loopMaximum'), 'literal')
  if (maximum?.language === 'literal' && !/^\d+$/.test(maximum.source.trim())) {
    const message = `loopMaximum="${maximum.source.slice(0, 80)}" of ${titleOf(loop.parent ?? loop)} is no whole number from 0.`
    importing.findings.add('invalidValue', loop, message, { severity: 'error', attribute: 'loopMaximum' })
  }
  return {
    type: 'standardLoop',
    testBefore: booleanOf(importing.findings, loop, 'testBefore'),
    condition: readCondition(importing, childOf(loop, 'bpmn:loopCondition')),
    maximum,
    counterBase: counterBaseOf(importing.dialect),
  }
}

function readMultiInstance(importing: Importing, activity: XmlElement, multi: XmlElement): MultiInstance {
  const zeebe = extensionOf(multi, 'zeebe:loopCharacteristics')
  const cardinality = scriptOrExpression(importing, childOf(multi, 'bpmn:loopCardinality'), 'juel')
  const collection =
    (zeebe === null ? null : expressionInAttribute(importing, zeebe, 'inputCollection', 'feel')) ??
    variableOrExpression(importing, multi, attributeOf(multi, 'camunda:collection') ?? collectionIn(importing, activity, multi)) ??
    madeFor(importing, activity, childOf(multi, 'bpmn:loopDataInputRef')) ??
    variableOrExpression(importing, multi, collectionBehind(importing, activity, childOf(multi, 'bpmn:loopDataInputRef')))
  if (cardinality === null && collection === null) {
    importing.findings.add(
      'missingRepetition',
      multi,
      `${titleOf(activity)} is multi-instance but says neither how often nor for which collection.`,
    )
  }
  const outputItem = childOf(multi, 'bpmn:outputDataItem')
  const collected = zeebe === null ? null : expressionInAttribute(importing, zeebe, 'outputElement', 'feel')
  const gathered = readAggregation(importing, activity, multi)
  const given = zeebe === null ? (gathered?.given ?? givenBy(importing, activity, childOf(multi, 'bpmn:loopDataOutputRef'))) : null
  return {
    type: 'multiInstance',
    isSequential: booleanOf(importing.findings, multi, 'isSequential'),
    oneByOne: isOneByOne(importing, activity, multi),
    cardinality,
    collection,
    elementVariable:
      (zeebe === null ? null : attributeOf(zeebe, 'inputElement')) ??
      attributeOf(multi, 'camunda:elementVariable') ??
      nameOfItem(childOf(multi, 'bpmn:inputDataItem')),
    indexVariable: attributeOf(multi, 'camunda:elementIndexVariable'),
    outputCollection:
      (zeebe === null ? null : attributeOf(zeebe, 'outputCollection')) ??
      gathered?.target ??
      given?.name ??
      collectionBehind(importing, activity, childOf(multi, 'bpmn:loopDataOutputRef')),
    given: given?.mappings ?? null,
    outputElement: collected ?? gathered?.element ?? variableOrExpression(importing, multi, nameOfItem(outputItem)),
    outputVariable: nameOfItem(outputItem) ?? variableNamed(collected),
    completionCondition: readCondition(importing, childOf(multi, 'bpmn:completionCondition')),
    counterBase: counterBaseOf(importing.dialect),
    ...readContinues(importing, activity, multi),
  }
}

/** The variable that an output element of zeebe is, or is a member of: each round, or path, has its own, null before something is set. */
export function variableNamed(element: Expression | null): string | null {
  const [, name] = /^\s*=?\s*([\p{L}_][\p{L}\p{N}_]*)(?:\s*\.\s*[\p{L}_][\p{L}\p{N}_]*)*\s*$/u.exec(element?.source ?? '') ?? []
  return name === undefined || ['null', 'true', 'false'].includes(name) ? null : name
}

/** The camunda family's asynchronous rounds: said of the multi-instance itself; Flowable means them where it says so of the activity. */
function readContinues(importing: Importing, activity: XmlElement, multi: XmlElement): Pick<MultiInstance, 'continues'> {
  const carriers = importing.dialect === 'flowable' ? [multi, activity] : [multi]
  const isTrue = (name: string): boolean => carriers.some((one) => readBoolean(importing.findings, one, name) === true)
  const before = isTrue('camunda:async') || isTrue('camunda:asyncBefore')
  const after = readBoolean(importing.findings, multi, 'camunda:asyncAfter') === true
  return before || after ? { continues: { before, after, retry: readRetry(importing, multi) } } : {}
}

function scriptOrExpression(importing: Importing, holder: XmlElement | null, fallback: 'juel' | 'literal'): Expression | null {
  return readScriptExpression(importing, holder) ?? expressionInBody(importing, holder, fallback)
}

/**
 * The collection as an element of its own (`flowable:collection`); null where there is none, or with a finding where a class of the host
 * reads it.
 */
function collectionIn({ findings }: Importing, activity: XmlElement, multi: XmlElement): string | null {
  const collection = extensionOf(multi, 'camunda:collection')
  if (collection === null) return null
  if (attributeOf(collection, 'class') === null && attributeOf(collection, 'delegateExpression') === null)
    return (childOf(collection, 'camunda:expression') ?? childOf(collection, 'camunda:string') ?? collection).text.trim()
  findings.add('unsupportedExtension', multi, `The collection of ${titleOf(activity)} is made by a class.`, {
    offset: collection.offset,
    hint: 'Let an expression give the list: a variable, or a function that the host registers.',
  })
  return null
}

/**
 * True where Camunda 7 and Flowable do the work of a parallel multi-instance in one thread, one round after the other, and ask a completion
 * condition in between: work that is neither external nor asynchronous.
 */
function isOneByOne({ dialect }: Importing, activity: XmlElement, multi: XmlElement): boolean {
  if ((dialect !== 'camunda7' && dialect !== 'flowable') || childOf(multi, 'bpmn:completionCondition') === null) return false
  if (!SYNCHRONOUS.has(activity.name) || ELSEWHERE.some((name) => attributeOf(activity, name) !== null)) return false
  if (/^external/.test(attributeOf(activity, 'camunda:type') ?? '')) return false
  return [activity, multi].every((carrier) => ASYNCHRONOUS.every((name) => !readsTrue(carrier, name)))
}

const SYNCHRONOUS: ReadonlySet<string> = new Set(
  ['serviceTask', 'scriptTask', 'businessRuleTask', 'sendTask'].map((name) => `bpmn:${name}`),
)
const ELSEWHERE = ['camunda:topic', 'camunda:triggerable']
const ASYNCHRONOUS = ['async', 'asyncBefore', 'asyncAfter', 'asyncLeave'].map((name) => `camunda:${name}`)

/** A condition; plain text that is neither `true` nor `false` is a finding. */
export function readCondition(importing: Importing, holder: XmlElement | null): Expression | null {
  const script = readScriptExpression(importing, holder)
  if (script !== null) return script
  const expression = expressionInBody(importing, holder, conditionLanguageOf(importing.dialect, importing.definitions))
  if (expression === null || holder === null) return null
  if (expression.language === 'literal' && !/^(?:true|false)$/i.test(expression.source)) {
    const language = attributeOf(holder, 'language')
    const kind =
      language === null || /xpath/i.test(language) ? 'plain text' : `plain text, or "${language.slice(0, 80)}", which is not evaluated`
    const message = `The condition "${expression.source.slice(0, 200)}" of ${titleOf(holder.parent ?? holder)} is ${kind}.`
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

/** The collection as an association to the data input makes it, where that says more than what to copy. BPMN 2.0.2 §10.4.2 */
function madeFor(importing: Importing, activity: XmlElement, reference: XmlElement | null): Expression | null {
  const data = reference === null ? null : resolve(importing, reference.text)
  if (data?.name !== 'bpmn:dataInput') return null
  const associations = associationsOf(importing, activity, 'bpmn:dataInputAssociation').filter(({ target }) => target === data)
  const sources = associations.flatMap(({ mappings }) => mappings.map(({ source }) => source))
  return sources.flatMap((source) => (source.type === 'expression' ? [source.expression] : [])).at(-1) ?? null
}

/** What associations from the data output make of the collection, where they say more than where to copy it. */
function givenBy(
  importing: Importing,
  activity: XmlElement,
  reference: XmlElement | null,
): { readonly name: string; readonly mappings: readonly Mapping[] } | null {
  const data = reference === null ? null : resolve(importing, reference.text)
  const name = data?.name === 'bpmn:dataOutput' ? dataNamed(data) : null
  if (data === null || name === null) return null
  const associations = associationsOf(importing, activity, 'bpmn:dataOutputAssociation').filter(({ sources }) => sources.includes(data))
  const mappings = associations.flatMap((one) => one.mappings)
  const saysMore = mappings.some(({ source, target }) => source.type !== 'variable' || target.length > 1)
  return saysMore ? { name, mappings } : null
}

/** The variable behind a reference to data: where an association leads to or from it, what stands at the other end, else what it names. */
function collectionBehind(importing: Importing, activity: XmlElement, reference: XmlElement | null): string | null {
  if (reference === null || reference.text.trim() === '') return null
  const data = resolve(importing, reference.text)
  if (data === null) return reference.text.trim()
  const other =
    data.name === 'bpmn:dataInput'
      ? otherEnd(importing, activity, data, ['bpmn:dataInputAssociation', 'bpmn:targetRef', 'bpmn:sourceRef'])
      : data.name === 'bpmn:dataOutput'
        ? otherEnd(importing, activity, data, ['bpmn:dataOutputAssociation', 'bpmn:sourceRef', 'bpmn:targetRef'])
        : null
  return variableOf(importing, other ?? data) ?? reference.text.trim()
}

function otherEnd(
  importing: Importing,
  activity: XmlElement,
  data: XmlElement,
  [tag, near, far]: readonly [string, string, string],
): XmlElement | null {
  const association = childrenOf(activity, tag).find((one) => childrenOf(one, near).some(({ text }) => resolve(importing, text) === data))
  return association === undefined ? null : resolve(importing, childOf(association, far)?.text)
}

function nameOfItem(item: XmlElement | null): string | null {
  return item === null ? null : (attributeOf(item, 'name') ?? attributeOf(item, 'id'))
}
