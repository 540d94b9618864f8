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

/**
 * One to eight random damages to a file. In half of the runs to its bytes (changed, cut, put in, doubled, moved, pieces of another file);
 * in the other half to its content alone (values, attributes and empty elements exchanged, dropped, doubled), so that the XML mostly stays
 * well-formed.
 */
export function mutate(bytes: Uint8Array, other: Uint8Array, random: Random): Uint8Array {
  const mutations = random() < 0.5 ? MUTATIONS : CONTENT_MUTATIONS
  let result = bytes
  for (let left = 1 + below(random, 8); left > 0; left -= 1) if (result.length > 0) result = pick(random, mutations)(result, other, random)
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
]

const VALUE = /="([^"<]*)"/g
const ATTRIBUTE = / [\w:]+="[^"<]*"/g
const EMPTY_ELEMENT = /<[\w:]+(?: [^<>]*)?\/>/g

const CONTENT_MUTATIONS: readonly Mutation[] = [
  (bytes, _, random) => exchange(bytes, bytes, VALUE, random),
  (bytes, other, random) => exchange(bytes, other, VALUE, random),
  (bytes, _, random) => exchange(bytes, bytes, EMPTY_ELEMENT, random),
  (bytes, other, random) => exchange(bytes, other, EMPTY_ELEMENT, random),
  (bytes, _, random) => exchange(bytes, null, ATTRIBUTE, random),
  (bytes, _, random) => exchange(bytes, null, EMPTY_ELEMENT, random),
]

/** A piece of a file, the file without it, and where it was. */
function withPiece(bytes: Uint8Array, random: Random, use: (piece: Uint8Array, rest: Uint8Array, at: number) => Uint8Array): Uint8Array {
  const at = below(random, bytes.length + 1)
  const end = Math.min(bytes.length, at + below(random, 400))
  const rest = new Uint8Array(bytes.length - (end - at))
  rest.set(bytes.subarray(0, at))
  rest.set(bytes.subarray(end), at)
  return use(bytes.slice(at, end), rest, at)
}

/** Puts a match of one file in the place of a match of another; null only takes it out. */
function exchange(bytes: Uint8Array, from: Uint8Array | null, pattern: RegExp, random: Random): Uint8Array {
  const target = matchIn(bytes, pattern, random)
  const source = from === null ? null : matchIn(from, pattern, random)
  if (target === null || (from !== null && source === null)) return bytes
  const rest = new Uint8Array(bytes.length - (target.end - target.at))
  rest.set(bytes.subarray(0, target.at))
  rest.set(bytes.subarray(target.end), target.at)
  return source === null || from === null ? rest : insert(rest, target.at, from.slice(source.at, source.end))
}

function matchIn(bytes: Uint8Array, pattern: RegExp, random: Random): { at: number; end: number } | null {
  // One character a byte, so that places in the text are places in the file.
  const matches = [...new TextDecoder('latin1').decode(bytes).matchAll(pattern)]
  if (matches.length === 0) return null
  const { index, 0: text } = pick(random, matches)
  return { at: index, end: index + text.length }
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
