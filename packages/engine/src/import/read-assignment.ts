import type { Expression } from '../expressions/expression.ts'
import type { Assignment } from '../model/data.ts'
import type { Importing } from './importing.ts'
import { expressionInAttribute } from './read-expression.ts'
import { readRoles } from './read-roles.ts'
import type { XmlElement } from './read-xml.ts'
import { extensionOf } from './xml-access.ts'

/** Who a user task is for: zeebe's definitions, else the camunda family's attributes, else BPMN's resource roles. */
export function readAssignment(importing: Importing, task: XmlElement): Assignment {
  const people = extensionOf(task, 'zeebe:assignmentDefinition')
  const times = extensionOf(task, 'zeebe:taskSchedule')
  const priority = extensionOf(task, 'zeebe:priorityDefinition')
  const owners = readRoles(importing, task)
  const read = (zeebe: XmlElement | null, name: string, camunda: string = name): Expression | null =>
    (zeebe === null ? null : expressionInAttribute(importing, zeebe, name)) ?? expressionInAttribute(importing, task, `camunda:${camunda}`)
  const owner = expressionInAttribute(importing, task, 'camunda:owner')
  const category = expressionInAttribute(importing, task, 'camunda:category')
  return {
    ...(owner !== null && { owner }),
    ...(category !== null && { category }),
    assignee: read(people, 'assignee') ?? owners.performer,
    candidateUsers: read(people, 'candidateUsers') ?? owners.users,
    candidateGroups: read(people, 'candidateGroups') ?? owners.groups,
    dueDate: read(times, 'dueDate'),
    followUpDate: read(times, 'followUpDate'),
    priority: read(priority, 'priority'),
  }
}

/** Engines of the camunda family evaluate the name of a user task when the task is made. */
export function readTitle(importing: Importing, task: XmlElement): Expression | null {
  if (importing.dialect !== 'camunda7' && importing.dialect !== 'flowable') return null
  const title = expressionInAttribute(importing, task, 'name')
  return title?.language === 'juel' ? title : null
}

/** The variables in which Flowable keeps the task's id and who completed it: names, or expressions that give them. */
export function readTaskVariables(
  importing: Importing,
  task: XmlElement,
): { readonly taskIdVariable?: Expression; readonly completerVariable?: Expression } {
  const taskIdVariable = expressionInAttribute(importing, task, 'camunda:taskIdVariableName')
  const completerVariable = expressionInAttribute(importing, task, 'camunda:taskCompleterVariableName')
  return { ...(taskIdVariable !== null && { taskIdVariable }), ...(completerVariable !== null && { completerVariable }) }
}
