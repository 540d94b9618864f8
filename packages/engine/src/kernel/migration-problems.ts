import type { FlowNode, SubProcess, Transaction } from '../model/elements.ts'
import { type Draft, findScope, requireChildren } from './draft.ts'
import { tokenId } from './ids.ts'
import { type Token, tokenNumbers } from './state.ts'

/** Why an instance cannot be migrated. */
export interface MigrationProblem {
  readonly code:
    | 'unmappedElement'
    | 'anchorUnmapped'
    | 'changedType'
    | 'changedScope'
    | 'changedRepetition'
    | 'changedJoin'
    | 'changedListeners'
    | 'changedCompensation'
    | 'notArmed'
  readonly message: string
  /** `anchorUnmapped`: who is off the path there. */
  readonly heldBy?: string
}

/** Who is off the path where there is no place for them can go to another step. */
export function ofAnchor(problem: MigrationProblem, heldBy: string): MigrationProblem {
  if (!PLACELESS.has(problem.code)) return problem
  const message = `${problem.message} (${heldBy} is off the path there: name in "reanchor" the step to which they go, or end that first)`
  return { code: 'anchorUnmapped', message, heldBy }
}

const PLACELESS: ReadonlySet<MigrationProblem['code']> = new Set(['unmappedElement', 'changedType', 'changedScope', 'changedRepetition'])

/** What undoes something names what it is part of by its id. */
export function compensatesInside(draft: Draft, id: string, { child }: Pick<Token, 'child'>): boolean {
  const scope = child ? findScope(draft, id) : null
  if (scope === null) return false
  if (scope.rounds) requireChildren(draft, id)
  for (let k = 1; k <= (scope.rounds?.begun ?? 0); k++)
    if (scope.tokens[k] === undefined && compensatesInside(draft, tokenId(id, k), { child: true })) return true
  return tokenNumbers(scope).some((n) => {
    const token = scope.tokens[n] as Token // it was just found there
    return token.compensation !== undefined || token.drivenBy !== undefined || compensatesInside(draft, tokenId(id, n), token)
  })
}

/** A problem at an element, which comes first in its message. */
export function problemAt(code: MigrationProblem['code'], { id }: FlowNode, what: string): MigrationProblem {
  return { code, message: `"${id}" ${what}` }
}

/** A token stays at an element of its kind. */
export function typeProblem(from: FlowNode, to: FlowNode): MigrationProblem | null {
  if (isBegunByEvent(from) !== isBegunByEvent(to)) return problemAt('changedType', from, `is begun by an event in one of the models alone`)
  return from.type === to.type || isLike(from, to) ? null : problemAt('changedType', from, `is a ${from.type} and "${to.id}" a ${to.type}`)
}

function isBegunByEvent(node: FlowNode): boolean {
  return node.type === 'subProcess' && node.triggeredByEvent
}

/** Tasks whose work is a job are done by whoever does jobs of that type; a transaction is open as a sub-process is. */
function isLike(from: FlowNode, to: FlowNode): boolean {
  if (hasJob(from) && hasJob(to)) return true
  return opensContent(from) && opensContent(to)
}

function hasJob(node: FlowNode): boolean {
  const isTask = node.type === 'serviceTask' || node.type === 'sendTask' || node.type === 'businessRuleTask' || node.type === 'scriptTask'
  return isTask && node.job !== null
}

/** A sub-process that its token alone begins. */
export function opensContent(node: FlowNode): node is SubProcess | Transaction {
  return node.type === 'transaction' || (node.type === 'subProcess' && !node.triggeredByEvent)
}

/** A token whose work has begun stays what it is: one of several rounds, or a single one. */
export function repetitionProblem(from: FlowNode, to: FlowNode, token: Token, inRound: boolean): MigrationProblem | null {
  if (kindOfRounds(from) === kindOfRounds(to)) return null
  const hasBegun = inRound || token.child || !(token.waits?.[0]?.type === 'continuation' || token.incident?.retry === 'enter')
  return hasBegun ? problemAt('changedRepetition', from, 'is repeated otherwise in the new model') : null
}

function kindOfRounds(node: FlowNode): string {
  const repetition = 'repetition' in node ? node.repetition : null
  if (repetition === null) return 'once'
  if (repetition.type === 'standardLoop') return 'loop'
  return `${repetition.isSequential || repetition.oneByOne ? 'sequential' : 'parallel'} ${repetition.outputCollection !== null}`
}

/** Listeners that are being heard are told by their keys. */
export function listenerProblem(from: FlowNode, to: FlowNode, { listening }: Token): MigrationProblem | null {
  if (listening === undefined) return null
  const keys = ({ listeners }: FlowNode): string =>
    listeners === null
      ? ''
      : JSON.stringify(
          [listeners.beforeAll, listeners.start, listeners.end, listeners.ended, ...listeners.take.values()].map((all) =>
            all.map(({ key }) => key),
          ),
        )
  return keys(from) === keys(to) ? null : problemAt('changedListeners', from, 'has other listeners in the new model while they are heard')
}
