import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { importBpmn } from '../../src/import/import-bpmn.ts'
import { type AnyStep, stopAtEveryStep } from './any-step.ts'

const PACKAGES = join(import.meta.dirname, '..', '..', '..')

async function models(): Promise<readonly string[]> {
  const files = await readdir(PACKAGES, { recursive: true })
  return files.filter((file) => file.endsWith('.bpmn') && !file.includes('node_modules')).sort()
}

test('E10, S31: at every element of every model of the repository an instance can be left, and goes on as it would have', async () => {
  const all: AnyStep[] = []
  for (const file of await models()) {
    const { processes } = await importBpmn(await readFile(join(PACKAGES, file)))
    for (const definition of processes) {
      const found = stopAtEveryStep(definition)
      expect(found.problems, file).toEqual([])
      all.push(found)
    }
  }
  const stopped = all.reduce((sum, one) => sum + one.stopped.length, 0)
  const unreached = all.reduce((sum, one) => sum + one.unreached.length, 0)
  expect(stopped).toBeGreaterThan(400)
  // What no run comes to is begun by something else alone: event sub-processes, compensation handlers, boundary events of errors.
  expect(unreached).toBeLessThan(stopped / 4)
})
