import { EngineError } from '@leeway/engine'
import type { ExtensionPort } from '@leeway/engine/extension'
import type { CaseCommand } from '../case/commands.ts'

/**
 * Has what was called follow its caller at once, and what that called in turn. Nothing depends on it: the same stands in jobs that were
 * written with the deviation, for a node that dies here.
 */
export async function calledFollow(port: ExtensionPort<CaseCommand>, deviationId: string, called: readonly string[]): Promise<void> {
  for (const instanceId of called) {
    try {
      const { called: inner } = (await port.submit(instanceId, { type: 'follow', deviationId })) as { called: readonly string[] } // of decide.ts
      await calledFollow(port, deviationId, inner)
    } catch (error) {
      // Not begun, over, or met others: its job sees to it.
      if (!(error instanceof EngineError)) throw error
    }
  }
}
