import { spawnSync } from 'node:child_process'
import { cpus } from 'node:os'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import { comparisons } from './durable/comparisons.ts'
import { type Comparison, median } from './durable/slices.ts'
import { type Figure, workloads } from './workloads.ts'

// `pnpm bench [REPETITIONS] [SECONDS] [TEXT IN THE WORKLOAD'S NAME]`: every engine and workload in turn, each in a process of its
// own; prints tables of medians as Markdown. Ratios of one run are what counts: absolute figures are this machine's.
const [, , repetitions = '3', seconds = '1', only = ''] = process.argv
const times = Array.from({ length: Number(repetitions) }, (_, k) => k)
const isWanted = (name: string): boolean => name.includes(only)

process.stdout.write(`Node ${process.version}, ${cpus().length} × ${cpus()[0]?.model ?? 'unknown'}, medians of ${repetitions}.\n`)
const line = (cells: readonly string[]): void => void process.stdout.write(`| ${cells.join(' | ')} |\n`)
againstOthers(Object.keys(workloads).filter(isWanted))
againstStatements(Object.keys(comparisons).filter(isWanted))

/** Rates per second of main-thread processor time. */
function againstOthers(names: readonly string[]): void {
  if (names.length === 0) return
  const engines = ['leeway', 'leeway-activity', 'bpmn-engine', 'floor']
  const found = new Map<string, (Figure | null)[]>()
  for (const _ of times) {
    for (const name of names) {
      for (const engine of engines) {
        const key = `${engine} ${name}`
        found.set(key, [...(found.get(key) ?? []), measure<Figure>('./worker.ts', [engine, name, seconds])])
      }
    }
  }
  process.stdout.write('\n')
  line(['workload', 'Leeway', 'Leeway, `durability: activity`', 'bpmn-engine', 'bare floor', 'Leeway : bpmn-engine'])
  line(['---', '--:', '--:', '--:', '--:', '--:'])
  for (const name of names) {
    const cells = engines.map((engine) => middle(found.get(`${engine} ${name}`) ?? []))
    const [ours, , theirs] = cells
    const ratio =
      ours && theirs ? (ours.type === 'rate' ? figureOf(ours) / figureOf(theirs) : figureOf(theirs) / figureOf(ours)) : Number.NaN
    line([name, ...cells.map(show), Number.isFinite(ratio) ? round(ratio) : ''])
  }
}

/** Both sides in turn in one process: on SQLite by main-thread processor time, on PostgreSQL by wall clock. */
function againstStatements(names: readonly string[]): void {
  if (names.length === 0) return
  process.stdout.write('\n')
  line(['durable round trips', 'Leeway', 'bare statements', 'Leeway : bare statements'])
  line(['---', '--:', '--:', '--:'])
  for (const name of names) {
    const found = times
      .map(() => measure<Comparison>('./durable/worker.ts', [name, String(Number(seconds) * 4)]))
      .filter((one) => one !== null)
    const of = (part: keyof Comparison): string => round(median(found.map((one) => one[part])))
    line([name, `${of('ours')}/s`, `${of('theirs')}/s`, of('ratio')])
  }
}

function measure<Result>(program: string, args: readonly string[]): Result | null {
  const worker = fileURLToPath(new URL(program, import.meta.url))
  const run = spawnSync(process.execPath, ['--expose-gc', worker, ...args], { encoding: 'utf8', timeout: 300_000 })
  const last = run.stdout.trim().split('\n').at(-1) ?? ''
  if (run.status === 0) return JSON.parse(last) as Result | null // what the worker prints
  process.stderr.write(`${args.join(', ')}: ${run.stderr.slice(0, 500)}\n`)
  return null
}

/** A figure that is no number (a quotient of nothing) came as null through JSON, and counts as none. */
function middle(figures: readonly (Figure | null)[]): Figure | null {
  const sorted = figures.filter((figure) => figure !== null && Number.isFinite(figureOf(figure))) as Figure[]
  sorted.sort((one, other) => figureOf(one) - figureOf(other))
  return sorted[sorted.length >> 1] ?? null
}

function figureOf(figure: Figure): number {
  return figure.type === 'rate' ? figure.rate.perCpuSecond : figure.value
}

function show(figure: Figure | null): string {
  if (figure === null) return ''
  return figure.type === 'rate' ? `${round(figureOf(figure))}/s` : `${round(figure.value)} ${figure.unit}`
}

function round(value: number): string {
  return value >= 100 ? Math.round(value).toLocaleString('en') : value.toPrecision(3)
}
