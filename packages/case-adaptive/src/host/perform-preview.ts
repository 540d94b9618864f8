import { EngineError, Refused } from '@leeway/engine'
import type { CommandBody, InstanceReader, Trial, Tried } from '@leeway/engine/extension'
import type { Book } from '../case/book.ts'
import type { Preview } from '../case/commands.ts'
import type { LatchRecord } from '../case/deviation-state.ts'
import { leave } from '../deviation/leave.ts'
import { leaveAnswer, Previewed, previewReturn, refusedLeave } from '../deviation/preview.ts'
import { rearmed } from '../deviation/rearmed.ts'
import { comeBack } from '../deviation/return.ts'
import { deviations } from './records.ts'

/** Looks at what a command would come to; leaving is looked at again once its token is held, a return that is allowed is tried. */
export function performPreview(
  book: Book,
  { of, isJudgedOnly }: Preview,
  instance: InstanceReader,
): { readonly commands: readonly CommandBody[]; readonly trial?: Trial } {
  const actor = book.actor ?? ''
  if (of.type === 'return') {
    const answer = previewReturn(book, of, instance, actor)
    if (isJudgedOnly || answer.refusals.length > 0) throw new Previewed(answer)
    return {
      commands: comeBack(book, of, instance, actor),
      trial: (tried) => new Previewed({ ...answer, comesTo: { ...rearmed(tried), latches: latchesIn(tried, of.deviationId) } }),
    }
  }
  try {
    const { deviation, commands } = leave(book, of, instance, actor)
    if (commands.length === 0) throw new Previewed(leaveAnswer(book, deviation, instance))
    return { commands }
  } catch (error) {
    if (error instanceof Refused || isSuspended(error)) throw new Previewed(refusedLeave(error))
    throw error
  }
}

/** It is so now, and was not asked wrongly. */
function isSuspended(error: unknown): error is EngineError {
  return error instanceof EngineError && error.code === 'instanceSuspended'
}

function latchesIn({ records }: Tried, deviationId: string): readonly LatchRecord[] {
  return records.get(deviations, deviationId)?.body.latches ?? []
}
