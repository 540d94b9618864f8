import { elementsWithin } from '../elements-within.ts'
import { isGlobalTask } from '../global-tasks.ts'
import { type Importing, resolve } from '../importing.ts'
import { givesMessage } from '../message-flows.ts'
import { isKind } from '../metamodel.ts'
import { isExecuted } from '../read-associations.ts'
import { correlationProblem } from '../read-correlation.ts'
import { isVariable } from '../read-data.ts'
import { accessOf, isServed, storeName, storeOf } from '../read-data-stores.ts'
import type { XmlElement } from '../read-xml.ts'
import { attributeOf, childOf, extensionOf, readsTrue, titleOf } from '../xml-access.ts'

/** Names what a process holds that is not executed: an error where it steers execution, an info where it is for readers. */
export function checkSupport(importing: Importing, process: XmlElement): void {
  for (const element of elementsWithin(process)) {
    checkElement(importing, element)
    if (element.name === 'bpmn:adHocSubProcess') checkAdHoc(importing, element)
  }
}

/** What stands beside the processes of a file. */
export function checkRootSupport(importing: Importing): void {
  for (const element of importing.definitions.children) {
    if (!element.name.startsWith('bpmn:') || QUIET_AT_ROOT.has(element.name)) continue
    if (isKind(element.name, 'bpmn:EventDefinition')) continue // events refer to them
    if (element.name === 'bpmn:collaboration') checkCollaboration(importing, element)
    else if (isKind(element.name, 'bpmn:Choreography') || isKind(element.name, 'bpmn:ChoreographyActivity')) unsupported(importing, element)
    else if (isKind(element.name, 'bpmn:Collaboration')) unsupported(importing, element)
    else if (element.name !== 'bpmn:definitions' && !isGlobalTask(element)) notExecuted(importing, element)
  }
}

/** Read where they are referred to, or without a meaning of their own. */
const QUIET_AT_ROOT: ReadonlySet<string> = new Set(
  ['process', 'message', 'signal', 'error', 'escalation', 'correlationProperty', 'resource', 'documentation', 'extensionElements'].map(
    (name) => `bpmn:${name}`,
  ),
)

function checkCollaboration(importing: Importing, collaboration: XmlElement): void {
  for (const element of collaboration.children) {
    if (isKind(element.name, 'bpmn:ConversationNode')) unsupported(importing, element)
    else if (element.name === 'bpmn:correlationKey') correlation(importing, element)
    else if (element.name === 'bpmn:messageFlow' && givesMessage(importing, element)) continue
    else if (element.name.startsWith('bpmn:') && !QUIET_IN_COLLABORATION.has(element.name)) notExecuted(importing, element)
  }
}

const QUIET_IN_COLLABORATION: ReadonlySet<string> = new Set(['bpmn:participant', 'bpmn:documentation', 'bpmn:extensionElements'])

const FOR_READERS: ReadonlySet<string> = new Set(
  ['textAnnotation', 'group', 'association', 'auditing', 'monitoring', 'performer', 'resourceRole'].map((name) => `bpmn:${name}`),
)

const DATA: ReadonlySet<string> = new Set(['dataObject', 'dataObjectReference', 'property'].map((name) => `bpmn:${name}`))

const ASSOCIATIONS: ReadonlySet<string> = new Set(['bpmn:dataInputAssociation', 'bpmn:dataOutputAssociation'])

function checkAssociation(importing: Importing, association: XmlElement): void {
  const store = storeOf(importing, association)
  if (store !== null) checkStore(importing, association, store)
  else if (!isExecuted(importing, association)) notExecuted(importing, association)
}

/** What is no variable in this dialect is for readers. */
function checkData(importing: Importing, element: XmlElement): void {
  const data = resolve(importing, element.attributes.dataObjectRef) ?? element
  if (!isVariable(importing, data)) notExecuted(importing, element)
}

const STEERING: ReadonlySet<string> = new Set(['subChoreography', 'choreographyTask', 'callChoreography'].map((name) => `bpmn:${name}`))

function checkElement(importing: Importing, element: XmlElement): void {
  if (STEERING.has(element.name)) unsupported(importing, element)
  else if (element.name === 'bpmn:performer' && element.parent?.name === 'bpmn:userTask')
    return // read-roles.ts
  else if (FOR_READERS.has(element.name) && !leadsToHandler(importing, element)) notExecuted(importing, element)
  else if (ASSOCIATIONS.has(element.name)) checkAssociation(importing, element)
  else if (DATA.has(element.name)) checkData(importing, element)
  else if (element.name === 'bpmn:correlationSubscription') correlation(importing, element)
}

/** An association that connects a compensation event with its handler: read-compensation.ts. */
function leadsToHandler(importing: Importing, element: XmlElement): boolean {
  if (element.name !== 'bpmn:association') return false
  const ends = [element.attributes.sourceRef, element.attributes.targetRef].map((reference) => resolve(importing, reference))
  return ends.some((end) => end !== null && readsTrue(end, 'isForCompensation'))
}

/** Who starts what is in it, and how it ends. */
function checkAdHoc(importing: Importing, adHoc: XmlElement): void {
  const { findings } = importing
  if (extensionOf(adHoc, 'zeebe:taskDefinition') !== null) return checkDriven(importing, adHoc)
  if (importing.dialect !== 'zeebe' && childOf(adHoc, 'bpmn:completionCondition') === null)
    findings.add('adHocWithoutCondition', adHoc, `${titleOf(adHoc)} has no completion condition.`)
}

/** Its handler says what begins in it and when it ends: what the model says of that is not asked. */
function checkDriven({ findings }: Importing, adHoc: XmlElement): void {
  const hint = 'Remove it, or leave out the task definition.'
  const condition = childOf(adHoc, 'bpmn:completionCondition')
  if (condition !== null)
    findings.add('conditionIgnored', condition, `The completion condition of ${titleOf(adHoc)} is not asked: a handler drives it.`, {
      hint,
    })
  const rules = extensionOf(adHoc, 'zeebe:adHoc')
  if (rules === null || attributeOf(rules, 'activeElementsCollection') === null) return
  const message = `activeElementsCollection of ${titleOf(adHoc)} has no effect: a handler drives it.`
  findings.add('extensionWithoutEffect', adHoc, message, { offset: rules.offset, hint })
}

function unsupported(importing: Importing, element: XmlElement): void {
  const { parent } = element
  const where = isKind(element.name, 'bpmn:EventDefinition') && parent !== null ? ` of ${titleOf(parent)}` : ''
  importing.findings.add('unsupportedElement', element, `${titleOf(element)}${where} is not executed yet.`)
}

function notExecuted(importing: Importing, element: XmlElement): void {
  importing.findings.add('notExecuted', element, `${titleOf(element)} has no effect on execution.`)
}

/** A store that nothing leads from or to is a drawing. */
function checkStore(importing: Importing, association: XmlElement, store: XmlElement): void {
  const name = storeName(importing, store)
  const access = accessOf(association)
  if (isServed(importing, name, access)) return
  importing.findings.add(
    'dataStoreNotExecuted',
    store,
    `${titleOf(store)} is a store outside of the process, which is not ${access === 'read' ? 'read' : 'written'}: the host has none called "${name}".`,
  )
}

function correlation(importing: Importing, element: XmlElement): void {
  const problem = correlationProblem(importing, element)
  if (problem !== null) importing.findings.add('correlationNotRead', element, `${problem}.`)
}
