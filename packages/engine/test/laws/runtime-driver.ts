import { BpmnError, type Engine, EngineError, type Handler, NoRetry } from '../../src/index.ts'
import type { Chooser } from './chooser.ts'
import { operatorAct, type Versions } from './operator-acts.ts'

/** Start variables of driven instances: as walks have them. */
export const VARIABLES = { x: 3, key: 'k1', list0: [], list1: ['a'], list2: ['a', 'b'], list3: ['a', 'b', 'c'] }

/** A handler whose answers the choices tell; once they are spent it answers with a value that leaves loops. */
export function choosingHandler(chooser: Chooser): Handler {
  return () => {
    if (chooser.isSpent) return { x: 0 }
    const kind = chooser.below(12)
    if (kind === 11) throw new BpmnError('E1', 'as modelled')
    if (kind === 10) throw new Error('no line')
    if (kind === 9) throw new NoRetry('unknown')
    return { x: chooser.below(10) }
  }
}

/**
 * Drives an instance through the engine's public face by random acts, then in an orderly way to its end. `look` is called after each
 * act; false ends it.
 */
export async function drive(
  engine: Engine,
  id: string,
  chooser: Chooser,
  versions: Versions,
  look: () => Promise<boolean>,
): Promise<string> {
  for (let act = 0; act < ACTS_MAX; act++) {
    await engine.drain()
    const goesOn = await look()
    const status = (await engine.instances.get(id))?.status ?? 'gone'
    if ((status !== 'active' && status !== 'suspended') || !goesOn) return status
    if (chooser.isSpent) await orderly(engine, id)
    else await randomAct(engine, id, chooser, versions)
  }
  return 'stuck'
}

const ACTS_MAX = 400

/** One random act of somebody on the path, or of an operator. What cannot be done to a suspended instance is refused. */
export async function randomAct(engine: Engine, id: string, chooser: Chooser, versions: Versions): Promise<void> {
  const kind = chooser.below(11)
  if (kind > 9) return operatorAct(engine, id, chooser, versions)
  try {
    await actOnPath(engine, id, kind, chooser)
  } catch (error) {
    const isExpected = error instanceof EngineError && error.code === 'instanceSuspended'
    if (!isExpected || (await engine.instances.count({ status: 'suspended' })) === 0) throw error
  }
}

async function actOnPath(engine: Engine, id: string, kind: number, chooser: Chooser): Promise<void> {
  const variables = { x: chooser.below(10) }
  switch (kind) {
    case 0:
      return engine.advance('PT1M')
    case 1:
      return news(engine, id, variables)
    case 2:
      return void (await engine.signals.broadcast({ name: 'alarm', variables }))
    case 3:
      return engine.instances.setVariables(id, variables)
    case 4: {
      const [incident] = await engine.incidents.find({ limit: 1 }) // its own, or one of what it called
      return incident && engine.incidents.resolve(incident.id)
    }
    case 5:
      return chooser.below(8) === 7 ? engine.instances.cancel(id, { reason: 'enough' }) : undefined
    case 6:
      return startInAdHoc(engine, id, chooser)
    default: {
      const tasks = await engine.tasks.find({ instanceId: id })
      const task = tasks[chooser.below(tasks.length)]
      return task && engine.tasks.complete(task.id, { variables })
    }
  }
}

/** What stands still is put right, all tasks are done, all events come. */
export async function orderly(engine: Engine, id: string): Promise<void> {
  const [still] = await engine.instances.find({ status: 'suspended', limit: 1 }) // its own, or one that it called
  if (still) return engine.instances.resume(still.id)
  await engine.instances.setVariables(id, { x: 0, a: 0, late: ['d'], fragile: { never: false, always: true, duration: 'PT4M' } })
  // What came with the event of an event sub-process hides the x of the process from conditions in it.
  for (const { type, scopeId } of (await engine.instances.get(id))?.activeElements ?? []) {
    if (scopeId === id || !(type === 'intermediateCatchEvent' || type.endsWith('Gateway'))) continue
    const { x } = await engine.instances.variables(id, { scope: scopeId })
    if (x !== 0) return engine.instances.setVariables(id, { x: 0 }, { scope: scopeId }) // it may end others
  }
  const [incident] = await engine.incidents.find({ limit: 1 })
  if (incident) return engine.incidents.resolve(incident.id) // it may end others
  const tasks = await engine.tasks.find({ instanceId: id })
  for (const task of tasks.slice(0, 1)) await engine.tasks.complete(task.id, { variables: { x: 0 } })
  if (tasks.length > 0 || (await endAdHocs(engine, id))) return
  await news(engine, id, { x: 0 })
  await engine.signals.broadcast({ name: 'alarm' })
  await engine.advance('PT10M')
}

/** Ends the ad hoc sub-processes that are open. */
async function endAdHocs(engine: Engine, id: string): Promise<boolean> {
  const elements = (await engine.instances.get(id))?.activeElements ?? []
  let ended = false
  for (const { elementInstanceId } of elements.filter((one) => one.type === 'adHocSubProcess' && one.kind === 'scope')) {
    const outcome = await engine.adHoc.complete(elementInstanceId).then(
      () => 'ended',
      (error: { code: string }) => error.code,
    )
    if (outcome === 'ended') ended = true
    // The body of a multi-instance, one that ends already, and what ended with the one before.
    else if (!['notWaiting', 'notEnabled', 'unknownElementInstance', 'instanceEnded'].includes(outcome)) throw new Error(outcome)
  }
  return ended
}

/** Starts something in one of the ad hoc sub-processes. */
async function startInAdHoc(engine: Engine, id: string, chooser: Chooser): Promise<void> {
  for (const { type, kind, elementInstanceId } of (await engine.instances.get(id))?.activeElements ?? []) {
    if (type !== 'adHocSubProcess' || kind !== 'scope') continue
    const enabled = await engine.adHoc.enabled(elementInstanceId).catch(() => []) // the body of a multi-instance
    const activity = enabled[chooser.below(enabled.length)]
    if (activity) return engine.adHoc.start(elementInstanceId, activity.id)
  }
}

/** The message of random models, for those that wait with a key and for those without. */
async function news(engine: Engine, instanceId: string, variables: { readonly x: number }): Promise<void> {
  const message = { name: 'news', instanceId, variables, target: 'all', start: 'never' } as const
  await engine.messages.publish(message)
  await engine.messages.publish({ ...message, correlationKey: VARIABLES.key })
}
