import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Outcome } from '../../src/runtime/command-request.ts'
import { loadLatest } from '../../src/runtime/definition-cache.ts'
import { canonicalJson, sha256, uuidOf } from '../../src/runtime/digest.ts'
import { IDEMPOTENCY_MS, instanceIdOfKey, purgeIdempotency, withIdempotency } from '../../src/runtime/idempotency.ts'
import { publish } from '../../src/runtime/messages.ts'
import { idempotency } from '../../src/runtime/records/idempotency.ts'
import { runCommand } from '../../src/runtime/run-command.ts'
import { end, file, keyed, row, start, userTask } from './message-models.ts'
import { createNode, type Node } from './message-node.ts'
import { sharedDatabases } from './shared-databases.ts'

const model = file('work', row(start, userTask('look'), end))

/** `start` with a key, as the engine has it. */
async function startOnce(node: Node, key: string, variables: { readonly [name: string]: number }): Promise<string> {
  const { loaded } = await loadLatest(node.engine.definitions, 'work', null)
  const instanceId = instanceIdOfKey(null, key)
  return withIdempotency(node.host, { operation: 'start', key, tenantId: null, args: { process: 'work', variables } }, async (once) => {
    const outcome = await runCommand(node.engine, {
      instanceId,
      command: { type: 'startProcess', instanceId, definitionId: loaded.record.id, businessKey: null, variables, actor: null },
      actor: null,
      start: { definition: loaded, tenantId: null },
      also: once.also(instanceId),
    })
    return outcome.type === 'lost' ? null : instanceId
  })
}

/** `tasks.complete` with a key, as the engine has it. */
async function completeOnce(node: Node, key: string, instanceId: string, values: { readonly [name: string]: number }): Promise<string> {
  return withIdempotency(node.host, { operation: 'tasks.complete', key, tenantId: null, args: { instanceId, values } }, async (once) => {
    const command = { type: 'completeTask', scopeId: instanceId, n: 2, values, actor: null } as const
    const outcome: Outcome = await runCommand(node.engine, { instanceId, command, actor: null, also: once.also('done') })
    if (outcome.type === 'done') return 'done'
    return outcome.type === 'lost' ? null : 'refused'
  })
}

test('a start repeated with its key gives the same instance, whose id follows from the key', async () => {
  const node = await createNode()
  await node.deploy(model)
  const first = await startOnce(node, 'k', { a: 1 })
  expect(await startOnce(node, 'k', { a: 1 })).toBe(first)
  expect(first).toBe(instanceIdOfKey(null, 'k'))
  expect(first).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
  expect(instanceIdOfKey('t1', 'k')).not.toBe(first)
  expect(await node.all()).toHaveLength(1)
})

test('a key with other arguments is refused', async () => {
  const node = await createNode()
  await node.deploy(model)
  await startOnce(node, 'k', { a: 1 })
  await expect(startOnce(node, 'k', { a: 2 })).rejects.toMatchObject({ code: 'idempotencyKeyReused', details: { idempotencyKey: 'k' } })
  expect(await node.all()).toHaveLength(1)
})

test('a completion repeated with its key has one effect and the same answer, also when both come at once', async () => {
  const node = await createNode()
  await node.deploy(model)
  const id = await startOnce(node, 'k', {})
  expect(await Promise.all([completeOnce(node, 'c', id, { a: 1 }), completeOnce(node, 'c', id, { a: 1 })])).toEqual(['done', 'done'])
  expect(await completeOnce(node, 'c', id, { a: 1 })).toBe('done')
  expect(await completeOnce(node, 'other', id, { a: 2 })).toBe('refused')
  expect((await node.instance(id))?.body.root.variables).toEqual({ a: 1 })
})

test('the refusal of a call is its answer to repetitions too', async () => {
  const node = await createNode()
  const call = { operation: 'messages.publish', name: 'paid', correlationKey: 'A', idempotencyKey: 'k' }
  await node.deploy(keyed)
  expect((await publish(node.host, call)).outcome).toBe('none')
  await node.start('keyed', { variables: { orderId: 'A' } })
  expect((await publish(node.host, call)).outcome).toBe('none')
  expect((await publish(node.host, { ...call, idempotencyKey: 'l' })).outcome).toBe('correlated')
})

test('a message published again with its key is correlated once, its answer that of the first time', async () => {
  const node = await createNode()
  await node.deploy(keyed)
  const ids = [await node.start('keyed', { variables: { orderId: 'A' } })]
  const call = { name: 'paid', correlationKey: 'A', idempotencyKey: 'k', ttl: 'PT1H' }
  expect(await publish(node.host, call)).toEqual({ outcome: 'correlated', instanceIds: ids })
  ids.push(await node.start('keyed', { variables: { orderId: 'A' } }))
  expect(await publish(node.host, call)).toEqual({ outcome: 'correlated', instanceIds: [ids[0]] })
  expect((await node.instance(ids[1] as string))?.status).toBe('active')
})

test('a key is forgotten after seven days', async () => {
  const node = await createNode()
  await node.deploy(keyed)
  const call = { name: 'paid', correlationKey: 'A', idempotencyKey: 'k' }
  await publish(node.host, call)
  node.clock.advance(IDEMPOTENCY_MS - 1)
  expect((await publish(node.host, call)).outcome).toBe('none')
  expect(await purgeIdempotency(node.host, 10)).toBe(0)
  node.clock.advance(1)
  await node.start('keyed', { variables: { orderId: 'A' } })
  expect((await publish(node.host, call)).outcome).toBe('correlated')
  node.clock.advance(IDEMPOTENCY_MS)
  expect(await purgeIdempotency(node.host, 10)).toBe(1)
  expect(await node.host.storage.count(idempotency, {}, 1)).toBe(0)
})

test.each(sharedDatabases)('two nodes on $name: starts with one key make one instance', async ({ make }) => {
  const open = make()
  const nodes = await Promise.all([open(), open()].map((storage) => createNode({ storage })))
  await (nodes[0] as Node).deploy(model)
  const keys = Array.from({ length: 20 }, (_, i) => `key-${i}`)
  const ids = await Promise.all(keys.flatMap((key) => nodes.map((node) => startOnce(node, key, { a: 1 }))))
  expect(new Set(ids)).toEqual(new Set(keys.map((key) => instanceIdOfKey(null, key))))
  expect(await (nodes[0] as Node).all()).toHaveLength(20)
})

test('the digest is SHA-256', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string({ unit: 'grapheme', maxLength: 300 }), fc.uint8Array({ maxLength: 300 })), (content) => {
      expect(sha256(content)).toBe(createHash('sha256').update(content).digest('hex'))
    }),
  )
})

test('arguments are told apart by content, whatever the order of their members', () => {
  const reversed = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(reversed)
    if (typeof value !== 'object' || value === null) return value
    return Object.fromEntries(
      Object.entries(value)
        .reverse()
        .map(([name, member]) => [name, reversed(member)]),
    )
  }
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      expect(canonicalJson(reversed(value))).toBe(canonicalJson(value))
      expect(JSON.parse(canonicalJson(value))).toEqual(JSON.parse(JSON.stringify(value)))
    }),
  )
  expect(canonicalJson({ a: 1n, b: undefined })).toBe(canonicalJson({ a: 1n }))
  expect(canonicalJson(new Date(0))).not.toBe(canonicalJson('1970-01-01T00:00:00.000Z'))
  expect(uuidOf('a')).not.toBe(uuidOf('b'))
})
