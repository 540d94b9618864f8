import type { Definition, ExtensionFinding, FlowNode } from '@leeway/engine/extension'
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
    const needed = rightsToLeave(node, modes)
    const right = [...needed].join(' or ')
    if (modes?.length === 0) find('no mode of leaving is allowed there.', 'Allow one, such as detour.')
    else if (needed.size === 0)
      find(`no token that stands there is left by the mode ${modes?.join(' or ')}.`, 'Allow one that does, such as detour.')
    else if (roles?.length === 0) find('it is for no role.', 'Name a role, or leave roles out.')
    else if (people !== null && !personsOf(people).some((person) => mayLeave(person, people, definition.key, node.id, roles, needed)))
      find(
        roles === null ? `nobody has the right to ${right}.` : `nobody with the right to ${right} has the role ${roles.join(' or ')}.`,
        'Grant the right to somebody, or name another role.',
      )
  }
  return findings
}

/** The rights of which one lets somebody leave there, by the modes that are allowed; what is deferred is for steps to come. */
function rightsToLeave(node: FlowNode, modes: readonly string[] | null): ReadonlySet<Right> {
  const isScope = 'content' in node || ('repetition' in node && node.repetition !== null)
  const isAllowed = (mode: string): boolean => modes === null || modes.includes(mode)
  const rights = new Set<Right>()
  if (isAllowed('alongside') || isAllowed('detour')) rights.add('leave')
  if (isAllowed('withdraw')) rights.add('withdraw')
  if (isScope && isAllowed('takeOver')) rights.add('takeOver')
  return rights
}

/** What people have by roles of the organisation; roles in a case come and go, and do not count. */
function mayLeave(
  person: Person,
  { grants }: People,
  processKey: string,
  elementId: string,
  roles: readonly string[] | null,
  needed: ReadonlySet<Right>,
): boolean {
  if (roles !== null && !roles.some((role) => person.roles?.includes(role))) return false
  return ['*', ...(person.roles ?? [])].some((role) => {
    const list = Object.hasOwn(grants, role) ? (grants[role] ?? []) : []
    return list.some((given) => covers(typeof given === 'string' ? { right: given } : given, person, processKey, elementId, needed))
  })
}

function covers(
  { right, processes, elements, skill }: Grant,
  person: Person,
  processKey: string,
  elementId: string,
  needed: ReadonlySet<Right>,
): boolean {
  if (right !== '*' && !(needed as ReadonlySet<string>).has(right)) return false
  if (processes !== undefined && !processes.includes(processKey)) return false
  if (elements !== undefined && !elements.includes(elementId)) return false
  return skill === undefined || (person.skills?.includes(skill) ?? false)
}
