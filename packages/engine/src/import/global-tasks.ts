import type { XmlElement } from './read-xml.ts'
import { childrenOf } from './xml-access.ts'

/**
 * The global tasks of a file, each as the process of that one task which it is when a call activity calls it: its key is the global
 * task's id, and so is the id of the task in it. BPMN 2.0.2 §10.3.7.
 */
export function globalTasksOf(definitions: XmlElement): readonly { readonly process: XmlElement; readonly key: string }[] {
  return Object.entries(TASKS).flatMap(([tag, task]) =>
    childrenOf(definitions, tag).flatMap((element) => {
      const key = element.attributes.id
      return key === undefined || key === '' ? [] : [{ process: processOf(element, task), key }]
    }),
  )
}

/** True for an element that is read as a process of its own. */
export function isGlobalTask(element: XmlElement): boolean {
  return Object.hasOwn(TASKS, element.name)
}

const TASKS: Readonly<Record<string, string>> = {
  'bpmn:globalTask': 'bpmn:task',
  'bpmn:globalUserTask': 'bpmn:userTask',
  'bpmn:globalScriptTask': 'bpmn:scriptTask',
  'bpmn:globalBusinessRuleTask': 'bpmn:businessRuleTask',
  'bpmn:globalManualTask': 'bpmn:manualTask',
}

function processOf(element: XmlElement, name: string): XmlElement {
  const { scriptLanguage, ...attributes } = element.attributes
  const task: { -readonly [Key in keyof XmlElement]: XmlElement[Key] } = {
    ...element,
    name,
    attributes: scriptLanguage === undefined ? attributes : { ...attributes, scriptFormat: scriptLanguage },
  }
  const process: XmlElement = {
    ...element,
    name: 'bpmn:process',
    attributes: { id: element.attributes.id ?? '', name: element.attributes.name ?? '', isExecutable: 'true' },
    children: [task],
    text: '',
  }
  task.parent = process
  return process
}
