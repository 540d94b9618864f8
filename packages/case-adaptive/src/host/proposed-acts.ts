import { EngineError, Refused } from '@leeway/engine'
import { concealVariables, revealVariables, type SubmitOptions, type Value, type Values, type Variables } from '@leeway/engine/extension'
import type { CaseCommand } from '../case/commands.ts'
import type { DecideProposal } from '../case/proposal-commands.ts'
import type { Cases } from './cases-api.ts'
import type { Context } from './context.ts'

/** Methods whose calls can be proposed where they are refused to somebody. */
export const ACTS = [
  'leave',
  'return',
  'undo',
  'defer',
  'addItem',
  'pauseClock',
  'setSeverity',
  'setTier',
  'escalate',
  'assign',
  'transfer',
  'close',
  'reopen',
] as const

/** The name of such a method. */
export type Act = (typeof ACTS)[number]
/** The methods of cases whose calls can be proposed. */
export type ActMethods = Pick<Cases, Act>

/** A refusal for want of a right carries the call that was refused, ready to be proposed. */
export function withProposals<Methods extends ActMethods>(methods: Methods): Methods {
  const ready = ACTS.map((name) => [
    name,
    async (...given: readonly unknown[]) => {
      try {
        return await methodOf(methods, name)(...given)
      } catch (error) {
        throw withCall(error, given)
      }
    },
  ])
  return { ...methods, ...(Object.fromEntries(ready) as ActMethods) } // one for each name
}

function withCall(error: unknown, given: readonly unknown[]): unknown {
  if (!(error instanceof Refused) || error.code !== 'NotAllowed') return error
  const { proposal } = error.details
  if (typeof proposal !== 'object' || proposal === null) return error
  return new Refused(error.code, error.message, { ...error.details, proposal: { ...proposal, call: given } })
}

/**
 * The call of a ready proposal, checked: of a method that can be proposed, with plain arguments. Throws `invalidArgument`,
 * `invalidVariable`.
 */
export function readCall(given: unknown): { readonly operation: string; readonly right: string | null; readonly call: Values } {
  const { operation, right = null, call } = (typeof given === 'object' && given !== null ? given : {}) as Record<string, unknown>
  const name = typeof operation === 'string' ? operation.replace(/^cases\./, '') : ''
  if (!isAct(name) || !Array.isArray(call) || call.length > 2 || (right !== null && typeof right !== 'string'))
    throw new EngineError('invalidArgument', 'cases.proposals.draft: proposal is that of a refusal (error.details.proposal).', {})
  // Who calls, and the key of the call, are the proposal's own.
  const plain = call.map((one: unknown) => (typeof one === 'object' && one !== null ? withoutCaller(one) : one))
  return { operation: `cases.${name}`, right, call: concealVariables({ given: plain } as Variables) }
}

function withoutCaller(given: object): object {
  return Object.fromEntries(Object.entries(given).filter(([name]) => name !== 'actor' && name !== 'tenantId' && name !== 'idempotencyKey'))
}

/** What a proposal is about, as its call names it: a case, or what is in one. */
export function subjectOf({ operation, call }: { readonly operation: string; readonly call: Values }): {
  readonly id: string | null
  readonly instanceId: string | null
} {
  const [first] = givenOf(call)
  if (typeof first === 'string') return { id: first, instanceId: null }
  const instanceId: unknown = typeof first === 'object' && first !== null ? Reflect.get(first, 'instanceId') : null
  if (typeof instanceId === 'string') return { id: null, instanceId }
  throw new EngineError('invalidArgument', `cases.proposals.draft: the call of ${operation} names neither a case nor an instance.`, {})
}

/** Thrown on the way out of a method whose call is not done yet. */
class Pending extends Error {}

/**
 * Makes the call of a proposal, with the decision upon the proposal before it in the same commit; the methods are those of the package, so
 * that a call is read and checked as any other. `methodsOf` gives them for a context.
 */
export async function decideByCall(
  context: Context,
  act: { readonly operation: string; readonly call: Values },
  decision: DecideProposal,
  { proposer, options }: { readonly proposer: string; readonly options: SubmitOptions },
  methodsOf: (context: Context) => ActMethods,
): Promise<void> {
  const { port } = context
  let isDecided = false
  const deciding: Context = {
    ...context,
    bound: { ...context.bound, actor: proposer },
    port: {
      ...port,
      ask: async () => undefined,
      async submit(instanceId, command, by = {}) {
        // What follows from the call is no part of it.
        if (isDecided) return port.submit(instanceId, command, by)
        const { known, asked } = by
        const whole = async (): Promise<CaseCommand> => ({ ...decision, act: typeof command === 'function' ? await command() : command })
        const same = { ...decision, act: asked ?? command }
        const answer = await port.submit(instanceId, whole, { ...options, asked: same, ...(known !== undefined && { known }) })
        if (typeof answer !== 'object' || answer === null || !('done' in answer)) throw new Pending()
        isDecided = true
        return answer.done as Value // of decide.ts
      },
    },
  }
  try {
    await methodOf(methodsOf(deciding), act.operation.slice('cases.'.length) as Act)(...givenOf(act.call))
  } catch (error) {
    if (!(error instanceof Pending)) throw error
  }
}

function givenOf(call: Values): readonly unknown[] {
  const { given } = revealVariables(call)
  return Array.isArray(given) ? given : []
}

function isAct(name: string): name is Act {
  return (ACTS as readonly string[]).includes(name)
}

function methodOf(methods: ActMethods, name: Act): (...given: readonly unknown[]) => Promise<unknown> {
  return methods[name] as unknown as (...given: readonly unknown[]) => Promise<unknown> // each checks what it is given
}
