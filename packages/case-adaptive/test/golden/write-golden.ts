import { manualClock } from '@leeway/engine'
import type { Storage } from '@leeway/storage'
import { type Desk, openDesk } from '../desk.ts'
import { CASES, HEARING, NOW, TIMED, UNDOING } from './models.ts'

const REASON = { code: 'lost-parcel', text: 'The parcel never arrived.' }

/** Lets cases of this version leave in a storage what golden.test.ts goes on with; each instance has its situation as business key. */
export async function writeGolden(storage: Storage): Promise<void> {
  const desk = await openDesk(storage, { history: 'full' }, manualClock(NOW), CASES)
  for (const xml of [TIMED, HEARING, UNDOING]) await desk.engine.deploy(xml)
  await withPausedTimer(desk)
  await withLatch(desk)
  await compensable(desk, 'finished')
  await compensable(desk, 'undoing')
  await complete(desk, 'undoing', 'decide')
  await complete(desk, 'undoing', 'refund')
  await alone(desk)
  await desk.close()
}

/** Away from a step with a draft and a timer that stands still; required work is open. */
async function withPausedTimer({ engine, cases, clock }: Desk): Promise<void> {
  const { id } = await engine.start('timed', { businessKey: 'paused' })
  const [task] = await engine.tasks.find({ instanceId: id })
  await engine.tasks.claim(task?.id ?? '', 'tom')
  await engine.tasks.saveDraft(task?.id ?? '', { note: 'half' })
  clock.advance('PT12H')
  const elementInstanceId = task?.elementInstanceId ?? ''
  const away = await cases.leave({
    instanceId: id,
    elementInstanceId,
    mode: 'detour',
    reason: REASON,
    actor: 'kim',
    timers: { late: 'pause' },
  })
  await cases.addItem(away.id, { kind: 'human', name: 'look for it', assignee: 'jack', required: true, actor: 'kim' })
}

/** Away from a step that waits for a message, which has come. */
async function withLatch({ engine, cases }: Desk): Promise<void> {
  const { id } = await engine.start('hearing', { businessKey: 'latched' })
  const [element] = (await engine.instances.get(id))?.activeElements ?? []
  await cases.leave({
    instanceId: id,
    elementInstanceId: element?.elementInstanceId ?? '',
    mode: 'detour',
    reason: REASON,
    actor: 'kim',
  })
  await engine.messages.publish({ name: 'paid', instanceId: id, variables: { amount: 40 } })
}

/** Two steps are done and can be undone. */
async function compensable(desk: Desk, businessKey: string): Promise<void> {
  await desk.engine.start('undoing', { businessKey })
  for (const elementId of ['book', 'pay']) await complete(desk, businessKey, elementId)
}

/** A case of its own, without a process, whose clock runs. */
async function alone({ cases }: Desk): Promise<void> {
  await cases.open({ template: 'modem', customer: 'cust-7', tier: 'gold', actor: 'kim' })
}

/** The open task of an element in the instance of a situation is completed. */
export async function complete({ engine }: Desk, businessKey: string, elementId: string): Promise<void> {
  const [instance] = await engine.instances.find({ businessKey })
  const [task] = await engine.tasks.find({ instanceId: instance?.id ?? '', elementId })
  if (task === undefined) throw new Error(`no task at ${elementId} of ${businessKey}`)
  await engine.tasks.complete(task.id, { actor: task.assignee ?? 'tom' })
}
