import { EngineError } from '@leeway/engine'
import { parseDuration, roughMs } from '@leeway/engine/extension'
import { personsOf } from '../case/persons.ts'
import { type People, type Policies, RIGHTS } from '../case/rules.ts'
import { checkNames, type Shape } from '../host/check-request.ts'

/** Checks who may do what. Throws `invalidOption` for what is unknown, or where nobody could leave or come back at all. */
export function readPeople(given: People | undefined): People | null {
  if (given === undefined) return null
  checkNames('createCases.people', given, { persons: 'any', grants: 'any' })
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
      if (typeof grant === 'object' && right === 'see' && (grant.processes !== undefined || grant.elements !== undefined))
        throw invalid(`people.grants["${role}"] limits "see" to processes or elements; it is for cases as a whole.`)
      if (typeof grant === 'object') checkNames(`createCases.people.grants["${role}"]`, grant, GRANT)
    }
  }
  for (const person of personsOf(given)) {
    if (typeof person?.id !== 'string' || person.id === '') throw invalid('each person has an id.')
    checkNames('createCases.people.persons', person, PERSON)
    for (const [kind, limit] of Object.entries(person.authority ?? {})) {
      if (typeof limit === 'number') continue
      checkNames(`createCases.people: authority for ${kind}`, limit, { each: 'number', perDay: 'number' })
    }
  }
  return given
}

const GRANT: Shape = { right: 'text', processes: 'texts', elements: 'texts', skill: 'text' }
const PERSON: Shape = {
  id: 'text',
  publicName: 'words',
  roles: 'texts',
  skills: 'texts',
  languages: 'texts',
  absent: 'flag',
  authority: 'object',
  substituteFor: 'texts',
}

const KNOWN: readonly string[] = [...RIGHTS, 'addItem.*', 'return.*', '*']

const POLICIES: Shape = {
  soundness: 'any',
  depthMax: 'any',
  situationsMax: 'any',
  elements: 'object',
  precedence: 'list',
  response: 'list',
  exclusive: 'list',
  separate: 'list',
  pauseReasons: 'any',
  tierOf: 'any',
  decideWithin: 'text',
  reviews: 'list',
  plans: 'object',
}

/** The rules on the order of work, and who does it. */
const RULES = {
  precedence: { process: 'text', before: 'text', after: 'text' },
  // biome-ignore lint/suspicious/noThenProperty: the rule's own word, and never awaited
  response: { process: 'text', when: 'text', then: 'text' },
  exclusive: { process: 'text', elements: 'texts' },
  separate: { process: 'text', elements: 'texts' },
} as const satisfies { readonly [rule: string]: Shape }

const PLAN: Shape = { instalment: 'number', floor: 'number', every: 'text' }

const REVIEW: Shape = { of: 'text', because: 'text', costUpTo: 'number', kind: 'text', part: 'number' }

const ELEMENT: Shape = {
  modes: 'texts?',
  roles: 'texts?',
  mandatory: 'flag',
  approvals: 'whole',
  unpausable: 'flag',
  returnTargets: 'texts?',
  outputs: 'texts',
}

/** Throws `invalidOption`. */
export function readPolicies(given: Policies | undefined): Policies {
  if (given === undefined) return {}
  checkNames('createCases.policies', given, POLICIES)
  const { soundness, situationsMax, depthMax, elements = {}, pauseReasons, tierOf } = given
  if (pauseReasons !== undefined && !(Array.isArray(pauseReasons) && pauseReasons.every((reason) => typeof reason === 'string')))
    throw invalid('policies.pauseReasons is a list of reasons.')
  if (tierOf !== undefined && typeof tierOf !== 'function') throw invalid('policies.tierOf is a function of a customer.')
  if (soundness !== undefined && soundness !== 'strong' && soundness !== 'weak') throw invalid('policies.soundness is strong or weak.')
  if (situationsMax !== undefined && (!Number.isSafeInteger(situationsMax) || situationsMax < 1))
    throw invalid('policies.situationsMax is a whole number from 1.')
  if (depthMax !== undefined && (!Number.isSafeInteger(depthMax) || depthMax < 1))
    throw invalid('policies.depthMax is a whole number from 1.')
  for (const [id, policy] of Object.entries(elements)) {
    checkNames(`createCases.policies.elements["${id}"]`, policy, ELEMENT)
  }
  if (given.decideWithin !== undefined) {
    const parsed = parseDuration(given.decideWithin)
    if ('problem' in parsed) throw invalid(`policies.decideWithin is no duration: ${parsed.problem}`)
  }
  for (const [kind, plan] of Object.entries(given.plans ?? {})) {
    checkNames(`createCases.policies.plans["${kind}"]`, plan, PLAN)
    const { instalment, floor, every } = plan
    if (!(floor > 0 && instalment >= floor))
      throw invalid(`policies.plans["${kind}"] has an instalment, and a floor above 0 that is not above it.`)
    const parsed = parseDuration(String(every))
    if ('problem' in parsed || roughMs(parsed.duration) <= 0)
      throw invalid(`policies.plans["${kind}"] says in "every" how long from one instalment to the next.`)
  }
  for (const rule of given.reviews ?? []) {
    checkNames('createCases.policies.reviews', rule, REVIEW)
    if (!(rule.part >= 0 && rule.part <= 1)) throw invalid('each rule of policies.reviews has a "part" from 0 to 1.')
  }
  for (const [name, shape] of Object.entries(RULES)) {
    const rules: unknown = Reflect.get(given, name)
    for (const rule of Array.isArray(rules) ? rules : []) checkRule(`createCases.policies.${name}`, rule, shape)
  }
  return given
}

/**
 * Rules on what was done need histories that tell it: else they would hold of nothing. `isKept`: those of a process do, null: of each.
 * Throws `invalidOption`.
 */
export function checkRemembered(policies: Policies, isKept: (processKey: string | null) => boolean): void {
  for (const name of Object.keys(RULES) as (keyof typeof RULES)[]) {
    for (const { process = null } of policies[name] ?? []) {
      if (isKept(process)) continue
      const whose = process === null ? 'all processes' : `process "${process}"`
      throw invalid(
        `policies.${name} has a rule for ${whose}, and what was done there is not written down: keep the activities in createEngine({ history })${process === null ? ', or name the process of the rule' : ''}.`,
      )
    }
  }
}

/** A rule names all that it is about; only the process may be left out. */
function checkRule(operation: string, rule: object, shape: Shape): void {
  checkNames(operation, rule, shape)
  for (const name of Object.keys(shape))
    if (name !== 'process' && !Object.hasOwn(rule, name))
      throw invalid(`each rule of ${operation.slice('createCases.'.length)} has "${name}".`)
}

function invalid(message: string): EngineError {
  return new EngineError('invalidOption', `createCases: ${message}`, {})
}
