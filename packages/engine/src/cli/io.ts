/** What a command needs of the world: files and the terminal. */
export interface CliIo {
  readonly out: (line: string) => void
  readonly error: (line: string) => void
  /** Throws where the file cannot be read. */
  readonly readFile: (path: string) => Promise<Uint8Array>
  readonly writeFile: (path: string, text: string) => Promise<void>
  readonly exists: (path: string) => boolean
  /** The lines that a person types, after a prompt each; ends with the input. */
  readonly ask: (prompt: string) => AsyncIterable<string>
}

/** The flags of all commands. */
export interface CliFlags {
  readonly json: boolean
  readonly db?: string
  readonly out?: string
  readonly script?: string
  readonly process?: string
  readonly calendars?: string
}

/** What a command came to: done; done, and something is wrong with what it looked at; not understood. */
export type ExitCode = 0 | 1 | 2

/** A command that cannot be carried out as it was given. Its message goes to the person who typed it. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}
