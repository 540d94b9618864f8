/**
 * What a person may do. `see` is to read cases at all, asked for where some grant names it. `return.*` by the kind of return, `addItem.*`
 * by the kind of item.
 */
export const RIGHTS = [
  'see',
  'open',
  'leave',
  'withdraw',
  'takeOver',
  'bulk',
  'preempt',
  'addItem.human',
  'addItem.service',
  'addItem.process',
  'addItem.case',
  'waive',
  'return.resume',
  'return.redo',
  'return.skip',
  'return.event',
  'return.jump',
  'return.endBranch',
  'return.endScope',
  'return.handOver',
  'return.stayOff',
  'skipMandatory',
  'undo',
  'override',
  'endorse',
  'approve',
  'review',
  'redact',
  'pauseClock',
  'setSeverity',
  'setTier',
  'escalate',
  'assign',
  'transfer',
  'confirm',
  'close',
  'reopen',
  'delete',
  'link',
  'complain',
  'recordContact',
  'recordFact',
  'verifyFact',
  'askFact',
  'revokeFact',
  'makeCommitment',
  'proveCommitment',
  'propose',
  'promote',
] as const

/** What a person may be allowed to do. */
export type Right = (typeof RIGHTS)[number]

/** Someone who works with cases. */
export interface Person {
  readonly id: string
  /** The name by which customers know them. Default: they are not told. */
  readonly publicName?: string
  /** Roles in the organisation. */
  readonly roles?: readonly string[]
  readonly skills?: readonly string[]
  readonly languages?: readonly string[]
  /** Nothing is given to this person by itself. */
  readonly absent?: boolean
  /** The most that this person may spend or grant, by kind: at once, or also on one day (UTC). */
  readonly authority?: { readonly [kind: string]: number | { readonly each?: number; readonly perDay?: number } }
  /** Ids of people whom this person may stand in for, with their rights; they count as one where two are needed. */
  readonly substituteFor?: readonly string[]
}

/**
 * Whom work goes to by itself: of those who fit the one who answered for a case of this customer before, else who has least in hand (cases
 * and tasks).
 */
export interface RoutingRule {
  /** Roles of the organisation, one of which the person has. Default: any. */
  readonly roles?: readonly string[]
  /** Skills that the person has, all of them. */
  readonly skills?: readonly string[]
  /**
   * The key of the fact that says what the customer speaks: the person speaks that. Default `language`; where there is no such fact it does
   * not matter.
   */
  readonly language?: string
  /** Whether it matters who answered for a case of this customer before. Default true. */
  readonly earlierHandler?: boolean
  /** Who has as much in hand gets nothing more. */
  readonly loadMax?: number
  /** It is offered to all who fit, and is theirs who takes it. Default: it is given to the best. */
  readonly offer?: boolean
}

/** A right as a role has it: everywhere, or where all that is named applies. */
export interface Grant {
  /** A right, all of a kind (`return.*`), or `*` for all. */
  readonly right: Right | 'addItem.*' | 'return.*' | '*'
  /** Keys of processes. */
  readonly processes?: readonly string[]
  /** Ids of elements. */
  readonly elements?: readonly string[]
  /** A skill that the person must have besides. */
  readonly skill?: string
}

/** Who works with cases and what they may do. */
export interface People {
  /** All who may work with cases, or what gives them; asked anew for each decision. */
  readonly persons: readonly Person[] | (() => readonly Person[])
  /**
   * Rights by role: an organisation's role, or a role in the case: `case:manager` (who answers for it), `case:member` (who takes part in
   * the deviation), `case:contributor` (who has an item of it), `*` (everyone).
   */
  readonly grants: { readonly [role: string]: readonly (Grant['right'] | Grant)[] }
}

/** A rule on two elements, in all processes or in one. */
interface ProcessRule {
  /** Key of the process; default: all that have the elements. */
  readonly process?: string
}

/** What must hold whatever way the path takes, ad hoc work included. */
export interface Policies {
  /** `strong` (default): nothing may go wrong that could not go wrong before; `weak`: some way must end properly. */
  readonly soundness?: 'strong' | 'weak'
  /** Most situations that a search looks at. Default 20,000. */
  readonly situationsMax?: number
  /** Most deviations one inside the other: in the process of an item of a deviation, in the case of one. Default 8. */
  readonly depthMax?: number
  /** What the model does not say of an element, or otherwise: by element id, or `process/element`. */
  readonly elements?: { readonly [element: string]: ElementPolicy }
  /** `before` is done before `after` begins. */
  readonly precedence?: readonly (ProcessRule & { readonly before: string; readonly after: string })[]
  /** Where `when` was done, `then` is not passed over. */
  readonly response?: readonly (ProcessRule & { readonly when: string; readonly then: string })[]
  /** At most one of the elements is done. */
  readonly exclusive?: readonly (ProcessRule & { readonly elements: readonly string[] })[]
  /** No two of the elements are done by one person; substitutes count as the person they stand for. */
  readonly separate?: readonly (ProcessRule & { readonly elements: readonly string[] })[]
  /** Within which working time somebody decides upon a proposal, before it is over (ISO 8601). Default: there is no such time. */
  readonly decideWithin?: string
  /** What customers pay off by instalments, by kind of debt. */
  readonly plans?: { readonly [kind: string]: PlanRule }
  /** Which part of what was decided by few is looked at afterwards: the first rule that is about it says. Default: all of it. */
  readonly reviews?: readonly ReviewRule[]
  /** For what the customer's clocks may stand still. Default `awaitingCustomer`, `agreedWithCustomer`, `forceMajeure`. */
  readonly pauseReasons?: readonly string[]
  /** The tier of a customer whose case is opened without one. */
  readonly tierOf?: (customer: string) => string | null | Promise<string | null>
}

/** How a debt is paid off. */
export interface PlanRule {
  /** What the house asks for each time, where the customer names nothing. */
  readonly instalment: number
  /** The least that it agrees to, above 0. */
  readonly floor: number
  /** How long from one to the next (ISO 8601). */
  readonly every: string
}

/** What is looked at afterwards. All that is named must hold. */
export interface ReviewRule {
  readonly of?: 'proposal' | 'deviation'
  /** Why it would be looked at, such as `endorsed`, `approved`, `unproven`, `mandatory:<element>`. */
  readonly because?: string
  /** Proposals that cost so much at most; `kind`: of that kind of cost. */
  readonly costUpTo?: number
  readonly kind?: string
  /** From 0 (none) to 1 (all). */
  readonly part: number
}

/** As `leeway:deviation` in a model. */
export interface ElementPolicy {
  readonly modes?: readonly string[] | null
  readonly roles?: readonly string[] | null
  readonly mandatory?: boolean
  readonly approvals?: number
  readonly unpausable?: boolean
  readonly returnTargets?: readonly string[] | null
  readonly outputs?: readonly string[]
}

/** An element that was completed on the path, and by whom. */
export interface Done {
  readonly elementId: string
  readonly by: string | null
}
