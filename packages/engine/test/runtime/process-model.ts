/** A process as BPMN text: `body` holds its elements; sequence flows are written as `a -> b`, one a line, with a condition in brackets. */
export function processModel(key: string, body: string, flows: string, root = ''): string {
  let number = 0
  const sequenceFlows = flows
    .split(/\n|;/)
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .map((line) => {
      const [, from, to, condition] = /^(\w+) -> (\w+)(?: \[(.*)\])?$/.exec(line) ?? []
      const text =
        condition === undefined ? '' : `<bpmn:conditionExpression xsi:type="bpmn:tFormalExpression">${condition}</bpmn:conditionExpression>`
      return `<bpmn:sequenceFlow id="f${++number}_${from}_${to}" sourceRef="${from}" targetRef="${to}">${text}</bpmn:sequenceFlow>`
    })
  return `<?xml version="1.0" encoding="UTF-8"?>
<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"
  xmlns:camunda="http://camunda.org/schema/1.0/bpmn" id="d_${key}" targetNamespace="http://test">
  ${root}
  <bpmn:process id="${key}" name="${key}" isExecutable="true">${body}${sequenceFlows.join('\n')}</bpmn:process>
</bpmn:definitions>`
}

/** A start event, the given steps one after the other, an end event. */
export function chain(key: string, steps: readonly { readonly id: string; readonly xml: string }[], root = ''): string {
  const ids = ['start', ...steps.map((step) => step.id), 'end']
  const flows = ids.slice(1).map((id, i) => `${ids[i]} -> ${id}`)
  return processModel(
    key,
    `<bpmn:startEvent id="start"/>${steps.map((step) => step.xml).join('')}<bpmn:endEvent id="end"/>`,
    flows.join('\n'),
    root,
  )
}

/** A service task with a job type. */
export function service(id: string, type: string, attributes = ''): { readonly id: string; readonly xml: string } {
  return { id, xml: `<bpmn:serviceTask id="${id}" camunda:type="external" camunda:topic="${type}" ${attributes}/>` }
}

/** A user task. */
export function user(id: string, attributes = ''): { readonly id: string; readonly xml: string } {
  return { id, xml: `<bpmn:userTask id="${id}" name="Do ${id}" ${attributes}/>` }
}

/** A timer that is caught between two steps. */
export function wait(id: string, duration: string): { readonly id: string; readonly xml: string } {
  return {
    id,
    xml: `<bpmn:intermediateCatchEvent id="${id}"><bpmn:timerEventDefinition><bpmn:timeDuration xsi:type="bpmn:tFormalExpression">${duration}</bpmn:timeDuration></bpmn:timerEventDefinition></bpmn:intermediateCatchEvent>`,
  }
}
