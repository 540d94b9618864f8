import { layoutProcess } from 'bpmn-auto-layout'
import { BpmnModdle, type MetaElement } from 'bpmn-moddle'
import { EngineError } from '../runtime/errors.ts'

/** Gives a BPMN file without a diagram one. Throws `invalidArgument` where that cannot be done. */
export async function layOut(xml: string): Promise<string> {
  try {
    return await layoutProcess(await withFlowLists(xml))
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    throw new EngineError('invalidArgument', `The file has no diagram and cannot be laid out: ${why}`, {})
  }
}

/** The layout follows the lists of incoming and outgoing flows, which a file may leave out: BPMN 2.0.2 derives them. */
async function withFlowLists(xml: string): Promise<string> {
  const moddle = new BpmnModdle()
  const { rootElement, elementsById } = await moddle.fromXML(xml)
  for (const flow of Object.values(elementsById)) {
    if (flow.$type !== 'bpmn:SequenceFlow' || !flow.sourceRef || !flow.targetRef) continue
    list(flow.sourceRef, 'outgoing', flow)
    list(flow.targetRef, 'incoming', flow)
  }
  return (await moddle.toXML(rootElement)).xml
}

function list(node: MetaElement, end: 'incoming' | 'outgoing', flow: MetaElement): void {
  const flows = node.get(end)
  if (!flows.includes(flow)) flows.push(flow)
}
