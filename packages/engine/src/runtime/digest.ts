/**
 * SHA-256 (FIPS 180-4) of a text's UTF-8 bytes or of bytes, as 64 hexadecimal digits. Own code, so that it is synchronous and the
 * same everywhere: in a browser hashing is asynchronous, in Node it is a built-in module.
 */
export function sha256(content: string | Uint8Array): string {
  const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content
  const view = padded(bytes)
  const state = Uint32Array.from(INITIAL)
  const schedule = new Uint32Array(64)
  for (let offset = 0; offset < view.byteLength; offset += 64) compress(state, schedule, view, offset)
  let hex = ''
  for (const word of state) hex += word.toString(16).padStart(8, '0')
  return hex
}

/** A UUID (version 8, RFC 9562) that follows from a text: the same text gives the same id, on every node. */
export function uuidOf(text: string): string {
  const hex = sha256(text)
  const variant = ((Number.parseInt(hex.charAt(16), 16) & 3) | 8).toString(16)
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`
}

/**
 * Tells two arguments apart by content: JSON with the members of objects in one order; dates, bigints and bytes by their value.
 * Members that are undefined do not count.
 */
export function canonicalJson(value: unknown): string {
  if (typeof value === 'bigint') return `{"$leeway":"bigint","value":"${value}"}`
  if (value instanceof Date) return `{"$leeway":"date","value":${JSON.stringify(value)}}`
  if (value instanceof Uint8Array) return `{"$leeway":"bytes","value":"${sha256(value)}"}`
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null'
  const members = Object.entries(value).filter(([, member]) => member !== undefined)
  members.sort(([a], [b]) => (a < b ? -1 : 1))
  return `{${members.map(([name, member]) => `${JSON.stringify(name)}:${canonicalJson(member)}`).join(',')}}`
}

function padded(bytes: Uint8Array): DataView {
  const length = Math.ceil((bytes.length + 9) / 64) * 64
  const block = new Uint8Array(length)
  block.set(bytes)
  block[bytes.length] = 0x80
  const view = new DataView(block.buffer)
  view.setUint32(length - 8, Math.floor(bytes.length / 2 ** 29))
  view.setUint32(length - 4, (bytes.length * 8) >>> 0)
  return view
}

function compress(state: Uint32Array, schedule: Uint32Array, view: DataView, offset: number): void {
  const w = (i: number): number => schedule[i] as number // 64 words, i below 64
  for (let i = 0; i < 16; i++) schedule[i] = view.getUint32(offset + i * 4)
  for (let i = 16; i < 64; i++) {
    const low = rotate(w(i - 15), 7) ^ rotate(w(i - 15), 18) ^ (w(i - 15) >>> 3)
    const high = rotate(w(i - 2), 17) ^ rotate(w(i - 2), 19) ^ (w(i - 2) >>> 10)
    schedule[i] = w(i - 16) + low + w(i - 7) + high
  }
  let [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0] = state
  for (let i = 0; i < 64; i++) {
    const one = (h + (rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25)) + ((e & f) ^ (~e & g)) + (ROUNDS[i] as number) + w(i)) | 0
    const two = ((rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22)) + ((a & b) ^ (a & c) ^ (b & c))) | 0
    h = g
    g = f
    f = e
    e = (d + one) | 0
    d = c
    c = b
    b = a
    a = (one + two) | 0
  }
  const worked = [a, b, c, d, e, f, g, h]
  for (let i = 0; i < 8; i++) state[i] = (state[i] as number) + (worked[i] as number)
}

function rotate(word: number, by: number): number {
  return (word >>> by) | (word << (32 - by))
}

/** The first 32 bits of the fractional parts of the cube (for rounds) and square (initial state) roots of the first primes. */
function rootsOfPrimes(count: number, root: (prime: number) => number): number[] {
  const primes: number[] = []
  for (let n = 2; primes.length < count; n++) if (primes.every((prime) => n % prime !== 0)) primes.push(n)
  return primes.map((prime) => Math.floor((root(prime) % 1) * 2 ** 32))
}

const INITIAL: readonly number[] = rootsOfPrimes(8, Math.sqrt)
const ROUNDS: readonly number[] = rootsOfPrimes(64, Math.cbrt)
