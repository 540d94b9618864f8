import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { BpmnModdle } from 'bpmn-moddle'
import { expect, test } from 'vitest'
import { inspectModel } from '../../src/index.ts'

interface Moddle {
  readonly uri: string
  readonly types: readonly { readonly name: string; readonly properties: readonly { readonly name: string }[] }[]
}

const leeway = JSON.parse(await readFile(fileURLToPath(import.meta.resolve('@leeway/engine/leeway-moddle.json')), 'utf8')) as Moddle

const model = (attributes: string, date = ''): string => `<?xml version="1.0" encoding="UTF-8"?>
<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:leeway="${leeway.uri}" targetNamespace="urn:test">
  <bpmn:process id="p" isExecutable="true"><bpmn:startEvent id="S"/><bpmn:userTask id="A"><bpmn:extensionElements><leeway:deviation ${attributes}/></bpmn:extensionElements></bpmn:userTask>
  <bpmn:boundaryEvent id="T" attachedToRef="A"><bpmn:timerEventDefinition ${date}><bpmn:timeDuration>PT1H</bpmn:timeDuration></bpmn:timerEventDefinition></bpmn:boundaryEvent><bpmn:endEvent id="E"/>
  <bpmn:sequenceFlow id="f1" sourceRef="S" targetRef="A"/><bpmn:sequenceFlow id="f2" sourceRef="A" targetRef="E"/><bpmn:sequenceFlow id="f3" sourceRef="T" targetRef="E"/></bpmn:process>
</bpmn:definitions>`

test('the moddle of the package has the attributes of leeway:deviation that are read, and no others', async () => {
  const { diagnostics } = await inspectModel(model('unheard="1"'))
  const told = diagnostics.find(({ code }) => code === 'unknownExtension')?.message ?? ''
  const read = told.slice(told.indexOf('it knows ') + 9, -1).split(', ')
  const known = leeway.types.find(({ name }) => name === 'Deviation')?.properties.map(({ name }) => name)
  expect(read.sort()).toEqual([...(known ?? [])].sort())
})

test('a modeler with the moddle of the package reads what the model says, and writes it back', async () => {
  const moddle = new BpmnModdle({ leeway })
  const { rootElement, warnings } = await moddle.fromXML(
    model('modes="detour" roles="lead" mandatory="true" approvals="2" returnTargets="E" outputs="x"', 'leeway:calendar="business"'),
  )
  expect(warnings).toEqual([])
  const { flowElements } = (rootElement as unknown as { rootElements: { flowElements: Record<string, unknown>[] }[] }).rootElements[0]!
  expect(flowElements[1]).toMatchObject({
    extensionElements: { values: [{ $type: 'leeway:Deviation', modes: 'detour', mandatory: true, approvals: 2, outputs: 'x' }] },
  })
  expect(flowElements[2]).toMatchObject({ eventDefinitions: [{ calendar: 'business' }] })
  const { xml } = await moddle.toXML(rootElement)
  expect(xml).toContain('<leeway:deviation modes="detour" roles="lead" mandatory="true" approvals="2" returnTargets="E" outputs="x" />')
  expect(xml).toContain('leeway:calendar="business"')
})
