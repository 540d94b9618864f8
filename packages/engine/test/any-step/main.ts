import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { importBpmn } from '../../src/import/import-bpmn.ts'
import { stopAtEveryStep } from './any-step.ts'

/**
 * `node packages/engine/test/any-step/main.ts FOLDER`: stops at every element of every model in a folder, and tells where an instance did
 * not go on as it would have.
 */
const [folder] = process.argv.slice(2)
if (folder === undefined) throw new Error('Give a folder or a file with BPMN models.')
const files = (await stat(folder)).isDirectory()
  ? (await readdir(folder, { recursive: true })).filter((file) => /\.bpmn(20\.xml)?$/.test(file)).map((file) => join(folder, file))
  : [folder]
let stopped = 0
let unreached = 0
let failed = 0
for (const file of files.sort()) {
  try {
    const { processes } = await importBpmn(await readFile(file))
    for (const definition of processes) {
      const found = stopAtEveryStep(definition)
      stopped += found.stopped.length
      unreached += found.unreached.length
      failed += found.problems.length
      for (const problem of found.problems.slice(0, 3)) console.log(`${file}: ${problem}`)
    }
  } catch (error) {
    failed++
    console.log(`${file}: ${error instanceof Error ? error.message : String(error)}`)
  }
}
console.log(`${files.length} files: stopped at ${stopped} elements, ${unreached} are not reached by themselves, ${failed} problems`)
process.exitCode = failed > 0 ? 1 : 0
