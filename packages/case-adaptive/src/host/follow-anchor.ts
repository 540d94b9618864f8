import { type EngineApi, Refused } from '@leeway/engine'

/** Where a token went. */
export interface MovedTo {
  readonly elementId: string
  readonly elementInstanceId: string
}

/**
 * Why there is nothing to leave at an element instance: it was completed and the path went on (`AnchorMoved`, with where it is now), or
 * it is gone, as the refusal that is given says. Read from the instance's history; without one all is gone.
 */
export async function followAnchor(
  engine: Pick<EngineApi, 'instances' | 'history'>,
  instanceId: string,
  elementInstanceId: string,
  gone: Refused,
): Promise<Refused> {
  const view = await engine.instances.get(instanceId)
  if (view === null || view.status !== 'active') return gone
  const events = await engine.history(instanceId)
  const completed = events.findIndex((event) => event.type === 'elementCompleted' && event.elementInstanceId === elementInstanceId)
  if (completed < 0) return gone
  const live = new Map(view.activeElements.map((element) => [element.elementInstanceId, element]))
  const to: MovedTo[] = []
  for (const { type, elementInstanceId: id } of events.slice(completed + 1)) {
    const element = type === 'elementActivated' || type === 'tokenArrived' ? live.get(id ?? '') : undefined
    if (element === undefined) continue
    live.delete(element.elementInstanceId)
    to.push({ elementId: element.elementId, elementInstanceId: element.elementInstanceId })
  }
  if (to.length === 0) return gone
  const where = to.map(({ elementId }) => `"${elementId}"`).join(', ')
  return new Refused('AnchorMoved', `${elementInstanceId} was completed and the path has gone on; it is at ${where} now.`, {
    instanceId,
    elementInstanceId,
    to,
  })
}
