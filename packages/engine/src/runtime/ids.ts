/** Makes time-ordered identifiers: UUID version 7 (RFC 9562), rising also within a millisecond. */
export type MakeId = (now: number) => string

const POOL_BYTES = 4096
const HEX: readonly string[] = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'))

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
    const id =
      prefix +
      HEX[0x70 | (high >>> 8)] +
      HEX[high & 0xff] +
      '-' +
      HEX[0x80 | low] +
      HEX[pool[at + 2] as number] +
      '-' +
      HEX[pool[at + 3] as number] +
      HEX[pool[at + 4] as number] +
      HEX[pool[at + 5] as number] +
      HEX[pool[at + 6] as number] +
      HEX[pool[at + 7] as number] +
      HEX[pool[at] as number]
    at += 8
    return id
  }
}
