import { inspectModel, type ModelReport } from '../import/inspect-model.ts'
import { type CliFlags, type CliIo, type ExitCode, UsageError } from './io.ts'

/** Tells what files hold, what is wrong with them and what a host must give them. 1 where one cannot be deployed. */
export async function inspectCommand(io: CliIo, names: readonly string[], { json }: CliFlags): Promise<ExitCode> {
  if (names.length === 0) throw new UsageError('inspect needs a file')
  const reports: (ModelReport & { readonly file: string })[] = []
  for (const file of names) reports.push({ file, ...(await inspectModel(await io.readFile(file))) })
  if (json) io.out(JSON.stringify(reports, null, 2))
  else for (const { file, ...report } of reports) for (const line of tell(file, report)) io.out(line)
  return reports.some(({ diagnostics }) => diagnostics.some(({ severity }) => severity === 'error')) ? 1 : 0
}

function tell(file: string, { diagnostics, processes }: ModelReport): string[] {
  const count = (severity: string): number => diagnostics.filter((one) => one.severity === severity).length
  return [
    ...diagnostics.flatMap(({ line, column, severity, code, message, hint }) => [
      `${file}${line === undefined ? '' : `:${line}:${column}`}: ${severity} ${code}: ${message}`,
      ...(hint === undefined || severity === 'info' ? [] : [`    ${hint}`]),
    ]),
    ...processes.flatMap(({ key, name, executable, elements, jobTypes, messages, signals, calendars, forms }) => [
      `${file}: process ${key}${name === null ? '' : ` "${name}"`}${executable ? '' : ', a drawing'}: ${elements.length} elements`,
      ...listOf('job types that need a handler', jobTypes),
      ...listOf('messages', messages),
      ...listOf('signals', signals),
      ...listOf('business calendars', calendars),
      ...listOf('forms', forms),
    ]),
    `${file}: ${['error', 'warning', 'info'].map((severity) => numbered(count(severity), severity)).join(', ')}`,
  ]
}

function numbered(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`
}

function listOf(what: string, names: readonly string[]): string[] {
  return names.length === 0 ? [] : [`    ${what}: ${names.join(', ')}`]
}
