import type { HostFunction } from '../expressions/expression.ts'
import type { Calendar } from '../model/calendar.ts'
import type { JobSpec } from '../model/data.ts'

/** What the host gives its processes; constant for an engine. */
export interface Environment {
  readonly functions: Readonly<Record<string, HostFunction>>
  readonly beans: Readonly<Record<string, object>>
  /** The business hours of this name. Throws a coded error that names them where the host has none. */
  readonly calendar: (name: string) => Calendar
  /** IANA zone of timers and dates without one. */
  readonly timeZone: string
  /** True where a handler stands for this element: it then replaces native sending. */
  readonly handles: (processKey: string, elementId: string, job: JobSpec | null) => boolean
  /** Most operations of one command before its prefix is kept and an incident raised. Default 1,000,000. */
  readonly operationsMax: number
}
