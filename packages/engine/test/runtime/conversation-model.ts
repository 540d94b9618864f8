/** Two pools that talk about orders: the buyer asks and waits for the answer, the seller is started, answers, and waits for the payment. */
export function trade(options: { readonly correlation?: string; readonly root?: string; readonly buyer?: string } = {}): string {
  const { correlation = '', root = '', buyer = '' } = options
  return `<?xml version="1.0" encoding="UTF-8"?>
<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" id="trade" targetNamespace="http://example.org/trade">
  <bpmn:message id="order" name="order" /><bpmn:message id="answer" name="answer" /><bpmn:message id="money" name="money" />
  ${root}
  <bpmn:collaboration id="trading">
    <bpmn:participant id="buyerPool" processRef="buyer" /><bpmn:participant id="sellerPool" processRef="seller" />
    <bpmn:messageFlow id="m1" sourceRef="ask" targetRef="asked" />
    <bpmn:messageFlow id="m2" sourceRef="reply" targetRef="answered" />
    <bpmn:messageFlow id="m3" sourceRef="pay" targetRef="paid" />
    ${correlation}
  </bpmn:collaboration>
  <bpmn:process id="buyer" isExecutable="true">
    ${buyer}
    <bpmn:startEvent id="needed" /><bpmn:sendTask id="ask" messageRef="order" />
    <bpmn:receiveTask id="answered" messageRef="answer" />
    <bpmn:endEvent id="pay"><bpmn:messageEventDefinition messageRef="money" /></bpmn:endEvent>
    <bpmn:sequenceFlow id="b1" sourceRef="needed" targetRef="ask" /><bpmn:sequenceFlow id="b2" sourceRef="ask" targetRef="answered" />
    <bpmn:sequenceFlow id="b3" sourceRef="answered" targetRef="pay" />
  </bpmn:process>
  <bpmn:process id="seller" isExecutable="true">
    <bpmn:startEvent id="asked"><bpmn:messageEventDefinition messageRef="order" /></bpmn:startEvent><bpmn:userTask id="offer" />
    <bpmn:intermediateThrowEvent id="reply"><bpmn:messageEventDefinition messageRef="answer" /></bpmn:intermediateThrowEvent>
    <bpmn:receiveTask id="paid" messageRef="money" /><bpmn:endEvent id="sold" />
    <bpmn:sequenceFlow id="s1" sourceRef="asked" targetRef="offer" /><bpmn:sequenceFlow id="s2" sourceRef="offer" targetRef="reply" />
    <bpmn:sequenceFlow id="s3" sourceRef="reply" targetRef="paid" /><bpmn:sequenceFlow id="s4" sourceRef="paid" targetRef="sold" />
  </bpmn:process>
</bpmn:definitions>`
}

/** A correlation key of these properties, each found by its name in each of these messages. */
export function correlationBy(
  names: readonly string[],
  messages: readonly string[],
): { readonly correlation: string; readonly root: string } {
  const properties = names.map((name) => {
    const paths = messages.map(
      (message) =>
        `<bpmn:correlationPropertyRetrievalExpression messageRef="${message}"><bpmn:messagePath>${name}</bpmn:messagePath></bpmn:correlationPropertyRetrievalExpression>`,
    )
    return `<bpmn:correlationProperty id="p_${name}" name="${name}">${paths.join('')}</bpmn:correlationProperty>`
  })
  const references = names.map((name) => `<bpmn:correlationPropertyRef>p_${name}</bpmn:correlationPropertyRef>`)
  return { correlation: `<bpmn:correlationKey id="key" name="key">${references.join('')}</bpmn:correlationKey>`, root: properties.join('') }
}

/** The buyer's subscription to the key: each property is read from its variable `my_NAME`. */
export function subscriptionBy(names: readonly string[]): string {
  const bindings = names.map(
    (name) =>
      `<bpmn:correlationPropertyBinding correlationPropertyRef="p_${name}"><bpmn:dataPath>my_${name}</bpmn:dataPath></bpmn:correlationPropertyBinding>`,
  )
  return `<bpmn:correlationSubscription id="subscribes" correlationKeyRef="key">${bindings.join('')}</bpmn:correlationSubscription>`
}
