import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Command } from '../../src/kernel/commands.ts'
import { type InstanceState, isArmed } from '../../src/kernel/state.ts'
import type { Definition } from '../../src/model/definition.ts'
import type { FlowScope } from '../../src/model/elements.ts'
import { type Exploration, type ExploreOptions, explore } from '../../src/soundness/explore.ts'
import { judgeScope } from '../../src/soundness/judge-scope.ts'
import { isLast, type Net, netOf } from '../../src/soundness/net.ts'
import { createChooser } from '../laws/chooser.ts'
import { compile, read } from '../laws/compile.ts'
import { modelShapes } from '../laws/generator.ts'
import { emptyState, realKernel } from '../laws/kernel.ts'
import { tokensOf } from '../laws/placed.ts'
import { graphShapes, graphXml } from '../laws/random-graph.ts'
import { LAW_RUNS, LAW_SEED } from '../laws/runs.ts'
import { INSTANCE, START_AT, startCommand } from '../laws/walk.ts'

const STATES_MAX = 200
const search = (net: Net, sees: ExploreOptions['sees'], statesMax: number = STATES_MAX): Exploration =>
  explore(net, [net.scope.initial.map((node) => net.placeOf.get(node.id) ?? -1)], { statesMax, sees })
const names = (nodes: Iterable<{ readonly id: string }>): string[] => [...nodes].map((node) => node.id).sort()
const stuckPlaces = (net: Net, { stuck }: Exploration): string[] => stuck.map(({ marking }) => placeNames(net, marking).join(' ')).sort()
const crowdPlaces = (net: Net, { crowded }: Exploration): string[] =>
  placeNames(
    net,
    crowded.map(({ place }) => place).filter((place) => !isLast(net.places[place])),
  )
const placeNames = (net: Net, places: readonly number[]): string[] => [...new Set(places)].flatMap((place) => nameOf(net, place)).sort()
const nameOf = (net: Net, place: number): string[] => {
  const at = net.places[place]
  if (at === undefined || at.kind === 'spent') return []
  return [at.kind === 'arrival' ? `${at.node.id}<${at.flow.id}` : at.node.id]
}

test('leaving out interleavings hides no stop, no element and no end, and where it is to see crowds no crowd', async () => {
  let finished = 0
  let stopped = 0
  let crowded = 0
  await fc.assert(
    fc.asyncProperty(graphShapes(), async (shape) => {
      const xml = graphXml(shape)
      const net = netOf((await read(xml)).root)
      const whole = search(net, 'orders')
      if (!whole.complete) return
      finished += 1
      if (whole.stuck.length > 0) stopped += 1
      if (whole.crowded.length > 0) crowded += 1
      const seen = (found: Exploration) => ({
        stuck: stuckPlaces(net, found),
        activated: names(found.activated),
        ends: found.ends,
        lost: found.endless !== null,
      })
      for (const sees of ['stops', 'crowds'] as const) {
        const reduced = search(net, sees)
        expect(seen(reduced), `${sees}\n${xml}`).toEqual(seen(whole))
        expect(reduced.states).toBeLessThanOrEqual(whole.states)
        if (sees === 'crowds') expect(crowdPlaces(net, reduced), xml).toEqual(crowdPlaces(net, whole))
      }
    }),
    { numRuns: LAW_RUNS, seed: LAW_SEED },
  )
  expect(finished, 'searches that finished').toBeGreaterThan(LAW_RUNS / 4)
  expect(stopped, 'graphs that get stuck').toBeGreaterThan(LAW_RUNS / 50)
  expect(crowded, 'graphs with crowds').toBeGreaterThan(LAW_RUNS / 50)
})

test('a scope with more situations than are looked at in all orders is judged the same', async () => {
  let crowded = 0
  await fc.assert(
    fc.asyncProperty(graphShapes(), async (shape) => {
      const xml = graphXml(shape)
      const { root } = await read(xml)
      if (!search(netOf(root), 'orders').complete) return
      const told = (statesMax: number): readonly string[] => {
        const all = judgeScope(root, { statesMax }).map((one) =>
          one.kind === 'severalTokens' && one.flowId === null ? one.kind : `${one.kind} ${'node' in one ? one.node.id : one.because}`,
        )
        return all.sort()
      }
      const whole = told(STATES_MAX * 10)
      if (whole.some((one) => one.startsWith('severalTokens'))) crowded += 1
      expect(told(3), xml).toEqual(whole)
    }),
    { numRuns: LAW_RUNS / 5, seed: LAW_SEED },
  )
  expect(crowded, 'graphs with crowds').toBeGreaterThanOrEqual(Math.floor(LAW_RUNS / 200))
})

test('whatever a run of the kernel meets, the search met before', async () => {
  let followed = 0
  await fc.assert(
    fc.asyncProperty(
      graphShapes(),
      fc.array(fc.nat({ max: 9_999 }), { minLength: 30, maxLength: 60, size: 'max' }),
      async (shape, choices) => {
        const xml = graphXml(shape)
        const definition = await read(xml)
        const net = netOf(definition.root)
        const found = search(net, 'orders')
        if (!found.complete) return
        const problems = play(definition, net, found, choices)
        followed += 1
        if (problems.length > 0) throw new Error(`${problems.join('\n')}\n${xml}`)
      },
    ),
    { numRuns: LAW_RUNS, seed: LAW_SEED },
  )
  expect(followed, 'runs that were followed').toBeGreaterThan(LAW_RUNS / 4)
})

test('of a block-structured model no join is said to wait for ever', async () => {
  for (const shape of fc.sample(modelShapes(), { numRuns: Math.min(LAW_RUNS, 300), seed: LAW_SEED })) {
    const { definition, xml } = await compile(shape)
    const scopes = [definition.root, ...[...definition.nodes.values()].flatMap((node) => ('content' in node ? [node.content] : []))]
    for (const scope of scopes) {
      const wrong = judgeScope(scope).filter(({ kind }) => kind === 'joinNeverFires' || kind === 'mayGetStuck' || kind === 'neverEnds')
      expect(wrong, xml).toEqual([])
    }
  }
})

/** Plays one run and names what it met that the search did not. */
function play(definition: Definition, net: Net, found: Exploration, choices: readonly number[]): string[] {
  const chooser = createChooser(choices)
  const occurred = new Set<string>()
  const activated = names(found.activated)
  const stops = stuckPlaces(net, found)
  let state = emptyState
  let command: Command | null = startCommand(START_AT, definition)
  for (let move = 0; move < 30 && command !== null; move++) {
    const outcome = realKernel.step(definition, state, command)
    if ('rejected' in outcome) throw new Error(`rejected: ${outcome.rejected.message}`)
    if (outcome.events.some((event) => event.type === 'incidentRaised')) return []
    const strange = outcome.events.flatMap((event) =>
      event.type === 'elementActivated' && event.scopeId === INSTANCE && !activated.includes(event.elementId) ? [event.elementId] : [],
    )
    if (strange.length > 0) return strange.map((id) => `${id} was activated`)
    state = outcome.state
    if (state.scopes.get(INSTANCE)?.instance?.status === 'completed') return found.ends ? [] : ['the process completed']
    const crowd = strangeCrowd(net, found, state)
    if (crowd.length > 0) return crowd
    command = nextCommand(definition, state, occurred, (bound) => chooser.below(bound))
    if (command === null) {
      const left = standing(state).map(({ place }) => place)
      const places = [...new Set(left)].sort().join(' ')
      if (left.length > 0 && !stops.includes(places)) return [`it stopped with tokens at ${places}; known are ${stops.join(', ')}`]
    }
  }
  return []
}

function standing(state: InstanceState): { place: string }[] {
  return Object.values(state.scopes.get(INSTANCE)?.tokens ?? {}).map(({ elementId, phase, via }) => ({
    place: phase === 'arrived' ? `${elementId}<${via}` : elementId,
  }))
}

function strangeCrowd(net: Net, found: Exploration, state: InstanceState): string[] {
  const known = found.crowded.flatMap(({ place }) => nameOf(net, place))
  const places = standing(state).map(({ place }) => place)
  return places.filter((place, k) => places.indexOf(place) !== k && !known.includes(place)).map((place) => `a crowd at ${place}`)
}

/** Each non-interrupting event occurs once for each token: the search lets it occur once. */
function nextCommand(
  definition: Definition,
  state: InstanceState,
  occurred: Set<string>,
  below: (bound: number) => number,
): Command | null {
  const values = { x: below(10) }
  const commands = tokensOf(state).flatMap(({ scopeId, n, token }) =>
    (token.waits ?? []).filter(isArmed).flatMap((wait): Command[] => {
      if (wait.type === 'task') return [{ type: 'completeTask', now: START_AT, scopeId, n, values, actor: null }]
      if (wait.type !== 'message' || !definition.nodes.has(wait.for) || occurred.has(wait.for)) return []
      return [{ type: 'triggerWait', now: START_AT, scopeId, n, for: wait.for, kind: 'message', values }]
    }),
  )
  const command = commands[below(commands.length)] ?? null
  if (command?.type === 'triggerWait') occurred.add(command.for)
  return command
}

test('one branch of those that do the same tells what all of them do', async () => {
  let fused = 0
  await fc.assert(
    fc.asyncProperty(graphShapes(), async (shape) => {
      const xml = graphXml(shape)
      const { root } = await read(xml)
      const { alike } = netOf(root, 2)
      const every = told(root, Number.POSITIVE_INFINITY, alike)
      if (alike.size === 0 || every.some((kind) => kind === 'inconclusive')) return
      fused += 1
      // With fewer situations to look at, it may come to crowds that were not met.
      const one = told(root, 2, alike).filter((kind) => every.includes(kind) || !kind.startsWith('severalTokens'))
      expect(one, xml).toEqual(every)
    }),
    { numRuns: Math.ceil(LAW_RUNS / 3), seed: LAW_SEED },
  )
  expect(fused, 'graphs with such branches').toBeGreaterThan(LAW_RUNS / 100)
})

/** What is found, each once: of a crowd not where, for it is told at the nearest of several nodes. */
function told(scope: FlowScope, alikeMin: number, alike: Net['alike']): readonly string[] {
  const found = judgeScope(scope, { alikeMin, statesMax: 100, reducedMax: 100 }).map((finding) => {
    if (!('node' in finding) || (finding.kind === 'severalTokens' && finding.flowId === null)) return finding.kind
    return `${finding.kind} ${(finding.kind === 'neverEnds' ? (alike.get(finding.node) ?? finding.node) : finding.node).id}`
  })
  return [...new Set(found)].sort()
}
