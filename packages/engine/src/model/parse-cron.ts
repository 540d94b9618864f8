import { type Cron, type CronMonthDay, type CronWeekDay, nextCronLocal } from './cron.ts'

type Problem = { readonly problem: string }

/**
 * Reads a cron expression of 5 fields (`crontab`), 6 (seconds first, as Spring) or 7 (Quartz: seconds first, year last), or one of
 * `@yearly`, `@monthly`, `@weekly`, `@daily`, `@hourly`. Fields take `*`, `?`, lists, ranges (`FRI-MON` too), steps, names,
 * and, for days, `L`, `L-3`, `15W`, `LW`, `5L`, `MON#2`. Days of the week count 0 or 7 = Sunday to 6; with 7 fields or a `?` they
 * count as Quartz does, 1 = Sunday to 7 = Saturday. An expression that no date fulfils is a problem.
 */
export function parseCron(text: string): { readonly cron: Cron } | Problem {
  const trimmed = text.trim()
  const fields = (MACROS[trimmed.toLowerCase()] ?? trimmed).split(/\s+/)
  const quartz = fields.length === 7 || fields.includes('?')
  if (fields.length < 5 || fields.length > 7 || trimmed.length > TEXT_MAX) return notCron(trimmed, fields.length)
  const [second = '', minute = '', hour = '', monthDays = '', month = '', weekDays = '', years = '*'] =
    fields.length === 5 ? ['0', ...fields] : fields
  try {
    const cron: Cron = {
      seconds: numbers(second, SECOND),
      minutes: numbers(minute, MINUTE),
      hours: numbers(hour, HOUR),
      months: numbers(month, MONTH),
      years: !isAny(years) ? numbers(years, YEAR) : null,
      daysOfMonth: isAny(monthDays) ? null : monthDays.split(',').flatMap(monthDayEntries),
      daysOfWeek: isAny(weekDays) ? null : weekDays.split(',').flatMap((part) => weekDayEntries(part, quartz)),
      days: fields.length === 5 && !monthDays.startsWith('*') && !weekDays.startsWith('*') ? 'either' : 'both',
    }
    if (!everComes(cron)) return { problem: `the cron expression "${shorten(trimmed)}" names a date that never comes` }
    return { cron }
  } catch (error) {
    if (error instanceof FieldProblem) return { problem: `the cron expression "${shorten(trimmed)}": ${error.message}` }
    throw error
  }
}

const TEXT_MAX = 1000
const MACROS: { readonly [name: string]: string | undefined } = Object.assign(Object.create(null), {
  '@yearly': '0 0 1 1 *',
  '@annually': '0 0 1 1 *',
  '@monthly': '0 0 1 * *',
  '@weekly': '0 0 * * 0',
  '@daily': '0 0 * * *',
  '@midnight': '0 0 * * *',
  '@hourly': '0 * * * *',
})

interface Field {
  readonly name: string
  readonly min: number
  readonly max: number
  readonly names?: readonly string[]
}

const WEEKDAYS = ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT']
const MONTHS = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC']
const SECOND: Field = { name: 'second', min: 0, max: 59 }
const MINUTE: Field = { name: 'minute', min: 0, max: 59 }
const HOUR: Field = { name: 'hour', min: 0, max: 23 }
const MONTH_DAY: Field = { name: 'day of month', min: 1, max: 31 }
const MONTH: Field = { name: 'month', min: 1, max: 12, names: MONTHS }
const YEAR: Field = { name: 'year', min: 1970, max: 2199 }
const WEEK_DAY: Field = { name: 'day of week', min: 0, max: 7, names: WEEKDAYS }
const QUARTZ_WEEK_DAY: Field = { name: 'day of week', min: 1, max: 7, names: WEEKDAYS }

/** Carries what is wrong with one field out of the nested readers; never leaves this file. */
class FieldProblem extends Error {}

function isAny(text: string): boolean {
  return text === '*' || text === '?'
}

/** The numbers that a field of lists, ranges and steps names, ascending. */
function numbers(text: string, field: Field): readonly number[] {
  const found = new Set<number>()
  for (const part of text.split(',')) for (const value of span(part, field)) found.add(value)
  return [...found].sort((a, b) => a - b)
}

/** One part of a list: a value, a range, either with a step. */
function span(part: string, field: Field): readonly number[] {
  const found = /^(?:(\*)|([^-/]+)(?:-([^-/]+))?)(?:\/(\d{1,4}))?$/.exec(part)
  if (found === null)
    throw new FieldProblem(`"${shorten(part)}" is no ${field.name}; write one such as ${field.min}, ${field.min}-${field.min + 3} or */2`)
  const [, star, first = '', last, step] = found
  if (step !== undefined && Number(step) === 0) throw new FieldProblem(`the step of "${part}" (${field.name}) must be 1 or more`)
  const from = star === undefined ? value(first, field) : field.min
  const to = last === undefined ? (star === undefined && step === undefined ? from : field.max) : value(last, field)
  if (to < from && field === YEAR) throw new FieldProblem(`the years "${part}" go backwards`)
  const size = field.max - field.min + 1
  const end = to < from ? to + (field === WEEK_DAY ? 7 : size) : to
  const values: number[] = []
  for (let each = from; each <= end; each += Number(step ?? 1))
    values.push(each > field.max ? each - (field === WEEK_DAY ? 7 : size) : each)
  return values
}

function value(text: string, field: Field): number {
  const named = field.names?.indexOf(text.toUpperCase()) ?? -1
  if (named >= 0) return field === WEEK_DAY ? named : named + 1
  const number = /^\d{1,4}$/.test(text) ? Number(text) : Number.NaN
  if (number >= field.min && number <= field.max) return number
  throw new FieldProblem(`"${shorten(text)}" is no ${field.name}; it goes from ${field.min} to ${field.max}${hintFor(text, field)}`)
}

function hintFor(text: string, field: Field): string {
  if (field === QUARTZ_WEEK_DAY && text === '0')
    return ', Sunday is 1 or SUN, because the expression is written as for Quartz (7 fields or a ?)'
  return field.names === undefined ? '' : ` or ${field.names[0]} to ${field.names.at(-1)}`
}

function monthDayEntries(part: string): readonly CronMonthDay[] {
  const upper = part.toUpperCase()
  const last = /^L(?:-(\d{1,2}))?(W?)$/.exec(upper)
  if (last !== null) {
    const back = Number(last[1] ?? 0)
    if (back > 30) throw new FieldProblem(`"${part}" counts back further than a month`)
    return [{ day: 0 - back, weekday: last[2] === 'W' }]
  }
  const weekday = /^(\d{1,2})W$/.exec(upper)
  if (weekday !== null) return [{ day: value(weekday[1] ?? '', MONTH_DAY), weekday: true }]
  return span(part, MONTH_DAY).map((day) => ({ day, weekday: false }))
}

function weekDayEntries(part: string, quartz: boolean): readonly CronWeekDay[] {
  const field = quartz ? QUARTZ_WEEK_DAY : WEEK_DAY
  const entry = (day: number, nth: number | null): CronWeekDay => ({ day: quartz ? day - 1 : day % 7, nth })
  if (part.toUpperCase() === 'L' && quartz) return [entry(7, null)]
  const last = /^([^-/#]+)L$/i.exec(part)
  if (last !== null) return [entry(value(last[1] ?? '', field), -1)]
  const nth = /^([^-/#]+)#(\d{1,2})$/.exec(part)
  if (nth === null) return span(part, field).map((day) => entry(day, null))
  const count = Number(nth[2])
  if (count < 1 || count > 5) throw new FieldProblem(`"${part}" asks for the ${count}th such day of a month; it goes from #1 to #5`)
  return [entry(value(nth[1] ?? '', field), count)]
}

/** Whether some date fulfils the expression: the years 2000 to 2100 have every month beginning on every day of the week. */
function everComes(cron: Cron): boolean {
  return nextCronLocal(cron, cron.years === null ? Date.UTC(2000, 0, 1) : Date.UTC(1970, 0, 1)) !== null
}

function notCron(text: string, count: number): Problem {
  const shown = shorten(text)
  if (text.startsWith('@')) return { problem: `"${shown}" is not known; use ${Object.keys(MACROS).join(', ')}` }
  const fields = `5, 6 (seconds first) or 7 (year last) fields, this has ${count}`
  return { problem: `"${shown}" is neither a repetition such as R3/PT10M nor a cron expression: that has ${fields}` }
}

function shorten(text: string): string {
  return text.length > 60 ? `${text.slice(0, 59)}…` : text
}
