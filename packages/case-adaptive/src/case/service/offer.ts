import type { AddItem } from '../commands.ts'

/** An item of a planning table, as read: what is added, where it applies, and who may. */
export interface Offer {
  readonly key: string
  readonly item: Omit<AddItem, 'to'>
  readonly tiers: readonly string[] | null
  readonly severities: readonly string[] | null
  readonly processes: readonly string[] | null
  readonly elements: readonly string[] | null
  readonly roles: readonly string[] | null
}
