// The token that was named last. Whose task was made just now is mostly who is asked for next, and texts that are the very ones by which rows
// and scopes are known are found without comparing characters.
let lastId = '.0'
let lastScopeId = ''
let lastN = 0

/** The id of a token: its scope’s id and its number. Ids are paths, which begin with the instance’s. */
export function tokenId(scopeId: string, n: number): string {
  if (lastN !== n || lastScopeId !== scopeId) {
    lastId = `${scopeId}.${n}`
    lastScopeId = scopeId
    lastN = n
  }
  return lastId
}

/** The scope and number that a token id names; null for an instance's own id. */
export function splitTokenId(id: string): { readonly scopeId: string; readonly n: number } | null {
  if (id === lastId) return { scopeId: lastScopeId, n: lastN }
  let dot = id.length - 1
  while (dot >= 0 && id.charCodeAt(dot) !== DOT) dot--
  if (dot < 0) return null
  const n = numberFrom(id, dot + 1)
  return n < 0 ? null : { scopeId: id.slice(0, dot), n }
}

const DOT = 46

/** The number of a token or round by its id, where it is one of this scope's; null where it is not. */
export function childNumber(scopeId: string, id: string): number | null {
  const dot = scopeId.length
  if (id.length < dot + 2 || id.charCodeAt(dot) !== DOT) return null
  const n = numberFrom(id, dot + 1)
  return n < 0 || !id.startsWith(scopeId) ? null : n
}

/** The number that ends a text from there on; -1 where it is none. */
export function numberFrom(text: string, start: number): number {
  if (start === text.length || text.length - start > 15) return -1
  let n = 0
  for (let at = start; at < text.length; at++) {
    const digit = text.charCodeAt(at) - 48
    if (digit < 0 || digit > 9) return -1
    n = n * 10 + digit
  }
  return n
}

/** The instance that a token or scope belongs to. */
export function instanceIdOf(id: string): string {
  const dot = id.indexOf('.')
  return dot < 0 ? id : id.slice(0, dot)
}

/** Ids of the enclosing scopes, root first, the scope itself last. */
export function pathOf(scopeId: string): string[] {
  const path: string[] = []
  for (let dot = scopeId.indexOf('.'); dot >= 0; dot = scopeId.indexOf('.', dot + 1)) path.push(scopeId.slice(0, dot))
  path.push(scopeId)
  return path
}

/**
 * The id of the instance that a token's call activity calls: it follows from the token's id, so that the same call is the same instance.
 * Behind `~` stand the token's numbers, `_` for the dots; a repeated call has its number behind `+`.
 */
export function calledInstanceId(tokenId: string, attempt: number): string {
  const instanceId = instanceIdOf(tokenId)
  const path = tokenId.slice(instanceId.length + 1).replaceAll('.', '_')
  return attempt === 1 ? `${instanceId}~${path}` : `${instanceId}~${path}+${attempt}`
}

/** How many calls lead to an instance: 0 for one that nobody called. */
export function callDepthOf(instanceId: string): number {
  return instanceId.split('~').length - 1
}

/** The name of something done beside the path in a register of elements: no element's id has a colon. */
export function besideName(key: string): string {
  return `:${key}`
}

/** Back from such a name; null where it is an element's id. */
export function besideKey(elementId: string): string | null {
  return elementId.startsWith(':') ? elementId.slice(1) : null
}
