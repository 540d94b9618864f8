import { describe, expect, test } from 'vitest'
import { compile, modelText, node } from './models.ts'

describe('a model of Camunda Modeler for Camunda 8', async () => {
  const claim = await compile(modelText('claim-camunda-8.bpmn'))

  test('a task definition names type, retries and headers, and mappings may set parts of a variable', () => {
    expect(claim).toMatchObject({ key: 'claim', dialect: 'zeebe', versionTag: '2025-1' })
    const task = node(claim, 'Task_register', 'serviceTask')
    expect(task.job).toMatchObject({ type: 'register-claim', origin: 'taskDefinition', headers: { queue: 'claims' } })
    expect(task.retry).toEqual({ attempts: 5, waits: [] })
    expect(task.io).toMatchObject({
      propagation: 'mapped',
      inputs: [{ target: ['cents'], source: { type: 'expression', expression: { source: '=claim.amount * 100', language: 'feel' } } }],
      outputs: [{ target: ['claim', 'number'] }],
    })
  })
  test('a script in FEEL is the work itself', () => {
    expect(node(claim, 'Task_assess', 'scriptTask')).toMatchObject({
      script: null,
      job: { origin: 'expression', own: { type: 'expression', expression: { language: 'feel' } }, resultVariable: 'route' },
    })
  })
  test('a user task has its assignment, schedule, priority and form', () => {
    const task = node(claim, 'Task_review', 'userTask')
    expect(task.assignment).toMatchObject({
      assignee: { source: '=expert', language: 'feel' },
      candidateGroups: { source: '=["claims"]' },
      candidateUsers: { source: 'kim, lee', language: 'literal' },
      dueDate: { source: '=now() + duration("P3D")' },
      followUpDate: { source: '2030-01-01T00:00:00Z' },
      priority: { source: '80' },
    })
    expect(task.form).toEqual({ key: null, ref: 'review-form' })
  })
  test('multi-instance counts from 1 and collects its outputs', () => {
    expect(node(claim, 'Task_review', 'userTask').repetition).toMatchObject({
      isSequential: true,
      collection: { source: '=claim.photos', language: 'feel' },
      elementVariable: 'photo',
      outputCollection: 'verdicts',
      outputElement: { source: '=verdict' },
      completionCondition: { source: '=verdict = "fraud"', language: 'feel' },
      counterBase: 1,
    })
  })
  test('a message has its correlation key', () => {
    expect(node(claim, 'Receive_expert', 'receiveTask').message).toMatchObject({
      id: 'Message_opinion',
      name: { source: 'expert-opinion' },
      correlationKey: { source: '=claim.number', language: 'feel' },
    })
  })
  test('a throwing event may be a job whose type is computed', () => {
    expect(node(claim, 'Throw_paid', 'intermediateThrowEvent').eventDefinitions).toMatchObject([
      { type: 'message', message: null, job: { type: { source: '=channel + "-letter"' }, origin: 'taskDefinition' } },
    ])
  })
  test('a decision has its id and result variable', () => {
    expect(node(claim, 'Rule_payout', 'businessRuleTask')).toMatchObject({
      job: { own: { type: 'decision', call: { id: { source: 'payout' }, binding: { type: 'latest' } } }, resultVariable: 'payout' },
    })
  })
  test('a process whose only start event waits for a message has nothing that starts by itself', () => {
    expect(claim.root.initial).toEqual([])
    expect(claim.root.startEvents.map((start) => start.id)).toEqual(['Start_claim'])
  })
})
