import type { Storage } from '@leeway/storage'
import { createEngine, manualClock, NoRetry } from '../../src/index.ts'
import { CALLED, CALLER, MODEL, NOW, VARIABLES } from './models.ts'

/** Lets an engine of this version leave in a storage what golden.test.ts goes on with. */
export async function writeGolden(storage: Storage): Promise<void> {
  const engine = await createEngine({
    storage,
    clock: manualClock(NOW),
    history: 'full',
    searchable: { orderId: 'text' },
    handlers: {
      sound: () => ({ sound: true }),
      broken: () => {
        throw new NoRetry('the printer is on fire')
      },
    },
  })
  await engine.deploy([
    { name: 'golden.bpmn', content: MODEL },
    { name: 'called.bpmn', content: CALLED },
    { name: 'caller.bpmn', content: CALLER },
  ])
  const { id } = await engine.start('golden', { businessKey: 'A-17', variables: VARIABLES, actor: 'kim', idempotencyKey: 'first' })
  await engine.start('caller', { businessKey: 'B-1' })
  await engine.drain()
  const [approve] = await engine.tasks.find({ instanceId: id, elementId: 'approve' })
  await engine.tasks.claim(approve?.id ?? '', 'kim')
  await engine.tasks.comment(approve?.id ?? '', 'looks good', { actor: 'kim' })
  await engine.messages.publish({ name: 'paid', correlationKey: 'A-99', ttl: 'P900D', messageId: 'm-1' })
  await engine.close()
}
