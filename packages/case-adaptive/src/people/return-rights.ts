import { Refused } from '@leeway/engine'
import type { InstanceReader } from '@leeway/engine/extension'
import type { Book } from '../case/book.ts'
import type { Return } from '../case/commands.ts'
import type { Deviation } from '../case/deviation-state.ts'
import type { ReturnKind } from '../case/directives.ts'
import { hasRight, holdersOf, isSamePerson, needRight, type Scene } from './rights.ts'

/** How many have to agree that the path is not taken up again where none of them may decide it alone. */
const ASSOCIATES = 2

/**
 * Throws `NotAllowed` where the actor may not come back in this way. To stay off the path to the end takes the right to, or two associates:
 * people who may endorse, the actor one of them. True where it was those two.
 */
export function needReturn(book: Book, command: Return, kind: ReturnKind, actor: string, scene: Scene): boolean {
  if (kind !== 'stayOff' || hasRight(book, 'return.stayOff', actor, scene)) {
    needRight(book, `return.${kind}`, actor, scene, command)
    return false
  }
  const { people } = book.rules
  const given: string[] = []
  for (const one of [actor, ...(command.approvedBy ?? [])])
    if (hasRight(book, 'endorse', one, scene) && !given.some((other) => isSamePerson(people, one, other))) given.push(one)
  if (given[0] === actor && given.length >= ASSOCIATES) return true
  const message = `${actor} may not stay off the path to the end alone: it takes the right "return.stayOff", or two who may endorse, ${actor} being one of them (approvedBy).`
  throw new Refused('NotAllowed', message, {
    missing: ['return.stayOff'],
    holders: holdersOf(book, 'return.stayOff', scene),
    associates: { needed: ASSOCIATES, given, holders: holdersOf(book, 'endorse', scene) },
    proposal: { operation: 'cases.return', right: 'return.stayOff', by: actor, command },
  })
}

/** Where a return is judged. */
export function sceneOfReturn({ id, caseId, elementId }: Deviation, { definition }: InstanceReader): Scene {
  return { caseId, deviationId: id, processKey: definition.key, elementId, roles: null }
}
