import { EngineError } from '@leeway/engine'

/** Throws `notYetSupported`. */
export function refuseNotYet(what: string): never {
  throw new EngineError('notYetSupported', `${what} is not supported yet.`, { what })
}
