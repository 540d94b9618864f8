import { expect, test } from 'vitest'
import { judgeMarking, type MarkingVerdict } from '../../src/soundness/judge-marking.ts'
import { read } from '../laws/compile.ts'

const flow = (id: string, from: string, to: string) => `<sequenceFlow id="${id}" sourceRef="${from}" targetRef="${to}"/>`

async function judged(content: string, tokens: Parameters<typeof judgeMarking>[1]): Promise<MarkingVerdict> {
  const xml = `<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" targetNamespace="x"><process id="p" isExecutable="true">${content}</process></definitions>`
  return judgeMarking((await read(xml)).root, tokens)
}

/**
 * One branch comes to the join by flow `d`; the other passes `way`, which leads it to the same flow or to `e`. It ends properly only where
 * the join takes both at once.
 */
const twoOrOne = (way: string) => `<startEvent id="s"/>${flow('a', 's', 'fork')}<parallelGateway id="fork"/>${flow('b', 'fork', 'merge')}
${flow('c', 'fork', 'way')}${way}${flow('w', 'way', 'choice')}<exclusiveGateway id="choice"/>${flow('x', 'choice', 'merge')}
<exclusiveGateway id="merge"/>${flow('d', 'merge', 'join')}${flow('e', 'choice', 'join')}<inclusiveGateway id="join"/>
${flow('f', 'join', 'both')}${flow('g', 'fork', 'both')}<parallelGateway id="both"/>${flow('h', 'both', 'end')}<endEvent id="end"/>`
const branches = [{ elementId: 'way' }, { elementId: 'join', arrivedBy: 'd' }, { elementId: 'both', arrivedBy: 'g' }]

test('a token that passes on in the same step comes to an inclusive join before that acts', async () => {
  const { canEnd, isComplete } = await judged(twoOrOne('<task id="way"/>'), branches)
  expect({ canEnd, isComplete }).toEqual({ canEnd: true, isComplete: true })
})

test('an inclusive join that can act acts before a token that rests moves', async () => {
  const { canEnd, isComplete } = await judged(twoOrOne('<userTask id="way"/>'), branches)
  expect({ canEnd, isComplete }).toEqual({ canEnd: false, isComplete: true })
})

test('an inclusive join to which a held token came acts after that was let go', async () => {
  const held = branches.map((place) => (place.arrivedBy === 'd' ? { ...place, held: true as const } : place))
  const { canEnd, isComplete } = await judged(twoOrOne('<userTask id="way"/>'), held)
  expect({ canEnd, isComplete }).toEqual({ canEnd: true, isComplete: true })
})

test('a parallel join waits for a held token, and for no other that came by the same flow before', async () => {
  const content = `<startEvent id="s"/>${flow('a', 's', 't')}<userTask id="t"/>${flow('b', 't', 'join')}<userTask id="u"/>${flow('c', 'u', 'join')}
<parallelGateway id="join"/>${flow('d', 'join', 'v')}<userTask id="v"/>${flow('e', 'v', 'end')}<endEvent id="end"/>`
  const tokens = [{ elementId: 'u' }, { elementId: 'join', arrivedBy: 'b', held: true as const }]
  expect(await judged(content, tokens)).toMatchObject({ canEnd: true, isComplete: true, isEveryMeeting: true, problems: [] })
  const twice = await judged(content, [...tokens, { elementId: 'join', arrivedBy: 'b' }])
  expect(twice.problems.map(({ kind }) => kind)).toEqual(['stuck', 'severalTokens'])
})
