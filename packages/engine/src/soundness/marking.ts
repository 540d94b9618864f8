/** Where the tokens of a scope are: numbers of places, ascending, one entry a token. */
export type Marking = readonly number[]

/** A marking from places in any order. */
export function markingOf(places: readonly number[]): Marking {
  return places.toSorted((a, b) => a - b)
}

/** Takes one token from each place given, once for each time it is given, and adds others. The ones taken must be there. */
export function changed(marking: Marking, takes: readonly number[], adds: readonly number[]): Marking {
  const rest = [...marking]
  for (const place of takes) {
    const at = rest.indexOf(place)
    if (at < 0) throw new Error(`no token at place ${place}`)
    rest.splice(at, 1)
  }
  return markingOf([...rest, ...adds])
}

/** How many tokens are at a place. */
export function countAt(marking: Marking, place: number): number {
  let count = 0
  for (const one of marking) if (one === place) count += 1
  return count
}

/** A text that is the same for equal markings. */
export function keyOf(marking: Marking): string {
  return marking.join(' ')
}
