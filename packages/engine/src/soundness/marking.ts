/** Where the tokens of a scope are: numbers of places, ascending, one entry a token. */
export type Marking = readonly number[]

/** A marking from places in any order. */
export function markingOf(places: readonly number[]): Marking {
  return places.toSorted((a, b) => a - b)
}

/** Takes one token from each place given, once for each time it is given, and adds others. The ones taken must be there. */
export function changed(marking: Marking, takes: readonly number[], adds: readonly number[]): Marking {
  const places = marking.slice()
  for (const place of takes) {
    const at = places.indexOf(place)
    if (at < 0) throw new Error(`no token at place ${place}`)
    places.splice(at, 1)
  }
  for (const place of adds) insert(places, place)
  return places
}

function insert(places: number[], place: number): void {
  let at = places.push(place) - 1
  for (let before = places[at - 1]; before !== undefined && before > place; before = places[at - 1]) places[at--] = before
  places[at] = place
}

/** Calls `look` once for each place with a token, in ascending order, with how many are there. */
export function eachPlace(marking: Marking, look: (place: number, count: number) => void): void {
  for (let at = 0; at < marking.length; ) {
    const place = marking[at] as number // below its length
    let after = at + 1
    while (marking[after] === place) after += 1
    look(place, after - at)
    at = after
  }
}

/** From here on places have no code unit of their own. */
const CODE_UNITS = 0x1_00_00
/** Longer ones are too many arguments of one call. */
const TOKENS_AT_ONCE = 1_000

/** A text that is the same for equal markings only. */
export function keyOf(marking: Marking): string {
  // The places ascend: a text that begins with an x and goes on with digits is none of the first kind.
  return (marking.at(-1) ?? 0) < CODE_UNITS && marking.length < TOKENS_AT_ONCE ? String.fromCharCode(...marking) : `x${marking.join(' ')}`
}
