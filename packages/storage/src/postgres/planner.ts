import type { Run } from './connection.ts'

/** What a store finds that does no harm now and may later. */
export interface PostgresWarning {
  /** `plannerSettings`: connections of the host's pool may read tables from end to end, by plans made while these were empty. */
  readonly code: 'plannerSettings'
  readonly message: string
  readonly details: Readonly<Record<string, unknown>>
}

/**
 * Each statement is served by an index: a plan that was made while a table was empty, and is kept with the prepared statement, must not
 * read through what the table has become. Nor is it to be joined by reading all of it.
 */
const PLANNER_OFF = ['enable_seqscan', 'enable_hashjoin', 'enable_mergejoin'] as const

/**
 * The settings of the store's own connections. Statements are small and asked often: compiling them costs more than it gives. A stricter
 * isolation, where the database or its role asks for one, gives nothing either, and has statements run again.
 */
const OWN_OPTIONS: string = `-c jit=off -c default_transaction_isolation=read\\ committed ${optionsOf(PLANNER_OFF)}`

/** How the store's own connections are made. The driver would take the options of an address alone: they stand behind the store's. */
export function connectionOf(url: string): { readonly connectionString: string; readonly options: string } {
  const given = /(?<=[?&])options=[^&]*/.exec(url)?.[0]
  if (given === undefined) return { connectionString: url, options: OWN_OPTIONS }
  const options = new URLSearchParams(given).get('options')
  return { connectionString: url.replace(given, ''), options: `${OWN_OPTIONS} ${options}` }
}

/**
 * Whether the connections of a pool plan otherwise than the store's own would; null where they do not. A setting for one statement would
 * cost it two more round trips.
 */
export async function plannerWarning(run: Run): Promise<PostgresWarning | null> {
  const { rows } = await run({ sql: `select ${PLANNER_OFF.map((name) => `current_setting('${name}')`).join(', ')}`, places: [] })
  const settings = PLANNER_OFF.filter((_, i) => rows[0]?.[i] === 'on')
  if (settings.length === 0) return null
  return {
    code: 'plannerSettings',
    message:
      'The pool given to postgresStorage lets PostgreSQL keep plans that read whole tables, made while these were empty: statements get slower as rows come. ' +
      `Give a pool with options: '${optionsOf(settings)}', or run analyze once some thousand instances are there.`,
    details: { settings },
  }
}

function optionsOf(settings: readonly string[]): string {
  return settings.map((name) => `-c ${name}=off`).join(' ')
}

/** Node's own way to tell: `process.on('warning')` hears it, and the console shows it once. */
export function emitWarning({ message, code }: PostgresWarning): void {
  process.emitWarning(message, { type: 'LeewayWarning', code })
}
