import { describe, expect, test } from 'vitest'
import type { Policies, ReturnDirective, Step } from '../../src/index.ts'
import {
  at,
  begun,
  boundary,
  caseOf,
  caught,
  complete,
  deviationOf,
  leaveAt,
  message,
  model,
  positions,
  refusal,
  timer,
  useDesk,
  user,
} from '../desk.ts'

const GATES = '<bpmn:parallelGateway id="F"/><bpmn:parallelGateway id="J"/>'
/** A and B in parallel, then C. */
const PARALLEL = model(GATES + user('A') + user('B') + user('C'), 'S>F F>A F>B A>J B>J J>C C>E')
const LINE = model(user('A') + user('B') + user('C'), 'S>A A>B B>C C>E')

describe('guarantees', () => {
  const desk = useDesk()

  const begin = async (xml: string, policies?: Policies, variables = {}): Promise<string> => {
    await desk.reopen({}, policies === undefined ? {} : { policies })
    return begun(desk, xml, variables)
  }
  const jump = (id: string, to: string, more = {}) => desk.cases.return(id, { to: { jump: to }, actor: 'kim', ...more })

  test('S22: a jump forward is verified (G2), and what is passed over is on record', async () => {
    const id = await begin(LINE)
    const away = await leaveAt(desk, id, 'A')
    const preview = await desk.cases.previewReturn(away.id, { to: { jump: 'C' }, actor: 'kim' })
    expect(preview).toMatchObject({ allowed: true, guarantee: 'G2', verdict: { ends: 'all', bypassed: ['A', 'B'] }, refusals: [] })
    expect(await positions(desk.engine, id)).toEqual(['A:held'])
    await jump(away.id, 'C')
    expect(await positions(desk.engine, id)).toEqual(['C:waiting'])
    expect((await deviationOf(desk, away)).returned).toMatchObject({ to: 'jump', verdict: { class: 'G2', bypassed: ['A', 'B'] } })
  })

  test('a jump to where the step leads anyway is reachable (G1)', async () => {
    const id = await begin(LINE)
    const away = await leaveAt(desk, id, 'A')
    expect(await desk.cases.previewReturn(away.id, { to: { jump: 'B' }, actor: 'kim' })).toMatchObject({ allowed: true, guarantee: 'G1' })
    expect(await desk.cases.previewReturn(away.id, { to: 'resume', actor: 'kim' })).toMatchObject({ allowed: true, guarantee: 'G0' })
  })

  test('S26: a jump behind the join is refused with the token that would be left over, and each repair is accepted', async () => {
    const id = await begin(PARALLEL)
    const away = await leaveAt(desk, id, 'A')
    const refused = await refusal(jump(away.id, 'C'))
    expect(refused.code).toBe('WouldDeadlock')
    expect(refused.trace).toMatchObject([
      { elementId: 'C', does: 'jump', tokens: expect.arrayContaining([expect.objectContaining({ elementId: 'B' })]) },
      ...Array.from({ length: (refused.trace?.length ?? 0) - 2 }, () => ({ does: 'acts' })),
      { elementId: 'J', does: 'waits', missing: ['f3'] },
    ])
    expect((refused.trace as readonly Step[]).flatMap(({ elementId, does }) => (does === 'acts' ? [elementId] : []))).toContain('B')
    expect(refused.details).toMatchObject({ leftover: [{ elementId: 'J', arrivedBy: 'f4' }], missing: ['f3'] })
    const repairs = refused.details?.repairs as { to: { jump: string } }[]
    expect(repairs.map(({ to }) => to)).toEqual([
      { jump: 'J', via: 'f3' },
      { jump: 'C', cancel: [expect.any(String)] },
    ])
    for (const { to } of repairs) expect(await desk.cases.previewReturn(away.id, { to, actor: 'kim' })).toMatchObject({ allowed: true })
    await desk.cases.return(away.id, { to: repairs[1]!.to, actor: 'kim' })
    expect(await positions(desk.engine, id)).toEqual(['C:waiting'])
    await complete(desk, id, 'C')
    expect((await desk.engine.instances.get(id))!.status).toBe('completed')
  })

  test('S27, J2: a jump back into one branch is refused, for the join would wait; with the other branch it is verified', async () => {
    const id = await begin(PARALLEL)
    await complete(desk, id, 'A')
    await complete(desk, id, 'B')
    const away = await leaveAt(desk, id, 'C')
    const refused = await refusal(jump(away.id, 'A'))
    expect(refused).toMatchObject({ code: 'WouldDeadlock', details: { missing: ['f4'] } })
    const repairs = refused.details?.repairs as { to: { jump: string } }[]
    expect(repairs).toContainEqual({ message: 'Also activate "B".', to: { jump: 'A', also: ['B'] } })
    await desk.cases.return(away.id, { to: { jump: 'A', also: ['B'] }, actor: 'kim' })
    for (const task of ['A', 'B', 'C']) await complete(desk, id, task)
    expect((await desk.engine.instances.get(id))!.status).toBe('completed')
    expect((await deviationOf(desk, away)).returned?.verdict?.class).toBe('G2')
  })

  test('a jump back before the fork while the other branch is open would fire the join twice', async () => {
    const id = await begin(model(GATES + user('P') + user('A') + user('B') + user('C'), 'S>P P>F F>A F>B A>J B>J J>C C>E'))
    await complete(desk, id, 'P')
    const away = await leaveAt(desk, id, 'A')
    const refused = await refusal(jump(away.id, 'P'))
    expect(['WouldDeadlock', 'WouldDoubleFire']).toContain(refused.code)
  })

  test('a repair passes the search that its return will meet: not one that would bring two tokens together, though only among many orders', async () => {
    const wide = Array.from({ length: 7 }, (_, k) => `W${k}`)
    const gates = ['F', 'J', 'G', 'K'].map((id) => `<bpmn:parallelGateway id="${id}"/>`).join('')
    const tasks = ['Z', 'R', 'D', 'U', 'V', ...wide].map((task) => user(task)).join('')
    const flows = wide.map((task) => `F>${task} ${task}>J`).join(' ')
    // Either the wide part comes to M, or what is after the cancellation.
    const xml = model(
      `<bpmn:exclusiveGateway id="M"/>${tasks}${gates}${boundary('B', 'R', message('cancelled'))}`,
      `S>R R>F F>D D>E ${flows} J>M B>G G>U G>V U>K V>K K>M M>Z Z>E`,
    )
    const id = await begin(xml)
    await complete(desk, id, 'R')
    const away = await leaveAt(desk, id, 'D')
    const both = { jump: 'U', also: ['V'] }
    const preview = (to: ReturnDirective) => desk.cases.previewReturn(away.id, { to, actor: 'kim' })
    expect((await preview(both)).refusals).toMatchObject([{ code: 'WouldDoubleFire' }])
    const [refused] = (await preview({ jump: 'U' })).refusals
    expect(refused).toMatchObject({ code: 'WouldDeadlock' })
    expect(refused?.repairs?.map((repair) => (repair as { to: object }).to)).not.toContainEqual(both)
  })

  test('many orders are not looked at one by one to know that nothing happens twice', async () => {
    const wide = Array.from({ length: 12 }, (_, k) => `W${k}`)
    const xml = model(
      GATES + ['A', 'B', 'C', ...wide].map((task) => user(task)).join(''),
      `S>A A>B B>F ${wide.map((task) => `F>${task} ${task}>J`).join(' ')} J>C C>E`,
    )
    const id = await begin(xml)
    const away = await leaveAt(desk, id, 'A')
    const preview = await desk.cases.previewReturn(away.id, { to: { jump: 'F' }, actor: 'kim' })
    expect(preview).toMatchObject({ allowed: true, guarantee: 'G2', verdict: { ends: 'all' } })
    expect(preview.checks.find(({ code }) => code === 'C2')).toMatchObject({ holds: true })
  })

  test('where the search does not find out whether two tokens can meet, the return is not proven: C2 is unknown, and it takes two people', async () => {
    const wide = Array.from({ length: 5 }, (_, k) => `W${k}`)
    // P and Q each wait for two ways, of which one is taken: that nothing comes by them to the others takes a look at all orders.
    const gates = ['P', 'Q', 'G', 'H'].map((id) => `<bpmn:parallelGateway id="${id}"/>`).join('')
    const choices = ['X', 'Y'].map((id) => `<bpmn:exclusiveGateway id="${id}"/>`).join('')
    const xml = model(
      GATES + gates + choices + ['A', 'B', 'C', 'D', 'K', 'L', 'M', ...wide].map((task) => user(task)).join(''),
      `S>A A>B B>F F>L L>X X>P X>D D>P X>J P>G G>M F>M M>Y Y>Q Y>K K>Q Y>J Q>H H>L J>C C>E ${wide
        .map((task) => `F>${task} G>${task} H>${task} ${task}>J`)
        .join(' ')}`,
    )
    for (const [soundness, situationsMax] of [
      ['strong', 200],
      ['strong', undefined],
      ['weak', 200],
    ] as const) {
      const id = await begin(xml, { soundness, ...(situationsMax !== undefined && { situationsMax }) })
      const away = await leaveAt(desk, id, 'A')
      const preview = await desk.cases.previewReturn(away.id, { to: { jump: 'F' }, actor: 'kim' })
      const holds = (code: string) => preview.checks.find((check) => check.code === code)?.holds
      const isProven = situationsMax === undefined
      expect({ C1: holds('C1'), C2: holds('C2'), C3: holds('C3') }).toEqual({ C1: true, C2: isProven || 'unknown', C3: true })
      if (isProven || soundness === 'weak') expect(preview).toMatchObject({ allowed: true, guarantee: 'G2' })
      else
        expect(preview).toMatchObject({
          allowed: false,
          guarantee: 'G3',
          verdict: { ends: 'unknown' },
          refusals: [
            { code: 'NotProven', message: expect.stringMatching(/^Whether something would happen twice .* more than 200 situations/) },
          ],
        })
    }
  })

  test('a jump to the next step needs no proof: the model itself comes there', async () => {
    const id = await begin(PARALLEL, { situationsMax: 1 })
    const away = await leaveAt(desk, id, 'A')
    const preview = await desk.cases.previewReturn(away.id, { to: { jump: 'J' }, actor: 'kim' })
    expect(preview).toMatchObject({ allowed: true, guarantee: 'G1' })
  })

  test('a repair is not named where it would leave another scope stuck, or where its search would not be finished', async () => {
    const fork = (n: number) => `<bpmn:parallelGateway id="F${n}"/><bpmn:parallelGateway id="J${n}"/>`
    const inner = `<bpmn:startEvent id="s"/><bpmn:endEvent id="e"/>${fork(2)}${user('U')}${user('V')}${[
      's>F2',
      'F2>U',
      'F2>V',
      'U>J2',
      'V>J2',
      'J2>e',
    ]
      .map((flow, k) => `<bpmn:sequenceFlow id="i${k}" sourceRef="${flow.split('>')[0]}" targetRef="${flow.split('>')[1]}"/>`)
      .join('')}`
    const xml = model(
      `${fork(1)}${user('A')}${user('B')}<bpmn:subProcess id="P">${inner}</bpmn:subProcess>`,
      'S>A A>F1 F1>B F1>P B>J1 P>J1 J1>E',
    )
    for (const policies of [undefined, { situationsMax: 4 }]) {
      const id = await begin(xml, policies)
      const away = await leaveAt(desk, id, 'A')
      const { refusals } = await desk.cases.previewReturn(away.id, { to: { jump: 'U' }, actor: 'kim' })
      expect(refusals).toMatchObject([{ code: 'WouldDeadlock' }])
      for (const repair of (refusals[0]?.repairs ?? []) as readonly { to: ReturnDirective }[])
        expect((await desk.cases.previewReturn(away.id, { to: repair.to, actor: 'kim' })).refusals, JSON.stringify(repair)).toEqual([])
    }
  })

  test('the end of a branch is refused where a join would wait for it, with the repair', async () => {
    const id = await begin(PARALLEL)
    const away = await leaveAt(desk, id, 'A')
    const refused = await refusal(desk.cases.return(away.id, { to: { endBranch: {} }, actor: 'kim' }))
    expect(refused).toMatchObject({ code: 'WouldDeadlock', details: { repairs: [{ to: { endBranch: { retireJoinSlot: true } } }] } })
    await desk.cases.return(away.id, { to: { endBranch: { retireJoinSlot: true } }, actor: 'kim' })
    await complete(desk, id, 'B')
    expect(await positions(desk.engine, id)).toEqual(['C:waiting'])
  })

  test('what was wrong before is no reason to refuse: it is inherited', async () => {
    const unsound = model(
      `<bpmn:exclusiveGateway id="X" default="f1"/><bpmn:parallelGateway id="J"/>${user('A')}${user('B')}${user('C')}${user('D')}`,
      'S>A X>B X>C B>J C>J J>D D>E A>X',
      '',
    )
    const id = await begin(unsound)
    const away = await leaveAt(desk, id, 'A')
    expect(await desk.cases.previewReturn(away.id, { to: { jump: 'B' }, actor: 'kim' })).toMatchObject({
      allowed: true,
      verdict: { inherited: true },
    })
  })

  test('a search that is not finished says so; two people may take it upon themselves, and it is to be reviewed', async () => {
    const id = await begin(PARALLEL, { situationsMax: 1 })
    const away = await leaveAt(desk, id, 'A')
    const to = { jump: 'F' }
    const refused = await refusal(desk.cases.return(away.id, { to, actor: 'kim' }))
    expect(refused).toMatchObject({ code: 'NotProven', details: { inconclusive: true } })
    const reason = 'storm'
    expect(await refusal(desk.cases.return(away.id, { to, override: { by: 'kim', reason }, actor: 'kim' }))).toMatchObject({
      code: 'SecondPersonNeeded',
    })
    await desk.cases.return(away.id, { to, override: { by: 'ann', reason }, actor: 'kim' })
    expect(await deviationOf(desk, away)).toMatchObject({
      returned: { verdict: { class: 'G3', ends: 'unknown' }, override: { by: 'ann', reason: { code: 'storm' } } },
      review: { because: ['unproven'] },
    })
    expect((await caseOf(desk, away.caseId)).path).toMatchObject([{ instanceId: id, unproven: true }])
  })

  test('with weak soundness one way to the end is enough', async () => {
    const xml = model(
      '<bpmn:exclusiveGateway id="X" default="f6"/><bpmn:parallelGateway id="F"/><bpmn:parallelGateway id="J"/>' +
        user('A') +
        user('B') +
        user('C') +
        user('D') +
        '<bpmn:endEvent id="E2"><bpmn:terminateEventDefinition/></bpmn:endEvent>',
      'S>A A>D D>E X>E2 F>B F>C X>B B>J C>J J>X',
    )
    const strong = await begin(xml)
    const away = await leaveAt(desk, strong, 'A')
    const refused = await refusal(jump(away.id, 'B'))
    expect(refused.code).toBe('WouldDeadlock')
    await desk.close()
    const weak = await begin(PARALLEL, { soundness: 'weak' })
    const again = await leaveAt(desk, weak, 'A')
    expect((await refusal(jump(again.id, 'C'))).code).toBe('WouldDeadlock')
  })

  test('S30, C5: what an element ahead reads and only a bypassed one could have given is asked for', async () => {
    const reads = '<bpmn:userTask id="C" camunda:assignee="${x}"/>'
    const id = await begin(model(user('A') + user('B') + reads, 'S>A A>B B>C C>E'))
    const away = await leaveAt(desk, id, 'A')
    expect(await refusal(jump(away.id, 'C'))).toMatchObject({
      code: 'MissingData',
      missing: ['x'],
      details: { readBy: [{ name: 'x', elementId: 'C' }] },
    })
    await jump(away.id, 'C', { variables: { x: 'lee' } })
    expect((await desk.engine.tasks.find({ instanceId: id, elementId: 'C' }))[0]).toMatchObject({ assignee: 'lee' })
  })

  test('S19: a step is passed over only with its mandatory outputs', async () => {
    const form = `<bpmn:userTask id="A"><bpmn:extensionElements><camunda:formData>
      <camunda:formField id="address" type="string"><camunda:validation><camunda:constraint name="required"/></camunda:validation></camunda:formField>
      </camunda:formData></bpmn:extensionElements></bpmn:userTask>`
    const id = await begin(model(form + user('B'), 'S>A A>B B>E'))
    const away = await leaveAt(desk, id, 'A')
    expect(await refusal(desk.cases.return(away.id, { to: 'skip', actor: 'kim' }))).toMatchObject({
      code: 'MissingData',
      missing: ['address'],
    })
    await desk.cases.return(away.id, { to: 'skip', variables: { address: 'Elm 1' }, actor: 'kim' })
    expect(await positions(desk.engine, id)).toEqual(['B:waiting'])
  })

  const writers = [
    ['an ad hoc item', ['address'], {}],
    ['who comes back', undefined, { variables: { address: 'mine' } }],
  ] as const
  test.each(writers)(
    'S45, C6: what a parallel branch has written meanwhile %s does not silently overwrite: the refusal has both values',
    async (_, outputs, given) => {
      const id = await begin(PARALLEL, undefined, { address: 'old' })
      const away = await leaveAt(desk, id, 'A')
      const item = { kind: 'human', name: 'ask', actor: 'kim', ...(outputs && { outputs }) } as const
      const { id: itemId } = await desk.cases.addItem(away.id, item)
      await desk.cases.completeItem(itemId, { variables: { address: 'mine' }, actor: 'lee' })
      await complete(desk, id, 'B', { address: 'theirs' })
      const back = (more = {}) => desk.cases.return(away.id, { to: 'resume', actor: 'kim', ...given, ...more })
      expect(await refusal(back())).toMatchObject({
        code: 'VariableConflict',
        details: { conflicts: [{ name: 'address', mine: 'mine', theirs: 'theirs' }] },
      })
      expect((await desk.engine.instances.get(id))!.variables).toMatchObject({ address: 'theirs' })
      expect(await positions(desk.engine, id)).toContain('A:held')
      await back({ overwrite: ['address'] })
      expect((await desk.engine.instances.get(id))!.variables).toMatchObject({ address: 'mine' })
    },
  )

  test('a jump out of a scope in which others go on is refused; alone it takes the scope with it', async () => {
    const sub = `<bpmn:subProcess id="P"><bpmn:startEvent id="s"/><bpmn:parallelGateway id="f"/>${user('U')}${user('V')}
      <bpmn:sequenceFlow id="i1" sourceRef="s" targetRef="f"/><bpmn:sequenceFlow id="i2" sourceRef="f" targetRef="U"/><bpmn:sequenceFlow id="i3" sourceRef="f" targetRef="V"/></bpmn:subProcess>`
    const id = await begin(model(sub + user('B'), 'S>P P>B B>E'))
    const away = await leaveAt(desk, id, 'U')
    expect(await refusal(jump(away.id, 'B'))).toMatchObject({ code: 'ScopeHasTokens', details: { repairs: [{ to: 'endScope' }] } })
    await complete(desk, id, 'V')
    await jump(away.id, 'B')
    expect(await positions(desk.engine, id)).toEqual(['B:waiting'])
  })

  test('jumps into one sub-process open it once', async () => {
    const inner = `<bpmn:startEvent id="s"/><bpmn:parallelGateway id="f"/><bpmn:parallelGateway id="j"/><bpmn:endEvent id="e"/>${user('U')}${user('V')}
      <bpmn:sequenceFlow id="i1" sourceRef="s" targetRef="f"/><bpmn:sequenceFlow id="i2" sourceRef="f" targetRef="U"/><bpmn:sequenceFlow id="i3" sourceRef="f" targetRef="V"/>
      <bpmn:sequenceFlow id="i4" sourceRef="U" targetRef="j"/><bpmn:sequenceFlow id="i5" sourceRef="V" targetRef="j"/><bpmn:sequenceFlow id="i6" sourceRef="j" targetRef="e"/>`
    const id = await begin(model(`${user('A')}<bpmn:subProcess id="P">${inner}</bpmn:subProcess>`, 'S>A A>P P>E'))
    const away = await leaveAt(desk, id, 'A')
    await desk.cases.return(away.id, { to: { jump: 'U', also: ['V'] }, actor: 'kim' })
    expect(await positions(desk.engine, id)).toEqual(['P:active', 'U:waiting', 'V:waiting'])
    for (const task of ['U', 'V']) await complete(desk, id, task)
    expect((await desk.engine.instances.get(id))!.status).toBe('completed')
  })

  test('a jump into a sub-process that is open puts the token beside those that are in it', async () => {
    const inner = `<bpmn:startEvent id="s"/><bpmn:endEvent id="e"/>${user('U')}${user('V')}<bpmn:sequenceFlow id="i1" sourceRef="s" targetRef="U"/>
      <bpmn:sequenceFlow id="i2" sourceRef="U" targetRef="V"/><bpmn:sequenceFlow id="i3" sourceRef="V" targetRef="e"/>`
    const xml = model(
      `${GATES}${user('A')}<bpmn:subProcess id="P">${inner}</bpmn:subProcess>${user('C')}<bpmn:endEvent id="E2"/>`,
      'S>F F>A F>P A>E P>C C>E2',
    )
    const id = await begin(xml.replace('<bpmn:parallelGateway id="J"/>', ''))
    const away = await leaveAt(desk, id, 'A')
    expect(await refusal(jump(away.id, 'V'))).toMatchObject({
      code: 'WouldDoubleFire',
      details: { leftover: [{ elementId: 'V' }] },
    })
    await desk.cases.return(away.id, { to: { jump: 'V' }, override: { by: 'ann', reason: 'both' }, actor: 'kim' })
    expect(await positions(desk.engine, id)).toEqual(['P:active', 'U:waiting', 'V:waiting'])
  })

  test('S36, T12: a timer that must not stand still is kept; asking for a pause is refused, and the preview shows why', async () => {
    const xml = model(`${user('A')}<bpmn:boundaryEvent id="T" attachedToRef="A">${timer('PT24H')}</bpmn:boundaryEvent>`, 'S>A A>E T>E')
    const id = await begin(xml, { elements: { T: { unpausable: true } } })
    expect(await refusal(leaveAt(desk, id, 'A', { timers: { T: 'pause' } }))).toMatchObject({ code: 'TimerUnpausable' })
    const [element] = (await desk.engine.instances.get(id))!.activeElements
    const request = { instanceId: id, elementInstanceId: element!.elementInstanceId, actor: 'kim' }
    expect(await desk.cases.previewLeave({ ...request, timers: { T: 'pause' } })).toMatchObject({
      allowed: false,
      refusals: [{ code: 'TimerUnpausable' }],
    })
    expect(await desk.cases.previewLeave(request)).toMatchObject({
      allowed: true,
      guarantee: 'G0',
      timers: [{ elementId: 'T', policy: 'keep', dueAt: '2026-03-03T09:00:00.000Z', unpausable: true }],
    })
    expect(await positions(desk.engine, id)).toEqual(['A:waiting'])
    expect(await desk.cases.find()).toHaveLength(0)
  })

  test('T11: the preview of leaving tells of timers, events and who works beside', async () => {
    const xml = model(
      `${GATES + user('A')}<bpmn:boundaryEvent id="T" attachedToRef="A">${timer('PT24H')}</bpmn:boundaryEvent>${caught('M', message())}${user('C')}`,
      'S>F F>A F>M A>J M>J J>C C>E T>E',
    )
    const id = await begin(xml)
    const elements = (await desk.engine.instances.get(id))!.activeElements
    const at = (elementId: string) => ({
      instanceId: id,
      elementInstanceId: elements.find((one) => one.elementId === elementId)!.elementInstanceId,
    })
    expect(await desk.cases.previewLeave({ ...at('A'), mode: 'detour' })).toMatchObject({
      timers: [{ elementId: 'T', policy: 'pause', remainingMs: 86_400_000 }],
      events: [],
      parallel: ['M'],
    })
    expect(await desk.cases.previewLeave(at('M'))).toMatchObject({
      events: [{ elementId: 'M', kind: 'message', name: 'paid', policy: 'latch' }],
    })
  })

  test('S23, C10: a mandatory element is passed over with the approval of another person only, and is then to be reviewed', async () => {
    const id = await begin(LINE, { elements: { 'p/B': { mandatory: true } } })
    const away = await leaveAt(desk, id, 'A')
    expect(await refusal(jump(away.id, 'C'))).toMatchObject({ code: 'MandatoryStep', missing: ['B'] })
    expect(await refusal(jump(away.id, 'C', { approvedBy: ['kim'] }))).toMatchObject({ code: 'MandatoryStep' })
    await jump(away.id, 'C', { approvedBy: ['ann'] })
    expect(await deviationOf(desk, away)).toMatchObject({ returned: { approvedBy: ['ann'] }, review: { because: ['mandatory:B'] } })
  })

  test('C10: a mandatory element is not passed over by the end of a sub-process, or by going out of it or into it', async () => {
    const inner = `<bpmn:subProcess id="P"><bpmn:startEvent id="s"/>${user('Z')}${user('A')}${user('Y')}<bpmn:endEvent id="e"/>
      ${['s>Z', 'Z>A', 'A>Y', 'Y>e'].map((flow, k) => `<bpmn:sequenceFlow id="p${k}" sourceRef="${flow[0]}" targetRef="${flow[2]}"/>`).join('')}</bpmn:subProcess>`
    const around = model(user('B') + inner + user('C') + user('D'), 'S>B B>P P>C C>D D>E')
    const passes = async (from: string, to: Parameters<typeof desk.cases.return>[1]['to'], mandatory: string, mode?: 'takeOver') => {
      const id = await begin(around, { elements: { [mandatory]: { mandatory: true } } })
      if (from !== 'B') await complete(desk, id, 'B')
      const away = await leaveAt(desk, id, from, mode && { mode })
      expect(await refusal(desk.cases.return(away.id, { to, actor: 'kim' }))).toMatchObject({ code: 'MandatoryStep', missing: [mandatory] })
      await desk.cases.return(away.id, { to, approvedBy: ['ann'], actor: 'kim' })
      expect(await deviationOf(desk, away)).toMatchObject({ review: { because: [`mandatory:${mandatory}`] } })
    }
    await passes('Z', 'endScope', 'A')
    await passes('P', 'endScope', 'A', 'takeOver')
    await passes('P', { jump: 'C' }, 'A', 'takeOver')
    await passes('Z', { jump: 'C' }, 'A')
    await passes('Z', { jump: 'D' }, 'C')
    await passes('B', { jump: 'Y' }, 'A')
  })

  test('C10: a mandatory element is not passed over by an event that did not come', async () => {
    const passes = async (xml: string, from: string, event: string, mandatory: string, mode?: 'takeOver') => {
      const id = await begin(xml, { elements: { [mandatory]: { mandatory: true } } })
      const away = await leaveAt(desk, id, from, mode && { mode })
      const back = (approvedBy: readonly string[]) => desk.cases.return(away.id, { to: { event }, approvedBy, actor: 'kim' })
      expect(await refusal(back([]))).toMatchObject({ code: 'MandatoryStep', missing: [mandatory] })
      await back(['ann'])
      expect(await deviationOf(desk, away)).toMatchObject({ review: { because: [`mandatory:${mandatory}`] } })
    }
    const late = boundary('T', 'A', timer('P1D')) + user('X')
    await passes(model(user('A') + late + user('B'), 'S>A A>B B>E T>X X>E'), 'A', 'T', 'A')
    const again = `<bpmn:exclusiveGateway id="G" default="f4"/>`
    await passes(model(user('A') + late + again, 'S>A A>E T>X X>G G>A G>E'), 'A', 'T', 'A')
    const inner = `<bpmn:subProcess id="P"><bpmn:startEvent id="s"/>${user('Z')}${user('A')}<bpmn:endEvent id="e"/>
      ${['s>Z', 'Z>A', 'A>e'].map((flow, k) => `<bpmn:sequenceFlow id="p${k}" sourceRef="${flow[0]}" targetRef="${flow[2]}"/>`).join('')}</bpmn:subProcess>`
    await passes(model(inner + boundary('T', 'P', timer('P1D')) + user('X'), 'S>P P>E T>X X>E'), 'P', 'T', 'A', 'takeOver')
    const receive = '<bpmn:receiveTask id="R" messageRef="paid"/><bpmn:eventBasedGateway id="G"/>'
    await passes(model(receive + caught('W', timer('P1D')), 'S>G G>R G>W R>E W>E'), 'G', 'R', 'R')
  })

  test('C10: an event that came while away ends a mandatory element, and so does one behind which it is done again', async () => {
    const policies = { elements: { A: { mandatory: true } } }
    const late = boundary('T', 'A', timer('P1D')) + user('X')
    const ended = await begin(model(user('A') + late, 'S>A A>E T>X X>E'), policies)
    const away = await leaveAt(desk, ended, 'A', { timers: { T: 'latch' } })
    await desk.engine.advance('P1D')
    await desk.cases.return(away.id, { to: { event: 'T' }, actor: 'kim' })
    expect(await positions(desk.engine, ended)).toEqual(['X:waiting'])
    const again = await begin(model(user('A') + late, 'S>A A>E T>X X>A'), policies)
    await desk.cases.return((await leaveAt(desk, again, 'A')).id, { to: { event: 'T' }, actor: 'kim' })
    expect(await positions(desk.engine, again)).toEqual(['X:waiting'])
  })

  test('C10: a mandatory element is not passed over by a jump that ends the branch it is in', async () => {
    const split = '<bpmn:parallelGateway id="G"/><bpmn:parallelGateway id="J"/>'
    const xml = model(user('A') + user('M') + user('N') + user('B') + split, 'S>G G>A G>M A>J M>N N>J J>B B>E')
    for (const mandatory of ['M', 'N']) {
      const id = await begin(xml, { elements: { [mandatory]: { mandatory: true } } })
      const away = await leaveAt(desk, id, 'A')
      const cancel = [await at(desk.engine, id, 'M')]
      const back = (approvedBy: readonly string[], jump = 'B') =>
        desk.cases.return(away.id, { to: { jump, cancel }, approvedBy, actor: 'kim' })
      expect(await refusal(back([]))).toMatchObject({ code: 'MandatoryStep', missing: [mandatory] })
      if (mandatory === 'M') await back(['ann'])
      else await back([], 'G')
      expect(await positions(desk.engine, id)).toEqual(mandatory === 'M' ? ['B:waiting'] : ['A:waiting', 'M:waiting'])
    }
  })

  test('precedence: what must come before is not jumped over, unless it was done as an item that counts for it', async () => {
    const id = await begin(LINE, { precedence: [{ before: 'B', after: 'C' }] })
    const away = await leaveAt(desk, id, 'A')
    expect(await refusal(jump(away.id, 'C'))).toMatchObject({ code: 'PrecedenceViolated', missing: ['B'] })
    const item = await desk.cases.addItem(away.id, { kind: 'human', name: 'B by hand', equivalentTo: 'B', actor: 'kim' })
    await desk.cases.completeItem(item.id, { actor: 'lee' })
    await jump(away.id, 'C')
    expect(await positions(desk.engine, id)).toEqual(['C:waiting'])
  })
})
