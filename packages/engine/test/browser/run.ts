import { createEngine, manualClock } from '@leeway/engine'
import { memoryStorage } from '@leeway/storage'
import model from './lost-modem.bpmn'

declare global {
  /** What scripts/test-browser.mjs waits for: lines to print. A rejection fails the run. */
  var outcome: Promise<readonly string[]>
}

globalThis.outcome = run()

/**
 * The process of the demo, on memory storage: billed and shipped at once, overdue after five days, helped by hand, delivered in the end.
 */
async function run(): Promise<readonly string[]> {
  const lines: string[] = []
  const done: string[] = []
  const does = (what: string) => async () => {
    done.push(what)
    return { [what]: true }
  }
  const handlers = {
    'order-modem': does('ordered'),
    'ship-modem': does('shipped'),
    billing: does('billed'),
    'activate-connection': does('activated'),
    'refund-customer': does('refunded'),
  }
  const engine = await createEngine({ storage: memoryStorage(), clock: manualClock('2026-01-01T09:00:00Z'), handlers })
  const { processes } = await engine.deploy(model)
  equal(
    processes.map((process) => process.key),
    ['order-to-connection'],
  )

  const { id } = await engine.start('order-to-connection', { businessKey: 'A-17' })
  await engine.drain()
  equal([...done].sort(), ['billed', 'ordered', 'shipped'])
  equal(await places(), ['Activity_0p9s6yb', 'Gateway_0y3t7hv'])
  lines.push('ordered, shipped and billed; waits for the delivery')

  await engine.advance('P5D')
  const [task] = await engine.tasks.find({ instanceId: id, candidateGroups: ['service-desk'] })
  if (task === undefined) throw new Error('the timer made no user task')
  equal(task.name, 'Help customer')
  await engine.tasks.claim(task.id, 'kim')
  await engine.tasks.complete(task.id, { variables: { remedy: 'replacement' }, actor: 'kim' })
  await engine.drain()
  equal(await places(), ['Activity_0p9s6yb', 'Gateway_0y3t7hv'])
  lines.push('overdue after five days; helped by a person; waits again')

  const answer = await engine.messages.publish({ name: 'delivered', businessKey: 'A-17' })
  equal(answer, { outcome: 'correlated', instanceIds: [id] })
  await engine.drain()
  const view = await engine.instances.get(id)
  equal(view?.status, 'completed')
  equal(view?.activeElements, [])
  equal(view?.variables, { ordered: true, shipped: true, billed: true, remedy: 'replacement', activated: true })
  equal([...done].sort(), ['activated', 'billed', 'ordered', 'shipped'])
  await engine.close()
  lines.push('delivered, activated, completed')
  return lines

  async function places(): Promise<string[]> {
    const now = await engine.instances.get(id)
    return (now?.activeElements ?? []).map((element) => element.elementId).sort()
  }
}

/** Both as JSON with sorted names: enough for plain data. */
function equal(found: unknown, expected: unknown): void {
  const [a, b] = [found, expected].map((value) => JSON.stringify(value, sorted))
  if (a !== b) throw new Error(`expected ${b}, found ${a}`)
}

function sorted(_name: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
}
