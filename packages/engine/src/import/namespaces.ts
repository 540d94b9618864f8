/** Of what models say to this engine alone. */
export const OWN_NAMESPACE = 'https://leeway.dev/schema/1.0'

/** The namespaces that the import reads, and the prefix each has inside it whatever a file calls it. */
export const PREFIX_OF_NAMESPACE: Readonly<Record<string, string>> = {
  'http://www.omg.org/spec/BPMN/20100524/MODEL': 'bpmn',
  'http://www.omg.org/spec/BPMN/20100524/DI': 'bpmndi',
  'http://www.omg.org/spec/DD/20100524/DI': 'di',
  'http://www.omg.org/spec/DD/20100524/DC': 'dc',
  'http://www.w3.org/2001/XMLSchema-instance': 'xsi',
  'http://www.omg.org/spec/DMN/20151101/dmn.xsd': 'dmn',
  'http://www.omg.org/spec/DMN/20151101/dmn11.xsd': 'dmn',
  'http://www.omg.org/spec/DMN/20180521/MODEL/': 'dmn',
  'https://www.omg.org/spec/DMN/20191111/MODEL/': 'dmn',
  'https://www.omg.org/spec/DMN/20211108/MODEL/': 'dmn',
  'https://www.omg.org/spec/DMN/20230324/MODEL/': 'dmn',
  'http://www.omg.org/spec/DMN/20180521/DMNDI/': 'dmndi',
  'https://www.omg.org/spec/DMN/20191111/DMNDI/': 'dmndi',
  'https://www.omg.org/spec/DMN/20230324/DMNDI/': 'dmndi',
  'http://camunda.org/schema/1.0/dmn': 'camunda',
  'http://operaton.org/schema/1.0/dmn': 'camunda',
  'http://flowable.org/dmn': 'camunda',
  'http://activiti.org/schema/1.0/dmn': 'camunda',
  'http://camunda.org/schema/1.0/bpmn': 'camunda',
  'http://operaton.org/schema/1.0/bpmn': 'camunda',
  'http://activiti.org/bpmn': 'camunda',
  'http://flowable.org/bpmn': 'camunda',
  'http://camunda.org/schema/zeebe/1.0': 'zeebe',
  'http://camunda.org/schema/modeler/1.0': 'modeler',
  [OWN_NAMESPACE]: 'leeway',
}

export const ACTIVITI_FAMILY: readonly string[] = ['http://activiti.org/bpmn', 'http://flowable.org/bpmn']
export const CAMUNDA_FAMILY: readonly string[] = ['http://camunda.org/schema/1.0/bpmn', 'http://operaton.org/schema/1.0/bpmn']
export const ZEEBE = 'http://camunda.org/schema/zeebe/1.0'

/** True where somebody means the engine's own namespace and writes it otherwise. */
export function isLikeOwn(uri: string): boolean {
  return uri !== OWN_NAMESPACE && /^\s*(?:https?:)?\/\/(?:www\.)?leeway\.dev(?:\/|\s*$)/i.test(uri)
}
