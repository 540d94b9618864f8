const ROOT = `<?xml version="1.0" encoding="UTF-8"?>
<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:zeebe="http://camunda.org/schema/zeebe/1.0" xmlns:camunda="http://camunda.org/schema/1.0/bpmn" id="file" targetNamespace="http://leeway.dev/test">`

/** A file with one process. `root` stands beside it: messages and signals. */
export function file(key: string, content: string, root = ''): string {
  return `${ROOT}${root}<bpmn:process id="${key}" isExecutable="true">${content}</bpmn:process></bpmn:definitions>`
}

/** A message; `key` is a correlation key's expression. */
export function message(id: string, name: string, key?: string): string {
  const subscription =
    key === undefined ? '' : `<bpmn:extensionElements><zeebe:subscription correlationKey="${key}" /></bpmn:extensionElements>`
  return `<bpmn:message id="${id}" name="${name}">${subscription}</bpmn:message>`
}

export function signal(id: string, name: string): string {
  return `<bpmn:signal id="${id}" name="${name}" />`
}

export function flow(from: string, to: string): string {
  return `<bpmn:sequenceFlow id="${from}_${to}" sourceRef="${from}" targetRef="${to}" />`
}

/** Start, the given elements in a row, end. The first may be a start event of its own, the last an end event. */
export function row(...elements: readonly (readonly [id: string, xml: string])[]): string {
  const ids = elements.map(([id]) => id)
  const flows = ids.slice(1).map((id, k) => flow(ids[k] as string, id))
  return elements.map(([, xml]) => xml).join('') + flows.join('')
}

export const start: readonly [string, string] = ['start', '<bpmn:startEvent id="start" />']
export const end: readonly [string, string] = ['end', '<bpmn:endEvent id="end" />']

export function catchMessage(id: string, ref: string): readonly [string, string] {
  return [id, `<bpmn:intermediateCatchEvent id="${id}"><bpmn:messageEventDefinition messageRef="${ref}" /></bpmn:intermediateCatchEvent>`]
}

export function catchSignal(id: string, ref: string): readonly [string, string] {
  return [id, `<bpmn:intermediateCatchEvent id="${id}"><bpmn:signalEventDefinition signalRef="${ref}" /></bpmn:intermediateCatchEvent>`]
}

export function throwSignal(id: string, ref: string): readonly [string, string] {
  return [id, `<bpmn:intermediateThrowEvent id="${id}"><bpmn:signalEventDefinition signalRef="${ref}" /></bpmn:intermediateThrowEvent>`]
}

export function throwMessage(id: string, ref: string): readonly [string, string] {
  return [id, `<bpmn:intermediateThrowEvent id="${id}"><bpmn:messageEventDefinition messageRef="${ref}" /></bpmn:intermediateThrowEvent>`]
}

export function startBy(definition: string): readonly [string, string] {
  return ['start', `<bpmn:startEvent id="start">${definition}</bpmn:startEvent>`]
}

export function userTask(id: string): readonly [string, string] {
  return [id, `<bpmn:userTask id="${id}" />`]
}

/** Waits for message "paid" with the variable orderId as key. */
export const keyed: string = file('keyed', row(start, catchMessage('wait', 'm'), end), message('m', 'paid', '= orderId'))

/** Waits for message "paid" without a key. */
export const keyless: string = file('keyless', row(start, catchMessage('wait', 'm'), end), message('m', 'paid'))

/** Is started by message "order". */
export const startedByMessage: string = file(
  'byMessage',
  row(startBy('<bpmn:messageEventDefinition messageRef="m" />'), userTask('look'), end),
  message('m', 'order'),
)
