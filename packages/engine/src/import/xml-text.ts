/**
 * Resolves character references and the five entities that XML itself knows; null where the text is not well-formed. XML 1.0, 4.1 and 4.6.
 */
export function wellFormedText(raw: string): string | null {
  if (!raw.includes('&')) return raw
  let sound = true
  const text = raw.replace(/&(?:#(\d+)|#x([0-9a-fA-F]+)|([^\s;&<]+));|&/g, (_, decimal, hex, name) => {
    const replacement =
      decimal !== undefined ? character(Number(decimal)) : hex !== undefined ? character(Number.parseInt(hex, 16)) : entity(name)
    if (replacement === null) sound = false
    return replacement ?? ''
  })
  return sound ? text : null
}

function character(codePoint: number): string | null {
  const isControl = codePoint < 0x20 && codePoint !== 0x9 && codePoint !== 0xa && codePoint !== 0xd
  const isSurrogate = codePoint >= 0xd800 && codePoint <= 0xdfff
  if (!(codePoint <= 0x10ffff) || isControl || isSurrogate || codePoint === 0xfffe || codePoint === 0xffff) return null
  return String.fromCodePoint(codePoint)
}

const ENTITIES: ReadonlyMap<string, string> = new Map([
  ['amp', '&'],
  ['lt', '<'],
  ['gt', '>'],
  ['quot', '"'],
  ['apos', "'"],
])

function entity(name: string | undefined): string | null {
  return name === undefined ? null : (ENTITIES.get(name) ?? null)
}
