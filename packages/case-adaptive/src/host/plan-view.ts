/** What the customer pays off by instalments. */
export interface PlanView {
  readonly kind: string
  readonly total: number
  readonly instalment: number
  /** What the house would ask for, and the least that it agrees to. */
  readonly standard: number
  readonly floor: number
  readonly every: string
  /** `customer`: with another amount than the standard. */
  readonly proposedBy: 'customer' | 'company'
  readonly paid: number
  /** Instalments whose day passed without payment, paid since or not. */
  readonly missed: number
  readonly instalments: readonly {
    readonly dueAt: string
    readonly amount: number
    readonly paidAt: string | null
    readonly missed: boolean
  }[]
}
