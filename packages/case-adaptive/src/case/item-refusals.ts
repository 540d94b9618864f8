import { EngineError, Refused } from '@leeway/engine'
import type { PlanItem } from './item-state.ts'

export function unknownItem(itemId: string): Refused {
  return new Refused('UnknownItem', `There is no item ${itemId} here.`, { itemId })
}

export function itemNotRequired({ id, body }: PlanItem): Refused {
  const message = `"${body.name}" is not required, so the return does not wait for it: leave it out of waive.`
  return new Refused('ItemNotRequired', message, { itemId: id })
}

/** As `engine.start` has it. */
export function notDeployed(processKey: string): EngineError {
  const message = `No process with the key "${processKey}" is deployed: deploy it first, then it can do the work.`
  return new EngineError('unknownDefinition', message, { key: processKey })
}

export function itemNotActive({ id, state, body }: PlanItem): Refused {
  const what = state === 'available' ? 'waits for the items before it' : `is ${state}`
  return new Refused('ItemNotActive', `"${body.name}" ${what}; it cannot be completed.`, { itemId: id, state })
}

export function itemAwaited({ id, body }: PlanItem, awaiting: readonly PlanItem[]): Refused {
  const names = awaiting.map((item) => `"${item.body.name}"`).join(', ')
  const missing = awaiting.map((item) => ({ id: item.id, name: item.body.name, state: item.state }))
  return new Refused('ItemAwaited', `${names} begins when "${body.name}" is done: cancel what waits for it first.`, { itemId: id, missing })
}

export function itemNotCancelled({ id, state, body }: PlanItem): Refused {
  const why = state === 'completed' && body.compensator === undefined ? 'is done and has no compensator' : `is ${state}`
  const message = `"${body.name}" ${why}, or has been taken up by a return; it cannot be cancelled.`
  return new Refused('ItemNotCancelled', message, { itemId: id, state })
}

export function tooManyItems(id: string, max: number): Refused {
  return new Refused('TooManyItems', `${id} has ${max} items; that is the most there can be.`, { max })
}
