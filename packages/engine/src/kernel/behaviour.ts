import type { FlowNode } from '../model/elements.ts'
import type { Values } from '../model/value.ts'
import type { Step } from './agenda.ts'

/** How one type of element behaves. One file each in behaviours/, named after it. */
export interface Behaviour<Node extends FlowNode> {
  /** A token is active here and its inputs are mapped: do the work, or begin to wait for it. */
  execute(step: Step, node: Node, scopeId: string, n: number): void
  /** What the element itself waited for has come: an event, a task or a job done. Default: leave. */
  resume?(step: Step, node: Node, scopeId: string, n: number, trigger: Trigger): void
}

export interface Trigger {
  readonly values: Values
  /** It was the work of a handler that ended. */
  readonly work?: true
  /** Behind an event-based gateway: the event that came. */
  readonly for: string
}
