import { checkContent } from './check-content.ts'
import { checkExtensions } from './check-extensions.ts'
import type { Importing } from './importing.ts'
import type { ReadProcess } from './read-process.ts'
import { checkBoundaries } from './rules/check-boundaries.ts'
import { checkCompensation } from './rules/check-compensation.ts'
import { checkEndlessCalls } from './rules/check-endless-calls.ts'
import { checkEvents } from './rules/check-events.ts'
import { checkFlows } from './rules/check-flows.ts'
import { checkGateways } from './rules/check-gateways.ts'
import { checkInstantiation } from './rules/check-instantiation.ts'
import { checkMessageFlows } from './rules/check-message-flows.ts'
import { checkScopes } from './rules/check-scopes.ts'
import { checkSearchedTexts } from './rules/check-searched-texts.ts'
import { checkSoundness } from './rules/check-soundness.ts'
import { checkStarts } from './rules/check-starts.ts'
import { checkRootSupport, checkSupport } from './rules/check-support.ts'
import { checkWork } from './rules/check-work.ts'

/** Everything that can be said about a model beyond what its readers met: the file as a whole, then each process. */
export function checkModel(importing: Importing, processes: readonly ReadProcess[]): void {
  checkContent(importing)
  checkExtensions(importing)
  checkRootSupport(importing)
  checkMessageFlows(importing)
  checkEndlessCalls(importing, processes)
  for (const process of processes) {
    checkSupport(importing, process.element)
    checkFlows(importing, process)
    checkScopes(importing, process)
    checkStarts(importing, process)
    checkGateways(importing, process)
    checkBoundaries(importing, process)
    checkEvents(importing, process)
    checkInstantiation(importing, process)
    checkCompensation(importing, process)
    checkWork(importing, process)
    checkSearchedTexts(importing, process)
    if (importing.options.soundness !== false) checkSoundness(importing, process)
  }
}
