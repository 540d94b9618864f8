import { EngineError, Refused } from '@leeway/engine'
import { type Desk, leaveAt, model, user } from '../desk.ts'

/**
 * What commands that come at once meet: A is left, with an item that is done and cannot be undone; B was left and passed over; two steps
 * stand in a sub-process, one in a called process; C comes after all of them.
 */
export interface Scene {
  readonly id: string
  readonly caseId: string
  /** The deviation at A, and the one at B from which somebody came back. */
  readonly away: string
  readonly back: string
  /** Element instances by element, as everybody saw them before. */
  readonly places: Readonly<Record<string, string>>
}

const SUB = `<bpmn:subProcess id="P"><bpmn:startEvent id="s"/><bpmn:parallelGateway id="f"/>${user('U')}${user('V')}
  <bpmn:sequenceFlow id="i1" sourceRef="s" targetRef="f"/><bpmn:sequenceFlow id="i2" sourceRef="f" targetRef="U"/><bpmn:sequenceFlow id="i3" sourceRef="f" targetRef="V"/></bpmn:subProcess>`
const MODEL = model(
  `<bpmn:parallelGateway id="F"/><bpmn:parallelGateway id="J"/>${user('A')}${user('B')}${user('D')}${SUB}<bpmn:callActivity id="K" calledElement="called"/>${user('C')}`,
  'S>F F>A F>B F>P F>K A>J B>D D>J P>J K>J J>C C>E',
)

const of = (key: string): string => model(user('X'), 'S>X X>E').replace('id="p"', `id="${key}"`)

/** Once for a storage, before scenes are set. */
export async function deployScene({ engine }: Desk): Promise<void> {
  for (const xml of [of('called'), of('replace'), MODEL]) await engine.deploy(xml)
}

export async function setScene(desk: Desk): Promise<Scene> {
  const { engine, cases } = desk
  const { id } = await engine.start('p')
  await engine.drain()
  const away = await leaveAt(desk, id, 'A')
  const item = await cases.addItem(away.id, { kind: 'human', name: 'told', actor: 'kim' })
  await cases.completeItem(item.id, { actor: 'kim' })
  const back = await leaveAt(desk, id, 'B')
  await cases.return(back.id, { to: 'skip', actor: 'kim' })
  await engine.drain()
  const elements = (await engine.instances.get(id))?.activeElements ?? []
  const places = Object.fromEntries(elements.map(({ elementId, elementInstanceId }) => [elementId, elementInstanceId]))
  return { id, caseId: away.caseId, away: away.id, back: back.id, places }
}

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
  'new item': ({ cases }, { away }) => cases.addItem(away, { ...item, required: true }),
  'complete D': completing('D'),
  'complete U': completing('U'),
  cancel: ({ engine }, { id }) => engine.instances.cancel(id, { reason: 'over' }),
}

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
  const record = (await cases.get(caseId))!
  const found = await cases.find({ instanceId: id })
  const tasks = await engine.tasks.find({ held: 'include', limit: 200 })
  const its = tasks.filter((task) => task.instanceId === id)
  const called = (await engine.instances.find({ processKey: 'called', limit: 200 })).filter(({ parent }) => parent?.instanceId === id)
  const texts = (list: readonly unknown[]): readonly string[] => list.map((one) => JSON.stringify(one)).sort()
  return {
    status: view.status,
    elements: texts(view.activeElements.map(({ elementId, phase }) => [elementId, phase])),
    variables: view.variables,
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
    items: texts(record.items.map(({ name, state }) => [name, state])),
    entries: texts(record.timeline.map(({ type }) => type)),
    audit: (await cases.verifyAudit(caseId)).problems,
  }
}
