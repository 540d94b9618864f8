import { readFileSync } from 'node:fs'
import { sqliteStorage } from '@leeway/storage/sqlite'
import { openDesk } from '../desk.ts'
import { COMMANDS, endingOf, type RacingCommand, type Scene } from './scene.ts'

// A process of its own, started by two-processes.test.ts: gives one command of each race, as another does at the same time on the same
// file. Its arguments: the file, a JSON file of races, which of the two it is. It says `ready`, waits for a line, and tells at its end
// how its commands ended as JSON.

const [, , file = '', racesFile = '', side = '0'] = process.argv
const races = JSON.parse(readFileSync(racesFile, 'utf8')) as { names: [string, string]; scene: Scene }[] // written by the test

const desk = await openDesk(sqliteStorage({ file, busyMs: 60_000 }))
process.stdout.write('ready\n')
await new Promise((resolve) => process.stdin.once('data', resolve))
const ends: string[] = []
for (const { names, scene } of races) ends.push(await endingOf((COMMANDS[names[Number(side)] ?? ''] as RacingCommand)(desk, scene)))
await desk.close()
// A pipe takes a long text in pieces: what is not written yet goes with the process.
await new Promise((resolve) => process.stdout.write(`${JSON.stringify(ends)}\n`, resolve))
process.exit(0)
