import { describe, expect, test } from 'vitest'
import { BpmnError, createEngine, type EngineOptions, type Job, manualClock } from '../../src/index.ts'
import { processModel } from './process-model.ts'

const extension = (content: string): string => `<bpmn:extensionElements>${content}</bpmn:extensionElements>`
const listener = (event: string, bean: string): string => `<camunda:executionListener event="${event}" delegateExpression="\${${bean}}"/>`
const FLOWS = 'start -> a; a -> end'

/** An engine whose handlers tell what they were called for. */
async function engineFor(model: string, options: EngineOptions = {}) {
  const told: string[] = []
  const tell = (job: Job): void => void told.push(`${job.elementId} ${job.listener ?? 'work'}`)
  const engine = await createEngine({
    clock: manualClock('2026-01-01T00:00:00Z'),
    ...options,
    handlers: { work: tell, hear: tell, ...options.handlers },
  })
  await engine.deploy(model)
  const start = async (variables = {}) => {
    const { id } = await engine.start('p', { variables })
    await engine.drain()
    return id
  }
  return { engine, told, start }
}

function model(inside: string, process = ''): string {
  return processModel('p', `${process}<bpmn:startEvent id="start"/>${inside}<bpmn:endEvent id="end"/>`, FLOWS)
}

const work = (content: string, attributes = ''): string =>
  `<bpmn:serviceTask id="a" camunda:topic="work" ${attributes}>${extension(content)}</bpmn:serviceTask>`

describe('execution listeners', () => {
  test('are heard around the work of their element, in the order of the file, and those of the process around all', async () => {
    const process = extension(listener('end', 'hear') + listener('start', 'hear'))
    const { engine, told, start } = await engineFor(model(work(listener('end', 'hear') + listener('start', 'hear')), process))
    const id = await start()
    expect(told).toEqual(['start start', 'a start', 'a work', 'a end', 'p#end end'])
    expect((await engine.instances.get(id))?.status).toBe('completed')
    await engine.close()
  })

  test('what they set is seen by the work, and inputs are mapped once, before the first', async () => {
    const io = '<camunda:inputOutput><camunda:inputParameter name="size">${1}</camunda:inputParameter></camunda:inputOutput>'
    const seen: unknown[] = []
    const { engine, start } = await engineFor(
      model(
        work(
          `${io}<camunda:executionListener event="start" expression="\${execution.setVariable('size', size + 1)}"/>${listener('end', 'seen')}`,
        ),
      ),
      { handlers: { work: (job) => void seen.push(job.variables.size), seen: (job) => void seen.push(job.variables.size) } },
    )
    await start()
    expect(seen).toEqual([2, 2])
    await engine.close()
  })

  test('a BPMN error of a listener is caught at its element; another failure is an incident that is tried anew', async () => {
    let isBroken = true
    const body = `${work(listener('start', 'check'))}<bpmn:boundaryEvent id="full" attachedToRef="a"><bpmn:errorEventDefinition/></bpmn:boundaryEvent><bpmn:endEvent id="waiting"/>`
    const text = processModel('p', `<bpmn:startEvent id="start"/>${body}<bpmn:endEvent id="end"/>`, `${FLOWS}; full -> waiting`)
    const { engine, told, start } = await engineFor(text, {
      retries: { attempts: 1 },
      handlers: {
        check: (job) => {
          if (job.variables.seats === 0) throw new BpmnError('FULL')
          if (isBroken) throw new Error('no answer')
        },
      },
    })
    const full = await start({ seats: 0 })
    expect((await engine.history(full)).flatMap((one) => (one.type === 'elementCompleted' ? [one.elementId] : []))).toContain('waiting')
    const id = await start({ seats: 1 })
    const [incident] = await engine.incidents.find({ instanceId: id })
    expect(incident).toMatchObject({ elementId: 'a', jobType: 'check', jobId: `${incident?.elementInstanceId}:start0` })
    isBroken = false
    await engine.incidents.resolve(incident?.id ?? '')
    await engine.drain()
    expect(told).toEqual(['a work'])
    expect((await engine.instances.get(id))?.status).toBe('completed')
    await engine.close()
  })

  test('of a flow are heard when it is taken, and only then', async () => {
    const body = `<bpmn:startEvent id="start"/><bpmn:exclusiveGateway id="g" default="other"/><bpmn:endEvent id="end"/>
      <bpmn:sequenceFlow id="in" sourceRef="start" targetRef="g"/>
      <bpmn:sequenceFlow id="large" sourceRef="g" targetRef="end">${extension(listener('take', 'hear'))}<bpmn:conditionExpression>\${n > 1}</bpmn:conditionExpression></bpmn:sequenceFlow>
      <bpmn:sequenceFlow id="other" sourceRef="g" targetRef="end">${extension(listener('take', 'other'))}</bpmn:sequenceFlow>`
    const { engine, told, start } = await engineFor(processModel('p', body, ''), {
      handlers: { other: () => void told.push('other'), hear: () => ({ n: 0 }) },
    })
    // What the listener sets comes too late for the decision.
    expect((await engine.instances.get(await start({ n: 2 })))?.status).toBe('completed')
    expect(told).toEqual([])
    await start({ n: 0 })
    expect(told).toEqual(['other'])
    await engine.close()
  })

  test('at the end of a sub-process see its variables; boundary events do not fire any more', async () => {
    const inner = `<bpmn:startEvent id="s"/><bpmn:endEvent id="e"/><bpmn:sequenceFlow id="f" sourceRef="s" targetRef="e"/>`
    const io = '<camunda:inputOutput><camunda:inputParameter name="mine">1</camunda:inputParameter></camunda:inputOutput>'
    const timer =
      '<bpmn:boundaryEvent id="late" attachedToRef="a"><bpmn:timerEventDefinition><bpmn:timeDuration>PT1S</bpmn:timeDuration></bpmn:timerEventDefinition></bpmn:boundaryEvent>'
    const seen: unknown[] = []
    const { engine, start } = await engineFor(
      model(`<bpmn:subProcess id="a">${extension(io + listener('end', 'seen'))}${inner}</bpmn:subProcess>${timer}`),
      {
        retries: { attempts: 2, backoff: 'PT1M' },
        handlers: {
          seen: (job) => {
            seen.push(job.variables.mine)
            if (job.attempt === 1) throw new Error('busy')
          },
        },
      },
    )
    const id = await start()
    await engine.advance('PT2M')
    expect(seen).toEqual(['1', '1'])
    expect((await engine.history(id)).some((one) => one.elementId === 'late')).toBe(false)
    expect((await engine.instances.get(id))?.status).toBe('completed')
    await engine.close()
  })

  test('are not what a handler of the element stands for', async () => {
    const { engine, told, start } = await engineFor(model(work(listener('start', 'hear'))), {
      elementHandlers: { a: () => void told.push('own') },
    })
    await start()
    expect(told).toEqual(['a start', 'own'])
    await engine.close()
  })

  test('are done by external workers too', async () => {
    const engine = await createEngine({ clock: manualClock('2026-01-01T00:00:00Z') })
    await engine.deploy(model(work(listener('start', 'hear'))))
    const { id } = await engine.start('p')
    const [job] = await engine.jobs.fetch({ types: ['hear'], worker: 'w', max: 1 })
    expect(job).toMatchObject({ type: 'hear', elementId: 'a' })
    expect(job?.elementInstanceId).toBe((await engine.instances.get(id))?.activeElements[0]?.elementInstanceId)
    await engine.jobs.complete(job?.id ?? '', { token: job?.token ?? 0, variables: { heard: true } })
    expect(await engine.instances.variables(id)).toEqual({ heard: true })
    expect((await engine.jobs.find({ type: 'work' })).map((one) => one.elementId)).toEqual(['a'])
    await engine.close()
  })

  test('are heard in each round of a repeated activity', async () => {
    const loop =
      '<bpmn:multiInstanceLoopCharacteristics><bpmn:loopCardinality>2</bpmn:loopCardinality></bpmn:multiInstanceLoopCharacteristics>'
    const { engine, told, start } = await engineFor(
      model(
        `<bpmn:serviceTask id="a" camunda:topic="work">${extension(listener('start', 'hear') + listener('end', 'hear'))}${loop}</bpmn:serviceTask>`,
      ),
    )
    await start()
    expect(told.toSorted()).toEqual(['a end', 'a end', 'a start', 'a start', 'a work', 'a work'])
    await engine.close()
  })
})

describe('task listeners', () => {
  test('hear that a task is made, before anybody sees it, and that it was completed', async () => {
    const taskListener = (event: string): string => `<camunda:taskListener event="${event}" class="org.example.hear"/>`
    const { engine, told, start } = await engineFor(
      model(
        `<bpmn:userTask id="a" camunda:assignee="\${who}">${extension(taskListener('complete') + taskListener('create'))}</bpmn:userTask>`,
      ),
      {
        handlers: {
          hear: (job) => {
            told.push(`${job.listener} ${job.variables.done ?? ''}`)
            return job.listener === 'create' ? { who: 'kim' } : {}
          },
        },
      },
    )
    const id = await start()
    const [task] = await engine.tasks.find({ instanceId: id })
    expect(task?.assignee).toBe('kim')
    await engine.tasks.complete(task?.id ?? '', { variables: { done: 'yes' } })
    await engine.drain()
    expect(told).toEqual(['create ', 'complete yes'])
    expect((await engine.instances.get(id))?.status).toBe('completed')
    await engine.close()
  })
})

describe('task listeners that nothing waits for', () => {
  const hears = (...events: string[]): string =>
    extension(events.map((event) => `<camunda:taskListener event="${event}" delegateExpression="\${hear}"/>`).join(''))
  const timer =
    '<bpmn:boundaryEvent id="late" attachedToRef="a"><bpmn:timerEventDefinition><bpmn:timeDuration>PT1H</bpmn:timeDuration></bpmn:timerEventDefinition></bpmn:boundaryEvent>'
  const task = (content: string, attributes = ''): string => `<bpmn:userTask id="a" ${attributes}>${content}</bpmn:userTask>${timer}`

  test('hear who it is given to, and what is changed about it', async () => {
    const { engine, told, start } = await engineFor(model(task(hears('assignment', 'update'))), {
      handlers: { hear: (job) => ({ heard: told.push(job.listener ?? '') }) },
    })
    const id = await start()
    const [open] = await engine.tasks.find({ instanceId: id })
    await engine.tasks.claim(open?.id ?? '', 'kim')
    await engine.tasks.claim(open?.id ?? '', 'kim')
    await engine.drain()
    expect(told).toEqual(['assignment'])
    await engine.tasks.update(open?.id ?? '', { priority: 7 })
    await engine.drain()
    expect(told).toEqual(['assignment', 'update'])
    expect(await engine.instances.variables(id)).toEqual({ heard: 2 })
    await engine.close()
  })

  test('hear before anybody sees the task whom the model gives it to', async () => {
    const { engine, told, start } = await engineFor(model(task(hears('assignment'), 'camunda:assignee="kim"')))
    await start()
    expect(told).toEqual(['a assignment'])
    await engine.close()
  })

  test('hear that it was taken away: by a boundary event, with its instance; not that it was completed', async () => {
    const { engine, told, start } = await engineFor(model(task(hears('delete'))))
    const id = await start()
    await engine.advance('PT1H')
    expect(told).toEqual(['a delete'])
    expect((await engine.instances.get(id))?.status).toBe('completed')
    await engine.instances.cancel(await start(), {})
    await engine.drain()
    expect(told).toEqual(['a delete', 'a delete'])
    await start()
    const [open] = await engine.tasks.find()
    await engine.tasks.complete(open?.id ?? '')
    await engine.drain()
    expect(told).toHaveLength(2)
    expect(await engine.jobs.find()).toEqual([])
    await engine.close()
  })

  test('are tried again where they fail, and the path goes on meanwhile', async () => {
    const { engine, told, start } = await engineFor(model(task(hears('delete'))), {
      handlers: {
        hear: (job) => {
          if (told.push(`attempt ${job.attempt}`) === 1) throw new Error('busy')
        },
      },
    })
    const id = await start()
    await engine.instances.cancel(id, {})
    await engine.advance('PT1H')
    expect(told).toEqual(['attempt 1', 'attempt 2'])
    await engine.close()
  })
})

describe('listeners of zeebe', () => {
  const zeebe = (content: string): string =>
    `<bpmn:serviceTask id="a"><bpmn:extensionElements xmlns:zeebe="http://camunda.org/schema/zeebe/1.0"><zeebe:taskDefinition type="work"/>${content}</bpmn:extensionElements></bpmn:serviceTask>`

  test('what a start listener sets stays within the element; end listeners hear after the outputs are mapped', async () => {
    const seen: unknown[] = []
    const { engine, start } = await engineFor(
      model(
        zeebe(`<zeebe:ioMapping><zeebe:output source="=mine + 1" target="theirs"/></zeebe:ioMapping><zeebe:executionListeners>
          <zeebe:executionListener eventType="start" type="before" retries="1"/><zeebe:executionListener eventType="end" type="after"/></zeebe:executionListeners>`),
      ),
      { handlers: { before: () => ({ mine: 1 }), after: (job) => ({ after: seen.push(job.variables.theirs) }) } },
    )
    const id = await start()
    expect(seen).toEqual([2])
    expect(await engine.instances.variables(id)).toEqual({ theirs: 2, after: 1 })
    await engine.close()
  })
})
