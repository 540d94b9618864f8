import { isKind } from '../metamodel.ts'
import type { XmlElement } from '../read-xml.ts'

/** What becomes of a vendor extension. */
export interface ExtensionRule {
  /**
   * `read`: it is compiled, or belongs to tools alone. `ignored`: it does not change how the process runs here. `steers`: it would, and is
   * not executed.
   */
  readonly effect: 'read' | 'ignored' | 'steers'
  /** Values that ask for nothing but the default. */
  readonly harmless?: readonly string[]
  /** Where it is read; left out where it may stand anywhere. */
  readonly owners?: readonly Owner[]
}

/**
 * A kind of BPMN's metamodel by its local name, those derived from it included; with `in`, inside of an element of that kind or at the root
 * of the file.
 */
export interface Owner {
  readonly kind: string
  readonly in?: string
}

/** True where an extension is read on this element, or may stand anywhere. */
export function isReadOn(rule: ExtensionRule, element: XmlElement): boolean {
  return rule.owners?.some((owner) => isOwner(owner, element)) ?? true
}

function isOwner(owner: Owner, { name, parent }: XmlElement): boolean {
  if (!isKind(name, `bpmn:${owner.kind}`)) return false
  // Any event may refer to a definition that stands at the root.
  return owner.in === undefined || parent === null || parent.name === 'bpmn:definitions' || isKind(parent.name, `bpmn:${owner.in}`)
}

/** `UserTask` -> `userTask`, `MessageEventDefinition` in `ThrowEvent` -> `messageEventDefinition of a throwing event`. */
export function nameOfOwner(owner: Owner): string {
  if (owner.kind === 'ThrowEvent') return 'throwing event'
  const tag = owner.kind.charAt(0).toLowerCase() + owner.kind.slice(1)
  if (owner.in === undefined) return tag
  return `${tag} of a ${owner.in === 'ThrowEvent' ? 'throwing' : 'catching'} event`
}

/** Names by effect, as a table; those that are read stand under the elements that they are read on, `''` for any. */
export function rulesOf(
  read: readonly { readonly owners: string; readonly names: string; readonly harmless?: readonly string[] }[],
  ignored: string,
  steers: string,
  harmless: Readonly<Record<string, readonly string[]>> = {},
): ReadonlyMap<string, ExtensionRule> {
  const rules = new Map<string, ExtensionRule>()
  for (const { owners, names, harmless: asking } of read) {
    const rule: ExtensionRule = {
      effect: 'read',
      ...(owners === '' ? {} : { owners: words(owners).map(ownerOf) }),
      ...(asking === undefined ? {} : { harmless: asking }),
    }
    for (const name of words(names)) rules.set(name, rule)
  }
  const unread = (effect: 'ignored' | 'steers', name: string): ExtensionRule => ({
    effect,
    ...(Object.hasOwn(harmless, name) ? { harmless: harmless[name] ?? [] } : {}),
  })
  for (const name of words(ignored)) rules.set(name, unread('ignored', name))
  for (const name of words(steers)) rules.set(name, unread('steers', name))
  return rules
}

/** `ThrowEvent/MessageEventDefinition` is the definition inside of the event. */
function ownerOf(text: string): Owner {
  const [first = '', second] = text.split('/')
  return second === undefined ? { kind: first } : { kind: second, in: first }
}

function words(text: string): readonly string[] {
  return text.split(/\s+/).filter((word) => word !== '')
}
