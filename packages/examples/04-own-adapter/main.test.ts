import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createEngine } from '@leeway/engine'
import { storageConformance } from '@leeway/storage/conformance'
import { afterAll, describe, expect, test } from 'vitest'
import { journalStorage } from './journal-storage.ts'

const folder = mkdtempSync(join(tmpdir(), 'leeway-journal-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe('a storage over a plain file', () => {
  let files = 0
  const openNew = () => journalStorage(join(folder, `${++files}.journal`))
  const openAgain = () => journalStorage(join(folder, `${files}.journal`))
  for (const { name, run } of storageConformance(openNew, { crash: openAgain })) test(name, run)
})

test('an engine runs on it, and goes on where it was', async () => {
  const file = join(folder, 'engine.journal')
  const storage = journalStorage(file)
  const engine = await createEngine({ storage })
  await engine.deploy(`<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" targetNamespace="shop">
    <process id="order" isExecutable="true"><startEvent id="s" /><sequenceFlow id="a" sourceRef="s" targetRef="t" />
    <userTask id="t" /><sequenceFlow id="b" sourceRef="t" targetRef="e" /><endEvent id="e" /></process></definitions>`)
  const { id } = await engine.start('order')
  await engine.close()
  await storage.close()
  const again = journalStorage(file)
  const later = await createEngine({ storage: again })
  for (const task of await later.tasks.find({ instanceId: id })) await later.tasks.complete(task.id)
  expect(await later.instances.get(id)).toMatchObject({ status: 'completed' })
  await later.close()
  await again.close()
})
