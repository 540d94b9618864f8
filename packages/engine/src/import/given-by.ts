import type { Expression } from '../expressions/expression.ts'

/** Reads a variable that the import itself makes: no name that a model knows. */
export function givenBy(name: string): Expression {
  return { source: name, language: 'feel', names: [], functions: [], evaluate: (context) => context.variable(name) ?? null }
}
