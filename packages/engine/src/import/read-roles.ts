import type { EvaluationContext, Expression } from '../expressions/expression.ts'
import { type Importing, resolve } from './importing.ts'
import { expressionInBody, expressionOfText } from './read-expression.ts'
import type { XmlElement } from './read-xml.ts'
import { attributeOf, childOf, childrenOf, extensionsOf, titleOf } from './xml-access.ts'

/** Who a user task is for by BPMN's resource roles, each an expression or null. */
export interface Roles {
  readonly performer: Expression | null
  readonly users: Expression | null
  readonly groups: Expression | null
}

/**
 * BPMN 2.0.2 §10.3.1, §10.3.4: `humanPerformer`, else `performer`, is the assignee; `potentialOwner` the candidates, written
 * `user(kim), group(sales)` or as bare groups. A role that refers to a resource and binds its parameters is resolved by the host's function
 * of the resource's name.
 */
export function readRoles(importing: Importing, task: XmlElement): Roles {
  const rolesOf = (name: string): readonly Role[] => childrenOf(task, name).flatMap((role) => readRole(importing, role))
  const human = rolesOf('bpmn:humanPerformer')
  const performers = human.length > 0 ? human : rolesOf('bpmn:performer')
  const people = performers.filter((role) => !isGroup(role))
  const owners = [...rolesOf('bpmn:potentialOwner'), ...performers.filter(isGroup)]
  return {
    performer: expressionOf(importing, task, people.slice(0, 1), () => true),
    users: expressionOf(importing, task, owners, isUser),
    groups: expressionOf(importing, task, owners, (text) => !isUser(text)),
  }
}

/** Who may start a process, beside those that its attributes name (`flowable:potentialStarter`). */
export function readStarters(
  importing: Importing,
  process: XmlElement,
): { readonly users: readonly string[]; readonly groups: readonly string[] } {
  const texts = extensionsOf(process, 'camunda:potentialStarter')
    .flatMap((role) => readRole(importing, role))
    .filter((role) => typeof role === 'string')
  return { users: texts.filter(isUser).map(unwrap), groups: texts.filter((text) => !isUser(text)).map(unwrap) }
}

/** A text such as `user(kim)`, or what the host gives such texts for. */
type Role = string | Expression

function readRole(importing: Importing, role: XmlElement): readonly Role[] {
  const assignment = childOf(role, 'bpmn:resourceAssignmentExpression')
  const formal = assignment === null ? null : (childOf(assignment, 'bpmn:formalExpression') ?? childOf(assignment, 'bpmn:expression'))
  const text = (formal ?? assignment)?.text.trim() ?? ''
  if (text !== '') return /[$#]\{/.test(text) && unwrap(text) === text ? [text] : splitOutsideParentheses(text)
  const resource = resolve(importing, childOf(role, 'bpmn:resourceRef')?.text)
  const name = resource?.name === 'bpmn:resource' ? (attributeOf(resource, 'name') ?? attributeOf(resource, 'id')) : null
  if (name === null) return []
  const bindings = childrenOf(role, 'bpmn:resourceParameterBinding')
  return bindings.length === 0 ? [name] : [readQuery(importing, role, name, bindings)]
}

/** The function of the resource's name gets the bound parameters; without one the resource is a group of its name. BPMN 2.0.2 §8.4.12 */
function readQuery(importing: Importing, role: XmlElement, name: string, bindings: readonly XmlElement[]): Expression {
  if (importing.options.hasFunction?.(name) === false) {
    const task = titleOf(role.parent ?? role)
    importing.findings.add(
      'resourceNotResolved',
      role,
      `A role of ${task} asks for "${name}" with parameters, for which there is no function.`,
    )
  }
  const parameters = bindings.flatMap((binding): readonly (readonly [string, Expression])[] => {
    const reference = attributeOf(binding, 'parameterRef')
    const parameter = resolve(importing, reference)
    const key = (parameter && (attributeOf(parameter, 'name') ?? attributeOf(parameter, 'id'))) ?? reference
    const value = expressionInBody(importing, childOf(binding, 'bpmn:formalExpression') ?? childOf(binding, 'bpmn:expression'))
    return key === null || value === null ? [] : [[key, value]]
  })
  return {
    source: `${name}(${parameters.map(([key, { source }]) => `${key}: ${source}`).join(', ')})`,
    language: 'juel',
    names: null,
    functions: [],
    evaluate(context) {
      const ask = Object.hasOwn(context.functions, name) ? context.functions[name] : undefined
      if (ask === undefined) return name
      const values = Object.fromEntries(parameters.map(([key, value]) => [key, value.evaluate(context)]))
      return ask(values as never)
    },
  }
}

/** All roles of one kind as one expression: a text of the model where no host is asked. */
function expressionOf(
  importing: Importing,
  task: XmlElement,
  roles: readonly Role[],
  isMeant: (text: string) => boolean,
): Expression | null {
  const texts = roles.filter((role) => typeof role === 'string').filter(isMeant)
  const written = texts.length === 0 ? null : expressionOfText(importing, task, texts.map(unwrap).join(','))
  const queries = roles.filter((role) => typeof role !== 'string')
  if (queries.length === 0) return written
  const parts = [...(written === null ? [] : [written]), ...queries]
  return {
    source: parts.map(({ source }) => source).join(', '),
    language: 'juel',
    names: null,
    functions: [],
    evaluate: (context) =>
      [
        ...(written === null ? [] : textsOf(written.evaluate(context))),
        ...queries.flatMap((query) => asked(query, context).filter(isMeant).map(unwrap)),
      ].join(','),
  }
}

function asked(query: Expression, context: EvaluationContext): readonly string[] {
  return textsOf(query.evaluate(context)).flatMap(splitOutsideParentheses)
}

function textsOf(value: unknown): readonly string[] {
  if (value === null || value === undefined) return []
  return Array.isArray(value) ? value.map(String) : [String(value)]
}

/** A group cannot be given a task: its members may take it. */
function isGroup(role: Role): boolean {
  return typeof role === 'string' && role.startsWith('group(')
}

function isUser(text: string): boolean {
  return /^user\(/.test(text)
}

/** At commas, but not at those of an expression's arguments. */
function splitOutsideParentheses(text: string): readonly string[] {
  const parts: string[] = []
  let depth = 0
  let begin = 0
  for (let at = 0; at <= text.length; at += 1) {
    const character = text.charAt(at)
    if (character === '(') depth += 1
    else if (character === ')') depth -= 1
    else if (at === text.length || (character === ',' && depth <= 0)) {
      parts.push(text.slice(begin, at).trim())
      begin = at + 1
    }
  }
  return parts.filter((part) => part !== '')
}

/** `group(sales)` -> `sales`. */
function unwrap(text: string): string {
  return /^(?:user|group)\(/.test(text) && text.endsWith(')') ? text.slice(text.indexOf('(') + 1, -1).trim() : text
}
