/** What a customer may see of a case (`cases.customerView`): nothing but what stands here. */
export interface CustomerTerms {
  /** The case's title. */
  readonly title?: boolean
  /** Words for the states of a case, such as `{ open: 'We are working on it' }`; a state without words is not told. */
  readonly states?: { readonly [state: string]: string }
  /** Who answers for the case, by their `publicName`. */
  readonly contact?: boolean
  /** Words for what was reached: by the name of an item, or the id of an element. */
  readonly milestones?: { readonly [key: string]: string | CustomerMilestone }
  /** What was promised, with its proof. */
  readonly commitments?: boolean
  /**
   * They are told of each state and milestone that has words, by the handler `customerNotifier`: on the channel that the fact `channel`
   * names, else on this one. Default: they look for themselves.
   */
  readonly tell?: { readonly channel: string }
  /** Keys of facts. */
  readonly facts?: readonly string[]
}

/** Words for something that was reached, and names of its result that are shown with them. */
export interface CustomerMilestone {
  readonly text: string
  readonly evidence?: readonly string[]
}
