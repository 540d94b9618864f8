import { splitTokenId } from '../kernel/state.ts'

/** The id of a timer's job, of a subscription. */
export function waitId(tokenId: string, wait: { readonly for: string; readonly definition?: number }): string {
  return wait.definition === undefined ? `${tokenId}:${wait.for}` : `${tokenId}:${wait.for}:${wait.definition}`
}

/** Back from such an id: the token, and which definition of a multiple event it is; null where it is none of a token. */
export function placeOfWait(
  id: string,
  target: string,
): { readonly scopeId: string; readonly n: number; readonly definition?: number } | null {
  const colon = id.indexOf(':') // ids of tokens have none
  const token = splitTokenId(id.slice(0, colon))
  const definition = Number(id.slice(colon + target.length + 2))
  return token !== null && definition > 0 ? { ...token, definition } : token
}
