import process from 'node:process'
import { comparisons } from './comparisons.ts'

// One comparison in a process of its own: `worker.ts NAME SECONDS`; prints one line of JSON.
const [, , name = '', seconds = '4'] = process.argv
const comparison = comparisons[name]
if (!comparison) throw new Error(`usage: worker.ts NAME SECONDS, NAME one of ${Object.keys(comparisons).join(' | ')}`)
process.stdout.write(`${JSON.stringify(await comparison(Number(seconds)))}\n`)
process.exit(0)
