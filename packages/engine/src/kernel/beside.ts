import type { FlowNode } from '../model/elements.ts'
import type { Step } from './agenda.ts'
import type { DropBeside, KeepBeside, UndoneBeside } from './commands.ts'
import { findScope } from './draft.ts'
import { besideName } from './ids.ts'
import { notWaiting, type Rejection } from './rejection.ts'
import type { Token } from './state.ts'

/** What was done beside the path is compensated with its scope, in its turn. */
export function keepBeside(step: Step, { scopeId, key }: KeepBeside): Rejection | undefined {
  const scope = findScope(step.draft, scopeId)
  // A round that completed stays for its output alone.
  if (scope === null || scope.kept || scope.rounds || scope.output || scope.kind === 'completed')
    return { code: 'unknownToken', message: `there is no scope ${scopeId} (any more)` }
  if (scope.compensables?.latest[besideName(key)] === undefined)
    step.emit({ type: 'besideKept', scopeId, n: scope.counter + 1, elementId: besideName(key) })
  return undefined
}

/** What was undone otherwise is not compensated with its scope. */
export function dropBeside(step: Step, { scopeId, key }: DropBeside): undefined {
  const kept = findScope(step.draft, scopeId)?.compensables?.latest[besideName(key)]
  if (kept !== undefined) step.emit({ type: 'besideDropped', scopeId, n: kept.n, elementId: besideName(key) })
}

/** Who compensates goes on. */
export function undoneBeside(step: Step, { scopeId, n, key }: UndoneBeside, token: Token, node: FlowNode): Rejection | undefined {
  if (token.compensation?.running !== besideName(key)) return notWaiting(token, `"${key}" to be undone`)
  step.emit({ type: 'besideUndone', scopeId, n, elementId: node.id, key })
  step.plan({ do: 'compensate', scopeId, n, node })
  return undefined
}
