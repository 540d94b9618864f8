// The modem that never arrived: a process that survives the death of its worker, and that people can leave and come back to.
// `npx -y pnpm@12 demo` runs it. Everything is kept in one SQLite file, in a folder of its own that is removed at the end.
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspectModel } from '@leeway/engine'
import { killAndGoOn } from './kill-and-go-on.ts'
import { leaveAndReturn } from './leave-and-return.ts'
import { chapter, say, sayFindings } from './story.ts'

const model = await readFile(new URL('lost-modem.bpmn', import.meta.url))
const badModel = await readFile(new URL('bad-model.bpmn', import.meta.url))
const folder = await mkdtemp(join(tmpdir(), 'lost-modem-'))
try {
  const { processes } = await inspectModel(model)
  const orders = await killAndGoOn(folder, model, processes)
  await leaveAndReturn(folder, processes, orders)

  chapter('A model with mistakes: each of them is named, with its place and a hint')
  await sayFindings('bad-model.bpmn', badModel)
  say('Deploying it would be refused.')
} finally {
  await rm(folder, { recursive: true, force: true })
}
