import type { Expression } from '../expressions/expression.ts'
import type { IoMapping, Mapping, MappingSource } from '../model/data.ts'
import type { Importing } from './importing.ts'
import { readEventParameters } from './read-event-registry.ts'
import { expressionInAttribute, expressionOfText } from './read-expression.ts'
import type { XmlElement } from './read-xml.ts'
import { isLaterInput, scriptOf, scriptsWithin } from './script-source.ts'
import { attributeOf, childrenOf, extensionOf, extensionsOf, localName } from './xml-access.ts'

/** `camunda:inputOutput`, `zeebe:ioMapping` or the parameters of Flowable's events of an activity or event; null where it has neither. */
export function readIo(importing: Importing, element: XmlElement): IoMapping | null {
  const zeebe = extensionOf(element, 'zeebe:ioMapping')
  if (zeebe !== null) {
    return {
      inputs: childrenOf(zeebe, 'zeebe:input').flatMap((one) => readZeebeMapping(importing, one)),
      outputs: childrenOf(zeebe, 'zeebe:output').flatMap((one) => readZeebeMapping(importing, one)),
      propagation: 'mapped',
    }
  }
  const event = readEventParameters(importing, element)
  if (event !== null) return event
  const isMapped = (parameter: XmlElement): boolean =>
    !isLaterInput(parameter) && scriptOf(parameter) === null && scriptsWithin(parameter).length === 0
  return readMappings(importing, extensionsOf(element, 'camunda:inputOutput'), isMapped)
}

/** `camunda:inputOutput`, of an element or of its connector; null where there is none. */
export function readMappings(
  importing: Importing,
  lists: readonly XmlElement[],
  isMapped: (parameter: XmlElement) => boolean = () => true,
  resultOf: ScriptResult = () => null,
): IoMapping | null {
  if (lists.length === 0) return null
  return {
    inputs: lists
      .flatMap((list) => childrenOf(list, 'camunda:inputParameter'))
      .filter(isMapped)
      .flatMap((one) => readParameter(importing, one, resultOf)),
    outputs: lists
      .flatMap((list) => childrenOf(list, 'camunda:outputParameter'))
      .filter(isMapped)
      .flatMap((one) => readParameter(importing, one, resultOf)),
    propagation: 'all',
  }
}

/** The target of zeebe may be a path: `order.total` sets one entry of a context. */
function readZeebeMapping(importing: Importing, mapping: XmlElement): readonly Mapping[] {
  const target = attributeOf(mapping, 'target')
  const expression = expressionInAttribute(importing, mapping, 'source')
  if (target === null || expression === null) {
    if (target === null) importing.findings.add('invalidValue', mapping, 'A mapping names no target; it was not read.')
    else if ((attributeOf(mapping, 'source') ?? '').trim() === '')
      importing.findings.add('invalidValue', mapping, `The mapping of "${target}" has no source; it was not read.`)
    return []
  }
  return [{ target: target.split('.'), source: { type: 'expression', expression } }]
}

function readParameter(importing: Importing, parameter: XmlElement, resultOf: ScriptResult): readonly Mapping[] {
  const name = attributeOf(parameter, 'name')
  if (name === null) {
    importing.findings.add('invalidValue', parameter, 'An input or output parameter has no name; it was not read.')
    return []
  }
  const source = readSource(importing, parameter, resultOf)
  return source === null ? [] : [{ target: [name], source }]
}

/** What stands for a script that is, or is part of, a value; null where it is to be read as an expression. */
export type ScriptResult = (importing: Importing, script: XmlElement) => Expression | null

/** A parameter's value: a list, a map, a script in an expression language, or its text. */
export function readSource(importing: Importing, holder: XmlElement, resultOf: ScriptResult = () => null): MappingSource | null {
  const inner = holder.children.find((child) => child.name.startsWith('camunda:'))
  switch (inner?.name) {
    case undefined:
      return readTextSource(importing, holder)
    case 'camunda:list':
      return { type: 'list', items: inner.children.flatMap((item) => readItem(importing, item, resultOf) ?? []) }
    case 'camunda:map':
      return {
        type: 'map',
        entries: Object.fromEntries(childrenOf(inner, 'camunda:entry').flatMap((entry) => readEntry(importing, entry, resultOf))),
      }
    case 'camunda:script':
      return readScript(importing, inner, resultOf)
    default:
      importing.findings.add(
        'unknownExtension',
        inner ?? holder,
        `A parameter cannot hold "${localName(inner?.name ?? '')}"; it was not read.`,
      )
      return null
  }
}

function readItem(importing: Importing, item: XmlElement, resultOf: ScriptResult): MappingSource | null {
  return item.name === 'camunda:script' ? readScript(importing, item, resultOf) : readSource(importing, item, resultOf)
}

function readEntry(importing: Importing, entry: XmlElement, resultOf: ScriptResult): readonly [string, MappingSource][] {
  const key = attributeOf(entry, 'key')
  const source = key === null ? null : readSource(importing, entry, resultOf)
  return key === null || source === null ? [] : [[key, source]]
}

function readScript(importing: Importing, script: XmlElement, resultOf: ScriptResult): MappingSource | null {
  const result = resultOf(importing, script)
  return result === null ? readScriptSource(importing, script) : { type: 'expression', expression: result }
}

/** Space around a whole expression is no part of it; space around a text is. */
function readTextSource(importing: Importing, holder: XmlElement): MappingSource | null {
  const trimmed = holder.text.trim()
  const expression = expressionOfText(importing, holder, /^(?:=|[$#]\{)/.test(trimmed) ? trimmed : holder.text)
  return expression === null ? null : { type: 'expression', expression }
}

function readScriptSource(importing: Importing, script: XmlElement): MappingSource | null {
  const format = (attributeOf(script, 'scriptFormat') ?? '').toLowerCase()
  if (attributeOf(script, 'resource') !== null || !(format === 'juel' || format === 'feel')) {
    importing.findings.add('unsupportedLanguage', script, `A parameter's value is a script in "${format}", which is not executed.`)
    return null
  }
  const text = script.text.trim()
  const expression = expressionOfText(importing, script, format === 'feel' && !text.startsWith('=') ? `=${text}` : text)
  return expression === null ? null : { type: 'expression', expression }
}
