import { splitTokenId } from '../kernel/ids.ts'
import type { Scope } from '../kernel/state.ts'
import type { AdHocSubProcess } from '../model/elements.ts'
import { type Api, authorize, type CallOptions, isSeen } from './api-context.ts'
import { checkOptions, needText } from './arguments.ts'
import { type ElementOptions, runAt, TRIGGERING, valuesOf } from './elements.ts'
import { EngineError } from './errors.ts'
import { placeOf, unknownInstance } from './instances.ts'
import { idIn } from './row-places.ts'
import { loadEntry, loadScopesWithin } from './state-cache.ts'

/** An activity that can be started in an ad hoc sub-process now. */
export interface EnabledActivity {
  readonly id: string
  readonly name: string | null
  /** BPMN's own name. */
  readonly type: string
}

/** Calls on running ad hoc sub-processes. BPMN 2.0.2 §10.3.5, §13.3.5. */
export interface AdHocApi {
  /**
   * Starts an activity of the ad hoc sub-process; the variables are the activity's own, as its input mappings' results are. Throws
   * `notEnabled` where it cannot be started now, `unknownElement`, `unknownElementInstance`, `notWaiting` where the element instance is no
   * running ad hoc sub-process.
   */
  start(elementInstanceId: string, activityId: string, options?: ElementOptions): Promise<void>
  /**
   * Ends the ad hoc sub-process as if its completion condition had come true: what runs is cancelled, or waited for where the model has
   * `cancelRemainingInstances="false"`. Throws `notEnabled` where it ends already, `unknownElementInstance`, `notWaiting`.
   */
  complete(elementInstanceId: string, options?: CallOptions): Promise<void>
  /** What can be started in it now, in document order. Throws `unknownInstance`, `unknownElementInstance`, `notWaiting`. */
  enabled(elementInstanceId: string): Promise<readonly EnabledActivity[]>
}

/** The calls on running ad hoc sub-processes, for one caller. */
export function adHocApi(api: Api): AdHocApi {
  return {
    async start(elementInstanceId, activityId, options = {}) {
      needText('adHoc.start', 'activityId', activityId)
      checkOptions('adHoc.start', options, TRIGGERING)
      const values = valuesOf(options)
      await runAt(api, 'adHoc.start', elementInstanceId, options, (place) => ({ type: 'startAdHoc', ...place, activityId, values }), {
        activityId,
      })
    },
    async complete(elementInstanceId, options = {}) {
      checkOptions('adHoc.complete', options)
      await runAt(api, 'adHoc.complete', elementInstanceId, options, (place) => ({ type: 'completeAdHoc', ...place }))
    },
    enabled: (elementInstanceId) => enabledIn(api, elementInstanceId),
  }
}

/** The activities that can be started while its content is in this state. */
export function enabledActivities(node: AdHocSubProcess, scope: Scope): readonly EnabledActivity[] {
  if (scope.closing || (node.adHoc.ordering === 'Sequential' && scope.live > (scope.handlers ?? 0))) return []
  return node.content.initial.map(({ id, name, type }) => ({ id, name, type }))
}

async function enabledIn(api: Api, elementInstanceId: string): Promise<readonly EnabledActivity[]> {
  const { host } = api
  const { instanceId } = placeOf(elementInstanceId)
  const asked = authorize(api, 'adHoc.enabled', { instanceId })
  if (asked !== null) await asked
  const entry = await loadEntry(host, instanceId, null)
  if (entry === null || !isSeen(api, entry.record?.tenantId ?? null)) throw unknownInstance(instanceId)
  if (!entry.complete) await loadScopesWithin(host, instanceId, (scope) => entry.state.scopes.set(scope.id, scope))
  const here = idIn(entry.state.scopes, elementInstanceId)
  const owner = splitTokenId(here)
  const token = owner && entry.state.scopes.get(owner.scopeId)?.tokens[owner.n]
  if (!token)
    throw new EngineError('unknownElementInstance', `There is no element instance ${elementInstanceId} (any more)`, { elementInstanceId })
  const node = entry.definition.definition.nodes.get(token.elementId)
  const scope = entry.state.scopes.get(here)
  const isStill = token.hold !== undefined || entry.record?.status === 'suspended'
  if (node?.type === 'adHocSubProcess' && scope?.kind === 'adHocSubProcess') return isStill ? [] : enabledActivities(node, scope)
  throw new EngineError('notWaiting', `"${token.elementId}" is no ad hoc sub-process that runs`, { elementInstanceId })
}
