import type { AdHocRules } from '../model/data.ts'
import type { Activity, BoundaryEvent, FlowNode, FlowScope, UserTask } from '../model/elements.ts'
import { resolve } from './importing.ts'
import { isKind } from './metamodel.ts'
import type { Growing, ProcessInHand } from './process-in-hand.ts'
import { readData } from './read-data.ts'
import { readFlowNode } from './read-elements.ts'
import { readTimeouts } from './read-listeners.ts'
import type { XmlElement } from './read-xml.ts'
import { attributeOf, localName, titleOf } from './xml-access.ts'

/** Reads what stands directly in a process or sub-process, and in those inside it: nodes, then boundary events. */
export function readScope(
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
