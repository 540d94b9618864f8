/** Longest text by which something is found, in bytes as UTF-8: what every store keeps in an index. */
export const SEARCHED_BYTES_MAX = 800

/** Why a text cannot be one by which rows are found; null where it can. */
export function unsearchable(text: string): string | null {
  if (text.includes('\0') || !text.isWellFormed()) return 'a text with NUL, or with half of a surrogate pair, which no store keeps'
  if (text.length * BYTES_A_UNIT <= SEARCHED_BYTES_MAX) return null
  const bytes = utf8Bytes(text)
  return bytes <= SEARCHED_BYTES_MAX ? null : `a text of ${bytes} bytes; at most ${SEARCHED_BYTES_MAX} are kept of what is searched by`
}

/** Of UTF-8, for a unit of UTF-16: those of pairs take two each. */
const BYTES_A_UNIT = 3

/** How long a text is as UTF-8. */
export function utf8Bytes(text: string): number {
  let bytes = 0
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i)
    bytes += unit < 0x80 ? 1 : unit < 0x800 || (unit >= 0xd800 && unit < 0xe000) ? 2 : 3
  }
  return bytes
}
