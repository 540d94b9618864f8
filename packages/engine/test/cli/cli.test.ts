import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { Storage } from '@leeway/storage'
import { postgresStorage } from '@leeway/storage/postgres'
import { sqliteStorage } from '@leeway/storage/sqlite'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { testDatabase } from '../../../../scripts/test-database.ts'
import type { CliIo } from '../../src/cli/io.ts'
import { main } from '../../src/cli/main.ts'
import { DEFAULT_LIMITS } from '../../src/import/limits.ts'
import { readXml } from '../../src/import/read-xml.ts'
import { createEngine } from '../../src/index.ts'
import { processModel } from '../runtime/process-model.ts'

const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url))
const ORDER = at('../models/order-camunda-7.bpmn')
const APPROVAL = at('../scenarios/approval.bpmn')
const BY_CALENDAR = at('../scenarios/timers-by-calendar.bpmn')
const FAULTY = at('../models/faulty.bpmn')
let folder = ''

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'leeway-cli-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

/** Runs one command line on real files; what a person types is given. */
async function leeway(args: readonly string[], typed: readonly string[] = []): Promise<{ code: number; out: string; error: string }> {
  const out: string[] = []
  const error: string[] = []
  const io: CliIo = {
    out: (line) => out.push(line),
    error: (line) => error.push(line),
    readFile: (path) => readFile(path),
    writeFile: (path, text) => writeFile(path, text),
    exists: existsSync,
    async *ask() {
      yield* typed
    },
  }
  return { code: await main(args, io), out: out.join('\n'), error: error.join('\n') }
}

test('inspect names every finding with its place, and what the host must give', async () => {
  const { code, out } = await leeway(['inspect', ORDER, FAULTY])
  expect(code).toBe(1)
  expect(out).toMatch(/faulty\.bpmn:6:44: error danglingReference: exclusiveGateway \(decide\) refers with default to "elsewhere"/)
  expect(out).toContain('order-camunda-7.bpmn: 0 errors')
  expect((await leeway(['inspect', ORDER])).code).toBe(0)
})

test('inspect gives the same as data', async () => {
  const reports = JSON.parse((await leeway(['inspect', '--json', APPROVAL])).out)
  expect(reports).toMatchObject([{ file: APPROVAL, processes: [{ key: 'approval', jobTypes: ['pay', 'remind'] }] }])
})

test('run walks by what a person types, and a slip does not end it', async () => {
  const { code, out } = await leeway(
    ['run', APPROVAL],
    ['start {"amount": 500}', 'foo', 'complete approve {', 'complete approve {"approved": true}', 'quit'],
  )
  expect(code).toBe(0)
  expect(out).toContain('"approve" waits for a person to complete it, or the timer "overdue" at 2026-01-03T00:00:00.000Z.')
  expect(out).toContain('! there is no command "foo"')
  expect(out).toContain('process completed')
})

test('inspect names the business calendars that a model needs, and run takes them from a file', async () => {
  const [script, calendars, broken] = ['walk.txt', 'calendars.json', 'broken.json'].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ]
  await writeFile(script, '> start\n')
  await writeFile(calendars, '{ "business": { "timeZone": "UTC", "hours": { "mon": [["09:00", "17:00"]] } } }')
  await writeFile(broken, 'mon 9-5')
  expect(await leeway(['inspect', BY_CALENDAR])).toMatchObject({ code: 0, out: expect.stringContaining('business calendars: business') })
  expect(await leeway(['run', BY_CALENDAR, '--script', script])).toMatchObject({
    code: 1,
    error: expect.stringContaining('unknownCalendar'),
  })
  expect(await leeway(['run', BY_CALENDAR, '--script', script, '--calendars', calendars])).toMatchObject({
    code: 0,
    out: expect.stringContaining('the timer "pause" at 2026-01-05T13:00:00.000Z'),
  })
  expect(await leeway(['run', BY_CALENDAR, '--calendars', broken])).toMatchObject({ code: 2, error: expect.stringContaining('is no JSON') })
})

test('run follows a script, and fails where the engine refuses', async () => {
  const script = join(folder, 'walk.txt')
  await writeFile(script, '# a walk\n> start {"amount": 5}\n  start completed\n')
  expect(await leeway(['run', APPROVAL, '--script', script])).toMatchObject({ code: 0, out: expect.stringContaining('process completed') })
  await writeFile(script, 'trigger nothing')
  expect(await leeway(['run', APPROVAL, '--script', script])).toMatchObject({
    code: 1,
    error: expect.stringContaining('no token is at "nothing"'),
  })
  expect(await leeway(['run', FAULTY])).toMatchObject({ code: 1, error: expect.stringContaining('error danglingReference') })
  expect(await leeway(['run', APPROVAL, '--process', 'other'])).toMatchObject({
    code: 1,
    error: expect.stringContaining('it has "approval"'),
  })
})

const postgres = await testDatabase()

test('an instance in a SQLite file is explained, told and drawn with its tokens', () => {
  const db = join(folder, 'orders.db')
  return lookInto(db, sqliteStorage({ file: db }))
})

test.skipIf(postgres.url === null)(
  postgres.missing ?? 'an instance in PostgreSQL is explained, told and drawn with its tokens',
  async () => {
    const url = postgres.url ?? ''
    await lookInto(`${url}&schema=flow&tablePrefix=my_`, postgresStorage({ url, schema: 'flow', tablePrefix: 'my_' }))
  },
)

/** Starts an instance in the store, closes it, and looks at it from the command line. */
async function lookInto(db: string, storage: Storage): Promise<void> {
  const engine = await createEngine({ storage, defaultHandler: () => undefined })
  await engine.deploy(await readFile(APPROVAL))
  const { id } = await engine.start('approval', { variables: { amount: 500 }, actor: 'kim' })
  await engine.close()
  await storage.close()

  const explained = await leeway(['explain', id, '--db', db])
  expect(explained.out).toContain(`instance ${id} is active`)
  expect(explained.out).toContain('"approve" waits for a person to complete it')
  expect((await leeway(['history', id, '--db', db])).out).toMatch(/ {2}kim {2}decide completed, took flow "large"/)
  const page = join(folder, 'order.html')
  expect((await leeway(['render', id, '--db', db, '--out', page])).code).toBe(0)
  const html = await readFile(page, 'utf8')
  expect(html).toContain('<title>1 here now</title>')
  expect(html).toContain('approval v1, instance')
  expect(await leeway(['render', 'nobody', '--db', db])).toMatchObject({ code: 1, error: expect.stringContaining('unknownInstance') })
}

test('a process in a store is drawn with all of its instances together', async () => {
  const db = join(folder, 'many.db')
  const storage = sqliteStorage({ file: db })
  const engine = await createEngine({ storage, defaultHandler: () => undefined })
  await engine.deploy(await readFile(APPROVAL))
  for (const amount of [5, 500, 500, 500]) await engine.start('approval', { variables: { amount } })
  const [first] = await engine.tasks.find()
  await engine.tasks.complete(first?.id ?? '', { variables: { approved: true } })
  await engine.drain()
  await engine.close()
  await storage.close()
  const page = join(folder, 'process.html')
  for (const name of ['approval', 'approval:1']) {
    expect((await leeway(['render', name, '--db', db, '--out', page])).code).toBe(0)
    const html = await readFile(page, 'utf8')
    expect(html).toContain('approval v1: 4 instances, 2 open')
    expect(html).toContain('<title>2 here now</title>')
    expect(html).toMatch(/✓ 4/)
    expect(html).toContain('×3')
  }
})

test('a drawing can be walked through, and a model with the decisions that it makes', async () => {
  const drawing = join(folder, 'drawing.bpmn')
  await writeFile(drawing, (await readFile(ORDER, 'utf8')).replace('isExecutable="true"', 'isExecutable="false"'))
  const script = join(folder, 'start.txt')
  await writeFile(script, 'start\n')
  expect(await leeway(['run', drawing, '--script', script])).toMatchObject({ code: 0, out: expect.stringContaining('completed') })
  const decide = join(folder, 'decide.bpmn')
  await writeFile(
    decide,
    processModel(
      'p',
      '<bpmn:startEvent id="start"/><bpmn:businessRuleTask id="rate" camunda:decisionRef="rate" camunda:resultVariable="r" camunda:mapDecisionResult="singleEntry"/><bpmn:endEvent id="end"/>',
      'start -> rate; rate -> end',
    ),
  )
  const dmn = join(folder, 'rate.dmn')
  await writeFile(
    dmn,
    '<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="f" name="f" namespace="t"><decision id="rate" name="rate"><literalExpression><text>1 + 1</text></literalExpression></decision></definitions>',
  )
  expect(await leeway(['run', decide, dmn, '--script', script])).toMatchObject({
    code: 0,
    out: expect.stringContaining('process completed'),
  })
})

test('work that failed says why, and an incident is resolved by its element', async () => {
  const file = join(folder, 'failing.bpmn')
  await writeFile(
    file,
    processModel(
      'p',
      '<bpmn:startEvent id="start"/><bpmn:serviceTask id="send" camunda:expression="${mailer.send(order)}"/>',
      'start -> send',
    ),
  )
  const script = join(folder, 'failing.txt')
  await writeFile(script, 'start {"order": 1}\nadvance P1D\nresolve send')
  const { out } = await leeway(['run', file, '--script', script])
  expect(out).toMatch(/"send" waits for its handler\. It failed once: .*mailer.* Next attempt: 2026-01-01T/)
  expect(out).toMatch(/"send" is stuck: .*mailer/)
  expect(out).toContain('send goes on')
})

test('a file that cannot be read is drawn as its findings', async () => {
  const file = join(folder, 'broken.bpmn')
  await writeFile(file, '<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL"><process></definitions>')
  expect(await leeway(['render', file])).toMatchObject({
    code: 1,
    error: expect.stringMatching(/broken\.bpmn:1:\d+: error notWellFormed: The closing tag/),
  })
})

test('a drawing is sound XML, holds no markup of the model, and every node of a file without diagram has a place', async () => {
  const model = (await readFile(APPROVAL, 'utf8')).replace(
    '<bpmn:userTask id="approve"',
    '<bpmn:userTask id="approve" name="&lt;script&gt;&amp;&quot;"',
  )
  const file = join(folder, 'odd.bpmn')
  await writeFile(file, model)
  const { out } = await leeway(['render', file])
  const svg = readXml(out, DEFAULT_LIMITS)
  expect(svg.problems).toEqual([])
  expect(svg.root?.name).toContain('svg')
  expect(out).not.toContain('<script')
  const places = [...out.matchAll(/<(?:rect|circle|polygon) (?:x|cx|points)="([^"]*)"(?: (?:y|cy)="([^"]*)")?/g)].map((match) =>
    match.slice(1).join(' '),
  )
  expect(new Set(places).size).toBeGreaterThan(9)
  const drawn = await leeway(['render', ORDER])
  expect(drawn.out).toContain('polyline')
})

test.each([
  [['inspect'], 'inspect needs a file'],
  [['nope'], 'there is no command "nope"'],
  [['inspect', '--db', 'x', 'y'], '"inspect" has no flag --db'],
  [['history', 'x'], 'give --db FILE'],
  [['explain', 'x', '--db', '/nowhere/at.all'], 'there is no file /nowhere/at.all'],
  [['run'], 'run needs a file'],
  [['render', '--what'], "Unknown option '--what'"],
])('the words %j are refused with what is wrong', async (args, message) => {
  expect(await leeway(args)).toMatchObject({ code: 2, error: expect.stringContaining(message) })
})

test('a file that is not there is an error, not a crash', async () => {
  expect(await leeway(['inspect', '/nowhere/at.all'])).toMatchObject({ code: 1, error: expect.stringContaining('ENOENT') })
})

test('the command itself runs in a shell', async () => {
  const { stdout } = await promisify(execFile)(process.execPath, [at('../../src/cli/leeway.ts'), 'inspect', APPROVAL])
  expect(stdout).toContain('process approval')
})
