import type { HistoryEntry } from '../runtime/history.ts'

/** One line for each entry that says how the process went; steps that only prepare it are left out. */
export function printHistory(entries: readonly HistoryEntry[]): string[] {
  return entries.flatMap((entry) => lineOf(entry) ?? [])
}

function lineOf(entry: HistoryEntry): string | null {
  const { elementId } = entry
  switch (entry.type) {
    case 'elementCompleted':
      return `${elementId} completed${flowsOf(entry)}`
    case 'elementTerminated':
      return `${elementId} terminated${typeof entry.by === 'string' ? ` by ${entry.by}` : ''}`
    case 'elementWaits':
      return `${elementId} waits`
    case 'tokenArrived':
      return `${elementId} reached by flow "${entry.via}"`
    case 'compensationBegun':
      return `${elementId} compensates`
    case 'elementCompensated':
      return `${elementId} compensated`
    case 'incidentRaised':
      return `${elementId} is stuck: ${entry.code}`
    case 'incidentResolved':
      return `${elementId} goes on`
    case 'errorThrown':
      return `${elementId} threw error "${entry.code}"${typeof entry.caughtBy === 'string' ? `, caught by ${entry.caughtBy}` : ''}`
    case 'escalationThrown':
      return `${elementId} threw escalation "${entry.code}"${typeof entry.caughtBy === 'string' ? `, caught by ${entry.caughtBy}` : ', caught by nobody'}`
    case 'timerRescheduled':
      return `${elementId} has its timer ${entry.for} at another time`
    case 'eventCame':
      return `${elementId} got a ${entry.kind} for ${entry.for} and waits for the rest`
    case 'messageThrown':
      return `${elementId} sent message "${entry.name}"`
    case 'signalThrown':
      return `${elementId} sent signal "${entry.name}"`
    case 'tokenHeld':
      return `${elementId} held`
    case 'tokenReleased':
      return `${elementId} released`
    case 'processHeld':
      return 'process held'
    case 'processReleased':
      return 'process released'
    case 'elementSkipped':
      return `${elementId} skipped`
    case 'elementWithdrawn':
      return `${elementId} withdrawn`
    case 'eventLatched':
      return `${elementId} latched ${entry.for ?? 'a result'}`
    case 'correlationKeysSet':
      return 'correlation key set'
    case 'scopeModified':
      return 'tokens moved by an operator'
    case 'processMigrated':
      return 'process migrated'
    case 'tokenMigrated':
      return `${elementId} migrated`
    case 'tokenMoved':
      return `${elementId} put into another scope`
    case 'processSuspended':
      return 'process suspended'
    case 'processResumed':
      return 'process resumed'
    case 'occurrenceKept':
      return `${elementId} keeps what came for it`
    case 'processEnded':
      return `process ${entry.status}`
    default:
      return null
  }
}

function flowsOf(entry: HistoryEntry): string {
  const taken = Array.isArray(entry.taken) ? entry.taken : []
  if (taken.length === 0) return ''
  return `, took ${taken.length === 1 ? 'flow' : 'flows'} ${taken.map((flow) => `"${flow}"`).join(', ')}`
}
