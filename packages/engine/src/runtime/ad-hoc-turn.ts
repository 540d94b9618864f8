import type { AdHocTurn } from '../kernel/state.ts'
import { concealVariables, type Variables } from '../model/variables.ts'
import { checkBoolean, checkMembers, needText, refuseArgument } from './arguments.ts'

/**
 * What the handler that drives an ad hoc sub-process wants next, as Camunda 8 has its workers say it. Without any of it nothing new begins.
 */
export interface AdHocInstructions {
  /**
   * Activities without an incoming flow that begin now; each sees its variables as its own. Not together with
   * `completionConditionFulfilled`.
   */
  readonly activateElements?: readonly { readonly elementId: string; readonly variables?: Variables }[]
  /** The sub-process is to end: the handler is not asked again. Default false. */
  readonly completionConditionFulfilled?: boolean
  /** At its end what still runs is cancelled, not waited for. Default false. */
  readonly cancelRemainingInstances?: boolean
}

/** Names of the members, for calls that take them beside others. */
export const AD_HOC_MEMBERS = ['activateElements', 'completionConditionFulfilled', 'cancelRemainingInstances'] as const

/** As the kernel takes it; undefined where nothing is said. Throws `invalidArgument`, `invalidVariable`. */
export function turnOf(call: string, given: AdHocInstructions): AdHocTurn | undefined {
  const { activateElements, completionConditionFulfilled: ends, cancelRemainingInstances: cancels } = given
  if (activateElements === undefined && ends === undefined && cancels === undefined) return undefined
  checkBoolean(call, 'completionConditionFulfilled', ends)
  checkBoolean(call, 'cancelRemainingInstances', cancels)
  if (activateElements !== undefined && !Array.isArray(activateElements))
    refuseArgument(call, 'activateElements', activateElements, 'a list of { elementId, variables }')
  const start = (activateElements ?? []).map((one, k) => {
    checkMembers(call, `activateElements[${k}]`, one, ELEMENT_MEMBERS)
    needText(call, `activateElements[${k}].elementId`, one.elementId)
    return { activityId: one.elementId, values: concealVariables(one.variables ?? {}) }
  })
  return { start, ends: ends === true, cancels: cancels === true }
}

const ELEMENT_MEMBERS: ReadonlySet<string> = new Set(['elementId', 'variables'])
