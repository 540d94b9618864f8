import { BpmnModdle } from 'bpmn-moddle'

/** Reads a model as the peers do, with bpmn-moddle's own reader. */
export function readXml(text: string): Promise<{ readonly rootElement: unknown }> {
  const moddle = new BpmnModdle() as unknown as { fromXML(text: string): Promise<{ readonly rootElement: unknown }> } // its reader, which the engine's own declaration leaves out
  return moddle.fromXML(text)
}
