/**
 * How sure it is that the instance can still come to its end, off-path guarantee classes: `G0` the tokens stand where they stood; `G1` the
 * model itself could have come to where they stand; `G2` searched, and nothing that can go wrong was found; `G3` not proven, and taken on
 * two people's word.
 */
export type GuaranteeClass = 'G0' | 'G1' | 'G2' | 'G3'

/** What a check says of leaving or coming back. Kept with the deviation. */
export interface Verdict {
  readonly class: GuaranteeClass
  /** `all`: every way ends properly; `some`: one at least; `unknown`: the search was not finished, or was overridden. */
  readonly ends: 'all' | 'some' | 'unknown'
  /** What was wrong already where the token stood, and is no worse now. */
  readonly inherited: boolean
  readonly checks: readonly Check[]
  /** Elements on the way that are passed over. */
  readonly bypassed: readonly string[]
  /** Elements with effects outside that were done, and are done again. */
  readonly repeated: readonly string[]
  /** What is undone before: ids of elements, and of items. */
  readonly compensated?: readonly string[]
  /** Situations looked at. */
  readonly states?: number
}

/** One criterion (C1 to C15), and whether it holds. */
export interface Check {
  readonly code: string
  readonly holds: boolean | 'unknown'
  readonly message: string
  readonly elementId?: string
  /** Variables, people, or elements that it is about. */
  readonly about?: readonly string[]
}

/** A step of the way to what goes wrong. `does`: what a person did; `acts`: the element goes on; `waits`: for ever. */
export interface Step {
  readonly elementId: string
  readonly does: 'jump' | 'endBranch' | 'acts' | 'waits' | 'twice'
  /** Where tokens are then; `elementId` of the flow where one waits at a join. */
  readonly tokens?: readonly { readonly elementId: string; readonly arrivedBy?: string }[]
  /** The flows that nothing comes by. */
  readonly missing?: readonly string[]
}

/** A return that would be accepted where another was refused. */
export interface Repair {
  readonly message: string
  readonly to: unknown
  /** What it takes besides. Absent where nothing. */
  readonly needs?: readonly Need[]
}

/** What has to be given with a return: whose approval, which variables, a confirmation. As the refusal without it would say. */
export interface Need {
  readonly code: string
  readonly message: string
  readonly missing?: readonly unknown[]
  readonly holders?: readonly unknown[]
  readonly approvals?: unknown
}
