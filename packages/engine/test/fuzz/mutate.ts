/** A source of numbers from 0 (included) to 1 (not included), the same for the same seed. */
export type Random = () => number

/** A small generator (xorshift), so that a run can be repeated by its seed. */
export function randomOf(seed: number): Random {
  let state = seed | 0 || 0x9e3779b9
  return () => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) / 0x1_0000_0000
  }
}

/** One to eight random damages to a file: bytes changed, cut, put in, doubled, swapped, or pieces of another file. */
export function mutate(bytes: Uint8Array, other: Uint8Array, random: Random): Uint8Array {
  let result = bytes
  for (let left = 1 + below(random, 8); left > 0; left -= 1) result = pick(random, MUTATIONS)(result, other, random)
  return result
}

type Mutation = (bytes: Uint8Array, other: Uint8Array, random: Random) => Uint8Array

/** What an importer is likely to stumble over. */
const TOKENS = [
  '<',
  '>',
  '/>',
  '</',
  '"',
  "'",
  '&',
  '&#x0;',
  '&#x110000;',
  '&lt;',
  ']]>',
  '<![CDATA[',
  '<!--',
  '-->',
  '<?',
  '<!DOCTYPE a [',
  '<!ENTITY x "y">',
  '${',
  '#{',
  '}',
  '=',
  '${a.b[',
  '=for x in',
  ' id="a"',
  ' id=""',
  ' xmlns="',
  ' xmlns:x="y"',
  '<task/>',
  '<subProcess>',
  '</subProcess>',
  ' isExecutable="false"',
  ' triggeredByEvent="true"',
  'R99999999999/PT0S',
  'PT',
  '__proto__',
  'constructor',
  '\u0000',
  '\uFEFF',
  '\uD800',
].map((token) => new TextEncoder().encode(token))

const MUTATIONS: readonly Mutation[] = [
  (bytes, _, random) => bytes.with(below(random, bytes.length || 1), below(random, 256)),
  (bytes, _, random) => bytes.slice(0, below(random, bytes.length + 1)),
  (bytes, _, random) => bytes.slice(below(random, Math.min(bytes.length, 200) + 1)),
  (bytes, _, random) => insert(bytes, below(random, bytes.length + 1), pick(random, TOKENS)),
  (bytes, _, random) =>
    insert(
      bytes,
      below(random, bytes.length + 1),
      Uint8Array.from({ length: below(random, 20) }, () => below(random, 256)),
    ),
  (bytes, _, random) => withPiece(bytes, random, (piece, rest, at) => insert(rest, at, piece)),
  (bytes, _, random) => withPiece(bytes, random, (_piece, rest) => rest),
  (bytes, _, random) => withPiece(bytes, random, (piece, rest) => insert(rest, below(random, rest.length + 1), piece)),
  (bytes, _, random) => withPiece(bytes, random, (piece) => insert(bytes, below(random, bytes.length + 1), piece)),
  (bytes, other, random) => withPiece(other, random, (piece) => insert(bytes, below(random, bytes.length + 1), piece)),
  (bytes, _, random) => retag(bytes, random),
].map((mutation) => (bytes, other, random) => (bytes.length === 0 ? bytes : mutation(bytes, other, random)))

/** A piece of a file, the file without it, and where it was. */
function withPiece(bytes: Uint8Array, random: Random, use: (piece: Uint8Array, rest: Uint8Array, at: number) => Uint8Array): Uint8Array {
  const at = below(random, bytes.length + 1)
  const end = Math.min(bytes.length, at + below(random, 400))
  const rest = new Uint8Array(bytes.length - (end - at))
  rest.set(bytes.subarray(0, at))
  rest.set(bytes.subarray(end), at)
  return use(bytes.slice(at, end), rest, at)
}

/** Gives one tag or attribute value the text of another: well-formed files with wrong references and kinds. */
function retag(bytes: Uint8Array, random: Random): Uint8Array {
  const text = new TextDecoder('latin1').decode(bytes)
  const values = [...text.matchAll(/="([^"<]*)"/g)]
  const from = values.length === 0 ? undefined : pick(random, values)
  const to = values.length === 0 ? undefined : pick(random, values)
  if (from === undefined || to === undefined) return bytes
  const at = from.index + 2
  const piece = bytes.slice(to.index + 2, to.index + to[0].length - 1)
  const rest = new Uint8Array(bytes.length - (from[1] ?? '').length)
  rest.set(bytes.subarray(0, at))
  rest.set(bytes.subarray(at + (from[1] ?? '').length), at)
  return insert(rest, at, piece)
}

function insert(bytes: Uint8Array, at: number, piece: Uint8Array): Uint8Array {
  const result = new Uint8Array(bytes.length + piece.length)
  result.set(bytes.subarray(0, at))
  result.set(piece, at)
  result.set(bytes.subarray(at), at + piece.length)
  return result
}

function pick<Item>(random: Random, items: readonly Item[]): Item {
  const item = items[below(random, items.length)]
  if (item === undefined) throw new Error('nothing to pick from')
  return item
}

/** A whole number from 0 up to, not including, the limit. */
export function below(random: Random, limit: number): number {
  return Math.floor(random() * limit)
}
