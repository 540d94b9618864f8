import { type Collection, StorageError, type Write } from '@leeway/storage'

/** Throws `invalidQuery` for a limit that is not 1 to 1,000. */
export function checkLimit({ name }: { readonly name: string }, limit: number): void {
  if (!Number.isSafeInteger(limit) || limit < 1 || limit > 1_000)
    throw new StorageError('invalidQuery', `A query of "${name}" has the limit ${limit}; 1 to 1,000 are allowed.`, { collection: name })
}

/** Throws `constraint` for a record that does not fit its declaration, or that could not be kept. */
export function checkRecord({ collection, record, lease }: Write): void {
  const refuse = (message: string): never => {
    throw new StorageError('constraint', `Record "${record.id}" of "${collection.name}" ${message}.`, {
      collection: collection.name,
      id: record.id,
    })
  }
  const types: Readonly<Record<string, string>> = collection.fields
  if (typeof record.id !== 'string' || record.id === '' || !isText(record.id)) refuse('has an id that cannot be kept')
  for (const [name, value] of Object.entries(record)) {
    if (name === 'id' || name === 'body' || value === undefined) continue
    const type = types[name]
    if (type === undefined) refuse(`has a field ${name} that is not declared`)
    if (!isValue(type ?? '', value)) refuse(`has a field ${name} that is no ${type} that can be kept`)
  }
  for (const name of Object.keys(types)) if (!Object.hasOwn(record, name) || isMissing(record, name)) refuse(`lacks the field ${name}`)
  if (lease !== undefined && collection.leased !== true) refuse('cannot be leased: its collection is not')
  try {
    if (JSON.stringify(record.body) === undefined) refuse('has a body that is not JSON')
  } catch (cause) {
    throw cause instanceof StorageError ? cause : refuse('has a body that is not JSON')
  }
}

function isMissing(record: object, name: string): boolean {
  return (record as Readonly<Record<string, unknown>>)[name] === undefined
}

/** True for a value that a condition may compare a field of this type with. */
export function isComparable(collection: Collection, field: string, value: unknown): boolean {
  const type = field === 'id' ? 'text' : (collection.fields as Readonly<Record<string, string>>)[field]
  if (type === 'text') return typeof value === 'string' && isText(value)
  if (type === 'boolean') return typeof value === 'boolean'
  return type !== 'textSet' && typeof value === 'number' && !Number.isNaN(value)
}

/** Text that every store can keep: without NUL and without half a character. */
export function isText(text: string): boolean {
  return !/[\0\p{Surrogate}]/u.test(text)
}

function isValue(type: string, value: unknown): boolean {
  if (value === null) return type !== 'textSet'
  switch (type) {
    case 'text':
      return typeof value === 'string' && isText(value)
    case 'integer':
    case 'instant':
      return Number.isSafeInteger(value)
    case 'real':
      return Number.isFinite(value)
    case 'boolean':
      return typeof value === 'boolean'
    default:
      return Array.isArray(value) && value.every((item) => typeof item === 'string' && isText(item))
  }
}
