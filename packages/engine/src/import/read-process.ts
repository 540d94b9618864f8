import type { AdHocRules, Listener } from '../model/data.ts'
import type { Definition } from '../model/definition.ts'
import type { Activity, BoundaryEvent, FlowNode, FlowScope, SequenceFlow, UserTask } from '../model/elements.ts'
import { initialNodes, markRepeatable } from './flow-graph.ts'
import { type Importing, resolve } from './importing.ts'
import { isKind } from './metamodel.ts'
import { linkCompensation, undoesItsScope } from './read-compensation.ts'
import { readData } from './read-data.ts'
import { readFlowNode, sequenceFlowsOf } from './read-elements.ts'
import { closingNode, readListeners, readTakeListeners, readTimeouts, withProcessStart, withTake } from './read-listeners.ts'
import { readCondition } from './read-repetition.ts'
import { readStarters } from './read-roles.ts'
import type { XmlElement } from './read-xml.ts'
import { attributeOf, booleanOf, childOf, extensionOf, localName, titleOf } from './xml-access.ts'

/** A process as far as it could be read. */
export interface ReadProcess {
  readonly element: XmlElement
  readonly definition: Definition
  /** False where a node or flow had to be left out: then the definition cannot run. */
  readonly complete: boolean
  /** The XML of each node and flow that the definition has. */
  readonly elements: ReadonlyMap<string, XmlElement>
}

/** What grows while a process is read. The arrays and records of the model are filled here and never changed after. */
interface ProcessInHand {
  readonly importing: Importing
  readonly nodes: Map<string, FlowNode>
  readonly flows: Map<string, SequenceFlow>
  readonly elements: Map<string, XmlElement>
  readonly scopes: { readonly container: XmlElement; readonly scope: Growing<FlowScope> }[]
  /** Ids that were made for elements without one. */
  readonly made: Map<XmlElement, string>
  /** How many such ids there are by tag. */
  readonly counts: Map<string, number>
  /** Listeners of flows. */
  readonly taken: Map<SequenceFlow, readonly Listener[]>
  complete: boolean
}

type Growing<T> = { -readonly [Key in keyof T]: T[Key] extends readonly (infer Item)[] ? Item[] : T[Key] }

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
  }
  return { element, definition, complete: hand.complete, elements: hand.elements }
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

function readScope(
  hand: ProcessInHand,
  container: XmlElement,
  id: string,
  parent: FlowScope | null,
  adHoc: AdHocRules | null = null,
): FlowScope {
  const scope: Growing<FlowScope> = {
    id,
    parent,
    nodes: [],
    flows: [],
    initial: [],
    startEvents: [],
    eventSubProcesses: [],
    compensation: null,
    adHoc,
    data: readData(hand.importing, container),
  }
  hand.scopes.push({ container, scope })
  const inside = container.children.filter((child) => isKind(child.name, 'bpmn:FlowNode'))
  const local = new Map<XmlElement, FlowNode>()
  const readOne = (element: XmlElement): void => {
    const nodeId = idOfNode(hand, element)
    const node = hand.nodes.has(nodeId)
      ? null
      : readFlowNode(
          {
            ...hand.importing,
            scope,
            readContent: (content, adHoc) => readScope(hand, content, nodeId, scope, adHoc),
            attachedTo: (event) => findAttachedTo(hand, event, local),
          },
          element,
          nodeId,
        )
    if (node === null) {
      hand.complete = false
      return
    }
    local.set(element, node)
    hand.nodes.set(nodeId, node)
    hand.elements.set(nodeId, element)
  }
  for (const element of inside) if (element.name !== 'bpmn:boundaryEvent') readOne(element)
  for (const element of inside) if (element.name === 'bpmn:boundaryEvent') readOne(element)
  for (const element of inside) {
    const node = local.get(element)
    if (node === undefined) continue
    scope.nodes.push(node)
    if (node.type === 'userTask') addTimeouts(hand, element, node, scope)
    if (node.type !== 'boundaryEvent') continue
    // Sound: the activity was made by this import and nobody else has it yet.
    if (isArmed(hand, element, node)) (node.attachedTo.boundaryEvents as BoundaryEvent[]).push(node)
  }
  return scope
}

/** Timeout listeners of a task are non-interrupting timers at it, which have the listener heard and lead nowhere. */
function addTimeouts(hand: ProcessInHand, element: XmlElement, task: UserTask, scope: Growing<FlowScope>): void {
  for (const { id, timer, listeners } of readTimeouts(hand.importing, element)) {
    const event: BoundaryEvent = {
      type: 'boundaryEvent',
      id,
      name: null,
      scope,
      incoming: [],
      outgoing: [],
      repeatable: false,
      properties: {},
      asyncBefore: false,
      asyncAfter: false,
      retry: task.retry,
      leaving: null,
      listeners,
      eventDefinitions: [timer],
      io: null,
      attachedTo: task,
      cancelActivity: false,
      parallelMultiple: false,
    }
    scope.nodes.push(event)
    hand.nodes.set(id, event)
    ;(task.boundaryEvents as BoundaryEvent[]).push(event) // as above
  }
}

/** Flowable arms no boundary event of an event sub-process: what happens there goes on outward. */
function isArmed({ importing }: ProcessInHand, element: XmlElement, { attachedTo }: BoundaryEvent): boolean {
  if (importing.dialect !== 'flowable' || attachedTo.type !== 'subProcess' || !attachedTo.triggeredByEvent) return true
  const message = `${titleOf(element)} is attached to "${attachedTo.id}", an event sub-process, and is not armed.`
  importing.findings.add('boundaryNotArmed', element, message)
  return false
}

function idOfNode(hand: ProcessInHand, element: XmlElement): string {
  const given = attributeOf(element, 'id')
  if (given !== null) return given
  const tag = localName(element.name)
  const id = nextFree(hand, tag)
  hand.made.set(element, id)
  hand.importing.findings.add('missingId', element, `A ${tag} has no id; it goes by "${id}".`, { elementId: id })
  return id
}

/** `task#1`, `task#2`, …: the same for the same file. */
function nextFree(hand: ProcessInHand, tag: string): string {
  for (let count = (hand.counts.get(tag) ?? 0) + 1; ; count += 1) {
    hand.counts.set(tag, count)
    if (!hand.importing.ids.has(`${tag}#${count}`)) return `${tag}#${count}`
  }
}

function findAttachedTo(hand: ProcessInHand, event: XmlElement, local: ReadonlyMap<XmlElement, FlowNode>): Activity | null {
  const { importing } = hand
  const reference = attributeOf(event, 'attachedToRef')
  const found = resolve(importing, reference)
  const node = found === null ? undefined : local.get(found)
  if (node !== undefined && isActivity(node)) return node
  // An activity that is not executed was left out, and is a finding of its own.
  if (found !== null && found.parent === event.parent && isKind(found.name, 'bpmn:Activity')) return null
  if (reference !== null && found === null) return null // check-references.ts says so
  const what = reference === null ? 'nothing' : `"${reference}", which is not an activity of its scope`
  importing.findings.add('boundaryNotAttached', event, `${titleOf(event)} is attached to ${what}.`)
  return null
}

function isActivity(node: FlowNode): node is Activity {
  return 'boundaryEvents' in node
}

function linkFlows(hand: ProcessInHand, container: XmlElement, scope: Growing<FlowScope>): void {
  const unnamed = new Map<string, number>()
  for (const element of sequenceFlowsOf(container)) {
    const { sourceRef = '', targetRef = '' } = element.attributes
    const id = attributeOf(element, 'id') ?? madeId(hand, element, `${sourceRef.trim()}->${targetRef.trim()}`, unnamed)
    const source = nodeAt(hand, element, 'sourceRef')
    const target = nodeAt(hand, element, 'targetRef')
    if (source === null || target === null || hand.flows.has(id) || !isWithin(hand, element, scope, source, target)) {
      hand.complete = false
      continue
    }
    const conditionHolder = childOf(element, 'bpmn:conditionExpression')
    const condition = readCondition(hand.importing, conditionHolder)
    if (condition !== null && !isActivity(source)) reportCondition(hand, element, source)
    const flow: SequenceFlow = {
      id,
      name: attributeOf(element, 'name'),
      source,
      target,
      condition: asksConditions(source) ? condition : null,
    }
    scope.flows.push(flow)
    hand.flows.set(id, flow)
    hand.taken.set(flow, readTakeListeners(hand.importing, element, id))
    hand.elements.set(id, element)
    // Sound: both nodes were made by this import and nobody else has them yet.
    ;(source.outgoing as SequenceFlow[]).push(flow)
    ;(target.incoming as SequenceFlow[]).push(flow)
  }
}

function madeId(hand: ProcessInHand, element: XmlElement, ends: string, unnamed: Map<string, number>): string {
  const count = (unnamed.get(ends) ?? 0) + 1
  unnamed.set(ends, count)
  const id = `${ends}#${count}`
  hand.made.set(element, id)
  hand.importing.findings.add('missingId', element, `A sequence flow has no id; it goes by "${id}".`, { elementId: id })
  return id
}

/** The node at one end; null where it is missing, is not a flow node, or was left out. */
function nodeAt(hand: ProcessInHand, flow: XmlElement, end: 'sourceRef' | 'targetRef'): FlowNode | null {
  const { findings } = hand.importing
  const reference = attributeOf(flow, end)
  if (reference === null) {
    findings.add('danglingReference', flow, `${titleOf(flow)} has no ${end}.`)
    return null
  }
  const found = resolve(hand.importing, reference)
  if (found === null) return null // check-references.ts says so
  const node = hand.nodes.get(hand.made.get(found) ?? found.attributes.id ?? '')
  return node !== undefined && hand.elements.get(node.id) === found ? node : null
}

function isWithin(hand: ProcessInHand, element: XmlElement, scope: FlowScope, source: FlowNode, target: FlowNode): boolean {
  const { findings } = hand.importing
  if (source.scope !== target.scope) return false // check-flows.ts says so, for flows between processes as well
  if (source.scope !== scope)
    findings.add('flowCrossesScope', element, `${titleOf(element)} stands in another scope than the nodes it connects.`)
  return source.scope === scope
}

/** A parallel or event-based gateway takes all its flows, whatever stands at them. */
function asksConditions(source: FlowNode): boolean {
  return source.type !== 'parallelGateway' && source.type !== 'eventBasedGateway'
}

/** BPMN 2.0.2 §8.4.13 has conditions behind activities and gateways that decide; the engines ask them behind events as well. */
function reportCondition(hand: ProcessInHand, flow: XmlElement, source: FlowNode): void {
  const { findings } = hand.importing
  const title = titleOf(hand.elements.get(source.id) ?? flow)
  if (!asksConditions(source))
    findings.add('conditionIgnored', flow, `The condition of ${titleOf(flow)} is not asked: ${title} takes all its flows.`)
  else if ('eventDefinitions' in source) {
    findings.add(
      'conditionOnEvent',
      flow,
      `${titleOf(flow)} has a condition and leaves ${title}, an event; the condition is asked all the same.`,
    )
  }
}

function linkDefaults(hand: ProcessInHand, scope: FlowScope): void {
  for (const node of scope.nodes) {
    const element = hand.elements.get(node.id)
    if (element === undefined || !('defaultFlow' in node)) continue
    const reference = attributeOf(element, 'default')
    if (reference === null) continue
    const found = resolve(hand.importing, reference)
    const flow = node.outgoing.find((one) => hand.elements.get(one.id) === found)
    // Sound: the node was made by this import and nobody else has it yet.
    if (flow !== undefined) (node as { defaultFlow: SequenceFlow | null }).defaultFlow = flow
    else if (found !== null && found.attributes.sourceRef !== node.id) {
      hand.importing.findings.add(
        'defaultNotOutgoing',
        element,
        `The default flow "${reference}" of ${titleOf(element)} does not leave it.`,
      )
    }
  }
}

function commaList(text: string | undefined): readonly string[] {
  return (text ?? '').split(',').flatMap((part) => (part.trim() === '' ? [] : [part.trim()]))
}
