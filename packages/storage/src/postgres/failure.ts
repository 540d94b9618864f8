import { StorageError, type StorageErrorCode } from '../errors.ts'

/** What PostgreSQL or its driver threw, as a StorageError; one that is already a StorageError as it is, a fault of the program too. */
export function failureOf(error: unknown): unknown {
  if (error instanceof StorageError) return error
  const code = sqlState(error)
  if (isConnectionLost(error)) return failure('unavailable', `The connection to PostgreSQL was lost. (${messageOf(error)})`, error)
  if (code === null) return error
  const kind = CODES[code] ?? CODES[code.slice(0, 2)]
  const hint = isProxy(error) ? PROXY : (HINTS[code] ?? 'PostgreSQL failed.')
  return failure(kind ?? 'unavailable', `${hint} (${code}: ${messageOf(error)})`, error)
}

/** True where the whole statement was rolled back only because of what others did at the same time: it may be run again. */
export function isContended(error: unknown): boolean {
  const code = sqlState(error)
  return code === '40001' || code === '40P01'
}

/** True for a key that is there already: another wrote it between our look and our write, or it was there before. */
export function isDuplicate(error: unknown): boolean {
  return sqlState(error) === '23505'
}

/** True where it cannot be told what became of the statement. */
export function isConnectionLost(error: unknown): boolean {
  const code = sqlState(error)
  if (code !== null) return (code.startsWith('08') && !isProxy(error)) || code.startsWith('57P')
  return error instanceof Error && (isSystemError(error) || LOST.test(error.message))
}

/** True for what a proxy says that keeps no settings of a connection, and a server that never saw the statement prepared elsewhere. */
function isProxy(error: unknown): boolean {
  const code = sqlState(error)
  return code === '26000' || code === '42P05' || (code === '08P01' && UNKNOWN_SETTING.test(messageOf(error)))
}

/** True where the server has no connection to give: nothing was asked of it yet. */
export function isCrowded(error: unknown): boolean {
  return sqlState(error) === '53300'
}

/**
 * True for a connection that is of no more use, while another may be: its server became a standby, or forgot what was prepared on it. The
 * statement was not run.
 */
export function isOutdated(error: unknown): boolean {
  const code = sqlState(error)
  return code === '25006' || code === '26000'
}

export function unknownOutcome(cause: unknown): StorageError {
  return failure(
    'unknownOutcome',
    'The connection to PostgreSQL broke during a commit. Ask for the record of the change set before doing anything else.',
    cause,
  )
}

export function closed(): StorageError {
  return new StorageError('closed', 'This store was closed.')
}

function failure(code: StorageErrorCode, message: string, cause: unknown): StorageError {
  return new StorageError(code, message, {}, { cause })
}

/** The driver's own words for a connection that ended or never answered. */
const LOST = /Connection terminated|Query read timeout|timeout exceeded when trying to connect|not queryable|Client was closed/

const UNKNOWN_SETTING = /unsupported startup parameter/

const PROXY = 'A proxy gives each transaction another connection, it seems. Set preparedStatements: false.'

/** The five characters by which the server names what is wrong; null for what did not come from it. */
function sqlState(error: unknown): string | null {
  const { code, severity } = error as { readonly code?: unknown; readonly severity?: unknown }
  return typeof code === 'string' && severity !== undefined ? code : null
}

function isSystemError(error: Error): boolean {
  const { code, errors } = error as { readonly code?: unknown; readonly errors?: unknown }
  return (typeof code === 'string' && /^E[A-Z_]+$/.test(code)) || Array.isArray(errors)
}

function messageOf(error: unknown): string {
  const { message, code } = error as { readonly message?: string; readonly code?: string }
  return message === undefined || message === '' ? String(code) : message
}

/** By SQLSTATE, or by its first two characters. */
const CODES: Readonly<Record<string, StorageErrorCode>> = {
  '22': 'constraint',
  '23': 'constraint',
  '25006': 'readOnly',
  '25P01': 'closed',
  '25P02': 'closed',
  '28': 'unavailable',
  '40': 'busy',
  '42501': 'readOnly',
  '53': 'unavailable',
  '53100': 'full',
  '54': 'constraint',
  '55P03': 'busy',
  '57014': 'timeout',
  XX001: 'corrupt',
  XX002: 'corrupt',
}

const HINTS: Readonly<Record<string, string>> = {
  '25006': 'The database takes no writes: it is a standby, or the connection is read-only.',
  '25P01': "The host's transaction has ended, or none was begun. Join an open one with within.",
  '25P02': "An earlier statement of the host's transaction failed, so it takes no more. Roll it back and begin anew.",
  '3F000': 'There is no schema in which the tables can be made. Name one with the option schema.',
  '42P01': 'A table of the store is not there: the connection is on another database or schema, or the tables were dropped.',
  '42501': 'The role may not do this. Grant it what it needs on the schema of the store.',
  '53100': 'The disk is full. Make room; nothing of this was written.',
  '53300': 'PostgreSQL takes no more connections. Lower connectionsMax, or raise max_connections.',
  '54000': 'A searched text is longer than an index can hold (about 2,600 bytes).',
  '55P03': 'Another transaction held a lock for too long. Keep transactions short, or raise lockMs.',
  '57014': 'The statement took too long. Look for a lock or a missing index, or raise statementMs.',
}
