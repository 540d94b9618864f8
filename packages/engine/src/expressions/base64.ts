/** Bytes as base64 text; own code, for the pure layers have no platform. */
export function base64Of(bytes: Uint8Array): string {
  let text = ''
  for (let i = 0; i < bytes.length; i += 3) {
    const [a = 0, b = 0, c = 0] = [bytes[i], bytes[i + 1], bytes[i + 2]]
    const all = (a << 16) | (b << 8) | c
    text += BASE64.charAt(all >>> 18) + BASE64.charAt((all >>> 12) & 63)
    text += (i + 1 < bytes.length ? BASE64.charAt((all >>> 6) & 63) : '=') + (i + 2 < bytes.length ? BASE64.charAt(all & 63) : '=')
  }
  return text
}

const BASE64 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'

/** The bytes that base64 text stands for. */
export function bytesOf(text: string): Uint8Array {
  const digits = text.replace(/=+$/, '')
  const bytes = new Uint8Array(Math.floor((digits.length * 3) / 4))
  let held = 0
  let bits = 0
  let at = 0
  for (const digit of digits) {
    held = ((held << 6) | BASE64.indexOf(digit)) & 0xffff
    bits += 6
    if (bits >= 8) {
      bits -= 8
      bytes[at++] = (held >>> bits) & 0xff
    }
  }
  return bytes
}

/** A text in UTF-8. */
export function utf8Of(text: string): Uint8Array {
  const escaped = encodeURIComponent(text.replace(HALF_PAIR, '\uFFFD'))
  const bytes: number[] = []
  for (let at = 0; at < escaped.length; at++) {
    if (escaped.charAt(at) !== '%') bytes.push(escaped.charCodeAt(at))
    else {
      bytes.push(Number.parseInt(escaped.slice(at + 1, at + 3), 16))
      at += 2
    }
  }
  return Uint8Array.from(bytes)
}

/** Half of a surrogate pair, which has no form in UTF-8. */
const HALF_PAIR = /[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/g
