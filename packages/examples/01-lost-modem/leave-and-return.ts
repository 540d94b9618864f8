import { join } from 'node:path'
import { createCases } from '@leeway/case-adaptive'
import { createEngine, type ModelReport, manualClock, Refused } from '@leeway/engine'
import { sqliteStorage } from '@leeway/storage/sqlite'
import type { Orders } from './kill-and-go-on.ts'
import { orderHandlers, outsideWorld } from './outside-world.ts'
import { chapter, check, say, tokenTeller } from './story.ts'

/** Clerk kim leaves the path of both orders at their waiting steps and comes back; both are finished then. */
export async function leaveAndReturn(folder: string, processes: ModelReport['processes'], { a17, a18 }: Orders): Promise<void> {
  // Days pass in this chapter: from here on the demo moves the clock itself.
  const clock = manualClock(new Date())
  const handlers = orderHandlers(outsideWorld(folder))
  const storage = sqliteStorage({ file: join(folder, 'orders.db') })
  const engine = await createEngine({ storage, handlers, clock })
  const cases = await createCases(engine)
  const kim = engine.as({ actor: 'kim' })
  const tellTokens = tokenTeller(engine, processes)

  chapter('Day 3: clerk kim leaves the path of A-18 at "Wait for delivery"')
  await engine.advance('P3D')
  const search = await cases.leave({
    instanceId: a18,
    elementInstanceId: await waitingAt(a18, 'Activity_0p9s6yb'),
    mode: 'detour',
    reason: { code: 'customer-call', text: 'Customer is away until Friday' },
    actor: 'kim',
  })
  const [timer] = (await deviationOf(search)).timers
  say(`the timer stands still, with ${Math.round((timer?.remainingMs ?? 0) / DAY_MS)} days left`)
  await engine.messages.publish({ name: 'delivered', businessKey: 'A-18' })
  say(`the message "delivered" for A-18 comes meanwhile and is ${(await deviationOf(search)).latches[0]?.became}; nothing moves`)
  await tellTokens(a18)

  chapter('Day 6: A-17 is overdue, A-18 is not: its timer stood still')
  await engine.advance('P3D')
  await tellTokens(a17)
  await tellTokens(a18)
  await cases.return(search.id, { to: 'resume', actor: 'kim' })
  await engine.drain()
  say(`kim comes back to A-18: the message that was kept is ${(await deviationOf(search)).latches[0]?.became}, once`)
  await tellTokens(a18)

  chapter('kim leaves the path of A-17 at "Help customer", and a colleague does what no model foresaw')
  const task = await helpTask()
  await kim.tasks.claim(task.id)
  await kim.tasks.saveDraft(task.id, { note: 'no parcel, no neighbour' })
  const away = await cases.leave({
    instanceId: a17,
    elementInstanceId: task.elementInstanceId,
    mode: 'detour',
    reason: { code: 'lost-parcel', text: 'The carrier lost the modem' },
    actor: 'kim',
  })
  const item = await cases.addItem(away.id, { kind: 'human', name: 'Send a replacement', assignee: 'lee', required: true, actor: 'kim' })
  say(`kim has claimed task ${task.id}, saved a draft, left the path and asked lee to "Send a replacement"`)
  await tellTokens(a17)
  say(`completing the held task is refused: ${await refusal(kim.tasks.complete(task.id, { variables: { remedy: 'replacement' } }))}`)
  say(`coming back too early is refused: ${await refusal(cases.return(away.id, { to: 'resume', actor: 'kim' }))}`)
  const [todo] = await engine.tasks.find({ assignee: 'lee' })
  say(`lee's work list: ${todo?.name}`)
  await cases.completeItem(item.id, { outcome: 'sent', variables: { replacement: 'M-2' }, actor: 'lee' })
  say('lee completes it')
  await cases.return(away.id, { to: 'resume', actor: 'kim' })
  const back = await helpTask()
  check(back.id === task.id && back.elementInstanceId === task.elementInstanceId && back.assignee === 'kim', 'it must be the same task')
  say(`kim is back at the same task ${back.id}, assignee ${back.assignee}, draft ${JSON.stringify(back.draft)}`)

  chapter('The path goes on by itself')
  await kim.tasks.complete(back.id, { variables: { remedy: 'replacement' } })
  await tellTokens(a17)
  await engine.messages.publish({ name: 'delivered', businessKey: 'A-17' })
  say('the message "delivered" for A-17')
  await engine.drain()
  await tellTokens(a17)
  for (const id of [a17, a18]) check((await engine.instances.get(id))?.status === 'completed', 'both orders must be completed')
  await engine.close()
  await storage.close()

  async function waitingAt(instanceId: string, elementId: string): Promise<string> {
    const view = await engine.instances.get(instanceId)
    const element = view?.activeElements.find((one) => one.elementId === elementId)
    if (element === undefined) throw new Error(`no token at ${elementId}`)
    return element.elementInstanceId
  }

  async function deviationOf({ id, caseId }: { readonly id: string; readonly caseId: string }) {
    const deviation = (await cases.get(caseId))?.deviations.find((one) => one.id === id)
    if (deviation === undefined) throw new Error(`no deviation ${id}`)
    return deviation
  }

  async function helpTask() {
    const [found] = await engine.tasks.find({ instanceId: a17, candidateGroups: ['service-desk'] })
    if (found === undefined) throw new Error('no task "Help customer"')
    return found
  }
}

const DAY_MS = 86_400_000

/** The code of the refusal that must come. */
async function refusal(promise: Promise<unknown>): Promise<string> {
  const error = await promise.then(
    () => null,
    (reason: unknown) => reason,
  )
  if (error instanceof Refused) return error.code
  throw new Error('a refusal was due', { cause: error })
}
