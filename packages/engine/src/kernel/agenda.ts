import type { Definition } from '../model/definition.ts'
import type { FlowNode } from '../model/elements.ts'
import { apply } from './apply.ts'
import { type Change, changeBy } from './changes.ts'
import { type Draft, openDraft } from './draft.ts'
import type { Environment } from './environment.ts'
import type { KernelEvent } from './events.ts'
import { ScopeList } from './scope-list.ts'
import type { InstanceHead, Instant } from './state.ts'

/** What is still to be done within a command. */
export type Operation =
  /** A token comes to a node, by a flow or from nowhere; in an ad hoc sub-process on the path that it is part of. */
  | {
      readonly do: 'enter'
      readonly scopeId: string
      readonly node: FlowNode
      readonly via: string | undefined
      readonly path?: number | undefined
    }
  /** The token that is there begins its work (again, after an incident). */
  | { readonly do: 'begin'; readonly scopeId: string; readonly n: number; readonly node: FlowNode }
  /** Its work is done: outputs, then the outgoing flows. */
  | { readonly do: 'leave'; readonly scopeId: string; readonly n: number; readonly node: FlowNode }
  /** Its outputs are set: only the outgoing flows are left. */
  | { readonly do: 'depart'; readonly scopeId: string; readonly n: number; readonly node: FlowNode }
  /** A round of it completed, as the one with this number: what rounds throw is thrown, then as with `leave`. */
  | { readonly do: 'throw'; readonly scopeId: string; readonly n: number; readonly node: FlowNode; readonly round: number }
  /** It undoes what is next, or has undone all. */
  | { readonly do: 'compensate'; readonly scopeId: string; readonly n: number; readonly node: FlowNode }

/** One command under way: what it knows, its agenda, its events, and the draft that they are applied to. */
export class Step {
  /**
   * Never run. V8 forgets the form of objects of which a collection finds none, and throws away what it compiled for it: without this one
   * that would be most of the kernel, each time that all is collected between two commands.
   */
  static readonly idle: Step = new Step(openDraft({ scopes: new Map(), chunks: new Map() }, true), {} as Definition, {} as Environment, 0)

  readonly draft: Draft
  /** Another one once the instance migrated. */
  definition: Definition
  readonly environment: Environment
  readonly now: Instant
  readonly events: KernelEvent[] = []
  /** Scopes whose joins or whose end must be looked at once the agenda is empty. */
  readonly unsettled: ScopeList = new ScopeList()
  /** Nothing moves in this command: the instance is suspended. */
  isStill = false
  operations = 0
  /** Before which elements a token that comes is held; null: none. */
  stops: NonNullable<InstanceHead['stops']> | null = null
  private agenda: Operation[] = []
  private urgent: Operation | null = null
  private next = 0

  constructor(draft: Draft, definition: Definition, environment: Environment, now: Instant) {
    this.draft = draft
    this.definition = definition
    this.environment = environment
    this.now = now
  }

  /** Changes of variables, and newly armed conditions, that conditions are still to be judged for; null where there are none. */
  changes: Change[] | null = null

  emit(event: KernelEvent): void {
    const change = changeBy(this.draft, event)
    if (change !== null) this.changes = this.changes === null ? [change] : [...this.changes, change]
    apply(this.draft, event)
    this.events.push(event)
  }

  plan(operation: Operation): void {
    this.agenda.push(operation)
  }

  /** Is done before all else: it is about how things are now. */
  planFirst(operation: Operation): void {
    if (this.urgent !== null) this.agenda.splice(this.next, 0, this.urgent)
    this.urgent = operation
  }

  /** Has the scope's joins and its end looked at when no operation is left: a token in it moved. */
  moved(scopeId: string): void {
    this.unsettled.add(scopeId)
  }

  /** The oldest operation that is not done, behind one that is to be first. */
  take(): Operation | undefined {
    if (this.urgent !== null) return this.takeUrgent(this.urgent)
    const operation = this.agenda[this.next]
    if (operation === undefined) return undefined // the list stays: more may be planned, and a new one would have to grow again
    this.next += 1
    if (this.next === 1024) {
      this.agenda = this.agenda.slice(1024)
      this.next = 0
    }
    this.operations += 1
    return operation
  }

  private takeUrgent(operation: Operation): Operation {
    this.urgent = null
    this.operations += 1
    return operation
  }

  /** Forgets the tokens that are on a sequence flow of the scope. */
  dropEntries(scopeId: string): void {
    this.agenda = this.agenda.slice(this.next).filter((operation) => operation.do !== 'enter' || operation.scopeId !== scopeId)
    this.next = 0
  }

  /** True where a token of this path is on its way in the scope. */
  isComing(scopeId: string, path: number): boolean {
    return this.agenda.slice(this.next).some((one) => one.do === 'enter' && one.scopeId === scopeId && one.path === path)
  }

  get idle(): boolean {
    return this.urgent === null && this.next >= this.agenda.length
  }
}
