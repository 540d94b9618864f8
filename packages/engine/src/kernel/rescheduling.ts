import type { Step } from './agenda.ts'
import type { RescheduleTimer } from './commands.ts'
import { notWaiting, onHold, type Rejection } from './rejection.ts'
import { isArmed, type TimerWait, type Token } from './state.ts'

/** An armed timer is due at another time from now on; nothing else of its token changes. */
export function rescheduleTimer(step: Step, command: RescheduleTimer, token: Token): Rejection | undefined {
  const { scopeId, n, dueAt } = command
  const timers = (token.waits ?? []).filter((wait): wait is TimerWait => wait.type === 'timer' && isMeant(wait, command))
  const armed = timers.filter((wait) => isArmed(wait) && wait.dueAt !== null)
  const [wait, another] = armed
  if (wait === undefined && timers.length > 0 && token.hold !== undefined) return onHold(token)
  if (wait === undefined || wait.dueAt === null) return notWaiting(token, 'this timer (any more)')
  if (another !== undefined) {
    const names = armed.map((one) => `"${one.for}"`).join(', ')
    return { code: 'ambiguousTimer', message: `"${token.elementId}" waits for the timers ${names}; name one of them` }
  }
  const definition = wait.definition === undefined ? {} : { definition: wait.definition }
  const from = wait.instead?.of ?? wait.dueAt
  const shifts = command.shifts === true ? { shifts: true as const } : {}
  step.emit({ type: 'timerRescheduled', scopeId, n, elementId: token.elementId, for: wait.for, ...definition, dueAt, from, ...shifts })
  return undefined
}

function isMeant(wait: TimerWait, { for: target, definition }: RescheduleTimer): boolean {
  return (target === null || wait.for === target) && (definition === undefined || (wait.definition ?? 0) === definition)
}
