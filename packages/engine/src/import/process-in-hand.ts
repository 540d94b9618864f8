import type { Listener } from '../model/data.ts'
import type { FlowNode, FlowScope, SequenceFlow } from '../model/elements.ts'
import type { Importing } from './importing.ts'
import type { XmlElement } from './read-xml.ts'

/** What grows while a process is read. The arrays and records of the model are filled here and never changed after. */
export interface ProcessInHand {
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
  /** False where a condition could not be read: what is decided there is not known. */
  conditionsRead: boolean
}

/** What the model has as read-only, while it is made. */
export type Growing<T> = { -readonly [Key in keyof T]: T[Key] extends readonly (infer Item)[] ? Item[] : T[Key] }
