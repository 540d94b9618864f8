import { EngineError, Refused } from '@leeway/engine'
import { boundary, caught, type Desk, leaveAt, message, model, START, user } from '../desk.ts'

/**
 * What commands that come at once meet: A is left, with an item that is done and cannot be undone; B was left and passed over; two steps
 * stand in a sub-process, one in a called process; a message, a timer and work that somebody has in hand are waited for; C comes after
 * all of them. A proposal is open.
 */
export interface Scene {
  readonly id: string
  readonly caseId: string
  /** The deviation at A, and the one at B from which somebody came back. */
  readonly away: string
  readonly back: string
  /** Element instances by element, as everybody saw them before. */
  readonly places: Readonly<Record<string, string>>
  readonly job: { readonly id: string; readonly token: number }
  readonly proposalId: string
  /** Where the timer stands at another time for each scene, it is due for this one alone. */
  readonly dueAt: string
  /** The same model, deployed again. */
  readonly next: string
}

const SUB = `<bpmn:subProcess id="P"><bpmn:startEvent id="s"/><bpmn:parallelGateway id="f"/>${user('U')}${user('V')}
  <bpmn:sequenceFlow id="i1" sourceRef="s" targetRef="f"/><bpmn:sequenceFlow id="i2" sourceRef="f" targetRef="U"/><bpmn:sequenceFlow id="i3" sourceRef="f" targetRef="V"/></bpmn:subProcess>`
const DATE = '<bpmn:timerEventDefinition><bpmn:timeDate xsi:type="bpmn:tFormalExpression">=due</bpmn:timeDate></bpmn:timerEventDefinition>'
const MODEL = model(
  `<bpmn:parallelGateway id="F"/><bpmn:parallelGateway id="J"/>${user('A')}${user('B')}${user('D')}${SUB}<bpmn:callActivity id="K" calledElement="called"/>
    ${boundary('N', 'A', message('cancelled'))}${caught('M', message())}${caught('T', DATE)}
    <bpmn:serviceTask id="W" camunda:type="external" camunda:topic="pack"/>${user('C')}`,
  'S>F F>A F>B F>P F>K F>M F>T F>W A>J B>D D>J P>J K>J M>J T>J W>J J>C N>E C>E',
)

const of = (key: string): string => model(user('X'), 'S>X X>E').replace('id="p"', `id="${key}"`)

/** Once for a storage, before scenes are set. */
export async function deployScene({ engine }: Desk): Promise<void> {
  for (const xml of [of('called'), of('replace'), MODEL, MODEL.replace('id="C"', 'id="C" camunda:priority="7"')]) await engine.deploy(xml)
}

export async function setScene(desk: Desk, hours = 1): Promise<Scene> {
  const { engine, cases } = desk
  const dueAt = new Date(Date.parse(START) + hours * 3_600_000).toISOString()
  const { id } = await engine.start({ key: 'p', version: 1 }, { variables: { due: dueAt } })
  await engine.drain()
  const [job] = await engine.jobs.fetch({ types: ['pack'], worker: 'w', lease: 'P90D', max: 1 })
  if (job === undefined) throw new Error('nothing is to be packed')
  const away = await leaveAt(desk, id, 'A')
  const item = await cases.addItem(away.id, { kind: 'human', name: 'told', actor: 'kim' })
  await cases.completeItem(item.id, { actor: 'kim' })
  const back = await leaveAt(desk, id, 'B')
  await cases.return(back.id, { to: 'skip', actor: 'kim' })
  const proposed = { caseId: away.caseId, offer: 'Money back', cost: { kind: 'remedy', amount: 200 }, reason: RULE, actor: 'ann' }
  const { id: proposalId } = await cases.proposals.draft(proposed)
  await cases.proposals.submit(proposalId, { actor: 'ann' })
  await engine.drain()
  const elements = (await engine.instances.get(id))?.activeElements ?? []
  const places = Object.fromEntries(elements.map(({ elementId, elementInstanceId }) => [elementId, elementInstanceId]))
  const [next] = await engine.processes.find({ key: 'p', latest: true })
  const { caseId } = away
  return {
    id,
    caseId,
    away: away.id,
    back: back.id,
    places,
    job: { id: job.id, token: job.token },
    proposalId,
    dueAt,
    next: next?.id ?? '',
  }
}

const RULE = { code: 'late', customerStatement: 'I want my money back.', text: 'Two weeks late.', rule: 'R-7: no refunds' }

/** A person's command. */
export type RacingCommand = (desk: Desk, scene: Scene) => Promise<unknown>

const kim = { reason: 'x', actor: 'kim' } as const
const item = { kind: 'human', name: 'first', actor: 'kim' } as const
const returning =
  (to: Parameters<Desk['cases']['return']>[1]['to']): RacingCommand =>
  ({ cases }, { away }) =>
    cases.return(away, { to, actor: 'kim' })
const leaving =
  (elementId: string, more = {}): RacingCommand =>
  ({ cases }, { id, places }) =>
    cases.leave({ instanceId: id, elementInstanceId: places[elementId] ?? '', ...kim, ...more })
const completing =
  (elementId: string): RacingCommand =>
  ({ engine }, { places }) =>
    engine.tasks.complete(places[elementId] ?? '', { variables: { [elementId]: 'done' }, actor: 'tom' })

/** Everything that races here, by name. */
export const COMMANDS: Readonly<Record<string, RacingCommand>> = {
  resume: returning('resume'),
  skip: returning('skip'),
  handOver: returning({ handOver: { process: 'replace', next: 'skip' } }),
  stayOff: returning('stayOff'),
  endScope: returning('endScope'),
  endBranch: returning({ endBranch: { retireJoinSlot: true } }),
  undo: ({ cases }, { away }) => cases.undo(away, kim),
  'partial undo': ({ cases }, { away }) => cases.undo(away, { ...kim, partial: true }),
  'undo of a return': ({ cases }, { back }) => cases.undo(back, kim),
  'leave again': leaving('A', { actor: 'ann' }),
  withdraw: leaving('D', { mode: 'withdraw' }),
  leave: leaving('D'),
  cascade: leaving('K', { cascade: true }),
  'takeOver of a scope': leaving('P', { mode: 'takeOver' }),
  'takeOver of it all': ({ cases }, { id }) => cases.leave({ instanceId: id, elementInstanceId: id, mode: 'takeOver', ...kim }),
  leaveMany: ({ cases }, { id }) => cases.leaveMany({ instanceIds: [id], before: 'C', ...kim }),
  defer: ({ cases }, { id }) => cases.defer({ instanceId: id, before: 'C', item, actor: 'kim' }),
  'resume by key': ({ cases }, { away }) => cases.return(away, { to: 'resume', actor: 'kim', idempotencyKey: `back ${away}` }),
  alongside: leaving('D', { mode: 'alongside', actor: 'ann' }),
  'leave too': leaving('D', { actor: 'ann' }),
  'leave inside': leaving('U', { actor: 'ann' }),
  'leave ahead': ({ cases }, { id }) => cases.leave({ instanceId: id, before: 'C', ...kim }),
  'leave at the message': leaving('M'),
  'leave at the timer': leaving('T'),
  'leave at the work': leaving('W'),
  message: ({ engine }, { id }) => engine.messages.publish({ name: 'paid', instanceId: id, variables: { paid: true } }),
  preempt: ({ engine }, { id }) => engine.messages.publish({ name: 'cancelled', instanceId: id }),
  timer: ({ engine }, { dueAt }) => engine.advance({ to: dueAt }),
  result: ({ engine }, { job }) => engine.jobs.complete(job.id, { token: job.token, variables: { packed: true } }),
  endorse: ({ cases }, { proposalId }) => cases.proposals.endorse(proposalId, { actor: 'bob' }),
  'endorse too': ({ cases }, { proposalId }) => cases.proposals.endorse(proposalId, { actor: 'lee' }),
  migrate: ({ engine }, { id, next }) => engine.instances.migrate({ instances: [id], to: next, actor: 'ops' }),
  'new item': ({ cases }, { away }) => cases.addItem(away, { ...item, required: true }),
  'complete D': completing('D'),
  'complete U': completing('U'),
  cancel: ({ engine }, { id }) => engine.instances.cancel(id, { reason: 'over' }),
}

/** What the page on leaving the path tells of two things at once, row by row. */
export const ROWS: readonly (readonly [row: string, one: string, other: string])[] = [
  ['K1', 'leave', 'leave too'],
  ['K2', 'alongside', 'leave'],
  ['K3', 'leave', 'leave inside'],
  ['K4', 'leave', 'complete D'],
  ['K5', 'leave at the message', 'message'],
  ['K5', 'leave at the timer', 'timer'],
  ['K6', 'leave at the work', 'result'],
  ['K7', 'resume', 'skip'],
  ['K7', 'resume by key', 'resume by key'],
  ['K8', 'resume', 'new item'],
  ['K9', 'resume', 'preempt'],
  ['K9', 'skip', 'cancel'],
  ['K10', 'takeOver of a scope', 'leave inside'],
  ['K11', 'endorse', 'endorse too'],
  ['K12', 'leaveMany', 'leave ahead'],
  ['K13', 'migrate', 'leave'],
  ['K13', 'migrate', 'resume'],
]

/** How a command ended: `ok`, or the code of what was thrown. */
export async function endingOf(call: Promise<unknown>): Promise<string> {
  try {
    await call
    return 'ok'
  } catch (error) {
    if (error instanceof Refused || error instanceof EngineError) return error.code
    throw error
  }
}

/** All that is left of a race but for ids and instants. */
export async function pictureOf({ engine, cases }: Desk, { id, caseId }: Scene): Promise<unknown> {
  await engine.drain()
  const view = (await engine.instances.get(id))!
  const { due: _due, ...variables } = view.variables
  const record = (await cases.get(caseId))!
  const found = await cases.find({ instanceId: id })
  const its = await engine.tasks.find({ instanceId: id, held: 'include', limit: 200 })
  const called = (await engine.instances.find({ processKey: 'called', limit: 200 })).filter(({ parent }) => parent?.instanceId === id)
  const texts = (list: readonly unknown[]): readonly string[] => list.map((one) => JSON.stringify(one)).sort()
  return {
    status: view.status,
    elements: texts(view.activeElements.map(({ elementId, phase }) => [elementId, phase])),
    variables,
    tasks: texts(its.map(({ elementId, name, held }) => [elementId, name, held])),
    called: texts(called.map(({ status }) => status)),
    cases: found.length,
    deviations: texts(
      record.deviations.map(({ mode, state, actor, anchor, returned, undone }) => [
        mode,
        state,
        actor,
        anchor.elementId,
        returned?.to,
        undone?.of,
      ]),
    ),
    definition: view.definition.version,
    proposals: record.proposals.map(({ state, endorsedBy }) => [state, endorsedBy]),
    items: texts(record.items.map(({ name, state }) => [name, state])),
    entries: texts(record.timeline.map(({ type }) => type)),
    audit: (await cases.verifyAudit(caseId)).problems,
  }
}
