import type { CommandBody, InstanceReader } from '@leeway/engine/extension'
import type { Book } from '../case/book.ts'
import { endItems } from '../case/item-ends.ts'
import type { PlanItem } from '../case/item-state.ts'
import { isOpen } from '../case/item-state.ts'
import { isStillAhead } from '../guarantee/still-ahead.ts'
import { newDeviation } from './leave.ts'
import { goOnWithout } from './undo.ts'

type Migration = Extract<CommandBody, { readonly type: 'migrateProcess' }>

/** By element, the deviation for which the path stops before it. */
interface Stops {
  readonly [elementId: string]: string
}

/**
 * MG6: a step that the new model has and the old one had not, and that an item counts for. Done or at work, the item is the step's work:
 * the path waits there for it, and passes it over. Not begun, the item ends in favour of the step. Gives the kernel's commands.
 */
export function adopted(
  book: Book,
  caseId: string,
  command: Migration,
  before: InstanceReader,
  after: InstanceReader,
): readonly CommandBody[] {
  const { pins = {} } = command
  const commands: CommandBody[] = []
  const standing = new Set<string>()
  for (const { item, elementId, stands } of overlaps(book, caseId, command, before)) {
    const node = after.definition.nodes.get(elementId)
    if (node === undefined || !isStillAhead(node, after)) continue
    if (stands) {
      standIn(book, item, elementId, after, pins[elementId])
      standing.add(elementId)
    } else {
      endItems(book, [item], 'migrated')
      commands.push(...goOnWithout(book, item, after, book.actor ?? item.body.addedBy))
    }
  }
  return inOneStop(after, (elementId, by) => pins[elementId] === by && !standing.has(elementId), commands)
}

/** Where the path stops in the new model before anything moves in it: before each step that an item may stand in for. */
export function pinsOf(book: Book, command: Migration, before: InstanceReader): Stops {
  const record = book.caseOfInstance(before.id)
  if (record === null) return {}
  const standing = overlaps(book, record.id, command, before).filter(({ stands }) => stands)
  return Object.fromEntries(standing.map(({ elementId }) => [elementId, book.newId()]))
}

interface Overlap {
  readonly item: PlanItem
  readonly elementId: string
  /** It is the step's work; else it gives way. */
  readonly stands: boolean
}

/** Items of the instance that count for a step which only the new model has; of each step one at most stands in. */
function overlaps(book: Book, caseId: string, { map, target }: Migration, before: InstanceReader): readonly Overlap[] {
  const known = new Set([...before.definition.nodes.keys()].map((id) => map[id] ?? id))
  const taken = new Set<string>()
  const all = book.allItems(caseId)
  return all.flatMap((item): Overlap[] => {
    const elementId = item.body.equivalentTo ?? ''
    if (item.instanceId !== before.id || !target.nodes.has(elementId) || known.has(elementId) || taken.has(elementId)) return []
    const isAwaited = all.some((other) => isOpen(other) && other.body.after.includes(item.id))
    if (item.state === 'available' && !isAwaited) return [{ item, elementId, stands: false }]
    if (!isOpen(item) && item.state !== 'rehomed' && item.state !== 'completed') return []
    taken.add(elementId)
    return [{ item, elementId, stands: true }]
  })
}

/** Asks for the step to wait for the item. */
function standIn(book: Book, item: PlanItem, elementId: string, after: InstanceReader, pin: string | undefined): void {
  const { caseId, body } = item
  const anchor = { type: 'element', elementId, elementInstanceId: after.id, scopeId: after.id, scopePath: '' } as const
  const reason = { code: 'adopted', text: null }
  const made = newDeviation(book, { caseId, mode: 'deferred', anchor, reason, actor: book.actor ?? body.addedBy, instance: after })
  const id = pin ?? made.id
  book.putDeviation({ ...made, id, state: 'requested', body: { ...made.body, standIn: item.id } })
  book.note(caseId, { type: 'deviation:request', deviationId: id, before: elementId, mode: 'deferred', reason })
}

/**
 * The commands, with what they take of the stops taken at once, and with it what is not wanted: each would put back what another takes.
 * Stops come first.
 */
function inOneStop(
  after: InstanceReader,
  isUnwanted: (elementId: string, by: string) => boolean,
  commands: readonly CommandBody[],
): readonly CommandBody[] {
  const stops = Object.entries(after.scope(after.id)?.instance?.stops ?? {})
  const isLeft = (elementId: string): boolean => commands.every((one) => one.type !== 'setStops' || Object.hasOwn(one.stops, elementId))
  const kept = stops.filter(([elementId, by]) => isLeft(elementId) && !isUnwanted(elementId, by))
  const rest = commands.filter(({ type }) => type !== 'setStops')
  return kept.length === stops.length ? rest : [{ type: 'setStops', instanceId: after.id, stops: Object.fromEntries(kept) }, ...rest]
}
