export { inspectModel } from './import/inspect-model.ts'
export { type Clock, type ManualClock, manualClock, systemClock } from './runtime/clock.ts'
export { createEngine, type Engine, type EngineApi } from './runtime/engine.ts'
export { BpmnError, EngineError, ModelError, NoRetry, Refused } from './runtime/errors.ts'
