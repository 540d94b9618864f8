import { expect, test } from 'vitest'
import type { Command } from '../../src/kernel/commands.ts'
import { read } from '../laws/compile.ts'
import { emptyState, realKernel } from '../laws/kernel.ts'
import { INSTANCE, START_AT, startCommand } from '../laws/walk.ts'

const MODEL = `<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:camunda="http://camunda.org/schema/1.0/bpmn" targetNamespace="ended">
<process id="ended" isExecutable="true"><startEvent id="start"/>
<subProcess id="claim"><extensionElements><camunda:executionListener event="end" class="Archive"/></extensionElements><userTask id="assess"/></subProcess>
<sequenceFlow id="f1" sourceRef="start" targetRef="claim"/></process></definitions>`

test('a sub-process that ends while its listener works is not ended again: the listener has one job', async () => {
  const definition = await read(MODEL)
  const end: Command = { type: 'endScope', now: START_AT, scopeId: `${INSTANCE}.2`, reason: 'enough' }
  const started = realKernel.step(definition, emptyState, startCommand(START_AT))
  const ended = 'state' in started ? realKernel.step(definition, started.state, end) : started
  const again = 'state' in ended ? realKernel.step(definition, ended.state, end) : ended
  expect('events' in ended && ended.events.filter((event) => event.type === 'elementWaits').map((event) => event.job?.key)).toHaveLength(1)
  expect(again).toEqual({ rejected: { code: 'notDivertible', message: '"claim" ends already: the listeners of its end are being heard' } })
})
