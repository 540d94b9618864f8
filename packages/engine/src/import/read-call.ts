import type { Expression } from '../expressions/expression.ts'
import type { Call, CallBinding, PassedVariable, Passing } from '../model/call.ts'
import { type Importing, resolve } from './importing.ts'
import { expressionInAttribute, expressionOfText } from './read-expression.ts'
import { readVariableMapping } from './read-variable-mapping.ts'
import type { XmlElement } from './read-xml.ts'
import { attributeOf, childrenOf, extensionOf, extensionsOf, readBoolean, titleOf } from './xml-access.ts'

/** What a call activity calls and what passes; null with a finding where it names nothing. */
export function readCall(importing: Importing, activity: XmlElement): Call | null {
  const zeebe = extensionOf(activity, 'zeebe:calledElement')
  const process = zeebe === null ? readCalledElement(importing, activity) : expressionInAttribute(importing, zeebe, 'processId')
  if (process === null && attributeOf(activity, 'camunda:caseRef') !== null) return null // check-extensions.ts says that cases are not called
  if (process === null) {
    importing.findings.add('calledElementMissing', activity, `${titleOf(activity)} does not say which process it calls.`)
    return null
  }
  return zeebe === null ? readCamunda(importing, activity, process) : readZeebe(importing, zeebe, process)
}

/** A qualified name of BPMN (`ns:Process_1`) names the element; expressions of the dialects give the key when the token is there. */
function readCalledElement(importing: Importing, activity: XmlElement): Expression | null {
  const text = attributeOf(activity, 'calledElement')?.trim() ?? ''
  if (/^[\w.-]+:[\w.-]+$/.test(text)) {
    const found = resolve(importing, text)
    return expressionOfText(importing, activity, found?.attributes.id ?? text.slice(text.indexOf(':') + 1))
  }
  return expressionInAttribute(importing, activity, 'calledElement')
}

/** BPMN itself and the camunda family. Where nothing of a vendor stands in the file, variables pass as they do within one process. */
function readCamunda(importing: Importing, activity: XmlElement, process: Expression): Call {
  const { findings } = importing
  const isPlain = importing.dialect === 'plain'
  const inherits = readBoolean(findings, activity, 'camunda:inheritVariables') === true
  const ins = extensionsOf(activity, 'camunda:in')
  const outs = extensionsOf(activity, 'camunda:out')
  const isOpen = isPlain && ins.length === 0 && outs.length === 0
  const inputs = readPassing(importing, activity, ins)
  const outputs = readPassing(importing, activity, outs)
  const businessKeys = ins.flatMap((one) => readBusinessKey(importing, one) ?? [])
  const inheritsKey = isPlain || readBoolean(findings, activity, 'camunda:inheritBusinessKey') === true
  return {
    process,
    binding: readBinding(importing, activity),
    tenant: expressionInAttribute(importing, activity, 'camunda:calledElementTenantId'),
    businessKey: businessKeys[0] ?? expressionInAttribute(importing, activity, 'camunda:businessKey') ?? (inheritsKey ? 'inherited' : null),
    inputs: { ...(isOpen || inherits ? { ...inputs, all: 'visible' } : inputs), ...readVariableMapping(importing, activity, 'input') },
    outputs: {
      ...(isOpen ? { ...outputs, all: 'visible' } : outputs),
      ...readVariableMapping(importing, activity, 'output'),
      ...(readBoolean(findings, activity, 'camunda:useLocalScopeForOutParameters') === true && { isAround: true as const }),
    },
    idVariable: attributeOf(activity, 'camunda:idVariableName'),
  }
}

/** `execution.businessKey` is the caller's, which needs no evaluation. */
function readBusinessKey(importing: Importing, passed: XmlElement): Call['businessKey'] {
  const text = attributeOf(passed, 'businessKey') ?? ''
  if (/^[#$]\{\s*execution\s*\.\s*(?:processBusinessKey|businessKey|getProcessBusinessKey\(\)|getBusinessKey\(\))\s*\}$/.test(text))
    return 'inherited'
  return expressionInAttribute(importing, passed, 'businessKey')
}

function readBinding(importing: Importing, activity: XmlElement): CallBinding {
  const version = expressionInAttribute(importing, activity, 'camunda:calledElementVersion')
  const tag = expressionInAttribute(importing, activity, 'camunda:calledElementVersionTag')
  const binding = attributeOf(activity, 'camunda:calledElementBinding')
  if (binding === null && readBoolean(importing.findings, activity, 'camunda:sameDeployment') === true)
    return { type: 'deploymentOrLatest' } // as Flowable looks it up
  return bindingOf(importing, activity, binding, version, tag)
}

function bindingOf(
  importing: Importing,
  element: XmlElement,
  binding: string | null,
  version: Expression | null,
  tag: Expression | null,
): CallBinding {
  const { findings } = importing
  switch (binding) {
    case 'deployment':
      return { type: 'deployment' }
    case 'version':
      if (version !== null) return { type: 'version', version }
      break
    case 'versionTag':
      if (tag !== null) return { type: 'versionTag', tag }
      break
    case 'latest':
    case null:
      return { type: 'latest' }
    default:
  }
  findings.add('calledBindingUnclear', element, `${titleOf(element)} binds what it calls by "${binding}", which does not name a version.`)
  return { type: 'latest' }
}

/** What `camunda:in` and `camunda:out` pass: all variables, or those named. */
export function readPassing(importing: Importing, activity: XmlElement, passed: readonly XmlElement[]): Passing {
  let all: Passing['all'] = null
  const mappings: PassedVariable[] = []
  for (const one of passed) {
    const local = readBoolean(importing.findings, one, 'local') === true
    if (one.attributes.variables === 'all') all = local && one.name === 'camunda:in' ? 'local' : 'visible'
    if (attributeOf(one, 'businessKey') !== null || one.attributes.variables === 'all') continue
    const target = expressionInAttribute(importing, one, 'targetExpression', 'juel') ?? attributeOf(one, 'target')
    const variable = attributeOf(one, 'source')
    const expression = variable === null ? expressionInAttribute(importing, one, 'sourceExpression') : null
    if (target === null || (variable === null && expression === null)) {
      const message = `A variable that passes at ${titleOf(activity)} has no source or no target; it was not read.`
      importing.findings.add('invalidValue', activity, message, { offset: one.offset })
    } else if (variable !== null) mappings.push({ target, source: { variable }, local })
    else if (expression !== null) mappings.push({ target, source: { expression }, local })
  }
  return { all, mappings }
}

/** Both ways all variables pass unless the model says that only mapped ones do. */
function readZeebe(importing: Importing, called: XmlElement, process: Expression): Call {
  const { findings } = importing
  const passesDown = readBoolean(findings, called, 'propagateAllParentVariables') !== false
  const passesUp = readBoolean(findings, called, 'propagateAllChildVariables') !== false
  // What output mappings ask for they must see.
  const outputs = extensionOf(called.parent?.parent ?? called, 'zeebe:ioMapping')
  const isMapped = outputs !== null && childrenOf(outputs, 'zeebe:output').length > 0
  const tag = expressionInAttribute(importing, called, 'versionTag')
  return {
    process,
    binding: bindingOf(importing, called, attributeOf(called, 'bindingType'), null, tag),
    tenant: null,
    businessKey: 'inherited',
    inputs: { all: passesDown ? 'visible' : 'local', mappings: [] },
    outputs: { all: passesUp || isMapped ? 'visible' : null, mappings: [] },
    idVariable: null,
  }
}
