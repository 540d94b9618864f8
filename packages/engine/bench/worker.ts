import process from 'node:process'
import { bpmnEngine } from './engines/bpmn-engine.ts'
import type { Contestant } from './engines/contestant.ts'
import { floor } from './engines/floor.ts'
import { leeway } from './engines/leeway.ts'
import { models } from './models.ts'
import { workloads } from './workloads.ts'

// One workload of one engine in a process of its own: `worker.ts ENGINE WORKLOAD SECONDS`; prints one line of JSON.
const engines: { readonly [name: string]: () => Contestant } = {
  leeway: () => leeway('wait'),
  'leeway-activity': () => leeway('activity'),
  'bpmn-engine': bpmnEngine,
  floor,
}
const [, , engineName = '', workloadName = '', seconds = '1'] = process.argv
const make = engines[engineName]
const workload = workloads[workloadName]
if (!make || !workload) throw new Error(`usage: worker.ts ${Object.keys(engines).join('|')} WORKLOAD SECONDS`)
const engine = make()
await engine.open(models(engine.dialect))
const figure = await workload(engine, Number(seconds))
await engine.close()
process.stdout.write(`${JSON.stringify(figure)}\n`)
process.exit(0)
