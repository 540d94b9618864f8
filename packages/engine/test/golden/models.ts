import type { Variables } from '../../src/index.ts'

/** When the golden databases were written, by their own clock. */
export const NOW = '2026-01-01T09:00:00Z'

/** A value of each kind. */
export const VARIABLES: Variables = {
  orderId: 'A-17',
  at: new Date('2026-01-01T00:00:00Z'),
  big: 12_345_678_901_234_567_890n,
  bytes: new Uint8Array([1, 2, 255]),
  items: [1, 2, 3],
}

const wrapped = (id: string, body: string, root = ''): string => `<?xml version="1.0" encoding="UTF-8"?>
<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"
  xmlns:camunda="http://camunda.org/schema/1.0/bpmn" id="d_${id}" targetNamespace="http://golden">
${root}<bpmn:process id="${id}" isExecutable="true">
${body}
</bpmn:process>
</bpmn:definitions>
`

const flow = (from: string, to: string): string => `<bpmn:sequenceFlow id="${from}_${to}" sourceRef="${from}" targetRef="${to}"/>`

/** Waits in every way at once: for a person, a time, a message, a handler that failed, three rounds, an inner task. */
export const MODEL: string = wrapped(
  'golden',
  `<bpmn:startEvent id="start"/>${flow('start', 'check')}
<bpmn:serviceTask id="check" camunda:type="external" camunda:topic="sound"/>${flow('check', 'fork')}
<bpmn:parallelGateway id="fork"/>
${flow('fork', 'approve')}<bpmn:userTask id="approve" camunda:candidateGroups="sales,lead" camunda:dueDate="2026-03-01T00:00:00Z"/>${flow('approve', 'join')}
${flow('fork', 'later')}<bpmn:intermediateCatchEvent id="later"><bpmn:timerEventDefinition><bpmn:timeDuration xsi:type="bpmn:tFormalExpression">P3D</bpmn:timeDuration></bpmn:timerEventDefinition></bpmn:intermediateCatchEvent>${flow('later', 'join')}
${flow('fork', 'wait')}<bpmn:intermediateCatchEvent id="wait"><bpmn:messageEventDefinition messageRef="paid"/></bpmn:intermediateCatchEvent>${flow('wait', 'join')}
${flow('fork', 'print')}<bpmn:serviceTask id="print" camunda:type="external" camunda:topic="broken"/>${flow('print', 'join')}
${flow('fork', 'each')}<bpmn:userTask id="each"><bpmn:multiInstanceLoopCharacteristics camunda:collection="items" camunda:elementVariable="item"/></bpmn:userTask>${flow('each', 'join')}
${flow('fork', 'inner')}<bpmn:subProcess id="inner"><bpmn:startEvent id="i1"/>${flow('i1', 'i2')}<bpmn:userTask id="i2"/>${flow('i2', 'i3')}<bpmn:endEvent id="i3"/></bpmn:subProcess>${flow('inner', 'join')}
<bpmn:parallelGateway id="join"/>${flow('join', 'end')}<bpmn:endEvent id="end"/>`,
  '<bpmn:message id="paid" name="paid"/>\n',
)

export const CALLED: string = wrapped(
  'called',
  `<bpmn:startEvent id="c1"/>${flow('c1', 'c2')}<bpmn:userTask id="c2"/>${flow('c2', 'c3')}<bpmn:endEvent id="c3"/>`,
)

export const CALLER: string = wrapped(
  'caller',
  `<bpmn:startEvent id="s1"/>${flow('s1', 's2')}<bpmn:callActivity id="s2" calledElement="called"/>${flow('s2', 's3')}<bpmn:endEvent id="s3"/>`,
)
