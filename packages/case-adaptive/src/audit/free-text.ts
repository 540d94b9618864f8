/** What stands where a name was taken away. */
export const REDACTED = '[redacted]'

/** What people wrote in their own words, by the path of the member in which it stood. */
export interface Texts {
  readonly [path: string]: string
}

/**
 * Parts free text from the rest: the words of reasons, of contacts and promises, and names of items. Values of variables are no free text:
 * of them the case's records, not its entries, have the content.
 */
export function withoutTexts(body: object): { readonly rest: object; readonly texts: Texts | null } {
  const texts: { [path: string]: string } = {}
  const rest = strip(body, [], texts)
  return { rest, texts: Object.keys(texts).length === 0 ? null : texts }
}

/** Puts free text back where it stood; null, where it was taken away, leaves the members out. */
export function withTexts(body: object, texts: { readonly [path: string]: string | null } | null): object {
  let whole = body
  for (const [path, text] of Object.entries(texts ?? {})) whole = withMember(whole, path.split('.'), text)
  return whole
}

/**
 * A record's content, to be written without what is taken away, without its salt: the digests there were of it tell nothing any more. It
 * gets another one.
 */
export function unsalted<B extends object>(body: B): B {
  const { salt: _salt, ...rest } = body as B & { readonly salt?: string }
  return rest as unknown as B // whatever has a salt may be without
}

/** What stands at the top: an item's name, what was said, promised or offered, how something was seen to. */
const AT_TOP: readonly string[] = ['name', 'words', 'how']

/** Members of an object under `reason`. */
const IN_REASON: readonly string[] = ['text', 'customerStatement']

function strip(given: object, path: readonly string[], texts: { [path: string]: string }): object {
  const members: [string, unknown][] = []
  for (const [name, value] of Object.entries(given)) {
    const isFree = path.length === 0 ? AT_TOP.includes(name) : path.at(-1) === 'reason' && IN_REASON.includes(name)
    if (isFree && typeof value === 'string') texts[[...path, name].join('.')] = value
    else if (isPlain(value) && name !== 'variables' && name !== 'value') members.push([name, strip(value, [...path, name], texts)])
    else members.push([name, value])
  }
  return Object.fromEntries(members)
}

function withMember(given: object, [name = '', ...inner]: readonly string[], text: string | null): object {
  if (inner.length === 0) return { ...given, [name]: text }
  const at: unknown = Object.hasOwn(given, name) ? Reflect.get(given, name) : {}
  return { ...given, [name]: withMember(isPlain(at) ? at : {}, inner, text) }
}

function isPlain(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
