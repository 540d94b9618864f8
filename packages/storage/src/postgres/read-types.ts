import pg from 'pg'

type Read = (text: string) => unknown

/**
 * How the columns of the store are read: in one way, however the host has its driver read their types (`pg.types.setTypeParser`), for
 * what is read wrongly would be judged wrongly.
 */
export const types: { getTypeParser(oid: number, format?: 'text' | 'binary'): Read } = {
  getTypeParser: (oid, format = 'text') =>
    (format === 'text' ? READ_AS.get(oid) : undefined) ?? (pg.types.getTypeParser(oid, format as 'text') as Read), // any is what it gives
}

const { BOOL, INT8, INT4, FLOAT8, TEXT } = pg.types.builtins
const TEXTS = 1009

const READ_AS: ReadonlyMap<number, Read> = new Map<number, Read>([
  [BOOL, (text) => text === 't'],
  [INT8, Number],
  [INT4, Number],
  [FLOAT8, Number],
  [TEXT, (text) => text],
  [TEXTS, membersOf],
])

/** The members of `{a,"b c","d\\"e"}`: those of sets, which are never null. */
function membersOf(text: string): readonly string[] {
  const members = text.slice(1, -1).matchAll(/"((?:[^"\\]|\\.)*)"|[^,]+/gs)
  return [...members].map(([plain, quoted]) => quoted?.replace(/\\(.)/gs, '$1') ?? plain)
}
