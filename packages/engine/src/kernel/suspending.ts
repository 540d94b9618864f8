import type { Step } from './agenda.ts'
import type { Command, KeptCommand } from './commands.ts'
import { type Draft, findScope, requireChildren } from './draft.ts'
import { tokenId } from './ids.ts'
import { awaitsWork } from './listening.ts'
import type { Rejection } from './rejection.ts'
import { type Scope, type Token, tokenNumbers, waitsFor } from './state.ts'
import { matches } from './triggering.ts'

/** Stops an instance: from now on what comes to it is kept, and what would move it is refused. */
export function suspend(step: Step, instanceId: string, reason: string | null): undefined {
  step.emit({ type: 'processSuspended', scopeId: instanceId, reason })
  step.isStill = true
}

/**
 * What a command means to a suspended instance: variables may be set, results of work, messages and signals are kept, the rest is refused
 * as `suspended`. `asUsual`: it does not matter to it that the instance is suspended.
 */
export function acceptSuspended(step: Step, root: Scope, command: Command): Rejection | 'asUsual' | undefined {
  switch (command.type) {
    case 'resumeProcess':
      step.emit({ type: 'processResumed', scopeId: root.id })
      if (root.instance?.remodelled) lookAgain(step, root.id)
      return undefined
    case 'setVariables':
    case 'keepBeside':
    case 'dropBeside':
    case 'migrateProcess':
    case 'rescheduleTimer':
      step.isStill = true
      return 'asUsual'
    case 'finishWork':
    case 'failWork':
    case 'finishCall':
    case 'escalateCall':
      return keep(step, root, command)
    case 'triggerWait':
      // A timer that is due stays due: its job waits for the resumption.
      if (command.kind !== 'timer') return keep(step, root, command)
      break
    default:
  }
  return { code: 'suspended', message: `instance ${root.id} is suspended; resume it first` }
}

/** Another model came meanwhile: by it a join may act that waited, and what its last token was taken out of ends. */
function lookAgain(step: Step, scopeId: string): void {
  const scope = findScope(step.draft, scopeId)
  if (scope === null) return
  if (scope.rounds) {
    if (scope.rounds.begun > 0) requireChildren(step.draft, scopeId)
    for (let k = 1; k <= scope.rounds.begun; k++) lookAgain(step, tokenId(scopeId, k))
    return
  }
  if (scope.joins !== undefined || (scope.live === 0 && (scope.kind !== 'adHocSubProcess' || scope.closing))) step.moved(scopeId)
  for (const n of tokenNumbers(scope)) if (scope.tokens[n]?.child) lookAgain(step, tokenId(scopeId, n))
}

/** What was kept for the resumption of an instance. */
export function keptOf(draft: Draft, instanceId: string): readonly KeptCommand[] {
  return findScope(draft, instanceId)?.instance?.kept ?? []
}

function keep(step: Step, root: Scope, command: Command & KeptCommand): Rejection | undefined {
  const { scopeId, n } = command
  const token = findScope(step.draft, scopeId)?.tokens[n]
  if (!token) return { code: 'unknownToken', message: `there is no element instance ${scopeId}.${n} (any more)` }
  const before = root.instance?.kept ?? []
  if (!awaits(token, command) || before.some((one) => ends(step, one, command)))
    return { code: 'notWaiting', message: `"${token.elementId}" does not wait for this (any more)` }
  const { now: _now, ...kept } = command
  step.isStill = true
  step.emit({ type: 'occurrenceKept', scopeId, n, elementId: token.elementId, command: kept })
  return undefined
}

function awaits(token: Token, command: KeptCommand): boolean {
  if (command.type === 'finishCall' || command.type === 'escalateCall')
    return token.waits?.some((wait) => wait.type === 'call' && wait.instanceId === command.calledId) ?? false
  if (command.type === 'triggerWait') return token.waits?.some((wait) => matches(wait, command)) ?? false
  if (awaitsWork(token, command.listener)) return true
  return command.type === 'failWork' && waitsFor(token, 'continuation')
}

/** True where what was kept first will have moved the token on, so that what comes now comes too late. */
function ends(step: Step, first: KeptCommand, command: KeptCommand): boolean {
  const id = tokenId(first.scopeId, first.n)
  const other = tokenId(command.scopeId, command.n)
  if (other !== id && !other.startsWith(`${id}.`)) return false
  if (first.type === 'escalateCall') return false
  if (first.type !== 'triggerWait') return first.type !== 'failWork' || command.type !== 'triggerWait'
  const event = step.definition.nodes.get(first.for)
  if (event?.type === 'startEvent') return event.isInterrupting
  return event?.type !== 'boundaryEvent' || event.cancelActivity
}
