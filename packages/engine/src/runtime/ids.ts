/** Makes time-ordered identifiers: UUID version 7 (RFC 9562), rising also within a millisecond. */
export type MakeId = (now: number) => string

const POOL_BYTES = 4096
const HYPHEN = 45
/** The codes of the two hexadecimal digits of a byte: the first one's times 256, and the second one's. */
const HEX: Uint16Array = Uint16Array.from({ length: 256 }, (_, byte) => {
  const digits = byte.toString(16).padStart(2, '0')
  return (digits.charCodeAt(0) << 8) | digits.charCodeAt(1)
})

/** A source of identifiers of its own; the random bits come from the platform's cryptographic source. */
export function idSource(): MakeId {
  const pool = new Uint8Array(POOL_BYTES)
  let at = POOL_BYTES
  let lastMs = -1
  let serial = 0
  let prefix = ''
  return (now) => {
    if (at + 8 > POOL_BYTES) {
      globalThis.crypto.getRandomValues(pool)
      at = 0
    }
    const ms = Math.max(Math.floor(now), lastMs, 0)
    if (ms !== lastMs) {
      lastMs = ms
      serial = (((pool[at] as number) << 8) | (pool[at + 1] as number)) & 0x3ff
      const hex = ms.toString(16).padStart(12, '0')
      prefix = `${hex.slice(0, 8)}-${hex.slice(8)}-`
    } else if (++serial > 0x3ffff) {
      lastMs = ms + 1
      serial = 0
      const hex = lastMs.toString(16).padStart(12, '0')
      prefix = `${hex.slice(0, 8)}-${hex.slice(8)}-`
    }
    // 18 bits of the serial: 12 behind the version, 6 behind the variant.
    const high = serial >>> 6
    const low = serial & 0x3f
    const a = HEX[0x70 | (high >>> 8)] as number
    const b = HEX[high & 0xff] as number
    const c = HEX[0x80 | low] as number
    const d = HEX[pool[at + 2] as number] as number
    const e = HEX[pool[at + 3] as number] as number
    const f = HEX[pool[at + 4] as number] as number
    const g = HEX[pool[at + 5] as number] as number
    const h = HEX[pool[at + 6] as number] as number
    const i = HEX[pool[at + 7] as number] as number
    const k = HEX[pool[at] as number] as number
    // Made of its characters at once: put together from pieces it would be a chain of twelve texts until it is first looked at.
    // biome-ignore format: a line for each group of the identifier
    const rest = String.fromCharCode(
      a >>> 8, a & 0xff, b >>> 8, b & 0xff, HYPHEN,
      c >>> 8, c & 0xff, d >>> 8, d & 0xff, HYPHEN,
      e >>> 8, e & 0xff, f >>> 8, f & 0xff, g >>> 8, g & 0xff, h >>> 8, h & 0xff, i >>> 8, i & 0xff, k >>> 8, k & 0xff,
    )
    at += 8
    return prefix + rest
  }
}
