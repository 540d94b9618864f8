import { StorageError, type StorageErrorCode } from '../errors.ts'

/** What SQLite or its driver threw, as a StorageError; one that is already a StorageError as it is, a fault of the program too. */
export function failureOf(error: unknown): unknown {
  if (error instanceof StorageError) return error
  const { code, message } = error as { readonly code?: unknown; readonly message?: string }
  if (typeof code !== 'string' || !code.startsWith('SQLITE_')) {
    return message?.includes('database connection is not open') ? closed(error) : error
  }
  if (message?.startsWith('no such table')) return failure('unavailable', `${NO_TABLE} (${code}: ${message})`, error)
  const kind = code.split('_')[1] ?? ''
  return failure(CODES[kind] ?? 'unavailable', `${HINTS[kind] ?? 'SQLite failed.'} (${code}: ${message})`, error)
}

/** True for a lock that another connection holds. */
export function isBusy(error: unknown): boolean {
  const { code } = error as { readonly code?: unknown }
  return typeof code === 'string' && /^SQLITE_(?:BUSY|LOCKED)/.test(code)
}

/** True for a failure of the disk itself. */
export function isInputOutput(error: unknown): boolean {
  const { code } = error as { readonly code?: unknown }
  return typeof code === 'string' && code.startsWith('SQLITE_IOERR')
}

export function unknownOutcome(cause: unknown): StorageError {
  return failure(
    'unknownOutcome',
    'The disk failed during a commit. Ask for the record of the change set before doing anything else.',
    cause,
  )
}

export function closed(cause?: unknown): StorageError {
  return failure('closed', 'This store was closed.', cause)
}

export function busy(message: string, cause?: unknown): StorageError {
  return failure('busy', message, cause)
}

function failure(code: StorageErrorCode, message: string, cause: unknown): StorageError {
  return new StorageError(code, message, {}, cause === undefined ? undefined : { cause })
}

/** By the second word of SQLite's result codes. */
const CODES: Readonly<Record<string, StorageErrorCode>> = {
  BUSY: 'busy',
  LOCKED: 'busy',
  READONLY: 'readOnly',
  PERM: 'readOnly',
  FULL: 'full',
  CORRUPT: 'corrupt',
  NOTADB: 'corrupt',
  CONSTRAINT: 'constraint',
  TOOBIG: 'constraint',
  MISMATCH: 'constraint',
}

const NO_TABLE = 'A table of the store is not there: the connection is on another file, or the tables were dropped.'

const HINTS: Readonly<Record<string, string>> = {
  READONLY: 'The database cannot be written. Check the permissions of the file, of its directory and of the disk.',
  PERM: 'The database may not be accessed. Check the permissions of the file and of its directory.',
  FULL: 'The disk or the quota is full. Make room; nothing of this was written.',
  CORRUPT: 'The database file is damaged. Restore a backup.',
  NOTADB: 'The file is not an SQLite database. Name another file.',
  CANTOPEN: 'The database file cannot be opened. Check its path and permissions.',
  TOOBIG: 'A record is larger than SQLite can keep.',
}
