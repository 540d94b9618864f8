// Runs engine-neutral scenarios over other projects' models on Leeway's public API: an extra that is run by hand, with a runner and
// models that are not part of this repository. What it does for one scenario it does for all.
import { BpmnError, createEngine, manualClock, NoRetry } from '@leeway/engine'

/** Most rows that one look asks for; scenarios are far smaller. */
const LIMIT = 1000

// biome-ignore lint/style/noDefaultExport: the runner takes an adapter's default export
export default function createAdapter() {
  return { name: 'leeway', version: '0.1.0', create: (context) => new Contestant(context) }
}

class Contestant {
  #context
  #engine
  #clock
  /** Ends of elements of all instances, in the order in which they came about. */
  #completed = []

  constructor(context) {
    this.#context = context
    this.#clock = manualClock(context.now)
  }

  async #open() {
    const handle = (elementId) => async (job) => answer(job, await this.#context.callHandler(elementId, job.variables))
    const ids = Object.keys(this.#context.scenario.handlers ?? {})
    this.#engine = await createEngine({
      clock: this.#clock,
      elementHandlers: Object.fromEntries(ids.map((id) => [id, handle(id)])),
      defaultHandler: () => undefined,
      history: 'activity',
    })
    this.#engine.on('elementCompleted', (event) => this.#completed.push(event))
  }

  async deploy() {
    await this.#open()
    for (const { ref, xml } of this.#context.deploy) await this.#engine.deploy([{ name: ref, content: xml }])
    await this.#engine.drain()
  }

  async start({ process, variables, businessKey }) {
    const { id } = await this.#engine.start(process, { variables, ...(businessKey !== undefined && { businessKey }) })
    await this.#engine.drain()
    return id
  }

  async startByMessage({ name, variables, businessKey }) {
    const sent = await this.#engine.messages.publish({
      name,
      variables,
      start: 'always',
      ...(businessKey !== undefined && { businessKey }),
    })
    if (sent.instanceIds.length === 0) throw new Error(`no process starts by message ${name}: ${sent.outcome}`)
    await this.#engine.drain()
    return sent.instanceIds[0]
  }

  async tasks() {
    const found = await this.#engine.tasks.find({ limit: LIMIT })
    return found.map(({ id, elementId }) => ({ id: elementId, handle: id }))
  }

  async waiting() {
    const places = []
    for (const { id, status } of await this.#all()) {
      if (status !== 'active') continue
      const view = await this.#engine.instances.get(id)
      for (const element of view.activeElements) {
        // A call activity is around what it called, which waits itself.
        if (element.type === 'callActivity' || element.kind !== 'leaf') continue
        if (element.phase === 'waiting' || element.phase === 'arrived') {
          places.push({ id: element.elementId, handle: element.elementInstanceId })
        }
      }
    }
    return places
  }

  async completeTask(task, variables) {
    await this.#engine.tasks.complete(task.handle, { variables, checkForm: false }) // a program does it
    await this.#engine.drain()
  }

  async trigger(place, variables) {
    await this.#engine.trigger(place.handle, { variables })
    await this.#engine.drain()
  }

  async throwError(place, code, variables) {
    await this.#engine.throwError(place.handle, code, { variables })
    await this.#engine.drain()
  }

  async throwEscalation(place, code, variables) {
    await this.#engine.escalate(place.handle, code, { variables })
    await this.#engine.drain()
  }

  async sendMessage({ name, correlation, businessKey, target, instance, variables }) {
    const { outcome } = await this.#engine.messages.publish({
      name,
      variables,
      ...(correlation !== undefined && { match: correlation }),
      ...(businessKey !== undefined && { businessKey }),
      ...(target !== undefined && { elementId: target }),
      ...(instance !== undefined && { instanceId: instance }),
    })
    await this.#engine.drain()
    return outcome === 'correlated' || outcome === 'started'
  }

  async sendSignal({ name, instance, variables }) {
    await this.#engine.signals.broadcast({ name, variables, ...(instance !== undefined && { instanceId: instance }) })
    await this.#engine.drain()
  }

  async setVariables(instance, variables, scopeActivityId) {
    const scope = scopeActivityId === undefined ? undefined : await this.#elementOf(instance, scopeActivityId)
    await this.#engine.instances.setVariables(instance, variables, scope === undefined ? {} : { scope: scope.elementInstanceId })
    await this.#engine.drain()
  }

  async triggerConditional(variables) {
    await this.#engine.evaluateConditions({ variables })
    await this.#engine.drain()
  }

  async advanceTime(milliseconds) {
    await this.advanceTo(new Date(this.#clock.now() + milliseconds))
  }

  async advanceTo(instant) {
    await this.#engine.advance({ to: instant.toISOString() })
  }

  async cancelInstance(instance) {
    await this.#engine.instances.cancel(instance, { reason: 'scenario' })
    await this.#engine.drain()
  }

  async startAdHocActivity(adHocId, activityId) {
    await this.#engine.adHoc.start((await this.#anywhere(adHocId)).elementInstanceId, activityId)
    await this.#engine.drain()
  }

  async completeAdHoc(adHocId) {
    await this.#engine.adHoc.complete((await this.#anywhere(adHocId)).elementInstanceId)
    await this.#engine.drain()
  }

  async instances() {
    const states = {
      active: 'running',
      suspended: 'running',
      completed: 'ended',
      terminated: 'cancelled',
      failed: 'failed',
      superseded: 'ended',
    }
    const all = await this.#all()
    return all.map(({ id, definition, status, parent }) => ({
      handle: id,
      process: definition.key,
      state: states[status],
      ...(parent !== null && { parent: parent.instanceId }),
    }))
  }

  async variables(instance, atActivityId) {
    if (atActivityId === undefined) return this.#engine.instances.variables(instance)
    const view = await this.#engine.instances.get(instance)
    // Of a multi-instance that which waits is meant, not the activity around it.
    const waiting = view.activeElements.find((one) => one.elementId === atActivityId && one.kind === 'leaf')
    const { elementInstanceId } = waiting ?? (await this.#elementOf(instance, atActivityId))
    return this.#engine.instances.variables(instance, { scope: elementInstanceId })
  }

  async completed() {
    // Of a repeated activity each round is an execution, and not the activity around them as well.
    const around = new Set(this.#completed.map(({ elementId, elementInstanceId }) => `${elementId} ${aroundRounds(elementInstanceId)}`))
    return this.#completed
      .filter(({ elementId, elementInstanceId }) => !around.has(`${elementId} ${elementInstanceId}`))
      .map(({ elementId }) => elementId)
  }

  async incidents() {
    const found = await this.#engine.incidents.find({ limit: LIMIT })
    return found.map(({ elementId, message }) => ({ activityId: elementId ?? undefined, message }))
  }

  async settle() {
    await this.#engine.drain()
  }

  async dispose() {
    await this.#engine?.close()
  }

  async #all() {
    return this.#engine.instances.find({ limit: LIMIT, orderBy: 'startedAt' })
  }

  async #elementOf(instance, elementId) {
    const view = await this.#engine.instances.get(instance)
    const element = view.activeElements.find((one) => one.elementId === elementId)
    if (!element) throw new Error(`${elementId} is not active`)
    return element
  }

  async #anywhere(elementId) {
    for (const { id, status } of await this.#all()) {
      if (status !== 'active') continue
      const element = (await this.#engine.instances.get(id)).activeElements.find((one) => one.elementId === elementId)
      if (element) return element
    }
    throw new Error(`${elementId} is not active`)
  }
}

/**
 * Of the id of a round's element instance the part that names the repeated activity; of another one something that names none of this
 * element.
 */
function aroundRounds(elementInstanceId) {
  return elementInstanceId.split('.').slice(0, -2).join('.')
}

function answer(job, result) {
  switch (result.action) {
    case 'wait':
      return job.pending()
    case 'bpmnError':
      throw new BpmnError(result.code, result.message ?? '')
    case 'escalation':
      return job.escalate(result.code)
    case 'fail':
      throw new NoRetry(result.message)
    default:
      return job.result({ set: result.set ?? {}, local: result.setLocal ?? {} })
  }
}
