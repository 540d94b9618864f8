import { spawnSync } from 'node:child_process'
import { cpus } from 'node:os'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import { type Figure, workloads } from './workloads.ts'

// `pnpm bench [REPETITIONS] [SECONDS] [TEXT IN THE WORKLOAD'S NAME]`: every engine and workload in turn, each in a process of its
// own; prints a table of medians as Markdown. Ratios of one run are what counts: absolute figures are this machine's.
const [, , repetitions = '3', seconds = '1', only = ''] = process.argv
const engines = ['leeway', 'leeway-activity', 'bpmn-engine', 'floor']
const worker = fileURLToPath(new URL('./worker.ts', import.meta.url))
const names = Object.keys(workloads).filter((name) => name.includes(only))
const found = new Map<string, (Figure | null)[]>()

for (let k = 0; k < Number(repetitions); k++) {
  for (const name of names) {
    for (const engine of engines) {
      const key = `${engine} ${name}`
      found.set(key, [...(found.get(key) ?? []), measure(engine, name)])
    }
  }
}

const line = (cells: readonly string[]): void => void process.stdout.write(`| ${cells.join(' | ')} |\n`)
process.stdout.write(
  `Node ${process.version}, ${cpus().length} × ${cpus()[0]?.model ?? 'unknown'}, medians of ${repetitions}. Rates are per second of main-thread processor time.\n\n`,
)
line(['workload', 'Leeway', 'Leeway, `durability: activity`', 'bpmn-engine', 'bare floor', 'Leeway : bpmn-engine'])
line(['---', '--:', '--:', '--:', '--:', '--:'])
for (const name of names) {
  const cells = engines.map((engine) => median(found.get(`${engine} ${name}`) ?? []))
  const [ours, , theirs] = cells
  const ratio = ours && theirs ? (ours.type === 'rate' ? figureOf(ours) / figureOf(theirs) : figureOf(theirs) / figureOf(ours)) : Number.NaN
  line([name, ...cells.map(show), Number.isFinite(ratio) ? round(ratio) : ''])
}

function measure(engine: string, name: string): Figure | null {
  const run = spawnSync(process.execPath, ['--expose-gc', worker, engine, name, seconds], { encoding: 'utf8', timeout: 300_000 })
  const last = run.stdout.trim().split('\n').at(-1) ?? ''
  if (run.status === 0) return JSON.parse(last) as Figure | null // what worker.ts prints
  process.stderr.write(`${engine}, ${name}: ${run.stderr.slice(0, 500)}\n`)
  return null
}

function median(figures: readonly (Figure | null)[]): Figure | null {
  const sorted = figures.filter((figure) => figure !== null).sort((one, other) => figureOf(one) - figureOf(other))
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
