import type { FlowNode, FlowScope } from '../../model/elements.ts'
import { elementsWithin } from '../elements-within.ts'
import { linksOf } from '../flow-graph.ts'
import type { Importing } from '../importing.ts'
import { jobsOf } from '../process-outline.ts'
import { eventDefinitionElements } from '../read-event-definitions.ts'
import type { ReadProcess } from '../read-process.ts'
import type { XmlElement } from '../read-xml.ts'
import { attributeOf, localName, readsTrue, titleOf, withArticle } from '../xml-access.ts'

/** Which definitions an event may have (BPMN 2.0.2 §10.5, table 10.93), and that links come in pairs (§10.5.5). */
export function checkEvents(importing: Importing, process: ReadProcess): void {
  for (const element of elementsWithin(process.element)) {
    const allowed = ALLOWED[localName(element.name)]
    if (allowed !== undefined) checkEvent(importing, element, allowed)
  }
  for (const node of process.definition.nodes.values()) {
    checkTogether(importing, process, node)
    checkCycle(importing, process, node)
  }
  checkLinks(importing, process, process.definition.root)
  for (const node of process.definition.nodes.values()) if ('content' in node) checkLinks(importing, process, node.content)
}

const ALLOWED: Readonly<Record<string, readonly string[] | undefined>> = {
  startEvent: ['message', 'timer', 'signal', 'conditional'],
  intermediateCatchEvent: ['message', 'timer', 'signal', 'conditional', 'link'],
  intermediateThrowEvent: ['message', 'signal', 'link', 'escalation', 'compensate'],
  endEvent: ['message', 'signal', 'error', 'terminate', 'escalation', 'cancel', 'compensate'],
  boundaryEvent: ['message', 'timer', 'signal', 'conditional', 'error', 'escalation', 'cancel', 'compensate'],
}

const ALLOWED_IN_EVENT_SUB_PROCESS = [...(ALLOWED.startEvent ?? []), 'error', 'escalation', 'compensate']

function checkEvent(importing: Importing, event: XmlElement, allowed: readonly string[]): void {
  const { findings } = importing
  const definitions = eventDefinitionElements(importing, event)
  const kinds = definitions.map((definition) => localName(definition.name).replace('EventDefinition', ''))
  const isStart = event.name === 'bpmn:startEvent'
  const inEventSubProcess = isStart && event.parent !== null && readsTrue(event.parent, 'triggeredByEvent')
  if (isStart && event.parent?.name !== 'bpmn:process' && !inEventSubProcess && kinds.length > 0) {
    findings.add('startEventInSubProcess', event, `${titleOf(event)} in a sub-process waits for ${kinds.map(withArticle).join(', ')}.`)
    return
  }
  if (kinds.length === 0 && (event.name === 'bpmn:intermediateCatchEvent' || event.name === 'bpmn:boundaryEvent')) {
    if (!hasReference(event)) findings.add('missingEventDefinition', event, `${titleOf(event)} does not say what it waits for.`)
    return
  }
  for (const kind of kinds) {
    if ((inEventSubProcess ? ALLOWED_IN_EVENT_SUB_PROCESS : allowed).includes(kind)) continue
    findings.add('misplacedEventDefinition', event, `${titleOf(event)} cannot have ${withArticle(kind)} event definition.`)
  }
  const interrupts = event.name === 'bpmn:boundaryEvent' ? event.attributes.cancelActivity : isStart ? event.attributes.isInterrupting : ''
  if (kinds.includes('error') && /^\s*(?:false|0)\s*$/.test(interrupts ?? '')) {
    findings.add('errorAlwaysInterrupts', event, `${titleOf(event)} catches an error and is marked as not interrupting; it interrupts.`)
  }
  const error = definitions[kinds.indexOf('error')]
  if (event.name === 'bpmn:endEvent' && error !== undefined && attributeOf(error, 'errorRef') === null) {
    const message = `${titleOf(event)} throws an error without a code; only events that catch every error catch it.`
    findings.add('errorCodeMissing', event, message, { severity: importing.dialect === 'flowable' ? 'warning' : 'error' })
  }
}

/** What an event with several definitions can hold together. BPMN 2.0.2 §10.5.5 */
function checkTogether(importing: Importing, process: ReadProcess, node: FlowNode): void {
  const element = process.elements.get(node.id)
  if (element === undefined || !('eventDefinitions' in node) || node.eventDefinitions.length < 2) return
  const conflict = (what: string): void => importing.findings.add('eventDefinitionsConflict', element, `${titleOf(element)} ${what}.`)
  if (linksOf(node).length > 0) conflict('is a link and has other definitions')
  if (node.eventDefinitions.filter((one) => ENDINGS.has(one.type)).length > 1) conflict('has several definitions that end its scope')
  const needsAll = 'parallelMultiple' in node && node.parallelMultiple
  if (needsAll && node.eventDefinitions.some((one) => THROWN.has(one.type)))
    conflict('waits for all of its definitions, one of which is thrown to it')
  if (node.eventDefinitions.some((one) => ALONE.has(one.type)) && node.type === 'boundaryEvent')
    conflict('is a compensation or cancel event and has other definitions')
  if (jobsOf(node).length > 1) conflict('sends several messages by handlers of its own')
}

const THROWN: ReadonlySet<string> = new Set(['error', 'escalation', 'compensate', 'cancel'])
const ALONE: ReadonlySet<string> = new Set(['compensate', 'cancel'])
const ENDINGS: ReadonlySet<string> = new Set(['error', 'terminate'])

/** A reference that leads nowhere is a finding of its own. */
function hasReference(event: XmlElement): boolean {
  return event.children.some((child) => child.name === 'bpmn:eventDefinitionRef')
}

/** BPMN 2.0.2 §10.5.5: a link leads on to its catch event, where nothing else leads. */
function checkLinkFlows(importing: Importing, process: ReadProcess, scope: FlowScope): void {
  for (const node of scope.nodes) {
    const element = process.elements.get(node.id)
    if (element === undefined || linksOf(node).length === 0) continue
    const wrong = node.type === 'intermediateThrowEvent' ? node.outgoing : node.type === 'intermediateCatchEvent' ? node.incoming : []
    for (const flow of wrong) {
      const what = node.type === 'intermediateThrowEvent' ? 'is never taken' : 'leads there besides the link'
      importing.findings.add('linkWithFlow', element, `${titleOf(element)} is a link; the flow "${flow.id}" ${what}.`, {
        related: [flow.id],
      })
    }
  }
}

/** An event that ends its wait or its activity sees one occurrence of a cycle. */
function checkCycle(importing: Importing, process: ReadProcess, node: FlowNode): void {
  const element = process.elements.get(node.id)
  const once = node.type === 'intermediateCatchEvent' || (node.type === 'boundaryEvent' && node.cancelActivity)
  if (!once || element === undefined) return
  const cycle = node.eventDefinitions.find((one) => one.type === 'timer' && one.kind === 'timeCycle')
  if (cycle !== undefined) importing.findings.add('cycleOnce', element, `Of the cycle of ${titleOf(element)} the first occurrence counts.`)
}

function checkLinks(importing: Importing, process: ReadProcess, scope: FlowScope): void {
  const { findings } = importing
  checkLinkFlows(importing, process, scope)
  const catches = new Map<string, string>()
  const thrown = new Set(scope.nodes.flatMap((node) => (node.type === 'intermediateThrowEvent' ? linksOf(node) : [])))
  for (const node of scope.nodes) {
    const element = process.elements.get(node.id)
    if (node.type !== 'intermediateCatchEvent' || element === undefined) continue
    for (const name of linksOf(node)) {
      const first = catches.get(name)
      if (first !== undefined) {
        findings.add('duplicateLink', element, `${titleOf(element)} catches the link "${name}", as ${first} does.`, { related: [first] })
      } else catches.set(name, node.id)
      if (!thrown.has(name))
        findings.add('linkWithoutThrow', element, `${titleOf(element)} catches the link "${name}", which nothing throws.`)
    }
  }
  for (const node of scope.nodes) {
    const element = process.elements.get(node.id)
    if (node.type !== 'intermediateThrowEvent' || element === undefined) continue
    for (const name of linksOf(node)) {
      if (!catches.has(name))
        findings.add('linkWithoutCatch', element, `${titleOf(element)} throws the link "${name}", which nothing catches.`)
    }
  }
}
