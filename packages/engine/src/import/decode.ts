/** The text of a file, and what was wrong on the way. */
export interface Decoded {
  readonly text: string
  /** The encoding that was used, in the Encoding Standard's name. */
  readonly encoding: string
  readonly problems: readonly DecodingProblem[]
}

export interface DecodingProblem {
  readonly code: 'unknownEncoding' | 'invalidBytes' | 'encodingMismatch'
  readonly message: string
  /** Place in the decoded text. */
  readonly offset: number
}

/**
 * Turns a file into text: by its byte order mark, else by the pattern of zero bytes (UTF-16 without mark), else as the XML declaration
 * says, else UTF-8. A text is taken as it is but for a leading mark. Never throws.
 */
export function decodeSource(source: string | Uint8Array): Decoded {
  if (typeof source === 'string') return { text: source.startsWith('\uFEFF') ? source.slice(1) : source, encoding: 'none', problems: [] }
  const byPattern = encodingByPattern(source)
  const declared = declaredEncoding(source, byPattern)
  if (byPattern !== null) return decodeAs(source, byPattern, mismatch(declared, byPattern))
  if (declared === null) return decodeAs(source, 'utf-8', [])
  if (meansUtf16(declared)) return decodeAs(source, 'utf-8', mismatch(declared, 'utf-8'))
  return encodingNamed(declared) !== null
    ? decodeAs(source, declared, [])
    : decodeAs(source, 'utf-8', [
        {
          code: 'unknownEncoding',
          message: `The file declares the encoding "${declared}", which is not known; it was read as UTF-8.`,
          offset: 0,
        },
      ])
}

/** XML 1.0, appendix F: the first four bytes of a file that begins with a mark or with `<`. */
function encodingByPattern(bytes: Uint8Array): string | null {
  const [a, b, c] = bytes
  if (a === 0xef && b === 0xbb && c === 0xbf) return 'utf-8'
  if (a === 0xff && b === 0xfe) return 'utf-16le'
  if (a === 0xfe && b === 0xff) return 'utf-16be'
  if (a === 0x3c && b === 0x00) return 'utf-16le'
  if (a === 0x00 && b === 0x3c) return 'utf-16be'
  return null
}

const DECLARATION_BYTES_MAX = 400

function declaredEncoding(bytes: Uint8Array, byPattern: string | null): string | null {
  const head = new TextDecoder(byPattern ?? 'windows-1252').decode(bytes.subarray(0, DECLARATION_BYTES_MAX))
  const match = /^\s*<\?xml\s[^>]*?\bencoding\s*=\s*(?:"([^"]*)"|'([^']*)')/.exec(head)
  return match === null ? null : (match[1] ?? match[2] ?? null)
}

function mismatch(declared: string | null, used: string): DecodingProblem[] {
  if (declared === null) return []
  const agrees = used.startsWith('utf-16') ? meansUtf16(declared) : encodingNamed(declared) === 'utf-8'
  const message = `The file declares the encoding "${declared}" but is written in ${used}.`
  return agrees ? [] : [{ code: 'encodingMismatch', message, offset: 0 }]
}

/** Of the names in use some are not in the Encoding Standard. */
function meansUtf16(label: string): boolean {
  return encodingNamed(label)?.startsWith('utf-16') === true || /^(utf-?16|ucs-?2)/i.test(label)
}

/** The Encoding Standard's name for a label such as `latin1`; null where it has none. */
function encodingNamed(label: string): string | null {
  try {
    return new TextDecoder(label).encoding
  } catch {
    return null
  }
}

function decodeAs(bytes: Uint8Array, encoding: string, problems: readonly DecodingProblem[]): Decoded {
  try {
    return { text: new TextDecoder(encoding, { fatal: true }).decode(bytes), encoding, problems }
  } catch {
    const text = new TextDecoder(encoding).decode(bytes)
    const message = `The file holds bytes that are not ${encoding}.`
    return { text, encoding, problems: [...problems, { code: 'invalidBytes', message, offset: Math.max(text.indexOf('\uFFFD'), 0) }] }
  }
}
