import type { Dialect, Models } from '../models.ts'

/** One engine under test. A handle is whatever it needs to find its instance again. */
export interface Contestant {
  readonly name: string
  readonly dialect: Dialect
  /** Calls of the services `noop` and `count` since the last reset: what the engine claims to have done is checked. */
  readonly calls: { count: number }
  open(models: Models): Promise<void>
  /** Runs an instance of this model to its end; throws where it did not end. */
  run(model: keyof Models): Promise<void>
  /** Starts an instance that comes to rest at its user task. */
  start(model: keyof Models): Promise<unknown>
  /** Completes the instance's user task. */
  complete(handle: unknown): Promise<void>
  isEnded(handle: unknown): Promise<boolean>
  /** One durable round trip on SQLite: start, wait at the task, complete from what is stored only. */
  roundTrip?(): Promise<void>
  /** Reads and checks the model once more, as at deployment. */
  compile(model: keyof Models): Promise<void>
  close(): Promise<void>
}
