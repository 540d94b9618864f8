import { EngineError } from './errors.ts'

/** There is no such open task. */
export function unknownTaskOf(id: string, cause?: unknown): EngineError {
  return new EngineError(
    'unknownTask',
    `There is no open task ${id}; it was completed or withdrawn, or never was`,
    { taskId: id },
    { cause },
  )
}
