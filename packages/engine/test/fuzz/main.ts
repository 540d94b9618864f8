// Damages models at random and imports them: node packages/engine/test/fuzz/main.ts [folder] [runs] [seed]
// Without a folder the models of the repository. Ends 1 where an import throws, takes too long, grows without bound, or says
// nothing about what it left out.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { checkImport } from './check-import.ts'
import { below, mutate, randomOf } from './mutate.ts'

const SLOWEST_MS_MAX = 5_000
const HEAP_BYTES_MAX = 1_000_000_000
const FAILURES_MAX = 10

const [
  folder = fileURLToPath(new URL('../models/', import.meta.url)),
  runsGiven = '10000',
  seedGiven = String(Date.now() % 1_000_000_007),
] = process.argv.slice(2)
const runs = Number(runsGiven)
const firstSeed = Number(seedGiven)
const names = readdirSync(folder, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile() && /\.(?:bpmn|xml)$/i.test(entry.name))
  .map((entry) => join(entry.parentPath, entry.name))
if (names.length === 0 || !(runs > 0) || !Number.isInteger(firstSeed)) {
  console.error('usage: main.ts [folder with .bpmn or .xml files] [runs] [seed]')
  process.exit(1)
}
const files = names.map((name) => new Uint8Array(readFileSync(name)))
console.log(`${runs} runs over ${files.length} files, seed ${firstSeed}`)

let slowestMs = 0
let slowestSeed = 0
let heapMax = 0
let failures = 0
const begun = performance.now()
for (let run = 0; run < runs && failures < FAILURES_MAX; run += 1) {
  const seed = firstSeed + run
  const random = randomOf(seed)
  const at = below(random, files.length)
  const damaged = mutate(files[at] ?? new Uint8Array(), files[below(random, files.length)] ?? new Uint8Array(), random)
  const started = performance.now()
  const broken = await checkImport(damaged).catch((error: unknown) => [`threw: ${error instanceof Error ? error.stack : String(error)}`])
  const ms = performance.now() - started
  if (ms > slowestMs) {
    slowestMs = ms
    slowestSeed = seed
  }
  heapMax = Math.max(heapMax, process.memoryUsage().heapUsed)
  const faults = [
    ...broken,
    ...(ms > SLOWEST_MS_MAX ? [`took ${Math.round(ms)} ms`] : []),
    ...(heapMax > HEAP_BYTES_MAX ? [`heap of ${heapMax} bytes`] : []),
  ]
  if (faults.length === 0) continue
  failures += 1
  const kept = join(tmpdir(), `leeway-fuzz-${seed}.bpmn`)
  writeFileSync(kept, damaged)
  console.error(`seed ${seed}, from ${names[at]}, kept as ${kept}:\n  ${faults.join('\n  ')}`)
}
console.log(
  `${failures} failures in ${((performance.now() - begun) / 1000).toFixed(1)} s; slowest ${slowestMs.toFixed(0)} ms (seed ${slowestSeed}); ` +
    `peak heap ${(heapMax / 1e6).toFixed(0)} MB`,
)
process.exitCode = failures === 0 ? 0 : 1
