import type { Expression } from '../expressions/expression.ts'
import type { Assignment } from '../model/data.ts'
import { type Importing, resolve } from './importing.ts'
import { expressionInAttribute, expressionOfText } from './read-expression.ts'
import type { XmlElement } from './read-xml.ts'
import { attributeOf, childOf, childrenOf, extensionOf } from './xml-access.ts'

/** Who a user task is for: zeebe's definitions, else the camunda family's attributes, else BPMN's resource roles. */
export function readAssignment(importing: Importing, task: XmlElement): Assignment {
  const people = extensionOf(task, 'zeebe:assignmentDefinition')
  const times = extensionOf(task, 'zeebe:taskSchedule')
  const priority = extensionOf(task, 'zeebe:priorityDefinition')
  const owners = readRoles(importing, task)
  const read = (zeebe: XmlElement | null, name: string, camunda: string = name): Expression | null =>
    (zeebe === null ? null : expressionInAttribute(importing, zeebe, name)) ?? expressionInAttribute(importing, task, `camunda:${camunda}`)
  const fromRole = (texts: readonly string[]): Expression | null =>
    texts.length === 0 ? null : expressionOfText(importing, task, texts.join(','))
  return {
    assignee: read(people, 'assignee') ?? fromRole(owners.performers.slice(0, 1)),
    candidateUsers: read(people, 'candidateUsers') ?? fromRole(owners.users),
    candidateGroups: read(people, 'candidateGroups') ?? fromRole(owners.groups),
    dueDate: read(times, 'dueDate'),
    followUpDate: read(times, 'followUpDate'),
    priority: read(priority, 'priority'),
  }
}

interface Roles {
  readonly performers: readonly string[]
  readonly users: readonly string[]
  readonly groups: readonly string[]
}

/** BPMN 2.0.2 §10.3.4: `humanPerformer` is the assignee, `potentialOwner` the candidates, written `user(kim), group(sales)` or as bare groups. */
function readRoles(importing: Importing, task: XmlElement): Roles {
  const textsOf = (role: XmlElement): readonly string[] => textsOfRole(importing, role)
  const performers = childrenOf(task, 'bpmn:humanPerformer').flatMap(textsOf).map(unwrap)
  const owners = childrenOf(task, 'bpmn:potentialOwner').flatMap(textsOf)
  return {
    performers,
    users: owners.filter((text) => /^user\(/.test(text)).map(unwrap),
    groups: owners.filter((text) => !/^user\(/.test(text)).map(unwrap),
  }
}

/** What the role's expression says; without one, the name of the resource that it refers to: a group is called like it. */
function textsOfRole(importing: Importing, role: XmlElement): readonly string[] {
  const assignment = childOf(role, 'bpmn:resourceAssignmentExpression')
  const formal = assignment === null ? null : (childOf(assignment, 'bpmn:formalExpression') ?? childOf(assignment, 'bpmn:expression'))
  const text = (formal ?? assignment)?.text.trim() ?? ''
  if (text === '') {
    const resource = resolve(importing, childOf(role, 'bpmn:resourceRef')?.text)
    const name = resource?.name === 'bpmn:resource' ? (attributeOf(resource, 'name') ?? attributeOf(resource, 'id')) : null
    return name === null ? [] : [name]
  }
  return /[$#]\{/.test(text) && unwrap(text) === text ? [text] : splitOutsideParentheses(text)
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
