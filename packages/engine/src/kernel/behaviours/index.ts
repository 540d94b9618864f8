import type { FlowNode } from '../../model/elements.ts'
import type { Behaviour } from '../behaviour.ts'
import { adHocSubProcess } from './ad-hoc-sub-process.ts'
import { boundaryEvent } from './boundary-event.ts'
import { callActivity } from './call-activity.ts'
import { complexGateway } from './complex-gateway.ts'
import { endEvent } from './end-event.ts'
import { eventBasedGateway } from './event-based-gateway.ts'
import { exclusiveGateway } from './exclusive-gateway.ts'
import { inclusiveGateway } from './inclusive-gateway.ts'
import { intermediateCatchEvent } from './intermediate-catch-event.ts'
import { intermediateThrowEvent } from './intermediate-throw-event.ts'
import { parallelGateway } from './parallel-gateway.ts'
import { receiveTask } from './receive-task.ts'
import { sendTask } from './send-task.ts'
import { businessRuleTask, scriptTask, serviceTask } from './service-task.ts'
import { startEvent } from './start-event.ts'
import { subProcess } from './sub-process.ts'
import { manualTask, task } from './task.ts'
import { transaction } from './transaction.ts'
import { userTask } from './user-task.ts'

type Behaviours = { readonly [Type in FlowNode['type']]: Behaviour<Extract<FlowNode, { type: Type }>> }

/** What every element does. Does not compile where one is missing. */
export const behaviours: Behaviours = {
  task,
  manualTask,
  userTask,
  serviceTask,
  scriptTask,
  businessRuleTask,
  sendTask,
  receiveTask,
  subProcess,
  transaction,
  callActivity,
  adHocSubProcess,
  exclusiveGateway,
  parallelGateway,
  inclusiveGateway,
  eventBasedGateway,
  complexGateway,
  startEvent,
  endEvent,
  intermediateCatchEvent,
  intermediateThrowEvent,
  boundaryEvent,
}

/** The behaviour of a node, seen as one for any node. */
export function behaviourOf(node: FlowNode): Behaviour<FlowNode> {
  return behaviours[node.type] as Behaviour<FlowNode> // the table pairs each type with the behaviour for it
}
