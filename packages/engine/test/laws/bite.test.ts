import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Command } from '../../src/kernel/commands.ts'
import { chain, service, user } from '../runtime/process-model.ts'
import * as adHocs from './ad-hoc-laws.ts'
import * as compensation from './compensation-laws.ts'
import { read } from './compile.ts'
import * as data from './data-laws.ts'
import * as events from './event-laws.ts'
import { faults } from './faults.ts'
import * as holds from './hold-laws.ts'
import { playGraph } from './join-laws.ts'
import { emptyState, type Kernel, realKernel } from './kernel.ts'
import { ledgerProblems } from './ledger.ts'
import { migratingToTheSameModelIsNothing } from './migration-laws.ts'
import * as offPath from './off-path-laws.ts'
import { scopesAreReadAsTheyWere } from './packing-laws.ts'
import { comparedWithLazy, type Loader, loadNamed } from './partial-state.ts'
import { graphShapes, graphXml } from './random-graph.ts'
import * as rounds from './round-laws.ts'
import { firstProblem, LAW_SEED } from './runs.ts'
import { type Answering, answerOf, comparedWithScripts } from './script-laws.ts'
import * as suspension from './suspend-laws.ts'
import * as laws from './trace-laws.ts'
import { INSTANCE, START_AT, startCommand } from './walk.ts'

const bites: readonly (readonly [fault: string, law: laws.Law, kernel: Kernel, finding: RegExp])[] = [
  ['a commit that drops a set', laws.replayGivesTheState, faults.commitDropsASet, /do not give the state/],
  ['events that depend on something hidden', laws.sameCommandsSameEvents, faults.hiddenInput, /other events the second time/],
  ['a value that is no JSON, where scopes are written short', scopesAreReadAsTheyWere, faults.valuesThatAreNoJson, /is read as another/],
  ['a value that is no JSON', laws.stateIsJson, faults.valuesThatAreNoJson, /not what its JSON says/],
  ['a rejection that changes the state', laws.rejectionsChangeNothing, faults.rejectionLeavesATrace, /changed the state that it was given/],
  ['an activation without end', laws.everyActivationEndsOnce, faults.activationWithoutEnd, /never ended|was closed over/],
  ['a job that is made twice', laws.everyActivationEndsOnce, faults.jobMadeTwice, /two jobs have the key/],
  ['a cancel that forgets a timer', laws.nothingWithoutOwner, faults.cancelForgetsATimer, /left at the end|nothing moves it/],
  ['a condition that is not judged', events.conditionsAreJudged, faults.conditionsAreNotJudged, /is true|is false/],
  ['an event that occurs by itself', events.changesAreHeard, faults.changesAreNotTold, /nothing had changed/],
  ['rounds that begin again', laws.endedRoundsStayEnded, faults.roundsGoOn, /run on/],
  ['a message that goes by its sender', data.flowsNameTheirMessages, faults.messagesGoBySender, /no flow names/],
  ['a due time that stays', events.rescheduledTimersAreDueThen, faults.timersStayDue, /after its timer was put/],
  ['one event that counts for all', events.allMeansAll, faults.oneMeansAll, /occurred after/],
  ['a signal that is told to nobody around', rounds.signalsAreCaughtAround, faults.signalsPassBy, /waits for it/],
  ['a round that tells as another', rounds.roundsTellOnce, faults.roundsAreOne, /told/],
  ['a scope that listens for ever', laws.nothingWithoutOwner, faults.listensForEver, /listen/],
  ['an event sub-process that ends nothing', laws.interruptingEndsAllElse, faults.interruptsNothing, /goes on beside/],
  [
    'a scope that stays open',
    laws.nothingWithoutOwner,
    faults.scopeStaysOpen,
    /left at the end|has no owner|has no body|empty|did not end|no running round|though its content runs/,
  ],
  ['a listener that is left out', laws.listenersAreHeardOnce, faults.listenerIsSkipped, /heard/],
  ['a branch that ends and takes another along', laws.soundModelsComplete, faults.endingTakesASibling, /goes no further/],
  ['a merge that waits for all', laws.soundModelsComplete, faults.mergesAreJoins, /goes no further/],
  ['a join that lets each token pass', laws.joinsFireOnceARound, faults.joinsAreMerges, /fired/],
  ['what was done beside the path and is undone twice', compensation.besidesAreUndoneOnce, faults.besidesAreUndoneTwice, /was not kept/],
  ['what is to be kept beside the path and is dropped', compensation.besidesStandInTheirScope, faults.besidesAreDropped, /does not stand/],
  ['what was dropped and stays beside the path', compensation.besidesStandInTheirScope, faults.besidesStay, / stands in/],
  ['a compensation in the order of completion', compensation.compensationUndoesInReverse, faults.compensatesForward, /was next/],
  ['a compensation that undoes twice', compensation.compensationUndoesInReverse, faults.compensatesTwice, /was next/],
  [
    'a return that undoes less than it names',
    compensation.compensationUndoesInReverse,
    faults.namedLeavesOne,
    /before all was undone|was next/,
  ],
  ['a compensation that forgets', compensation.compensationUndoesInReverse, faults.keepsNothing, /before all was undone/],
  [
    'a cancel that forgets what is kept',
    compensation.cancellingLeavesNothing,
    faults.cancelForgetsWhatIsKept,
    /knows of it|left at the end/,
  ],
  [
    'a cancel that forgets handlers',
    compensation.cancellingLeavesNothing,
    faults.cancelForgetsHandlers,
    /left at the end|part of no|nothing (?:moves it|is at work)/,
  ],
  ['an activity that begins with too few tokens', adHocs.quantitiesAreKept, faults.quantitiesAreIgnored, /began with one token/],
  ['a sequential ad hoc sub-process that runs two', adHocs.adHocKeepsItsRules, faults.sequenceIsIgnored, /run at once/],
  ['turns of an ad hoc sub-process that are all one', adHocs.turnsAreToldApart, faults.turnsAreOne, /made the job .* anew/],
  ['an ad hoc sub-process that forgets its end', adHocs.adHocKeepsItsRules, faults.endIsForgotten, /was started in|was closed twice/],
  ['paths of an ad hoc sub-process that are mixed up', adHocs.pathsAreKept, faults.pathsAreMixed, /from which nothing came/],
  [
    'a join of an ad hoc sub-process that mixes paths',
    adHocs.pathsAreJoinedAlone,
    faults.inclusiveWaitsForAll,
    /nothing of its path can come/,
  ],
  ['a task that mistakes its id', data.tasksTellTheirIds, faults.tasksMistakeTheirIds, /is the id of no task/],
  ['an output that replaces the variable', data.dataKeepsToItsPlace, faults.membersAreLost, /lost a member/],
  ['calls that share an instance', data.callsHaveTheirOwnInstances, faults.callsShareAnInstance, /is called by/],
  ['a return that forgets timers', holds.leavingIsNeutral, faults.returnForgetsTimers, /changed the process/],
  ['a return that does not mind business hours', holds.leavingIsNeutral, faults.hoursAreIgnored, /changed the process/],
  ['a leave that loses the token', holds.leavingKeepsTokens, faults.leavingLosesTheToken, /changed the tokens/],
  ['an event that is lost while away', holds.whatComesMeanwhileIsAppliedOnce, faults.latchIsLost, /not what it is on the path/],
  [
    'an event that is applied twice on return',
    holds.whatComesMeanwhileIsAppliedOnce,
    faults.latchIsKeptTwice,
    /not what it is on the path/,
  ],
  [
    'a scope that is given back without what is in it',
    offPath.takingOverIsNeutral,
    faults.givingBackForgetsWhatIsInside,
    /changed the process/,
  ],
  ['an instance that is given back in part', offPath.takingItAllOverIsNeutral, faults.givingBackForgetsWhatIsInside, /changed the process/],
  ['a step that is taken back and waits on', offPath.withdrawnWaitsForNothing, faults.takingBackDisarmsNothing, /still waits/],
  ['a timer that does not do as it is told', offPath.timersFollowTheirPolicy, faults.timerPoliciesAreIgnored, /did not do what/],
  ['a late result that is kept against its policy', offPath.lateResultsFollowTheirPolicy, faults.latePolicyIsIgnored, /was not/],
  ['a return by an event that only skips', offPath.anEventNamedIsAnEventThatCame, faults.eventsAreSkips, /not as if it had come/],
  ['a breakpoint that stays', offPath.stopsHoldOnce, faults.breakpointStays, /still there/],
  [
    'an end of a scope that forgets a token',
    offPath.endingAScopeLeavesNothing,
    faults.endingForgetsAToken,
    /tokens are left|has no owner|counts|is kept of/,
  ],
  [
    'a message to a suspended instance that is lost',
    suspension.whatComesWhileSuspendedIsKept,
    faults.keptIsLost,
    /not what it is at the resumption/,
  ],
  ['a resumption that changes the process', suspension.suspendingIsNeutral, faults.resumingEmpties, /changed the process/],
  ['a migration that disarms', migratingToTheSameModelIsNothing, faults.migratingDisarms, /changed the instance/],
]

test('the ledger finds work that an operator starts again under its old key', async () => {
  const definition = await read(chain('p', [service('a', 'work'), service('b', 'work'), user('c')]))
  const problemsOf = (kernel: Kernel): readonly string[] => {
    const result = { type: 'completed' as const, set: {}, local: {} }
    const commands: readonly Command[] = [
      startCommand(START_AT),
      { type: 'finishWork', now: START_AT, scopeId: INSTANCE, n: 2, result },
      { type: 'finishWork', now: START_AT, scopeId: INSTANCE, n: 3, result },
      { type: 'rewindProcess', now: START_AT, instanceId: INSTANCE, elementId: 'a', within: null, values: {} },
      { type: 'finishWork', now: START_AT, scopeId: INSTANCE, n: 5, result },
    ]
    let state = emptyState
    const events = commands.flatMap((command) => {
      const outcome = kernel.step(definition, state, command)
      if ('rejected' in outcome) throw new Error(outcome.rejected.message)
      state = outcome.state
      return outcome.events
    })
    return ledgerProblems(events, false)
  }
  expect(problemsOf(realKernel)).toEqual([])
  expect(problemsOf(faults.modifyingKeepsThePath)).toEqual([expect.stringMatching(/two jobs have the key/)])
})

test.each(bites)('the law finds %s', async (_fault, law, kernel, finding) => {
  expect(await firstProblem(law, kernel, { cancels: 'often' })).toMatch(finding)
})

const graphFaults = [
  ['a parallel join that counts arrivals', faults.joinCountsArrivals],
  ['a parallel join that lets each token pass', faults.joinsAreMerges],
  ['an inclusive join that waits for a token on each flow', faults.inclusiveWaitsForAll],
  ['an inclusive join that waits for nobody', faults.inclusiveWaitsForNobody],
] as const

test.each(graphFaults)('the token game finds %s', async (_fault, kernel) => {
  expect(await firstGraphProblem(kernel)).not.toBeNull()
})

const brokenLoaders: readonly (readonly [fault: string, loader: Loader])[] = [
  [
    'a loader that leaves out a child',
    (store, need, scopes, chunks, known) => {
      loadNamed(store, need, scopes, chunks, known)
      if ('childrenOf' in need) scopes.delete(`${need.childrenOf}.2`)
    },
  ],
  [
    'a loader that forgets collections',
    (store, need, scopes, chunks, known) => {
      if ('chunks' in need) for (const id of need.chunks) chunks.set(id, [])
      else loadNamed(store, need, scopes, chunks, known)
    },
  ],
  [
    'a loader that takes a missing scope for one without siblings',
    (store, need, scopes, chunks, known) => {
      if ('scope' in need && need.scope.includes('.')) known.add(need.scope.slice(0, need.scope.lastIndexOf('.')))
      else loadNamed(store, need, scopes, chunks, known)
    },
  ],
]

test('the law of scripts finds one that does not see the variables around it', async () => {
  const blind: Answering = (asked, expression, now) => answerOf({ ...asked, values: {} }, expression, now)
  expect(await firstProblem((trace) => comparedWithScripts(trace, blind), realKernel)).toMatch(/conditions are scripts/)
})

test.each(brokenLoaders)('the law of partial state finds %s', async (_fault, loader) => {
  expect(await firstProblem((trace) => comparedWithLazy(trace, loader), realKernel)).toMatch(/on a partial state/)
})

async function firstGraphProblem(kernel: Kernel): Promise<string | null> {
  const samples = fc.sample(fc.tuple(graphShapes(), fc.array(fc.nat({ max: 9_999 }), { minLength: 40, maxLength: 80, size: 'max' })), {
    numRuns: 1_000,
    seed: LAW_SEED,
  })
  for (const [shape, choices] of samples) {
    const [problem] = playGraph(kernel, await read(graphXml(shape)), choices).problems
    if (problem !== undefined) return problem
  }
  return null
}
