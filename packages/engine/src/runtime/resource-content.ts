import { StorageError } from '@leeway/storage'
import { bytesOf } from '../expressions/base64.ts'
import type { ResourceRecord } from './records/definition.ts'

/** A deployed file as it was given: text, or bytes. Throws `corrupt` where the record holds neither. */
export function contentOfResource({ id, body }: ResourceRecord): string | Uint8Array {
  const { text, base64 } = (body ?? {}) as { readonly text?: unknown; readonly base64?: unknown } // a row may have been edited by hand
  if (typeof text === 'string') return text
  if (typeof base64 === 'string') return bytesOf(base64)
  throw new StorageError('corrupt', `Record "${id}" of collection "resources" holds no file. Restore its row.`, {
    collection: 'resources',
    id,
  })
}
