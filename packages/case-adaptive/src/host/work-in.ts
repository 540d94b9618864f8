import { type Context, engineFor } from './context.ts'
import { inSight } from './in-sight.ts'
import type { AdHocWork } from './item-api.ts'
import { deviations, items } from './records.ts'

/** Most items that are listed. */
const LISTED_MAX = 1_000

/** What there is to do in an ad hoc sub-process, of both kinds in one list: at work, added, offered. Throws as `engine.adHoc.enabled`. */
export async function workIn(context: Context, elementInstanceId: string): Promise<readonly AdHocWork[]> {
  const { port, bound } = context
  const engine = engineFor(context.engine, bound)
  const offered = await engine.adHoc.enabled(elementInstanceId)
  const instanceId = instanceIdOf(elementInstanceId)
  const view = await engine.instances.get(instanceId)
  const inside = (view?.activeElements ?? []).filter((one) => one.scopeId === elementInstanceId)
  const open = await port.find(deviations, {
    where: { instanceId: { eq: instanceId }, state: { in: ['away', 'returning'] } },
    orderBy: [{ field: 'id' }],
    limit: LISTED_MAX,
  })
  const here = (await inSight(context, open)).filter(({ body: { anchor } }) =>
    [anchor.elementInstanceId, anchor.scopeId].includes(elementInstanceId),
  )
  const added =
    here.length === 0
      ? []
      : await port.find(items, {
          where: { deviationId: { in: here.map(({ id }) => id) } },
          orderBy: [{ field: 'id' }],
          limit: LISTED_MAX,
        })
  return [
    ...inside.map(
      ({ elementId, elementInstanceId: id, type, phase }) =>
        ({ from: 'model', state: phase, elementId, elementInstanceId: id, type }) as const,
    ),
    ...added.map(
      ({ id, deviationId, state, kind, body }) =>
        ({ from: 'case', state, itemId: id, deviationId: deviationId ?? '', name: body.name, kind }) as const, // it was found by one
    ),
    ...offered.map(({ id, name, type }) => ({ from: 'model', state: 'offered', elementId: id, name, type }) as const),
  ]
}

/** The ids of what is in an instance begin with its own. */
export function instanceIdOf(elementInstanceId: string): string {
  return elementInstanceId.split('.', 1)[0] ?? ''
}
