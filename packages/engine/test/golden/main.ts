// Writes the golden databases of this version: `node packages/engine/test/golden/main.ts`. One of each store is kept for every released
// version, and
// golden.test.ts opens each with the code of today. Once its version is released a file is never written again.
import process from 'node:process'
import { writeFiles } from './write-files.ts'
import { writeGolden } from './write-golden.ts'

const VERSION = '0.1'
const [, , wanted = 'sqlite postgres'] = process.argv
await writeFiles(new URL('.', import.meta.url), VERSION, writeGolden, wanted)
