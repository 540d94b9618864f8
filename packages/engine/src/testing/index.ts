export { type ManualClock, manualClock } from '../runtime/clock.ts'
export { printHistory } from './print-history.ts'
export { runScenario, type ScenarioOptions } from './scenario.ts'
export { openWalk, WALK_COMMANDS, type Walk } from './walk.ts'
