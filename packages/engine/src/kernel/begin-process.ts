import type { FlowNode } from '../model/elements.ts'
import type { Values } from '../model/value.ts'
import type { Step } from './agenda.ts'
import type { StartProcess } from './commands.ts'
import { beginConversation } from './correlating.ts'
import { armEventSubProcesses } from './event-sub-processes.ts'
import type { EventOf } from './events.ts'
import { checkForm } from './forms.ts'
import { beginBy } from './instantiating.ts'
import { mapsOutputs } from './mappings.ts'
import type { Rejection } from './rejection.ts'
import { startElements } from './starting.ts'
import { setStops } from './stopping.ts'

/** An instance begins: at its initial nodes, at the start event that occurred, or at the elements that are named. BPMN 2.0.2 §13.2 */
export function beginProcess(step: Step, command: StartProcess): Rejection | undefined {
  const { definition } = step
  const startEvent = command.startEventId === undefined ? undefined : definition.nodes.get(command.startEventId)
  const ids = command.at ?? (command.startEventId === undefined ? definition.root.initial.map((node) => node.id) : [command.startEventId])
  const nodes = ids.map((id) => definition.nodes.get(id))
  const unknown = ids.find((_, k) => nodes[k] === undefined)
  if (unknown !== undefined)
    return { code: 'unknownElement', message: `process "${definition.key}" has no element "${unknown}" to start at` }
  if (ids.length === 0 && definition.root.nodes.length > 0) return startedOtherwise(step)
  const initiators = initiatorsOf(startEvent === undefined ? nodes : [startEvent, ...nodes])
  const { data } = definition.root
  // What came with the event and is mapped at its element is not the process's before that.
  const mapped = startEvent !== undefined && mapsOutputs(startEvent)
  const given = mapped ? {} : command.variables
  const variables: Values =
    initiators.length === 0 && data === null
      ? given
      : { ...data, ...Object.fromEntries(initiators.map((name) => [name, command.actor])), ...given }
  const scopeId = command.instanceId
  const { definitionId, businessKey } = command
  const started: EventOf<'processStarted'> = {
    type: 'processStarted',
    scopeId,
    definitionId,
    processKey: definition.key,
    businessKey,
    variables,
    at: step.now,
  }
  step.emit(command.called ? { ...started, called: command.called } : started)
  if (command.stops !== undefined) setStops(step, { instanceId: scopeId, stops: command.stops })
  if (command.checksForm && command.at === undefined) {
    const rejected = fillInStart(step, scopeId, nodes, variables)
    if (rejected) return rejected
  }
  if (startEvent !== undefined) beginConversation(step, scopeId, startEvent, command.variables, command.key ?? null)
  if (definition.root.eventSubProcesses.length > 0) armEventSubProcesses(step, scopeId, definition.root)
  if (nodes.some((node) => node?.scope !== definition.root)) {
    const instructions = ids.map((elementId) => ({ at: 'before' as const, elementId, within: null, values: {} }))
    const started = startElements(step, scopeId, instructions, () => false)
    return 'code' in started ? started : undefined
  }
  for (const node of nodes) {
    if (!node) continue
    if (node === startEvent) beginBy(step, scopeId, node, mapped ? command.variables : {})
    else step.plan({ do: 'enter', scopeId, node, via: undefined })
  }
  step.moved(scopeId)
  return undefined
}

/** The variables that name who started the instance. Most models have none. */
function initiatorsOf(nodes: readonly (FlowNode | undefined)[]): readonly string[] {
  let names: string[] = NO_NAMES
  for (const node of nodes) if (node?.type === 'startEvent' && node.initiator !== null) names = [...names, node.initiator]
  return names
}

const NO_NAMES: string[] = []

/** What an instance begins with was entered in the generated form of its start event, and is held against that. */
function fillInStart(step: Step, scopeId: string, nodes: readonly (FlowNode | undefined)[], given: Values): Rejection | undefined {
  for (const node of nodes) {
    if (node?.type !== 'startEvent' || node.form?.fields === undefined) continue
    const checked = checkForm(step, scopeId, null, node.form, given)
    if ('rejection' in checked) return checked.rejection
    const changed = Object.entries(checked.values).filter(([name, value]) => value !== given[name])
    if (changed.length > 0) step.emit({ type: 'variablesSet', scopeId, values: Object.fromEntries(changed) })
  }
  return undefined
}

/** Nothing in the process begins by itself: an instance would be over at once, with nothing done. */
function startedOtherwise({ definition: { key, root } }: Step): Rejection {
  const starts = root.nodes
    .filter((node) => node.type === 'startEvent' || ('instantiate' in node && node.instantiate))
    .map((node) => node.id)
  const by = starts.length === 0 ? '' : `: ${starts.join(', ')} ${starts.length === 1 ? 'starts' : 'start'} it by an event`
  const way = 'Publish the message, broadcast the signal, have its conditions evaluated, or name the elements to start at (`at`).'
  return { code: 'notStartable', message: `nothing in process "${key}" begins by itself${by}. ${way}` }
}
