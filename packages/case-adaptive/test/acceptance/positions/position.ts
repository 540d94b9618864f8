import { memoryStorage } from '@leeway/storage'
import { expect } from 'vitest'
import { at, type Desk, deviationOf, leaveAt, openDesk, positions, refusal } from '../../desk.ts'
import { liveState } from '../../live-state.ts'

/** One row of the position matrix: where a token stands, how it may be left there, and what else holds there. */
export interface Position {
  readonly id: `P${string}`
  readonly sentence: string
  readonly xml: string
  readonly variables?: Readonly<Record<string, unknown>>
  /** Brings a new instance to the position. */
  readonly reach?: (place: Place) => Promise<unknown>
  /** The element to leave at. */
  readonly at?: string
  /** What each way to leave comes to there; a mode that is not named is not one of the position's. */
  readonly modes?: { readonly [mode in Mode]?: 'ok' | Refusal }
  /** What else the row says, each in an instance of its own that was brought to the position. */
  readonly also?: readonly ((place: Place) => Promise<unknown>)[]
  readonly options?: Parameters<typeof openDesk>[1]
  readonly cases?: Parameters<typeof openDesk>[3]
}

export type Mode = 'alongside' | 'detour' | 'withdraw' | 'takeOver'

/** How leaving there is refused. */
export interface Refusal {
  readonly refused: string
  /** In the words of the message: what to do instead. */
  readonly instead: RegExp
}

/** An instance at the position. */
export interface Place {
  readonly desk: Desk
  readonly id: string
  readonly element: string
}

/** Leaves in each way in an instance of its own, comes back, and sees that the process is as it was; then what else the row says. */
export async function checkPosition(position: Position): Promise<void> {
  const { xml, at: element = '', modes = {}, also = [], reach, variables = {} } = position
  const checks: readonly ((place: Place) => Promise<unknown>)[] = [
    ...(Object.entries(modes) as [Mode, 'ok' | Refusal][]).map(
      ([mode, expected]) =>
        (place: Place) =>
          expected === 'ok' ? leaveAndComeBack(place, mode) : leaveInVain(place, mode, expected),
    ),
    ...also,
  ]
  for (const check of checks) {
    const desk = await openDesk(memoryStorage(), position.options, undefined, position.cases)
    await desk.engine.deploy(xml)
    const { id } = await desk.engine.start('p', { variables: variables as Record<string, string> })
    await desk.engine.drain()
    const place: Place = { desk, id, element }
    await reach?.(place)
    await check(place)
    await desk.close()
  }
}

async function leaveAndComeBack(place: Place, mode: Mode): Promise<void> {
  const { desk, id, element } = place
  const before = await liveState(desk.engine, id)
  const where = await positions(desk.engine, id)
  const away = await leave(place, mode)
  expect(await deviationOf(desk, away)).toMatchObject({ state: 'away', mode, anchor: { elementId: element } })
  const whileAway = await positions(desk.engine, id)
  if (mode === 'alongside') expect(whileAway).toEqual(where)
  else expect(whileAway).toContain(`${element}:held`)
  if (mode !== 'withdraw') {
    expect(placesOnly(whileAway)).toEqual(placesOnly(where))
    await comeBack(place, away)
    expect(await liveState(desk.engine, id)).toEqual(before)
    return
  }
  expect((await refusal(comeBack(place, away))).code).toBe('StepWithdrawn')
  await comeBack(place, away, { to: 'redo', confirmNotIdempotent: true })
  expect(placesOnly(await positions(desk.engine, id))).toEqual(placesOnly(where))
}

async function leaveInVain(place: Place, mode: Mode, { refused, instead }: Refusal): Promise<void> {
  const { desk, id } = place
  const before = await liveState(desk.engine, id)
  const outcome: unknown = await leave(place, mode).catch((thrown: unknown) => thrown)
  expect({ mode, outcome }).toMatchObject({ mode, outcome: { code: refused, message: expect.stringMatching(instead) } })
  expect(await liveState(desk.engine, id)).toEqual(before)
}

/** Kim leaves at the element of the position. */
export async function leave({ desk, id, element }: Place, mode: Mode = 'detour', more: Parameters<typeof leaveAt>[3] = {}) {
  const here = (await desk.engine.instances.get(id))?.activeElements.filter(({ elementId }) => elementId === element) ?? []
  // A repeated activity has its rounds' tokens besides its own.
  const leaf = mode === 'takeOver' ? undefined : here.find(({ kind }) => kind === 'leaf')
  return leaveAt(desk, id, element, { mode, ...(leaf && { elementInstanceId: leaf.elementInstanceId }), ...more })
}

export async function comeBack(
  { desk }: Place,
  away: { readonly id: string },
  how: Partial<Parameters<Desk['cases']['return']>[1]> = {},
): Promise<void> {
  await desk.cases.return(away.id, { to: 'resume', actor: 'kim', ...how })
  await desk.engine.drain()
}

/** Tom completes the task at an element. */
export async function complete({ desk, id }: Place, elementId: string, variables = {}): Promise<void> {
  await desk.engine.tasks.complete(await at(desk.engine, id, elementId), { actor: 'tom', variables })
  await desk.engine.drain()
}

export async function expectAt({ desk, id }: Place, ...where: readonly string[]): Promise<void> {
  expect(await positions(desk.engine, id)).toEqual([...where].sort())
}

export async function expectStatus({ desk, id }: Place, status: string): Promise<void> {
  expect((await desk.engine.instances.get(id))?.status).toBe(status)
}

/** What a worker gets of the work that packs. */
export async function packed({ desk }: Place) {
  return (await desk.engine.jobs.fetch({ types: ['pack'], worker: 'w', lease: 'PT1M', max: 1 }))[0]
}

export const pack = (id = 'A', more = ''): string => `<bpmn:serviceTask id="${id}" camunda:type="external" camunda:topic="pack" ${more}/>`

/** Elements inside a sub-process, from `s` to `e`; `flows` as `a>b`. */
export function inside(id: string, elements: string, flows: string, attributes = '', loop = ''): string {
  const drawn = flows.split(' ').map((flow, k) => {
    const [from, to] = flow.split('>')
    return `<bpmn:sequenceFlow id="${id}${k}" sourceRef="${from}" targetRef="${to}"/>`
  })
  return `<bpmn:subProcess id="${id}" ${attributes}>${loop}<bpmn:startEvent id="s"/><bpmn:endEvent id="e"/>${elements}${drawn.join('')}</bpmn:subProcess>`
}

function placesOnly(where: readonly string[]): readonly string[] {
  return where.map((one) => one.split(':')[0] as string).sort()
}
