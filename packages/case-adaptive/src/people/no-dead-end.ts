import type { Definition, ExtensionFinding } from '@leeway/engine/extension'
import { personsOf } from '../case/persons.ts'
import type { Grant, People, Person, Policies, Right } from '../case/rules.ts'
import { policyOf } from './element-policy.ts'

/**
 * Elements of a process that nobody could leave, by what the model and the host say of them: each is an error that refuses the deployment.
 */
export function deadEndsOf(definition: Definition, people: People | null, policies: Policies): readonly ExtensionFinding[] {
  const findings: ExtensionFinding[] = []
  for (const node of definition.nodes.values()) {
    const { modes = null, roles = null } = policyOf(node, definition.key, policies)
    const find = (message: string, hint: string): void =>
      void findings.push({
        severity: 'error',
        code: 'nobodyMayLeave',
        elementId: node.id,
        message: `Nobody could leave the path at "${node.id}": ${message}`,
        hint,
      })
    if (modes?.length === 0) find('no mode of leaving is allowed there.', 'Allow one, such as detour.')
    else if (roles?.length === 0) find('it is for no role.', 'Name a role, or leave roles out.')
    else if (people !== null && !personsOf(people).some((person) => mayLeave(person, people, definition.key, node.id, roles)))
      find(
        roles === null ? 'nobody has the right to leave.' : `nobody with the right to leave has the role ${roles.join(' or ')}.`,
        'Grant the right to somebody, or name another role.',
      )
  }
  return findings
}

/** What people have by roles of the organisation; roles in a case come and go, and do not count. */
function mayLeave(person: Person, { grants }: People, processKey: string, elementId: string, roles: readonly string[] | null): boolean {
  if (roles !== null && !roles.some((role) => person.roles?.includes(role))) return false
  return ['*', ...(person.roles ?? [])].some((role) => {
    const list = Object.hasOwn(grants, role) ? (grants[role] ?? []) : []
    return list.some((given) => covers(typeof given === 'string' ? { right: given } : given, person, processKey, elementId))
  })
}

const LEAVING: readonly (Right | '*')[] = ['leave', 'withdraw', '*']

function covers({ right, processes, elements, skill }: Grant, person: Person, processKey: string, elementId: string): boolean {
  if (!(LEAVING as readonly string[]).includes(right)) return false
  if (processes !== undefined && !processes.includes(processKey)) return false
  if (elements !== undefined && !elements.includes(elementId)) return false
  return skill === undefined || (person.skills?.includes(skill) ?? false)
}
