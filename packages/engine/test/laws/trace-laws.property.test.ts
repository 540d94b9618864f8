import { test } from 'vitest'
import * as adHocs from './ad-hoc-laws.ts'
import * as compensation from './compensation-laws.ts'
import * as data from './data-laws.ts'
import * as events from './event-laws.ts'
import * as holds from './hold-laws.ts'
import { environment, kernelIn, realKernel } from './kernel.ts'
import { migratingToTheSameModelIsNothing } from './migration-laws.ts'
import { scopesAreReadAsTheyWere } from './packing-laws.ts'
import { partialStateIsEnough } from './partial-state.ts'
import * as rounds from './round-laws.ts'
import { assertLaw } from './runs.ts'
import * as scripts from './script-laws.ts'
import * as suspension from './suspend-laws.ts'
import * as laws from './trace-laws.ts'

test("replaying an instance's events gives its state", () => assertLaw(laws.replayGivesTheState))

test('the same commands give the same events byte for byte', () => assertLaw(laws.sameCommandsSameEvents))

test('the state survives a JSON round trip at every step and goes on the same', () => assertLaw(laws.stateIsJson))

test('what is written of a scope, short or whole, gives the scope again', () => assertLaw(scopesAreReadAsTheyWere))

test('a rejected command changes nothing', () => assertLaw(laws.rejectionsChangeNothing))

test('every activation ends exactly once, and no job is made twice', () => assertLaw(laws.everyActivationEndsOnce))

test('no token, wait, job or subscription is without an owner, and none is left at completion', () => assertLaw(laws.nothingWithoutOwner))

test('after each command each armed condition is known to be as true as it is', () => assertLaw(events.conditionsAreJudged))

test('a timer that is put at another time is due then, and nothing else is changed', () => assertLaw(events.rescheduledTimersAreDueThen))

test('a listener of a variable occurs when that changes', () => assertLaw(events.changesAreHeard))

test('a variable for the id of a task has that of one', () => assertLaw(data.tasksTellTheirIds))

test('rounds that an event inside ended begin no more', () => assertLaw(laws.endedRoundsStayEnded))

test('what leaves a pool by a message flow has the message of that flow', () => assertLaw(data.flowsNameTheirMessages))

test('a parallel multiple event occurs when all that it waits for has come', () => assertLaw(events.allMeansAll))

test('a signal is caught at once by all that waits for it around its thrower, and by nothing else', () =>
  assertLaw(rounds.signalsAreCaughtAround))

test('a round that completed tells once at most, where only the first tells no other', () => assertLaw(rounds.roundsTellOnce))

test('an interrupting event sub-process ends all else in its scope', () => assertLaw(laws.interruptingEndsAllElse))

test('a sound block-structured model always completes', () => assertLaw(laws.soundModelsComplete))

test('each listener of an element that completes is heard once, in its order', () => assertLaw(laws.listenersAreHeardOnce))

test('each join of a block-structured model fires once a round', () => assertLaw(laws.joinsFireOnceARound))

test('compensation undoes what completed in reverse and exactly once', () => assertLaw(compensation.compensationUndoesInReverse))

test('what was done beside the path is undone once, in its turn, and not after it was dropped', () =>
  assertLaw(compensation.besidesAreUndoneOnce))

test('what was done beside the path stands in its scope until it is dropped', () => assertLaw(compensation.besidesStandInTheirScope))

test('cancelling any scope at any moment leaves nothing behind', () => assertLaw(compensation.cancellingLeavesNothing))
test('a sequential ad hoc sub-process runs one activity at a time, and nothing is started in one that is to end', () =>
  assertLaw(adHocs.adHocKeepsItsRules))

test('data that leads to a member changes that member, and what an element is given stays within it', () =>
  assertLaw(data.dataKeepsToItsPlace))

test('no two calls have the same instance', () => assertLaw(data.callsHaveTheirOwnInstances))

test('a condition that is a script decides as the same condition in a language of expressions', () =>
  assertLaw(scripts.scriptsDecideAsExpressions))

test('in an ad hoc sub-process each activity begins a path, which what follows it is on', () => assertLaw(adHocs.pathsAreKept))
test('in an ad hoc sub-process each path has joins of its own', () => assertLaw(adHocs.pathsAreJoinedAlone))
test('who drives an ad hoc sub-process is asked while it is open, each time by a job of its own', () => assertLaw(adHocs.turnsAreToldApart))
test('an activity begins with exactly as many tokens as its startQuantity says', () => assertLaw(adHocs.quantitiesAreKept))

test('leaving the path and coming back changes nothing but shifted due times and leaves nothing without an owner', () =>
  assertLaw(holds.leavingIsNeutral))

test('leaving the path never changes the tokens of a scope', () => assertLaw(holds.leavingKeepsTokens))

test('what comes to a held token is applied once on return', () => assertLaw(holds.whatComesMeanwhileIsAppliedOnce))

test('suspending and resuming changes nothing', () => assertLaw(suspension.suspendingIsNeutral))

test('what comes while suspended moves nothing and is applied at the resumption', () => assertLaw(suspension.whatComesWhileSuspendedIsKept))

test('migrating to the same model changes nothing', () => assertLaw(migratingToTheSameModelIsNothing, realKernel, { modifies: true }))

test('an instance whose tokens an operator moved ends without an unowned wait, and is told whole by its events', () =>
  assertLaw(
    (trace, ...rest) => [
      ...laws.nothingWithoutOwner(trace, ...rest),
      ...laws.everyActivationEndsOnce(trace, ...rest),
      ...laws.replayGivesTheState(trace, ...rest),
      ...laws.soundModelsComplete(trace, ...rest),
    ],
    realKernel,
    { modifies: true },
  ))

test('moving tokens by hand needs only the named parts of a state', () => assertLaw(partialStateIsEnough, realKernel, { modifies: true }))

test('a state of which only the named parts are loaded gives the same events', () => assertLaw(partialStateIsEnough))

test('a limit of operations stops nothing for good: resolved one by one, a sound model completes and leaves nothing behind', async () => {
  const kernel = kernelIn({ ...environment, operationsMax: 3 })
  await assertLaw(
    (trace, ...rest) => [
      ...laws.soundModelsComplete(trace, ...rest),
      ...laws.nothingWithoutOwner(trace, ...rest),
      ...laws.everyActivationEndsOnce(trace, ...rest),
    ],
    kernel,
  )
})
