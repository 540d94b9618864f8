import type { EngineApi } from '../../src/index.ts'

/** Every method of the engine's face by its path, whatever is added to it: a table without one of them does not compile. */
type Operations<Face, Prefix extends string = ''> = {
  [Name in keyof Face & string]: Face[Name] extends (...given: never[]) => unknown
    ? `${Prefix}${Name}`
    : Operations<Face[Name], `${Prefix}${Name}.`>
}[keyof Face & string]

/** What a caller can ask an engine for. */
export type Operation = Exclude<Operations<EngineApi>, 'as' | 'within'>
