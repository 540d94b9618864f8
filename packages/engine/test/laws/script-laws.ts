import { isDeepStrictEqual } from 'node:util'
import { isLeewayError } from '@leeway/storage'
import type { Expression } from '../../src/expressions/expression.ts'
import type { ScriptAnswer, ScriptAsked } from '../../src/kernel/draft.ts'
import type { Definition } from '../../src/model/definition.ts'
import { conceal, reveal } from '../../src/model/variables.ts'
import { environment, kernelIn } from './kernel.ts'
import type { Law } from './trace-laws.ts'
import type { Trace } from './walk.ts'

/** Conditions that are scripts decide as the same conditions in a language of expressions do. */
export const scriptsDecideAsExpressions: Law = (trace) => comparedWithScripts(trace, answerOf)

/** Gives what a script gives that stands for an expression. */
export type Answering = (asked: ScriptAsked, expression: Expression, now: number) => ScriptAnswer

export function comparedWithScripts({ definition, moves }: Trace, answering: Answering): readonly string[] {
  const { texts, swap } = scripted(definition)
  if (texts.length === 0) return []
  swap()
  try {
    return moves.flatMap(({ command, before, events, rejected }, k) => {
      if (rejected !== null) return []
      const outcome = kernelIn(environment, (asked) => {
        const expression = texts[Number(asked.script.text)]
        if (expression === undefined) throw new Error(`no script ${asked.script.text}`)
        return answering(asked, expression, command.now)
      }).step(definition, before, command)
      return isDeepStrictEqual('events' in outcome ? outcome.events : [], events)
        ? []
        : [`move ${k} does something else where its conditions are scripts`]
    })
  } finally {
    swap()
  }
}

/** Evaluates the expression on what the script sees, and nothing else. */
export const answerOf: Answering = ({ values, place }, expression, now) => {
  const { functions, beans, timeZone } = environment
  const variable = (name: string): unknown => (Object.hasOwn(values, name) ? reveal(values[name] ?? null) : undefined)
  try {
    return { value: conceal(expression.evaluate({ variable, place: () => place, now, functions, beans, timeZone }) ?? null) }
  } catch (error) {
    if (!isLeewayError(error)) throw error
    return { failed: { code: error.code, message: error.message } }
  }
}

/** The conditions of a model, and what puts scripts in their place, and them back. The text of each script is its number. */
function scripted({ nodes }: Definition): { readonly texts: readonly Expression[]; readonly swap: () => void } {
  const found: { readonly at: { [name: string]: unknown }; readonly name: string; other: unknown }[] = []
  const look = (at: object | null | undefined, ...names: readonly string[]): void => {
    for (const name of names) {
      const expression = (at as { [name: string]: Expression | null | undefined } | null | undefined)?.[name]
      if (at == null || expression == null || expression.language === 'literal' || expression.language === 'script') continue
      found.push({ at: at as { [name: string]: unknown }, name, other: expression })
    }
  }
  for (const node of nodes.values()) {
    for (const flow of node.outgoing) look(flow, 'condition')
    look(node, 'activationCondition')
    if ('repetition' in node) look(node.repetition, 'condition', 'completionCondition', 'cardinality')
    if (node.type === 'adHocSubProcess') look(node.adHoc, 'completionCondition')
    if ('eventDefinitions' in node) for (const one of node.eventDefinitions) if (one.type === 'conditional') look(one, 'condition')
  }
  const texts = found.map(({ other }) => other as Expression)
  found.forEach((one, k) => {
    const { source } = one.other as Expression
    const script = { language: 'test', text: String(k), file: null }
    one.other = { ...(one.other as Expression), source, language: 'script', script }
  })
  const swap = (): void => {
    for (const one of found) [one.at[one.name], one.other] = [one.other, one.at[one.name]]
  }
  return { texts, swap }
}
