/** One SVG element as text; attributes and contents are escaped, so that nothing of a model becomes markup. */
export function element(name: string, attributes: Readonly<Record<string, string | number>>, ...content: readonly string[]): string {
  const written = Object.entries(attributes).map(
    ([key, value]) => ` ${key}="${typeof value === 'number' ? round(value) : escapeText(value)}"`,
  )
  return content.length === 0 ? `<${name}${written.join('')}/>` : `<${name}${written.join('')}>${content.join('')}</${name}>`
}

/** Text between tags or in an attribute. */
export function escapeText(text: string): string {
  // Characters that XML 1.0 does not know cannot be written at all.
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the ones that are meant
  const known = text.replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, '�')
  return known.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')
}

/** Lines of text, centred at x; the first baseline at y. */
export function lines(text: readonly string[], x: number, y: number, attributes: Readonly<Record<string, string | number>> = {}): string {
  const spans = text.map((line, k) => element('tspan', { x, dy: k === 0 ? 0 : LINE_HEIGHT }, escapeText(line)))
  return element('text', { x, y, 'text-anchor': 'middle', ...attributes }, ...spans)
}

export const LINE_HEIGHT = 14
/** Width of a character at the size of labels, on average. */
const CHARACTER = 6.2

/** Breaks a label into lines that fit a width; what is beyond the last line is cut with an ellipsis. */
export function wrap(text: string, width: number, linesMax: number): string[] {
  const room = Math.max(4, Math.floor(width / CHARACTER))
  const broken: string[] = []
  let line = ''
  for (const word of text.trim().split(/\s+/)) {
    let rest = word
    if (line !== '' && line.length + 1 + rest.length <= room) {
      line = `${line} ${rest}`
      continue
    }
    if (line !== '') broken.push(line)
    while (rest.length > room) {
      broken.push(rest.slice(0, room))
      rest = rest.slice(room)
    }
    line = rest
  }
  if (line !== '') broken.push(line)
  if (broken.length <= linesMax) return broken
  const last = broken[linesMax - 1] ?? ''
  return [...broken.slice(0, linesMax - 1), `${last.slice(0, room - 1)}…`]
}

function round(value: number): string {
  return String(Math.round(value * 100) / 100)
}
