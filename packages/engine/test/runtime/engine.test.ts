import { describe, expect, test } from 'vitest'
import { BpmnError, createEngine, type EngineOptions, manualClock, NoRetry } from '../../src/index.ts'
import { chain, processModel, service, user, wait } from './process-model.ts'
import { stores } from './stores.ts'

const loop = processModel(
  'loop',
  '<bpmn:startEvent id="start"/><bpmn:exclusiveGateway id="merge"/><bpmn:serviceTask id="inc" camunda:type="external" camunda:topic="inc"/><bpmn:exclusiveGateway id="more" default="f4_more_merge"/><bpmn:endEvent id="end"/>',
  'start -> merge\nmerge -> inc\ninc -> more\nmore -> merge\nmore -> end [${n >= 25}]',
)

for (const { name, open } of stores) {
  for (const durability of ['activity', 'wait'] as const) {
    describe(`on ${name} with durability ${durability}`, () => {
      const make = (options: EngineOptions = {}) => createEngine({ storage: open(), durability, ...options })

      test('a process of service tasks runs to its end', async () => {
        const done: string[] = []
        const engine = await make({ handlers: { work: (job) => void done.push(job.elementId) } })
        await engine.deploy(chain('p', [service('a', 'work'), service('b', 'work'), service('c', 'work')]))
        const { id } = await engine.start('p', { variables: { x: 1 } })
        await engine.drain()
        expect(done).toEqual(['a', 'b', 'c'])
        expect(await engine.instances.get(id)).toMatchObject({ status: 'completed', activeElements: [], variables: { x: 1 } })
        expect(await engine.jobs.find()).toEqual([])
        await engine.close()
      })

      test('a loop goes round as often as its condition says', async () => {
        const engine = await make({ handlers: { inc: (job) => ({ n: Number(job.variables.n) + 1 }) } })
        await engine.deploy(loop)
        const { id } = await engine.start('loop', { variables: { n: 0 } })
        await engine.drain()
        expect(await engine.instances.get(id)).toMatchObject({ status: 'completed', variables: { n: 25 } })
        await engine.close()
      })

      test('a user task waits for its person, whose variables go on', async () => {
        const engine = await make()
        await engine.deploy(chain('p', [user('ask', 'camunda:assignee="kim"')]))
        const { id } = await engine.start('p', { variables: { amount: 7 } })
        const [task] = await engine.tasks.find({ instanceId: id })
        expect(task).toMatchObject({ elementId: 'ask', name: 'Do ask', assignee: 'kim', state: 'reserved', variables: { amount: 7 } })
        expect((await engine.instances.get(id))?.activeElements).toMatchObject([
          { elementId: 'ask', type: 'userTask', kind: 'leaf', phase: 'waiting' },
        ])
        await engine.tasks.complete(task?.id ?? '', { variables: { ok: true }, actor: 'kim' })
        expect(await engine.instances.get(id)).toMatchObject({ status: 'completed', variables: { amount: 7, ok: true } })
        expect(await engine.tasks.find()).toEqual([])
        await expect(engine.tasks.complete(task?.id ?? '')).rejects.toMatchObject({ code: 'unknownTask' })
        await engine.close()
      })

      test('work that fails is tried again after its back-off, and becomes an incident when its attempts are used up', async () => {
        const clock = manualClock()
        let calls = 0
        const engine = await make({
          clock,
          handlers: {
            flaky: {
              run: () => {
                calls++
                throw new Error('no line')
              },
              attempts: 3,
              backoff: 'PT10S',
            },
          },
        })
        await engine.deploy(chain('p', [service('a', 'flaky')]))
        const { id } = await engine.start('p')
        await engine.drain()
        expect(calls).toBe(1)
        await engine.advance('PT9S')
        expect(calls).toBe(1)
        await engine.advance('PT1S')
        expect(calls).toBe(2)
        await engine.advance('PT1H')
        expect(calls).toBe(3)
        expect(await engine.incidents.find({ instanceId: id })).toMatchObject([{ elementId: 'a', message: 'no line', jobType: 'flaky' }])
        expect((await engine.instances.get(id))?.activeElements).toMatchObject([{ elementId: 'a', phase: 'incident' }])
        await engine.close()
      })

      test('a resolved incident gives the work all its attempts again', async () => {
        const clock = manualClock()
        let isBroken = true
        const engine = await make({
          clock,
          handlers: {
            work: () => {
              if (isBroken) throw new NoRetry('customer unknown')
            },
          },
        })
        await engine.deploy(chain('p', [service('a', 'work')]))
        const { id } = await engine.start('p')
        await engine.drain()
        const [incident] = await engine.incidents.find()
        expect(incident).toMatchObject({ code: 'noRetry', message: 'customer unknown' })
        isBroken = false
        await engine.incidents.resolve(incident?.id ?? '')
        await engine.drain()
        expect(await engine.instances.get(id)).toMatchObject({ status: 'completed' })
        expect(await engine.incidents.find()).toEqual([])
        await engine.close()
      })

      test('jobs.setRetries gives new attempts to work that is stuck', async () => {
        const engine = await make({
          clock: manualClock(),
          retries: { attempts: 1 },
          handlers: {
            work: (job) => {
              if (job.variables.fixed !== true) throw new Error('stuck')
            },
          },
        })
        await engine.deploy(chain('p', [service('a', 'work')]))
        const { id } = await engine.start('p')
        await engine.drain()
        const [job] = await engine.jobs.find({ instanceId: id })
        expect(job).toMatchObject({ type: 'work', retriesLeft: 0, dueAt: null, error: { message: 'stuck' } })
        await engine.instances.setVariables(id, { fixed: true })
        await engine.jobs.setRetries(job?.id ?? '', 2)
        await engine.drain()
        expect(await engine.instances.get(id)).toMatchObject({ status: 'completed' })
        await engine.close()
      })

      test('a BPMN error goes to the boundary event that catches its code', async () => {
        const model = processModel(
          'p',
          `<bpmn:startEvent id="start"/><bpmn:serviceTask id="pay" camunda:type="external" camunda:topic="pay"/><bpmn:boundaryEvent id="declined" attachedToRef="pay"><bpmn:errorEventDefinition errorRef="e"/></bpmn:boundaryEvent>
           <bpmn:endEvent id="paid"/><bpmn:endEvent id="unpaid"/>`,
          'start -> pay\npay -> paid\ndeclined -> unpaid',
          '<bpmn:error id="e" name="declined" errorCode="DECLINED"/>',
        )
        const engine = await make({
          handlers: {
            pay: () => {
              throw new BpmnError('DECLINED', 'card expired', { variables: { card: 'x' } })
            },
          },
        })
        await engine.deploy(model)
        const { id } = await engine.start('p')
        await engine.drain()
        expect(await engine.instances.get(id)).toMatchObject({ status: 'completed', variables: { card: 'x' } })
        const completed = (await engine.history(id)).filter((entry) => entry.type === 'elementCompleted').map((entry) => entry.elementId)
        expect(completed).toEqual(['start', 'declined', 'unpaid'])
        await engine.close()
      })

      test('a timer lets its token go on when it is due, not before', async () => {
        const engine = await make({ clock: manualClock('2026-03-01T00:00:00Z') })
        await engine.deploy(chain('p', [wait('pause', 'P40D')]))
        const { id } = await engine.start('p')
        await engine.advance('P39D')
        expect(await engine.instances.get(id)).toMatchObject({ status: 'active' })
        await engine.advance('P1D')
        expect(await engine.instances.get(id)).toMatchObject({ status: 'completed', endedAt: '2026-04-10T00:00:00.000Z' })
        expect(await engine.jobs.find()).toEqual([])
        await engine.close()
      })

      test('an interrupting boundary timer takes the open task away', async () => {
        const model = processModel(
          'p',
          `<bpmn:startEvent id="start"/><bpmn:userTask id="ask"/><bpmn:boundaryEvent id="late" attachedToRef="ask"><bpmn:timerEventDefinition><bpmn:timeDuration xsi:type="bpmn:tFormalExpression">PT1H</bpmn:timeDuration></bpmn:timerEventDefinition></bpmn:boundaryEvent><bpmn:endEvent id="end"/>`,
          'start -> ask\nask -> end\nlate -> end',
        )
        const engine = await make({ clock: manualClock() })
        await engine.deploy(model)
        const { id } = await engine.start('p')
        expect(await engine.jobs.find({ instanceId: id })).toMatchObject([{ kind: 'timer' }])
        await engine.advance('PT1H')
        expect(await engine.tasks.find()).toEqual([])
        expect(await engine.instances.get(id)).toMatchObject({ status: 'completed' })
        await engine.close()
      })

      test('completing a task takes its boundary timer away', async () => {
        const model = processModel(
          'p',
          `<bpmn:startEvent id="start"/><bpmn:userTask id="ask"/><bpmn:boundaryEvent id="late" attachedToRef="ask"><bpmn:timerEventDefinition><bpmn:timeDuration xsi:type="bpmn:tFormalExpression">PT1H</bpmn:timeDuration></bpmn:timerEventDefinition></bpmn:boundaryEvent><bpmn:endEvent id="end"/>`,
          'start -> ask\nask -> end\nlate -> end',
        )
        const engine = await make({ clock: manualClock() })
        await engine.deploy(model)
        const { id } = await engine.start('p')
        await engine.tasks.complete((await engine.tasks.find({ instanceId: id }))[0]?.id ?? '')
        expect(await engine.jobs.find({ instanceId: id })).toEqual([])
        await engine.close()
      })

      test('a message reaches the instance that waits for it', async () => {
        const model = processModel(
          'p',
          '<bpmn:startEvent id="start"/><bpmn:receiveTask id="hear" messageRef="m"/><bpmn:endEvent id="end"/>',
          'start -> hear\nhear -> end',
          '<bpmn:message id="m" name="paid"/>',
        )
        const engine = await make()
        await engine.deploy(model)
        const one = await engine.start('p', { businessKey: 'A-1' })
        const other = await engine.start('p', { businessKey: 'A-2' })
        await engine.drain()
        expect(await engine.messages.publish({ name: 'paid', businessKey: 'A-1', variables: { sum: 3 } })).toEqual({
          outcome: 'correlated',
          instanceIds: [one.id],
        })
        expect(await engine.instances.get(one.id)).toMatchObject({ status: 'completed', variables: { sum: 3 } })
        expect(await engine.instances.get(other.id)).toMatchObject({ status: 'active' })
        await engine.close()
      })

      test('an element that waits goes on when it is triggered by hand', async () => {
        const engine = await make({ handlers: { work: (job) => job.pending() } })
        await engine.deploy(chain('p', [service('a', 'work')]))
        const { id } = await engine.start('p')
        await engine.drain()
        const view = await engine.instances.get(id)
        expect(view?.activeElements).toMatchObject([{ elementId: 'a', phase: 'waiting' }])
        await engine.trigger(view?.activeElements[0]?.elementInstanceId ?? '', { variables: { by: 'hand' } })
        expect(await engine.instances.get(id)).toMatchObject({ status: 'completed', variables: { by: 'hand' } })
        expect(await engine.jobs.find()).toEqual([])
        await engine.close()
      })

      test('a cancelled instance leaves no task, job or subscription behind', async () => {
        const model = processModel(
          'p',
          '<bpmn:startEvent id="start"/><bpmn:parallelGateway id="fork"/><bpmn:userTask id="ask"/><bpmn:serviceTask id="a" camunda:type="external" camunda:topic="nobody"/><bpmn:receiveTask id="hear" messageRef="m"/><bpmn:endEvent id="end"/>',
          'start -> fork\nfork -> ask\nfork -> a\nfork -> hear\nask -> end\na -> end\nhear -> end',
          '<bpmn:message id="m" name="paid"/>',
        )
        const engine = await make()
        await engine.deploy(model)
        const { id } = await engine.start('p')
        await engine.drain()
        expect(await engine.tasks.find({ instanceId: id })).toHaveLength(1)
        await engine.instances.cancel(id, { reason: 'no longer wanted' })
        expect(await engine.instances.get(id)).toMatchObject({ status: 'terminated', activeElements: [] })
        expect(await engine.tasks.find()).toEqual([])
        expect(await engine.jobs.find()).toEqual([])
        expect(await engine.messages.publish({ name: 'paid' })).toMatchObject({ outcome: 'none' })
        await engine.close()
      })

      test('an expression is evaluated once as the work of its service task', async () => {
        const engine = await make({ functions: { twice: (n: number) => n * 2 } })
        await engine.deploy(
          chain('p', [{ id: 'calc', xml: '<bpmn:serviceTask id="calc" camunda:expression="${twice(n)}" camunda:resultVariable="m"/>' }]),
        )
        const { id } = await engine.start('p', { variables: { n: 21 } })
        await engine.drain()
        expect(await engine.instances.get(id)).toMatchObject({ status: 'completed', variables: { n: 21, m: 42 } })
        await engine.close()
      })
    })
  }
}

test('a thrower does not catch its own signal later on its way, another instance does', async () => {
  const model = (key: string, first: string): string =>
    processModel(
      key,
      `<bpmn:startEvent id="start"/>${first}<bpmn:intermediateCatchEvent id="hear"><bpmn:signalEventDefinition signalRef="s"/></bpmn:intermediateCatchEvent><bpmn:endEvent id="end"/>`,
      'start -> first\nfirst -> hear\nhear -> end',
      '<bpmn:signal id="s" name="storm"/>',
    )
  const engine = await createEngine()
  await engine.deploy(model('listener', '<bpmn:task id="first"/>'))
  await engine.deploy(
    model('thrower', '<bpmn:intermediateThrowEvent id="first"><bpmn:signalEventDefinition signalRef="s"/></bpmn:intermediateThrowEvent>'),
  )
  const listener = await engine.start('listener')
  const thrower = await engine.start('thrower')
  await engine.drain()
  expect(await engine.instances.get(listener.id)).toMatchObject({ status: 'completed' })
  expect(await engine.instances.get(thrower.id)).toMatchObject({ status: 'active', activeElements: [{ elementId: 'hear' }] })
  await engine.close()
})
