import { join } from 'node:path'
import { type Cases, createCases } from '@leeway/case-adaptive'
import { createEngine, type Engine, type ModelReport, manualClock, Refused } from '@leeway/engine'
import { sqliteStorage } from '@leeway/storage/sqlite'
import type { Orders } from './kill-and-go-on.ts'
import { orderHandlers, outsideWorld } from './outside-world.ts'
import { chapter, check, say, tokenTeller } from './story.ts'

/** Clerk kim leaves the path of both orders at their waiting steps and comes back; both are finished then. */
export async function leaveAndReturn(folder: string, processes: ModelReport['processes'], { a17, a18 }: Orders): Promise<void> {
  const storage = sqliteStorage({ file: join(folder, 'orders.db') })
  // Days pass in this part: from here on the demo moves the clock itself.
  const clock = manualClock(new Date())
  const engine = await createEngine({ storage, clock, handlers: orderHandlers(outsideWorld(folder)) })
  const desk: Desk = { engine, cases: await createCases(engine), tellTokens: tokenTeller(engine, processes) }
  await leaveTheWait(desk, a17, a18)
  await leaveTheTask(desk, a17)
  await goOn(desk, a17)
  for (const id of [a17, a18]) check((await engine.instances.get(id))?.status === 'completed', 'both orders must be completed')
  await engine.close()
  await storage.close()
}

/** What the clerks work with. */
interface Desk {
  readonly engine: Engine
  readonly cases: Cases
  tellTokens(instanceId: string): Promise<void>
}

const WAIT_FOR_DELIVERY = 'Activity_0p9s6yb'
const HELP_CUSTOMER = 'Activity_1fj8c2m'
const DAY_MS = 86_400_000

/** While kim is away from the wait of A-18, its timer stands still and its message is kept. */
async function leaveTheWait(desk: Desk, a17: string, a18: string): Promise<void> {
  const { engine, cases, tellTokens } = desk
  chapter('Day 3: clerk kim leaves the path of A-18 at "Wait for delivery"')
  await engine.advance('P3D')
  const away = await cases.leave({
    instanceId: a18,
    elementInstanceId: await elementInstanceAt(desk, a18, WAIT_FOR_DELIVERY),
    mode: 'detour',
    reason: { code: 'customer-call', text: 'Customer is away until Friday' },
    actor: 'kim',
  })
  const [timer] = (await deviationOf(desk, away)).timers
  say(`the timer stands still, with ${Math.round((timer?.remainingMs ?? 0) / DAY_MS)} days left`)
  await engine.messages.publish({ name: 'delivered', businessKey: 'A-18' })
  const [kept] = (await deviationOf(desk, away)).latches
  say(`the message "delivered" for A-18 comes meanwhile and is ${kept?.became}: nothing moves`)
  await tellTokens(a18)

  chapter('Day 6: A-17 is overdue, A-18 is not, for its timer stood still')
  await engine.advance('P3D')
  await tellTokens(a17)
  await tellTokens(a18)
  await cases.return(away.id, { to: 'resume', actor: 'kim' })
  await engine.drain()
  const [applied] = (await deviationOf(desk, away)).latches
  say(`kim comes back to A-18: the message that was kept is ${applied?.became}, once`)
  await tellTokens(a18)
}

/** kim leaves the path of A-17 at her task, lee does what no model foresaw, and kim is back at the same task. */
async function leaveTheTask(desk: Desk, a17: string): Promise<void> {
  const { engine, cases, tellTokens } = desk
  const kim = engine.as({ actor: 'kim' })
  chapter('kim leaves the path of A-17 at "Help customer", and lee does what no model foresaw')
  const task = await helpTask(desk, a17)
  await kim.tasks.claim(task.id)
  await kim.tasks.saveDraft(task.id, { note: 'no parcel, no neighbour' })
  const away = await cases.leave({
    instanceId: a17,
    elementInstanceId: await elementInstanceAt(desk, a17, HELP_CUSTOMER),
    mode: 'detour',
    reason: { code: 'lost-parcel', text: 'The carrier lost the modem' },
    actor: 'kim',
  })
  const item = await cases.addItem(away.id, { kind: 'human', name: 'Send a replacement', assignee: 'lee', required: true, actor: 'kim' })
  say(`kim has claimed task ${task.id}, saved a draft, left the path and asked lee to "Send a replacement"`)
  await tellTokens(a17)
  say(
    `completing the held task is refused: ${await refusal(kim.tasks.complete(task.id, { variables: { remedy: 'replacement' } }))} (what was entered joins the draft)`,
  )
  say(`coming back too early is refused: ${await refusal(cases.return(away.id, { to: 'resume', actor: 'kim' }))}`)
  const todo = await engine.tasks.find({ assignee: 'lee' })
  say(`lee's work list: ${todo.map(({ name }) => name).join(', ')}`)
  await cases.completeItem(item.id, { outcome: 'sent', actor: 'lee' })
  say('lee completes it')
  await cases.return(away.id, { to: 'resume', actor: 'kim' })
  const back = await helpTask(desk, a17)
  check(back.id === task.id && back.elementInstanceId === task.elementInstanceId && back.assignee === 'kim', 'it must be the same task')
  say(`kim is back at the same task ${back.id}, assignee ${back.assignee}, draft ${JSON.stringify(back.draft)}`)
}

async function goOn(desk: Desk, a17: string): Promise<void> {
  const { engine, tellTokens } = desk
  chapter('The path of A-17 goes on by itself')
  const task = await helpTask(desk, a17)
  await engine.tasks.complete(task.id, { variables: { remedy: 'replacement' }, actor: 'kim' })
  await tellTokens(a17)
  await engine.messages.publish({ name: 'delivered', businessKey: 'A-17' })
  say('the replacement arrives: message "delivered" for A-17')
  await engine.drain()
  await tellTokens(a17)
}

async function elementInstanceAt({ engine }: Desk, instanceId: string, elementId: string): Promise<string> {
  const view = await engine.instances.get(instanceId)
  const element = view?.activeElements.find((one) => one.elementId === elementId)
  if (element === undefined) throw new Error(`no token at ${elementId}`)
  return element.elementInstanceId
}

async function deviationOf({ cases }: Desk, { id, caseId }: { readonly id: string; readonly caseId: string }) {
  const deviation = (await cases.get(caseId))?.deviations.find((one) => one.id === id)
  if (deviation === undefined) throw new Error(`no deviation ${id}`)
  return deviation
}

async function helpTask({ engine }: Desk, instanceId: string) {
  const [task] = await engine.tasks.find({ instanceId, elementId: HELP_CUSTOMER })
  if (task === undefined) throw new Error('no task "Help customer"')
  return task
}

/** The code of the refusal that must come. */
async function refusal(promise: Promise<unknown>): Promise<string> {
  const error = await promise.then(
    () => null,
    (reason: unknown) => reason,
  )
  if (error instanceof Refused) return error.code
  throw new Error('a refusal was due', { cause: error })
}
