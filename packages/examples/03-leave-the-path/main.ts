// The parcel is lost: a clerk leaves the path, others help, the delivery comes meanwhile, and the path is taken up where it was left.
// Then a jump that would leave the instance stuck: it is refused with its trace, and repaired as the refusal says.
import { readFile } from 'node:fs/promises'
import { createCases } from '@leeway/case-adaptive'
import { createEngine, manualClock, Refused } from '@leeway/engine'

const say = (text: string): void => console.log(text)
const clock = manualClock('2026-01-05T09:00:00Z')
const engine = await createEngine({
  clock,
  handlers: { 'book-courier': (job) => ({ courier: `C-77 to ${String(job.variables.city)}` }) },
})
const cases = await createCases(engine)
await engine.deploy(await readFile(new URL('deliver-modem.bpmn', import.meta.url)))

say('1. Kim leaves at the step that waits for the parcel, and comes back to it')
const first = await engine.start('deliver-modem', { businessKey: 'A-17' })
await engine.advance('P3D')
const wait = await tokenAt(first.id, 'wait')
const reason = { code: 'lost-parcel', text: 'The carrier lost the parcel' }
const preview = await cases.previewLeave({ instanceId: first.id, elementInstanceId: wait, mode: 'detour', actor: 'kim' })
say(`   before anything changes: allowed ${preview.allowed}, guarantee ${preview.guarantee}`)
const away = await cases.leave({ instanceId: first.id, elementInstanceId: wait, mode: 'detour', reason, actor: 'kim' })
const replacement = await cases.addItem(away.id, {
  kind: 'human',
  name: 'Send a replacement',
  assignee: 'lee',
  required: true,
  actor: 'kim',
})
await cases.addItem(away.id, { kind: 'service', type: 'book-courier', name: 'Book a courier', variables: { city: 'Ulm' }, actor: 'kim' })
say(`   the path: ${await places(first.id)}`)
await engine.drain()
const [courier] = (await cases.get(away.caseId))?.items.filter(({ kind }) => kind === 'service') ?? []
say(`   the courier is booked by a handler: ${JSON.stringify(courier?.completed?.variables)}`)
const { outcome } = await engine.messages.publish({ name: 'delivered', businessKey: 'A-17' })
say(`   the delivery comes meanwhile (${outcome}) and moves nothing: ${await places(first.id)}`)
say(`   coming back while lee is at work is refused: ${(await refusalOf(cases.return(away.id, { to: 'resume', actor: 'kim' }))).code}`)
const [task] = await engine.tasks.find({ assignee: 'lee' })
await engine.tasks.complete(task?.id ?? '', { actor: 'lee' })
say(`   lee has done "${task?.name}"${replacement.taskId === task?.id ? '' : ', which is another task'}`)
await cases.return(away.id, { to: 'resume', actor: 'kim' })
const completed = (await engine.history(first.id)).filter((event) => event.type === 'elementCompleted' && event.elementId === 'wait')
say(`   back at the very same step: ${completed.length === 1 && completed[0]?.elementInstanceId === wait}; the delivery counts once`)
await finish(first.id)

say('2. A jump that would leave the instance stuck is refused, and repaired')
const second = await engine.start('deliver-modem', { businessKey: 'A-18' })
const elementInstanceId = await tokenAt(second.id, 'wait')
const gone = await cases.leave({
  instanceId: second.id,
  elementInstanceId,
  reason: { code: 'picked-up', text: 'Fetched at the shop' },
  actor: 'kim',
})
const refused = await refusalOf(cases.return(gone.id, { to: { jump: 'activate' }, actor: 'kim' }))
say(`   jump to "activate": ${refused.code}`)
for (const step of (refused.trace ?? []) as readonly { elementId: string; does: string }[]) say(`     ${step.elementId} ${step.does}`)
const [repair] = (refused.details?.repairs ?? []) as readonly { message: string; to: { jump: string; via?: string } }[]
say(`   the refusal offers: ${repair?.message}`)
if (repair !== undefined) await cases.return(gone.id, { to: repair.to, actor: 'kim' })
say(`   the path: ${await places(second.id)}`)
await finish(second.id)

const { ok } = await cases.verifyAudit(away.caseId)
say(`3. The record of the first case holds together: ${ok}`)
await engine.close()

/** The bill is written and the line activated: the rest of the path. */
async function finish(instanceId: string): Promise<void> {
  for (const elementId of ['bill', 'activate']) {
    const [todo] = await engine.tasks.find({ instanceId, elementId })
    if (todo !== undefined) await engine.tasks.complete(todo.id, { actor: 'tom' })
  }
  const view = await engine.instances.get(instanceId)
  say(`   ${view?.businessKey} is ${view?.status}`)
  if (view?.status !== 'completed') throw new Error('both orders must be completed')
}

async function tokenAt(instanceId: string, elementId: string): Promise<string> {
  const view = await engine.instances.get(instanceId)
  const element = view?.activeElements.find((one) => one.elementId === elementId)
  if (element === undefined) throw new Error(`no token at ${elementId}`)
  return element.elementInstanceId
}

async function places(instanceId: string): Promise<string> {
  const view = await engine.instances.get(instanceId)
  return (view?.activeElements ?? []).map(({ elementId, phase }) => `${elementId} ${phase}`).join(', ')
}

async function refusalOf(promise: Promise<unknown>): Promise<Refused> {
  const error = await promise.then(
    () => null,
    (thrown: unknown) => thrown,
  )
  if (error instanceof Refused) return error
  throw new Error('a refusal was due', { cause: error })
}
