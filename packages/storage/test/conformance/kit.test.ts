import { describe, expect, test } from 'vitest'
import { storageConformance } from '../../src/conformance/index.ts'
import { broken, brokenStorages } from './broken-storages.ts'

describe('the conformance kit rejects a storage with the fault', () => {
  for (const [fault, create] of Object.entries(brokenStorages)) {
    test(fault, async () => {
      const failures = await failuresOf(create)
      expect(failures).not.toEqual([])
      // the fault shows where it matters: the storage works otherwise
      expect(failures.length).toBeLessThan(20)
    })
  }
})

test('the conformance kit accepts a wrapped storage without a fault', async () => {
  expect(await failuresOf(broken(() => ({})))).toEqual([])
})

async function failuresOf(create: Parameters<typeof storageConformance>[0]): Promise<readonly string[]> {
  const failed: string[] = []
  for (const { name, run } of storageConformance(create)) await run().catch(() => failed.push(name))
  return failed
}
