import { EngineError } from '@leeway/engine'
import { personsOf } from '../case/persons.ts'
import { type People, type Policies, RIGHTS } from '../case/rules.ts'
import { checkNames } from '../host/read-request.ts'

/** Checks who may do what. Throws `invalidOption` for what is unknown, or where nobody could leave or come back at all. */
export function readPeople(given: People | undefined): People | null {
  if (given === undefined) return null
  checkNames('createCases.people', given, ['persons', 'grants'])
  const { persons, grants } = given
  if (!Array.isArray(persons) && typeof persons !== 'function')
    throw invalid('people.persons is a list of people, or a function that gives it.')
  if (typeof grants !== 'object' || grants === null) throw invalid('people.grants gives the rights by role.')
  for (const [role, list] of Object.entries(grants)) {
    if (!Array.isArray(list)) throw invalid(`people.grants["${role}"] is a list of rights.`)
    for (const grant of list) {
      const right = typeof grant === 'string' ? grant : grant?.right
      if (!KNOWN.includes(right))
        throw invalid(`people.grants["${role}"] names the right "${String(right)}"; there are ${KNOWN.join(', ')}.`)
      if (typeof grant === 'object') checkNames(`createCases.people.grants["${role}"]`, grant, ['right', 'processes', 'elements', 'skill'])
    }
  }
  for (const person of personsOf(given)) {
    if (typeof person?.id !== 'string' || person.id === '') throw invalid('each person has an id.')
    checkNames('createCases.people.persons', person, ['id', 'roles', 'skills', 'authority', 'substituteFor'])
    for (const [kind, limit] of Object.entries(person.authority ?? {})) {
      if (typeof limit === 'number') continue
      checkNames(`createCases.people: authority for ${kind}`, limit, ['each', 'perDay'])
    }
  }
  return given
}

const KNOWN: readonly string[] = [...RIGHTS, 'addItem.*', 'return.*', '*']

const POLICIES: readonly string[] = [
  'soundness',
  'situationsMax',
  'elements',
  'precedence',
  'response',
  'exclusive',
  'separate',
  'pauseReasons',
  'tierOf',
]

/** Throws `invalidOption`. */
export function readPolicies(given: Policies | undefined): Policies {
  if (given === undefined) return {}
  checkNames('createCases.policies', given, POLICIES)
  const { soundness, situationsMax, elements = {}, pauseReasons, tierOf } = given
  if (pauseReasons !== undefined && !(Array.isArray(pauseReasons) && pauseReasons.every((reason) => typeof reason === 'string')))
    throw invalid('policies.pauseReasons is a list of reasons.')
  if (tierOf !== undefined && typeof tierOf !== 'function') throw invalid('policies.tierOf is a function of a customer.')
  if (soundness !== undefined && soundness !== 'strong' && soundness !== 'weak') throw invalid('policies.soundness is strong or weak.')
  if (situationsMax !== undefined && (!Number.isSafeInteger(situationsMax) || situationsMax < 1))
    throw invalid('policies.situationsMax is a whole number from 1.')
  for (const [id, policy] of Object.entries(elements)) {
    const known = ['modes', 'roles', 'mandatory', 'approvals', 'unpausable', 'returnTargets', 'outputs']
    checkNames(`createCases.policies.elements["${id}"]`, policy, known)
  }
  return given
}

function invalid(message: string): EngineError {
  return new EngineError('invalidOption', `createCases: ${message}`, {})
}
