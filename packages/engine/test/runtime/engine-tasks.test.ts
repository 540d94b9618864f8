import { describe, expect, test } from 'vitest'
import { createEngine } from '../../src/index.ts'
import { chain, user } from './process-model.ts'
import { stores } from './stores.ts'

for (const { name, open } of stores) {
  describe(`tasks on ${name}`, () => {
    const make = async (steps = [user('ask', 'camunda:candidateGroups="desk" camunda:candidateUsers="ann"')]) => {
      const engine = await createEngine({ storage: open() })
      await engine.deploy(chain('p', steps))
      return engine
    }
    const only = async (engine: Awaited<ReturnType<typeof make>>) => {
      const found = await engine.tasks.find()
      expect(found).toHaveLength(1)
      return found[0]?.id ?? ''
    }

    test('a worklist holds what is assigned to a person, and what is free for the person or one of the groups', async () => {
      const engine = await make()
      await engine.start('p')
      const id = await only(engine)
      const worklist = async (person: string, groups: string[] = []) =>
        (await engine.tasks.find({ forUser: { id: person, groups } })).length
      expect([await worklist('ann'), await worklist('bob', ['desk']), await worklist('bob')]).toEqual([1, 1, 0])
      await engine.tasks.claim(id, 'bob')
      expect([await worklist('ann'), await worklist('bob'), await worklist('cy', ['desk'])]).toEqual([0, 1, 0])
      await engine.close()
    })

    test('a claimed task cannot be claimed by another person, and can be when it is released', async () => {
      const engine = await make()
      await engine.start('p')
      const id = await only(engine)
      await engine.tasks.claim(id, 'ann')
      await engine.tasks.claim(id, 'ann')
      await expect(engine.tasks.claim(id, 'bob')).rejects.toMatchObject({ code: 'illegalTransition', details: { assignee: 'ann' } })
      await engine.tasks.release(id)
      await engine.tasks.claim(id, 'bob')
      expect(await engine.tasks.get(id)).toMatchObject({ assignee: 'bob', state: 'reserved' })
      await engine.close()
    })

    test('of many who claim one task at once one has it', async () => {
      const engine = await make()
      await engine.start('p')
      const id = await only(engine)
      const claims = await Promise.allSettled(Array.from({ length: 20 }, (_, i) => engine.tasks.claim(id, `p${i}`)))
      expect(claims.filter((claim) => claim.status === 'fulfilled')).toHaveLength(1)
      await engine.close()
    })

    test('a delegated task keeps its owner and comes back when it is resolved', async () => {
      const engine = await make()
      await engine.start('p')
      const id = await only(engine)
      await engine.tasks.assign(id, 'ann')
      await engine.tasks.delegate(id, 'bob')
      expect(await engine.tasks.get(id)).toMatchObject({ state: 'delegated', assignee: 'bob', owner: 'ann' })
      await engine.tasks.resolve(id)
      expect(await engine.tasks.get(id)).toMatchObject({ state: 'reserved', assignee: 'ann', owner: null })
      await engine.close()
    })

    test('due date, priority, comments and draft can be kept with an open task', async () => {
      const engine = await make()
      await engine.start('p')
      const id = await only(engine)
      await engine.tasks.update(id, { dueAt: '2027-01-02T00:00:00Z', priority: 90 })
      await engine.tasks.comment(id, 'called twice', { actor: 'ann' })
      await engine.tasks.saveDraft(id, { half: 'done' })
      expect(await engine.tasks.get(id)).toMatchObject({
        dueAt: '2027-01-02T00:00:00.000Z',
        priority: 90,
        draft: { half: 'done' },
        comments: [{ actor: 'ann', text: 'called twice' }],
      })
      expect(await engine.tasks.find({ dueBefore: '2027-01-03T00:00:00Z' })).toHaveLength(1)
      expect(await engine.tasks.find({ dueBefore: '2027-01-01T00:00:00Z' })).toHaveLength(0)
      // @ts-expect-error an unknown member is refused, also at run time
      await expect(async () => engine.tasks.update(id, { colour: 'red' })).rejects.toMatchObject({ code: 'invalidArgument' })
      await engine.close()
    })

    test('pages follow each other without loss', async () => {
      const engine = await make()
      for (let i = 0; i < 25; i++) await engine.start('p')
      const seen: string[] = []
      let after: string | undefined
      do {
        const page = await engine.tasks.find({ limit: 10, orderBy: '-createdAt', ...(after !== undefined && { after }) })
        seen.push(...page.map((task) => task.id))
        after = page.next
      } while (after !== undefined)
      expect(new Set(seen).size).toBe(25)
      expect(seen).toHaveLength(25)
      await engine.close()
    })

    test('one task is completed once, however many try', async () => {
      const engine = await make()
      const { id } = await engine.start('p')
      const task = await only(engine)
      const tries = await Promise.allSettled(Array.from({ length: 20 }, () => engine.tasks.complete(task)))
      expect(tries.filter((one) => one.status === 'fulfilled')).toHaveLength(1)
      expect((await engine.history(id)).filter((entry) => entry.type === 'elementCompleted' && entry.elementId === 'ask')).toHaveLength(1)
      await engine.close()
    })

    test('an idempotency key completes a task once and answers each time', async () => {
      const engine = await make([user('one'), user('two')])
      await engine.start('p')
      const task = await only(engine)
      await engine.tasks.complete(task, { idempotencyKey: 'k' })
      await engine.tasks.complete(task, { idempotencyKey: 'k' })
      await expect(engine.tasks.complete(task, { idempotencyKey: 'k', variables: { other: 1 } })).rejects.toMatchObject({
        code: 'idempotencyKeyReused',
      })
      expect(await engine.tasks.find()).toMatchObject([{ elementId: 'two' }])
      await engine.close()
    })
  })
}
