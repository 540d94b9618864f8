import { unsearchable } from '../model/searched-text.ts'
import type { Value, Values } from '../model/value.ts'
import { canonicalJson, sha256 } from './digest.ts'
import type { InstanceRecord } from './records/instance-record.ts'

/**
 * How `instances.searchable` keeps a variable: a long one by its digest, for what is searched by has a limit. JSON does not begin with a
 * `#`.
 */
export function searchableText(name: string, value: Value): string {
  const text = `${name}=${canonicalJson(value)}`
  return unsearchable(text) === null ? text : `${name}=#${sha256(text)}`
}

/**
 * The texts that an instance is found by with these variables: of the names that this node declares, and of those that others did. The list
 * that was there is given where nothing is to be changed.
 */
export function searchableOf(variables: Values, names: readonly string[], before: InstanceRecord | null): readonly string[] {
  if (before === null) return textsOf(variables, names)
  const { searchable, body } = before
  if (body.root.variables === variables && names.every((name) => isThere(name, variables, searchable))) return searchable
  return textsOf(variables, new Set([...names, ...namesIn(searchable, body.root.variables)]))
}

/** What an instance lacks that began before a name was declared, or on a node without it; null where it lacks nothing. */
export function searchableAnew({ searchable, body: { root } }: InstanceRecord, names: readonly string[]): readonly string[] | null {
  const texts = textsOf(root.variables, new Set([...names, ...namesIn(searchable, root.variables)]))
  const there = new Set(searchable)
  return texts.length === there.size && texts.every((text) => there.has(text)) ? null : texts
}

function isThere(name: string, variables: Values, texts: readonly string[]): boolean {
  return !Object.hasOwn(variables, name) || texts.some((text) => text.startsWith(`${name}=`))
}

function textsOf(variables: Values, names: Iterable<string>): readonly string[] {
  const texts: string[] = []
  for (const name of names) if (Object.hasOwn(variables, name)) texts.push(searchableText(name, variables[name] as Value)) // it is there
  return texts
}

/** The names of the variables that texts are of; a name may have an equals sign in it. */
function namesIn(texts: readonly string[], variables: Values): readonly string[] {
  return texts.flatMap((text) => {
    for (let at = text.indexOf('='); at >= 0; at = text.indexOf('=', at + 1)) {
      const name = text.slice(0, at)
      if (Object.hasOwn(variables, name) && searchableText(name, variables[name] as Value) === text) return [name]
    }
    return []
  })
}
