import type { Expression } from '../../expressions/expression.ts'
import type { JobSpec } from '../../model/data.ts'
import type { FlowNode, FlowScope } from '../../model/elements.ts'
import type { EventDefinition, MessageDefinition, SignalDefinition } from '../../model/event-definitions.ts'
import { SEARCHED_BYTES_MAX, utf8Bytes } from '../../model/searched-text.ts'
import { checkIdLength, ID_BYTES_MAX } from '../check-key.ts'
import type { Importing } from '../importing.ts'
import { isKind } from '../metamodel.ts'
import { allListenerJobsOf, jobsOf } from '../process-outline.ts'
import type { ReadProcess } from '../read-process.ts'
import type { XmlElement } from '../read-xml.ts'
import { titleOf } from '../xml-access.ts'

/** Whether every store keeps the texts of the model by which rows are found. What expressions give is looked at where they are evaluated. */
export function checkSearchedTexts(importing: Importing, { definition, element: process, elements }: ReadProcess): void {
  checkText(importing, process, 'version tag', definition.versionTag)
  for (const node of definition.nodes.values()) {
    const element = elements.get(node.id)
    if (element === undefined) continue
    checkIdLength(importing.findings, element, node.id)
    // Their jobs are named after the flow.
    for (const flowId of node.listeners?.take.keys() ?? []) checkIdLength(importing.findings, elements.get(flowId) ?? element, flowId)
    for (const [what, given] of textsOf(node)) checkText(importing, element, what, literalOf(given))
    for (const { id, name } of namedBy(node)) checkText(importing, importing.ids.get(id) ?? element, 'name', literalOf(name))
  }
  for (const start of startsOf(definition.root)) checkStart(importing, definition.key, start, elements.get(start.id) ?? process)
}

function checkStart({ findings }: Importing, key: string, { id }: FlowNode, element: XmlElement): void {
  const [own, ofKey] = [utf8Bytes(id), utf8Bytes(key)]
  if (own + ofKey <= ID_BYTES_MAX || Math.max(own, ofKey) > ID_BYTES_MAX) return
  const message = `The ids of the process and of what starts it have ${own + ofKey} bytes together; ${ID_BYTES_MAX} are kept of both.`
  findings.add('textTooLong', element, message, { attribute: 'id' })
}

type Given = string | Expression | null | undefined

/** What is found by a text of the element, and the text. */
function textsOf(node: FlowNode): readonly (readonly [string, Given])[] {
  const found: (readonly [string, Given])[] = []
  for (const job of [...jobsOf(node), ...allListenerJobsOf(node)]) found.push(...textsOfJob(job))
  if (node.type === 'userTask') {
    const { assignee, owner, candidateUsers, candidateGroups } = node.assignment
    found.push(['assignee', assignee], ['owner', owner])
    for (const list of [candidateUsers, candidateGroups])
      for (const one of literalOf(list)?.split(',') ?? []) found.push(['candidate', one.trim()])
  }
  if (node.type === 'callActivity') {
    const { process, binding, businessKey } = node.call
    found.push(['called element', process])
    if (binding.type === 'versionTag') found.push(['version tag of the called element', binding.tag])
    if (businessKey !== 'inherited') found.push(['business key of the called element', businessKey])
  }
  return found
}

function textsOfJob({ type, origin, own }: JobSpec): readonly (readonly [string, Given])[] {
  const texts: (readonly [string, Given])[] = origin === 'id' ? [] : [['job type', type]] // an id is checked as such
  if (own?.type !== 'decision') return texts
  texts.push(['decision', own.call.id])
  if (own.call.binding.type === 'versionTag') texts.push(['version tag of the decision', own.call.binding.wanted])
  return texts
}

/** The messages and signals that an element waits for, or sends. */
function namedBy(node: FlowNode): readonly (MessageDefinition | SignalDefinition)[] {
  const definitions: readonly EventDefinition[] = 'eventDefinitions' in node ? node.eventDefinitions : []
  const thrown = 'roundEvents' in node ? (node.roundEvents ?? []).map(({ event }) => event) : []
  const named = [...definitions, ...thrown].map((one) => (one.type === 'message' ? one.message : one.type === 'signal' ? one.signal : null))
  return [...('message' in node ? [node.message] : []), ...named].filter((one) => one !== null)
}

/** What has rows of its own as soon as the process is deployed, by its id and the process's. BPMN 2.0.2 §13.2. */
function startsOf({ startEvents, nodes }: FlowScope): readonly FlowNode[] {
  const instantiating = nodes.filter((node) => 'instantiate' in node && node.instantiate && node.incoming.length === 0)
  const received = instantiating.flatMap((node) => (node.type === 'receiveTask' ? [node] : node.outgoing.map(({ target }) => target)))
  return [...startEvents.filter(({ eventDefinitions }) => eventDefinitions.length > 0), ...received]
}

function checkText({ findings }: Importing, element: XmlElement, what: string, text: string | null): void {
  const bytes = text === null ? 0 : utf8Bytes(text)
  if (text === null || bytes <= SEARCHED_BYTES_MAX) return
  const at = placeOf(element, text)
  const message = `The ${what} of ${titleOf(element)} has ${bytes} bytes; ${SEARCHED_BYTES_MAX} are kept of what is searched by.`
  if (at === null) findings.add('textTooLong', element, message)
  else if (at.attribute === null) findings.add('textTooLong', at.element, message, { offset: at.element.textOffset })
  else findings.add('textTooLong', at.element, message, { attribute: at.attribute })
}

/** Where the text is written: in the element, or in what belongs to it. */
function placeOf(element: XmlElement, text: string): { readonly element: XmlElement; readonly attribute: string | null } | null {
  const attribute = Object.keys(element.attributes).find((name) => element.attributes[name]?.includes(text))
  if (attribute !== undefined) return { element, attribute }
  if (element.text.includes(text)) return { element, attribute: null }
  for (const child of element.children) {
    const found = isKind(child.name, 'bpmn:FlowNode') ? null : placeOf(child, text)
    if (found !== null) return found
  }
  return null
}

/** A text that is no expression; null where there is none. */
function literalOf(given: Given): string | null {
  if (typeof given === 'string') return given
  return given?.language === 'literal' ? given.source : null
}
