import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import * as Elements from 'bpmn-elements'
import { Engine } from 'bpmn-engine'
import serializer, { TypeResolver } from 'moddle-context-serializer'
import type { Models } from '../models.ts'
import type { Contestant } from './contestant.ts'
import { readXml } from './read-xml.ts'

interface Running {
  readonly engine: Engine
  readonly execution: Awaited<ReturnType<Engine['execute']>>
}

type Source = ReturnType<typeof serializer>

/** bpmn-engine at its best: each source parsed once and shared, one engine an instance, its state as JSON in a row of SQLite. */
export function bpmnEngine(): Contestant {
  const calls = { count: 0 }
  const services = {
    noop(_scope: unknown, next: () => void) {
      calls.count++
      next()
    },
    count(scope: { environment: { variables: Record<string, unknown> } }, next: () => void) {
      calls.count++
      const { variables } = scope.environment
      const n = Number(variables.n ?? 0) + 1
      Object.assign(variables, { n, done: n >= 100 })
      next()
    },
  }
  const sources = new Map<keyof Models, Source>()
  const folder = mkdtempSync(join(tmpdir(), 'bpmn-engine-bench-'))
  const database = new Database(join(folder, 'bench.db'))
  database.pragma('journal_mode = wal')
  database.pragma('synchronous = normal')
  database.exec('create table instance (id integer primary key, status text not null, state text)')
  const insert = database.prepare("insert into instance (status, state) values ('waiting', ?)")
  const read = database.prepare('select state from instance where id = ?')
  const finish = database.prepare("update instance set status = 'done', state = null where id = ?")
  const resolver = TypeResolver({ ...Elements })
  const parse = async (text: string): Promise<Source> => serializer(await readXml(text), resolver)
  let texts: Models
  const make = (model: keyof Models): Engine => new Engine({ name: 'bench', sourceContext: sources.get(model), services } as never) // its types lag behind its options
  const launch = async (model: keyof Models, variables: Record<string, unknown>): Promise<Running> => {
    const engine = make(model)
    return { engine, execution: await engine.execute({ variables }) }
  }
  return {
    name: 'bpmn-engine',
    dialect: {
      service: (name) => `implementation="\${environment.services.${name}}"`,
      done: '${environment.variables.done}',
      never: '${environment.variables.never}',
    },
    calls,
    async open(models) {
      texts = models
      for (const [name, text] of Object.entries(models)) sources.set(name as keyof Models, await parse(text)) // keys of models
    },
    async run(model) {
      const engine = make(model)
      const ended = engine.waitFor('end')
      const execution = await engine.execute({ variables: { n: 0 } })
      if (execution.state !== 'idle') await ended
      if (execution.state !== 'idle') throw new Error(`not ended: ${execution.state}`)
    },
    start: (model) => launch(model, { n: 0 }),
    async complete(handle) {
      ;(handle as Running).execution.signal({ id: 'step' }) // what start gave
    },
    async isEnded(handle) {
      return (handle as Running).execution.state === 'idle' // what start gave
    },
    async roundTrip() {
      const { engine } = await launch('userTask', { orderId: 'A-1001', amount: 42 })
      const id = insert.run(JSON.stringify(await engine.getState())).lastInsertRowid
      const again = new Engine({ name: 'bench', services } as never) // as above
      again.recover(JSON.parse((read.get(id) as { state: string }).state)) // the row written above
      const execution = await again.resume()
      execution.signal({ id: 'step' })
      if (execution.state !== 'idle') throw new Error('not ended')
      finish.run(id)
    },
    async compile(model) {
      await parse(texts[model])
    },
    async close() {
      database.close()
      rmSync(folder, { recursive: true })
    },
  }
}
