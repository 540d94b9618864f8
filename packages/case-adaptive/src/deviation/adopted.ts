import type { CommandBody, InstanceReader } from '@leeway/engine/extension'
import type { Book } from '../case/book.ts'
import { endItems } from '../case/item-ends.ts'
import type { PlanItem } from '../case/item-state.ts'
import { isOpen } from '../case/item-state.ts'
import { isStillAhead } from '../guarantee/still-ahead.ts'
import { newDeviation } from './leave.ts'
import { goOnWithout } from './undo.ts'

/** By element, the deviation for which the path stops before it. */
export interface Stops {
  readonly [elementId: string]: string
}

/**
 * MG6: a step that the new model has and the old one had not, and that an item counts for. Done or at work, the item is the step's work: the path
 * waits there for it, and passes it over. Not begun, the item ends in favour of the step.
 */
export function adopted(
  book: Book,
  caseId: string,
  to: (elementId: string) => string,
  before: InstanceReader,
  after: InstanceReader,
): { readonly stops: Stops; readonly commands: readonly CommandBody[] } {
  const known = new Set([...before.definition.nodes.keys()].map(to))
  const stops: { [elementId: string]: string } = {}
  const commands: CommandBody[] = []
  const all = book.allItems(caseId)
  for (const item of all) {
    const elementId = item.body.equivalentTo ?? ''
    const node = after.definition.nodes.get(elementId)
    if (item.instanceId !== after.id || node === undefined || known.has(elementId) || stops[elementId] !== undefined) continue
    if (!isStillAhead(node, after)) continue
    const isAwaited = all.some((other) => isOpen(other) && other.body.after.includes(item.id))
    if (item.state === 'available' && !isAwaited) {
      endItems(book, [item], 'migrated')
      commands.push(...goOnWithout(book, item, after, book.actor ?? item.body.addedBy))
    } else if (isOpen(item) || item.state === 'rehomed' || item.state === 'completed')
      stops[elementId] = standIn(book, item, node.id, after)
  }
  return { stops, commands }
}

/** Asks for the step to wait for the item. Gives the id of that deviation. */
function standIn(book: Book, item: PlanItem, elementId: string, after: InstanceReader): string {
  const { caseId, body } = item
  const anchor = { type: 'element', elementId, elementInstanceId: after.id, scopeId: after.id, scopePath: '' } as const
  const reason = { code: 'adopted', text: null }
  const made = newDeviation(book, { caseId, mode: 'deferred', anchor, reason, actor: book.actor ?? body.addedBy, instance: after })
  book.putDeviation({ ...made, state: 'requested', body: { ...made.body, standIn: item.id } })
  book.note(caseId, { type: 'deviation:request', deviationId: made.id, before: elementId, mode: 'deferred', reason })
  return made.id
}
