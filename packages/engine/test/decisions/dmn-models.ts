import type { Decision } from '../../src/decisions/decision.ts'
import { evaluateDecision, type Outcome } from '../../src/decisions/evaluate-decision.ts'
import { mapResult } from '../../src/decisions/map-result.ts'
import { importModel } from '../../src/import/import-model.ts'
import { contextOf } from '../expressions/evaluation.ts'

const NAMESPACE = 'https://www.omg.org/spec/DMN/20191111/MODEL/'

/** A DMN file with this content. */
export function dmn(content: string, namespace: string = NAMESPACE, attributes = ''): string {
  return `<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="${namespace}" id="file" name="file" namespace="test" ${attributes}>
${content}
</definitions>`
}

/** A decision that requires others by id, or input data by `input:` and their id, or knowledge by `knowledge:` and its id. */
export function decision(id: string, logic: string, requires: readonly string[] = [], attributes = ''): string {
  const requirements = requires.map((one) => {
    const [kind = '', name] = one.split(':')
    if (name === undefined) return `<informationRequirement><requiredDecision href="#${kind}"/></informationRequirement>`
    return kind === 'input'
      ? `<informationRequirement><requiredInput href="#${name}"/></informationRequirement>`
      : `<knowledgeRequirement><requiredKnowledge href="#${name}"/></knowledgeRequirement>`
  })
  return `<decision id="${id}" name="${id}" ${attributes}>${requirements.join('')}${logic}</decision>`
}

/** A literal expression. */
export function literal(text: string, attributes = ''): string {
  return `<literalExpression ${attributes}><text>${escaped(text)}</text></literalExpression>`
}

/** A decision table. */
export function table({
  policy = '',
  head,
  rules = '',
}: {
  readonly policy?: string
  readonly head: string
  readonly rules?: string
}): string {
  return `<decisionTable ${policy}>${head}${rules}</decisionTable>`
}

export function input(text: string, attributes = '', own = ''): string {
  return `<input ${own}><inputExpression ${attributes}><text>${escaped(text)}</text></inputExpression></input>`
}

export function output(name: string, attributes = '', values: readonly string[] = [], fallback: string | null = null): string {
  const allowed = values.length === 0 ? '' : `<outputValues><text>${escaped(values.join(','))}</text></outputValues>`
  const otherwise = fallback === null ? '' : `<defaultOutputEntry><text>${escaped(fallback)}</text></defaultOutputEntry>`
  return `<output name="${name}" ${attributes}>${allowed}${otherwise}</output>`
}

export function rule(id: string, inputs: readonly string[], outputs: readonly string[], attributes = ''): string {
  const cell = (name: string) => (text: string) => `<${name} ${attributes}><text>${escaped(text)}</text></${name}>`
  return `<rule id="${id}">${inputs.map(cell('inputEntry')).join('')}${outputs.map(cell('outputEntry')).join('')}</rule>`
}

export function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}

/** The decisions of a file that has no errors. */
export async function decisionsOf(source: string): Promise<ReadonlyMap<string, Decision>> {
  const { decisions, diagnostics } = await importModel(source)
  const errors = diagnostics.filter(({ severity }) => severity === 'error')
  if (errors.length > 0) throw new Error(errors.map(({ message }) => message).join('\n'))
  return new Map(decisions.map((one) => [one.id, one]))
}

/** What comes of a decision on these variables. */
export function outcomesOf(
  decisions: ReadonlyMap<string, Decision>,
  id: string,
  variables: Readonly<Record<string, unknown>> = {},
  rest: Parameters<typeof contextOf>[1] = {},
): readonly Outcome[] {
  const found = decisions.get(id)
  if (found === undefined) throw new Error(`There is no decision ${id}`)
  return evaluateDecision(found, contextOf(variables, rest))
}

/** The value of a decision as plain data. */
export async function resultOf(source: string, id: string, variables: Readonly<Record<string, unknown>> = {}): Promise<unknown> {
  const outcome = outcomesOf(await decisionsOf(source), id, variables).at(-1)
  return outcome === undefined ? undefined : mapResult(outcome, 'value', 'UTC')
}
