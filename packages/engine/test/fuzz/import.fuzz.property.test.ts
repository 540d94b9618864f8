import { readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { importBpmn } from '../../src/import/import-bpmn.ts'
import { checkImport } from './check-import.ts'
import { below, mutate, randomOf } from './mutate.ts'

const FOLDER = new URL('../models/', import.meta.url)
const FILES = readdirSync(FOLDER).map((name) => new Uint8Array(readFileSync(new URL(name, FOLDER))))
const RUNS = 1_000

test('the models of the repository are imported as they must be, undamaged', async () => {
  for (const file of FILES) expect(await checkImport(file)).toEqual([])
})

test('a damaged model never makes the import throw, lose its places or leave something out without an error', async () => {
  for (let seed = 1; seed <= RUNS; seed += 1) {
    const random = randomOf(seed)
    const file = FILES[below(random, FILES.length)] ?? new Uint8Array()
    const other = FILES[below(random, FILES.length)] ?? new Uint8Array()
    expect([seed, await checkImport(mutate(file, other, random))]).toEqual([seed, []])
  }
})

test('a model that is cut off anywhere is refused with a place', async () => {
  for (const file of FILES) {
    for (let end = 0; end < file.length - 1; end += Math.ceil(file.length / 40)) {
      expect([end, await checkImport(file.slice(0, end))]).toEqual([end, []])
    }
  }
})

const many = (count: number, text: (index: number) => string): string => Array.from({ length: count }, (_, index) => text(index)).join('')
const flow = (source: string, target: string): string =>
  `<sequenceFlow id="${source}-${target}" sourceRef="${source}" targetRef="${target}"/>`
const COUNT = 20_000
const SPACE = ' '.repeat(500_000)
const link = '<linkEventDefinition name="l"/>'

test.each([
  ['nodes without ids', many(3 * COUNT, () => '<task/>')],
  [
    'one long chain',
    `<startEvent id="s"/>${many(COUNT, (at) => `<task id="t${at}"/>${flow(`t${at}`, `t${at + 1}`)}`)}<task id="t${COUNT}"/>`,
  ],
  ['many circles', `<startEvent id="s"/>${many(COUNT, (at) => `<task id="t${at}"/>${flow(`t${at}`, `t${at}`)}`)}`],
  ['one split', `<exclusiveGateway id="g"/>${many(COUNT, (at) => `<task id="t${at}"/>${flow('g', `t${at}`)}`)}`],
  [
    'one link thrown and caught often',
    many(
      COUNT,
      (at) =>
        `<intermediateThrowEvent id="t${at}">${link}</intermediateThrowEvent><intermediateCatchEvent id="c${at}">${link}</intermediateCatchEvent>`,
    ),
  ],
  ['one message of many', many(COUNT, (at) => `<receiveTask id="r${at}" messageRef="m"/>`)],
  ['deep nesting', `${'<subProcess>'.repeat(190)}${many(COUNT, () => '<task/>')}${'</subProcess>'.repeat(190)}`],
  [
    'long blanks',
    `<userTask id="a" camunda:assignee="\${${SPACE}x" camunda:collection="${SPACE}"/><serviceTask id="b" camunda:delegateExpression="\${${SPACE}x"/>`,
  ],
  [
    'long lists',
    `<userTask id="a"><potentialOwner><resourceAssignmentExpression>${'a,'.repeat(300_000)}</resourceAssignmentExpression></potentialOwner></userTask>`,
  ],
])('a large and odd file takes time in proportion to its size: %s', async (_, content) => {
  const message = `<message id="m" name="\${${'a + '.repeat(500)}a}"/>`
  const text = `<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:camunda="http://camunda.org/schema/1.0/bpmn">${message}<process id="p">${content}</process></definitions>`
  const before = process.cpuUsage()
  const { diagnostics } = await importBpmn(text)
  const { user } = process.cpuUsage(before)
  expect(diagnostics.filter((one) => one.code === 'importFailed')).toEqual([])
  expect(user / 1_000_000, 'seconds at work').toBeLessThan(10) // what is not in proportion takes minutes
})
