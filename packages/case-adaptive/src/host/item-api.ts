import type { Variables } from '@leeway/engine/extension'
import type { RoutingRule } from '../case/rules.ts'
import type { CaseCall, Cost, ReasonGiven } from './call.ts'
import type { OfferView } from './item-view.ts'

/** Ad hoc work. */
export interface ItemFace {
  /**
   * Adds an ad hoc item to a deviation, or to a case. `taskId` is there as soon as it can be worked on. Throws as `join`, `UnknownItem`,
   * `NotOffered`.
   */
  addItem(deviationOrCaseId: string, request: ItemRequest | OfferRequest): Promise<{ readonly id: string; readonly taskId?: string }>
  /**
   * What the planning table of the case's template offers here to this person. Throws `UnknownDeviation`, also where they may not see the
   * case, `AlreadyReturned`.
   */
  offers(deviationOrCaseId: string, who?: Pick<CaseCall, 'actor' | 'tenantId'>): Promise<readonly OfferView[]>
  /**
   * What there is to do in an ad hoc sub-process, in one list: `from` says whether the model has it or somebody added it, in a deviation
   * there or at one of its activities. Throws `unknownInstance`, `unknownElementInstance`, `notWaiting` where the element instance is no
   * running ad hoc sub-process.
   */
  workIn(elementInstanceId: string): Promise<readonly AdHocWork[]>
  /** Completes an item, as `engine.tasks.complete` on its task does. Throws `UnknownItem`, `ItemNotActive`. */
  completeItem(itemId: string, request?: CompleteItemRequest): Promise<void>
  /**
   * An item is not wanted any more: it ends without a result, its task, job or instance goes, and what waited for it alone goes on. One
   * that is done is undone by its compensator, as long as nobody came back with it. Throws `UnknownItem`, `ItemAwaited` (`missing`: cancel
   * these first), `ItemNotCancelled`, `ReasonMissing`.
   */
  cancelItem(itemId: string, request: CancelItemRequest): Promise<void>
}

/** An ad hoc item. */
export interface ItemRequest extends CaseCall {
  /** Who or what does it: a person by a task, a handler by a job, a process instance, a case of its own. */
  readonly kind: 'human' | 'service' | 'process' | 'case'
  readonly name: string
  /** A service item's handler type. */
  readonly type?: string
  /** A process item's key. */
  readonly process?: string
  /** A case item's template. Default: the default one. */
  readonly template?: string
  /** What the work is given. */
  readonly variables?: Variables
  /** The handler type that undoes the item, once it is done, where its deviation is undone. */
  readonly compensator?: string
  /** The element of the model that the item counts for. */
  readonly equivalentTo?: string
  /**
   * What of its result becomes variables of the path at the return: `'all'`, a list of names, or by variable the name in the result.
   * Default: nothing; the result is offered (`cases.previewReturn`), and a return may take it.
   */
  readonly outputs?: 'all' | readonly string[] | { readonly [variable: string]: string }
  /** After the return it goes on at the case, as it is. Default: what nobody has begun ends with the deviation. */
  readonly staysOpen?: boolean
  /** A required item must be done before the return. Default false. */
  readonly required?: boolean
  /** Ids of items of the same deviation, or case, that must be completed before this one starts. */
  readonly after?: readonly string[]
  readonly assignee?: string
  /** A human item's: whom it goes to by itself, instead of `assignee` and candidates. */
  readonly routing?: RoutingRule
  readonly candidateUsers?: readonly string[]
  readonly candidateGroups?: readonly string[]
  /** ISO 8601, a Date, or epoch milliseconds. */
  readonly dueAt?: string | number | Date
  readonly priority?: number
  /** What it costs: covered by the authority of who adds it. */
  readonly cost?: Cost
}

/** An item that the planning table offers, and what is to be otherwise about it. */
export interface OfferRequest
  extends CaseCall,
    Pick<ItemRequest, 'required' | 'after' | 'assignee' | 'candidateUsers' | 'candidateGroups' | 'dueAt' | 'priority' | 'variables'> {
  /** The offer's key, as `cases.offers` has it. */
  readonly offer: string
  readonly name?: string
}

/** The result of an item. Its variables are kept with the item, as part of the case file; the process's are not touched. */
export interface CompleteItemRequest extends CaseCall {
  /** What it came to cost: covered by the authority of who completes it. */
  readonly cost?: Cost
  readonly outcome?: string
  readonly variables?: Variables
}

/** An item that is not wanted any more. Of a required one it takes the right to waive. */
export interface CancelItemRequest extends CaseCall {
  readonly reason: ReasonGiven
}

/** Work in an ad hoc sub-process: what the model offers, what of it is at work, and what was added beside it. */
export type AdHocWork =
  | { readonly from: 'model'; readonly state: 'offered'; readonly elementId: string; readonly name: string | null; readonly type: string }
  | {
      readonly from: 'model'
      /** The phase of its token. */
      readonly state: string
      readonly elementId: string
      readonly elementInstanceId: string
      readonly type: string
    }
  | {
      readonly from: 'case'
      readonly state: string
      readonly itemId: string
      readonly deviationId: string
      readonly name: string
      readonly kind: string
    }
