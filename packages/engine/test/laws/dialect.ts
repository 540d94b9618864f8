import type { Async, ModelShape, Repeat } from './model-shape.ts'

type Dialect = ModelShape['dialect']

const escapes: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }

function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (character) => escapes[character] ?? character)
}

/** An expression in the dialect's language, fit for XML. */
export function expression(dialect: Dialect, text: string): string {
  return escaped(dialect === 'zeebe' ? `=${text}` : `\${${text}}`)
}

/** Instead of a number in a condition: it asks for a member of a variable that is missing at first, which is an incident. */
export const FRAGILE = 0

/** A condition on a number, or one that fails at first and then never holds. */
export function comparison(dialect: Dialect, left: string, limit: number): string {
  return expression(dialect, limit === FRAGILE ? 'fragile.never' : `${left} ${limit}`)
}

/** Attributes for asynchronous continuations; the zeebe dialect has none. */
export function asyncAttributes(dialect: Dialect, async: Async): string {
  if (dialect === 'zeebe') return ''
  return `${async.before ? ' camunda:asyncBefore="true"' : ''}${async.after ? ' camunda:asyncAfter="true"' : ''}`
}

/** Input `a` is x; output `b` is what a then is. */
export function ioExtension(dialect: Dialect): string {
  if (dialect === 'zeebe')
    return '<zeebe:ioMapping><zeebe:input source="=x" target="a"/><zeebe:output source="=a" target="b"/></zeebe:ioMapping>'
  return '<camunda:inputOutput><camunda:inputParameter name="a">${x}</camunda:inputParameter><camunda:outputParameter name="b">${a}</camunda:outputParameter></camunda:inputOutput>'
}

/** The data input `seen` is x; the member `last` of `record` is what seen then is. */
export function dataAssociations(dialect: Dialect, id: string): string {
  const assign = (from: string, to: string): string =>
    `<bpmn:assignment><bpmn:from>${expression(dialect, from)}</bpmn:from><bpmn:to>${to}</bpmn:to></bpmn:assignment>`
  const own = `<bpmn:dataInput id="${id}Seen" name="seen"/><bpmn:inputSet/><bpmn:outputSet/>`
  return `<bpmn:ioSpecification>${own}</bpmn:ioSpecification>
<bpmn:dataInputAssociation><bpmn:targetRef>${id}Seen</bpmn:targetRef>${assign('x', 'seen')}</bpmn:dataInputAssociation>
<bpmn:dataOutputAssociation><bpmn:targetRef>${id}Seen</bpmn:targetRef>${assign('seen', 'record.last')}</bpmn:dataOutputAssociation>`
}

/** Two attempts, a minute apart where the dialect can say so. */
export function retriesExtension(dialect: Dialect): string {
  return dialect === 'zeebe' ? '' : '<camunda:failedJobRetryTimeCycle>R2/PT1M</camunda:failedJobRetryTimeCycle>'
}

/** The data input `booked` is what the store has; what it then is goes back there. */
export function storeAssociations(id: string): string {
  return `<bpmn:ioSpecification><bpmn:dataInput id="${id}Booked" name="booked"/><bpmn:inputSet/><bpmn:outputSet/></bpmn:ioSpecification>
<bpmn:dataInputAssociation><bpmn:sourceRef>ledgerReference</bpmn:sourceRef><bpmn:targetRef>${id}Booked</bpmn:targetRef></bpmn:dataInputAssociation>
<bpmn:dataOutputAssociation><bpmn:sourceRef>${id}Booked</bpmn:sourceRef><bpmn:targetRef>ledgerReference</bpmn:targetRef></bpmn:dataOutputAssociation>`
}

/** The store of random models, which hosts have. */
export const STORE = 'ledger'

/** What a call activity calls, where an element says it, and what passes. */
export function callExtension(dialect: Dialect): string {
  if (dialect === 'zeebe') return '<zeebe:calledElement processId="called"/>'
  return '<camunda:in source="x" target="x"/><camunda:out source="x" target="fromCalled"/>'
}

/** The process that random models call: a while is left in which its caller may end. */
function calledProcess(dialect: Dialect): string {
  const work =
    dialect === 'zeebe'
      ? '<bpmn:serviceTask id="calledWork"><bpmn:extensionElements><zeebe:taskDefinition type="work"/></bpmn:extensionElements></bpmn:serviceTask>'
      : '<bpmn:serviceTask id="calledWork" camunda:type="external" camunda:topic="work"/>'
  return `<bpmn:process id="called" isExecutable="true"><bpmn:startEvent id="calledStart"/>${work}
<bpmn:intermediateCatchEvent id="calledPause"><bpmn:timerEventDefinition><bpmn:timeDuration>PT30S</bpmn:timeDuration></bpmn:timerEventDefinition></bpmn:intermediateCatchEvent>
<bpmn:sequenceFlow id="calledFlow" sourceRef="calledStart" targetRef="calledWork"/>
<bpmn:sequenceFlow id="calledEnd" sourceRef="calledWork" targetRef="calledPause"/></bpmn:process>`
}

/** Two listeners of the start and one of the end, and in the camunda dialect one of each flow that is taken. */
export function listenerExtension(dialect: Dialect): string {
  if (dialect === 'zeebe') {
    const listener = (event: string, type: string): string => `<zeebe:executionListener eventType="${event}" type="${type}"/>`
    const all = [listener('beforeAll', 'all'), listener('start', 'first'), listener('start', 'second'), listener('end', 'last')]
    return `<zeebe:executionListeners>${all.join('')}</zeebe:executionListeners>`
  }
  const listener = (event: string, name: string): string => `<camunda:executionListener event="${event}" class="${name}"/>`
  return [listener('start', 'First'), listener('start', 'Second'), listener('end', 'Last')].join('')
}

/** What a flow from an element with listeners has. */
export function takeListener(dialect: Dialect): string {
  if (dialect === 'zeebe') return ''
  return '<bpmn:extensionElements><camunda:executionListener event="take" delegateExpression="${taken}"/></bpmn:extensionElements>'
}

/** The repetition of an activity. `output` names the collection of its results. */
export function repetition(dialect: Dialect, repeat: Repeat, output: string): string {
  if (repeat.kind === 'loop') {
    const condition = repeat.above === null ? '' : `<bpmn:loopCondition>${comparison(dialect, 'x >', repeat.above)}</bpmn:loopCondition>`
    return `<bpmn:standardLoopCharacteristics testBefore="${repeat.testBefore}" loopMaximum="${repeat.maximum}">${condition}</bpmn:standardLoopCharacteristics>`
  }
  const collection = repeat.source === 'late' ? 'late' : `list${repeat.count}`
  const done = dialect === 'zeebe' ? 'numberOfCompletedInstances' : 'nrOfCompletedInstances'
  const completion =
    repeat.completion === null
      ? ''
      : `<bpmn:completionCondition>${comparison(dialect, `${done} >=`, repeat.completion)}</bpmn:completionCondition>`
  const cardinality = `<bpmn:loopCardinality>${repeat.count}</bpmn:loopCardinality>`
  const open = `bpmn:multiInstanceLoopCharacteristics isSequential="${repeat.sequential}"${behavior(repeat.tells)}`
  const close = `${completion}${complexBehavior(dialect, repeat.tells)}</bpmn:multiInstanceLoopCharacteristics>`
  if (dialect === 'zeebe') {
    const counted = repeat.source === 'cardinality'
    const input = counted ? '' : ` inputCollection="=${collection}" inputElement="item"`
    const results = repeat.output ? ` outputCollection="${output}" outputElement="=[x]"` : ''
    return `<${open}><bpmn:extensionElements><zeebe:loopCharacteristics${input}${results}/></bpmn:extensionElements>${counted ? cardinality : ''}${close}`
  }
  const results = repeat.output
    ? [`<bpmn:loopDataOutputRef>${output}</bpmn:loopDataOutputRef>`, `<bpmn:outputDataItem id="${output}Item" name="item"/>`]
    : ['', '']
  if (repeat.source === 'cardinality') return `<${open}>${cardinality}${results.join('')}${close}`
  return `<${open} camunda:collection="${collection}" camunda:elementVariable="item">${results.join('')}${close}`
}

type Tells = Extract<Repeat, { kind: 'multiInstance' }>['tells']

function behavior(tells: Tells): string {
  if (tells === null) return ''
  if (tells.when === 'each') return ` behavior="None" noneBehaviorEventRef="${tells.event}Told"`
  if (tells.when === 'first') return ` behavior="One" oneBehaviorEventRef="${tells.event}Told"`
  return ' behavior="Complex"'
}

function complexBehavior(dialect: Dialect, tells: Tells): string {
  if (tells?.when !== 'fromSecond') return ''
  const done = dialect === 'zeebe' ? 'numberOfCompletedInstances' : 'nrOfCompletedInstances'
  const condition = `<bpmn:condition>${expression(dialect, `${done} >= 2`)}</bpmn:condition>`
  return `<bpmn:complexBehaviorDefinition>${condition}<bpmn:event><bpmn:eventDefinitionRef>${tells.event}Told</bpmn:eventDefinitionRef></bpmn:event></bpmn:complexBehaviorDefinition>`
}

/** What rounds tell, by name. */
const TOLD = `<bpmn:signalEventDefinition id="alarmTold" signalRef="signal"/><bpmn:messageEventDefinition id="newsTold" messageRef="message"/>
<bpmn:signalEventDefinition id="signalTold" signalRef="thrownSignal"/><bpmn:messageEventDefinition id="messageTold" messageRef="thrownMessage"/>
<bpmn:escalationEventDefinition id="escalationTold" escalationRef="escalation"/>`

/** The file around one process, and around what it calls. */
export function definitionsXml(dialect: Dialect, process: string, senders: readonly string[] | null): string {
  const key = dialect === 'zeebe' ? '<bpmn:extensionElements><zeebe:subscription correlationKey="=key"/></bpmn:extensionElements>' : ''
  const vendor =
    dialect === 'zeebe' ? 'xmlns:zeebe="http://camunda.org/schema/zeebe/1.0"' : 'xmlns:camunda="http://camunda.org/schema/1.0/bpmn"'
  return `<?xml version="1.0" encoding="UTF-8"?>
<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" ${vendor} id="random" targetNamespace="random">
<bpmn:message id="message" name="news">${key}</bpmn:message>
<bpmn:message id="thrownMessage" name="told">${key}</bpmn:message>
<bpmn:signal id="signal" name="alarm"/>
<bpmn:signal id="thrownSignal" name="bell"/>
<bpmn:error id="error1" name="first" errorCode="E1"/>
<bpmn:escalation id="escalation" name="up" escalationCode="E1"/>
<bpmn:error id="error2" name="second" errorCode="E2"/>
<bpmn:dataStore id="store" name="${STORE}"/>
${TOLD}
${senders === null ? '' : collaboration(senders)}<bpmn:process id="random-process" isExecutable="true">
${process}
</bpmn:process>
${senders === null ? '' : PARTNER}
${process.includes('<bpmn:callActivity') ? calledProcess(dialect) : ''}
</bpmn:definitions>
`
}

/** The pools of both processes: what this one sends without naming a message, the flow names, and the other one begins by it. */
function collaboration(senders: readonly string[]): string {
  const flows = senders.map(
    (id) => `<bpmn:messageFlow id="to-partner-${id}" sourceRef="${id}" targetRef="partnerStart" messageRef="thrownMessage"/>`,
  )
  return `<bpmn:collaboration id="pools"><bpmn:participant id="pool" processRef="random-process"/><bpmn:participant id="otherPool" processRef="partner"/>
${flows.join('')}</bpmn:collaboration>
`
}

const PARTNER = `<bpmn:process id="partner" isExecutable="true"><bpmn:startEvent id="partnerStart"><bpmn:messageEventDefinition/></bpmn:startEvent>
<bpmn:userTask id="partnerTask"/><bpmn:sequenceFlow id="partnerFlow" sourceRef="partnerStart" targetRef="partnerTask"/></bpmn:process>`
