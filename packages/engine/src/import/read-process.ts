import type { Definition } from '../model/definition.ts'
import { parseDuration, roughMs } from '../model/duration.ts'
import type { FlowNode, FlowScope } from '../model/elements.ts'
import { initialNodes, markRepeatable } from './flow-graph.ts'
import type { Importing } from './importing.ts'
import { linkDefaults, linkFlows } from './link-flows.ts'
import type { Growing, ProcessInHand } from './process-in-hand.ts'
import { linkCompensation, undoesItsScope } from './read-compensation.ts'
import { closingNode, readListeners, withProcessStart, withTake } from './read-listeners.ts'
import { readStarters } from './read-roles.ts'
import { readScope } from './read-scope.ts'
import type { XmlElement } from './read-xml.ts'
import { attributeOf, booleanOf, extensionOf, extensionsOf, readBoolean, titleOf } from './xml-access.ts'

/** A process as far as it could be read. */
export interface ReadProcess {
  readonly element: XmlElement
  readonly definition: Definition
  /** False where a node or flow had to be left out: then the definition cannot run. */
  readonly complete: boolean
  /** False where a condition could not be read: what follows from it cannot be judged. */
  readonly conditionsRead: boolean
  /** The XML of each node and flow that the definition has. */
  readonly elements: ReadonlyMap<string, XmlElement>
}

/** Reads a process: first its nodes, scope by scope, then the flows between them, then what follows from the graph. */
export function readProcess(importing: Importing, element: XmlElement, key: string): ReadProcess {
  const hand: ProcessInHand = {
    importing,
    nodes: new Map(),
    flows: new Map(),
    elements: new Map(),
    scopes: [],
    made: new Map(),
    counts: new Map(),
    taken: new Map(),
    complete: true,
    conditionsRead: true,
  }
  const root = readScope(hand, element, key, null)
  for (const { container, scope } of hand.scopes) {
    linkFlows(hand, container, scope)
    linkDefaults(hand, scope)
  }
  linkCompensation(importing, hand.elements, hand.nodes)
  for (const { scope } of hand.scopes) {
    scope.startEvents = scope.nodes.filter((node) => node.type === 'startEvent')
  }
  for (const { scope } of hand.scopes) {
    const triggered = scope.nodes.filter((node) => node.type === 'subProcess').filter((node) => node.triggeredByEvent)
    scope.eventSubProcesses = triggered.filter((node) => !undoesItsScope(node))
    scope.compensation = triggered.find((node) => undoesItsScope(node)) ?? null
    scope.initial = initialNodes(scope)
    // Sound: the nodes were made by this import and nobody else has them yet.
    for (const node of markRepeatable(scope)) (node as Growing<FlowNode>).repeatable = true
  }
  const closing = linkListeners(hand, element, root)
  if (closing !== null) hand.nodes.set(closing.id, closing)
  const starters = readStarters(importing, element)
  const forms = extensionsOf(element, 'zeebe:userTaskForm').map((form) => [attributeOf(form, 'id') ?? '', form.text.trim()] as const)
  const definition: Definition = {
    key,
    name: attributeOf(element, 'name'),
    executable: attributeOf(element, 'isExecutable') === null || booleanOf(importing.findings, element, 'isExecutable'),
    versionTag: attributeOf(element, 'camunda:versionTag') ?? extensionOf(element, 'zeebe:versionTag')?.attributes.value ?? null,
    dialect: importing.dialect,
    root,
    nodes: inDocumentOrder(hand),
    flows: hand.flows,
    closing,
    calls: [...hand.nodes.values()].some((node) => node.type === 'callActivity'),
    candidateStarterUsers: [...commaList(element.attributes['camunda:candidateStarterUsers']), ...starters.users],
    candidateStarterGroups: [...commaList(element.attributes['camunda:candidateStarterGroups']), ...starters.groups],
    startableInTasklist: readBoolean(importing.findings, element, 'camunda:isStartableInTasklist') !== false,
    timeToLiveMs: readTimeToLive(importing, element),
    ...(forms.length > 0 && { forms: Object.fromEntries(forms) }),
  }
  return { element, definition, complete: hand.complete, conditionsRead: hand.conditionsRead, elements: hand.elements }
}

/** Listeners of flows are heard at their source; those of the process's start at the element that it starts at. */
function linkListeners(hand: ProcessInHand, process: XmlElement, root: FlowScope): FlowNode | null {
  for (const node of hand.nodes.values()) {
    const listeners = withTake(
      node.listeners,
      node.outgoing.map((flow) => [flow, hand.taken.get(flow) ?? []]),
    )
    // Sound: the node was made by this import and nobody else has it yet.
    if (listeners !== node.listeners) (node as Growing<FlowNode>).listeners = listeners
  }
  const listeners = readListeners(hand.importing, process)
  if (listeners === null) return null
  const [first] = root.initial
  for (const node of root.nodes) {
    if (node !== first && !(node.type === 'startEvent' && node.eventDefinitions.length > 0)) continue
    ;(node as Growing<FlowNode>).listeners = withProcessStart(node.listeners, listeners) // as above
  }
  return closingNode(process, listeners, root)
}

/** Boundary events are read after what they are attached to; the map lists all nodes as the file does. */
function inDocumentOrder(hand: ProcessInHand): ReadonlyMap<string, FlowNode> {
  const place = (id: string): number => hand.elements.get(id)?.offset ?? Number.MAX_SAFE_INTEGER
  return new Map([...hand.nodes].sort(([a], [b]) => place(a) - place(b)))
}

/** `historyTimeToLive`: a number of days, or an ISO 8601 duration. */
function readTimeToLive({ findings }: Importing, process: XmlElement): number | null {
  const attribute = 'camunda:historyTimeToLive'
  const text = attributeOf(process, attribute)?.trim() ?? ''
  if (text === '') return null
  const parsed = parseDuration(/^\d+$/.test(text) ? `P${text}D` : text)
  if ('duration' in parsed) return roughMs(parsed.duration)
  const message = `historyTimeToLive="${text.slice(0, 80)}" of ${titleOf(process)} is neither a number of days nor a duration such as P180D.`
  findings.add('invalidValue', process, message, { attribute })
  return null
}

function commaList(text: string | undefined): readonly string[] {
  return (text ?? '').split(',').flatMap((part) => (part.trim() === '' ? [] : [part.trim()]))
}
