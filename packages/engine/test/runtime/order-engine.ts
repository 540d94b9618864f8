import { createEngine, type Engine, type EngineOptions, manualClock } from '../../src/index.ts'
import { chain, user } from './process-model.ts'

/** Two user tasks in a row, the first one offered to groups. */
export const order: string = chain('order', [user('approve', 'camunda:candidateGroups="sales,lead" camunda:priority="7"'), user('ship')])

/** An engine of its own, on memory and a manual clock unless told otherwise, with the model deployed. */
export async function engineWith(model: string, options: EngineOptions = {}): Promise<Engine> {
  const engine = await createEngine({ clock: manualClock('2026-01-01T09:00:00Z'), ...options })
  await engine.deploy(model)
  return engine
}
