import type { DiagnosticCode } from '../../src/import/diagnostic-codes.ts'
import type { Diagnostic } from '../../src/import/diagnostics.ts'
import type { ImportOptions } from '../../src/import/import-options.ts'
import { decision, dmn, rule, table } from '../decisions/dmn-models.ts'
import { between, file, modelText } from './models.ts'

/** A file that has a finding, and where. */
export interface DiagnosticExample {
  readonly source: string | Uint8Array
  readonly options?: ImportOptions
  readonly elementId?: string
  /** Default: that of the code. */
  readonly severity?: Diagnostic['severity']
  /** The text that stands at the finding's place, where it is worth saying. */
  readonly at?: string
}

const BPMN = 'xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL"'
const timer = (content: string): string => `<timerEventDefinition>${content}</timerEventDefinition>`
const flow = (id: string, source: string, target: string, content: string = ''): string =>
  `<sequenceFlow id="${id}" sourceRef="${source}" targetRef="${target}">${content}</sequenceFlow>`
const condition = (text: string): string => `<conditionExpression>${text}</conditionExpression>`
const task = (attributes: string, content: string = ''): string =>
  file(between(`<serviceTask id="a" ${attributes}>${content}</serviceTask>`, 'a'))
const boundary = (content: string, attributes: string = 'attachedToRef="a"'): string =>
  file(`${between('<userTask id="a"/>', 'a')}<boundaryEvent id="b" ${attributes}>${content}</boundaryEvent>`)
const compensated = (content: string): string =>
  file(
    `${between('<userTask id="a"/>', 'a')}<boundaryEvent id="b" attachedToRef="a"><compensateEventDefinition/></boundaryEvent>${content}<association id="x" sourceRef="b" targetRef="h"/>`,
  )
const undoing = (id: string): string =>
  `<subProcess id="${id}" triggeredByEvent="true"><startEvent id="${id}-start"><compensateEventDefinition/></startEvent></subProcess>`
const extension = (content: string): string => `<extensionElements>${content}</extensionElements>`

const messageFlow = (source: string, target: string): string => `<messageFlow id="m" sourceRef="${source}" targetRef="${target}"/>`

const driven = (extensions: string, content: string): string =>
  between(`<adHocSubProcess id="a">${extension(extensions)}<task id="b"/>${content}</adHocSubProcess>`, 'a')
const multiInstance = (attributes: string, content: string = ''): string =>
  `<multiInstanceLoopCharacteristics ${attributes}><loopCardinality>2</loopCardinality>${content}</multiInstanceLoopCharacteristics>`
/** Two ways between a split and a parallel join. */
const splitAndJoin = (split: string): string => `<startEvent id="s"/><${split} id="split"/><task id="a"/><task id="b"/>
<parallelGateway id="join"/><endEvent id="e"/>${flow('1', 's', 'split')}${flow('2', 'split', 'a', split === 'parallelGateway' ? '' : condition('${x}'))}
${flow('3', 'split', 'b', split === 'parallelGateway' ? '' : condition('${x}'))}${flow('4', 'a', 'join')}${flow('5', 'b', 'join')}${flow('6', 'join', 'e')}`
const waiting = (id: string): string => `<startEvent id="${id}">${timer('<timeDuration>PT1H</timeDuration>')}</startEvent>`
const BY_CALENDAR = file(
  between(
    '<intermediateCatchEvent id="w"><timerEventDefinition xmlns:leeway="https://leeway.dev/schema/1.0" leeway:calendar="business"><timeDuration>PT4H</timeDuration></timerEventDefinition></intermediateCatchEvent>',
    'w',
  ),
)
const eventSubProcess = (content: string): string =>
  file(`${between('<userTask id="a"/>', 'a')}<subProcess id="e" triggeredByEvent="true">${content}</subProcess>`)
const LONG = 'ä'.repeat(401)
const HALF = 'h'.repeat(360)
const NO_FUNCTIONS: ImportOptions = { hasFunction: () => false, hasBean: () => false }

/** One for each code at least: what the table of codes promises is what the import does. */
export const EXAMPLES: { readonly [Code in DiagnosticCode]: readonly DiagnosticExample[] } = {
  sourceTooLarge: [{ source: file(''), options: { limits: { sourceMax: 10 } } }],
  unknownEncoding: [{ source: new TextEncoder().encode(file('').replace('UTF-8', 'EBCDIC-XY')) }],
  invalidBytes: [{ source: Uint8Array.from(file('<task id="é"/>'), (character) => character.charCodeAt(0)), at: '\uFFFD' }],
  encodingMismatch: [{ source: new TextEncoder().encode(`\uFEFF${file('').replace('UTF-8', 'ISO-8859-1')}`) }],
  notWellFormed: [{ source: file('<task id="a">'), at: '</process' }, { source: 'models/order.bpmn' }],
  dtdRefused: [{ source: '<!DOCTYPE a><a/>', at: '<!DOCTYPE' }],
  tooManyElements: [{ source: file('<task id="a"/>'), options: { limits: { elementsMax: 2 } }, at: '<task' }],
  tooDeep: [{ source: file('<task id="a"/>'), options: { limits: { depthMax: 2 } }, at: '<task' }],
  attributeTooLong: [{ source: file(`<task id="${'a'.repeat(300)}"/>`), options: { limits: { attributeMax: 200 } }, at: ' id="aaa' }],
  undeclaredPrefix: [
    { source: file('<task id="a" x:y="z"/>'), at: '<task' },
    { source: file(`<task id="a">${extension('<x:y/>')}</task>`), at: '<x:y' },
  ],
  notBpmn: [{ source: '<html/>', at: '<html' }],
  noProcess: [{ source: `<definitions ${BPMN}/>`, at: '<definitions' }],
  tooManyFindings: [{ source: file('<task/><task/><task/>'), options: { limits: { findingsMax: 1 } } }],
  importFailed: [],

  unknownElement: [
    { source: file('<servicetask id="a"/>'), elementId: 'a', at: '<servicetask' },
    { source: file('<process id="q"/>'), elementId: 'q' },
    { source: file('<task id="a"><camunda:field name="x"/></task>'), elementId: 'a', at: '<camunda:field' },
    { source: file('<task id="a"><x xmlns="">y</x></task>'), elementId: 'a' },
    { source: file('<task id="a"><l:deviation xmlns:l="https://leeway.dev/schema/1.0"/></task>'), elementId: 'a', at: '<l:deviation' },
    { source: file('<v:task xmlns:v="urn:vendor" id="a"/>'), elementId: 'a', at: '<v:task' },
  ],
  surplusElement: [
    { source: task('', `<standardLoopCharacteristics/>${multiInstance('')}`), elementId: 'a', at: '<multiInstance', severity: 'error' },
    {
      source: file(`<startEvent id="s"/><task id="a"/>${flow('f', 's', 'a', condition('${x}') + condition('${y}'))}`),
      elementId: 'f',
      severity: 'error',
    },
    {
      source: file(between('<scriptTask id="a"><script>1</script><script>2</script></scriptTask>', 'a')),
      elementId: 'a',
      at: '<script>2',
      severity: 'error',
    },
    { source: file('<textAnnotation id="a"><text>1</text><text>2</text></textAnnotation>'), elementId: 'a', at: '<text>2' },
  ],
  strayText: [
    { source: file(between('<task id="a">\n  return 1</task>', 'a')), elementId: 'a', at: 'return 1' },
    { source: file(`<startEvent id="s"/><endEvent id="e"/>${flow('f', 's', 'e', '${x}')}`), elementId: 'f', at: '${x}' },
    { source: file('hello <startEvent id="s"/>'), elementId: 'p', at: 'hello' },
  ],
  unknownAttribute: [{ source: file('<task id="a" assignee="kim"/>'), elementId: 'a', at: '<task' }],
  invalidValue: [
    { source: BY_CALENDAR.replace('"business"', '""'), elementId: 'w' },
    { source: file('<subProcess id="a" triggeredByEvent="maybe"/>'), elementId: 'a', at: 'maybe' },
    { source: file('', '', 'isExecutable="yes"'), elementId: 'p', at: 'yes' },
    { source: task('', multiInstance('behavior="Some"')), elementId: 'a', at: 'Some' },
    { source: task('startQuantity="0"'), elementId: 'a', at: '0"', severity: 'error' },
    { source: task('', '<standardLoopCharacteristics loopMaximum="-1"/>'), elementId: 'a', at: '-1"', severity: 'error' },
    {
      source: task('', extension('<camunda:inputOutput><camunda:inputParameter>1</camunda:inputParameter></camunda:inputOutput>')),
      elementId: 'a',
    },
    {
      source: task('', extension('<zeebe:ioMapping><zeebe:input target="limit"/></zeebe:ioMapping>')),
      elementId: 'a',
      at: '<zeebe:input',
    },
  ],
  unknownExtension: [
    { source: BY_CALENDAR.replace('leeway:calendar', 'leeway:calender'), elementId: 'w' },
    { source: task('camunda:asignee="kim"'), elementId: 'a', at: 'kim' },
    { source: task('', extension('<zeebe:taskDefinitions/>')), elementId: 'a', at: '<zeebe:' },
  ],
  duplicateId: [
    { source: file('<task id="a"/><userTask id="a"/>'), elementId: 'a', at: '<userTask' },
    { source: file('<task id="a"><documentation id="a"/></task>'), elementId: 'a' },
    { source: file('<laneSet id="a"/><dataObject id="a"/>'), elementId: 'a', severity: 'warning' },
  ],
  missingId: [
    { source: file('<task/>'), elementId: 'task#1', at: '<task' },
    { source: file('<task id="a"/><task id="b"/><sequenceFlow sourceRef="a" targetRef="b"/>'), elementId: 'a->b#1', at: '<sequenceFlow' },
    { source: `<definitions ${BPMN}><process/></definitions>`, elementId: 'process#1' },
  ],
  invalidKey: [
    { source: `<definitions ${BPMN}><process id="a:1"/></definitions>`, elementId: 'a:1', at: '<process' },
    { source: `<definitions ${BPMN}><process id="a@b" isExecutable="false"/></definitions>`, elementId: 'a@b' },
  ],
  textTooLong: [
    { source: file(`<task id="${LONG}"/>`), elementId: LONG, at: LONG },
    {
      source: file(
        `<startEvent id="s"/><task id="a"/>${flow(LONG, 's', 'a', extension('<camunda:executionListener event="take" class="x.Y"/>'))}`,
      ),
      elementId: LONG,
      at: LONG,
    },
    { source: `<definitions ${BPMN}><process id="${LONG}"/></definitions>`, elementId: LONG, at: LONG },
    // The rows of what starts a process are found by both.
    {
      source: file(`<startEvent id="${HALF}">${timer('<timeDuration>PT1H</timeDuration>')}</startEvent>`).replace(
        'id="p"',
        `id="${'q'.repeat(360)}"`,
      ),
      elementId: HALF,
      at: `${HALF}">`,
    },
    {
      source: file(`<receiveTask id="${HALF}" instantiate="true"/>`).replace('id="p"', `id="${'q'.repeat(360)}"`),
      elementId: HALF,
      at: `${HALF}" inst`,
    },
    {
      source: file(`<eventBasedGateway id="g" instantiate="true"/>${flow('f', 'g', HALF)}<receiveTask id="${HALF}"/>`).replace(
        'id="p"',
        `id="${'q'.repeat(360)}"`,
      ),
      elementId: HALF,
      at: `${HALF}"/>`,
    },
    { source: dmn(decision(LONG, '<literalExpression><text>1</text></literalExpression>')), elementId: LONG, at: LONG },
    { source: file('<task id="a"/>', '', `camunda:versionTag="${LONG}"`), elementId: 'p', at: LONG },
    { source: file('<receiveTask id="a" messageRef="m"/>', `<message id="m" name="${LONG}"/>`), elementId: 'm', at: LONG },
    {
      source: file(
        between('<intermediateThrowEvent id="a"><signalEventDefinition signalRef="g"/></intermediateThrowEvent>', 'a'),
        `<signal id="g" name="${LONG}"/>`,
      ),
      elementId: 'g',
      at: LONG,
    },
    { source: file(between(`<userTask id="a" camunda:assignee="${LONG}"/>`, 'a')), elementId: 'a', at: LONG },
    { source: file(between(`<userTask id="a" camunda:owner="${LONG}"/>`, 'a')), elementId: 'a', at: LONG },
    { source: file(between(`<userTask id="a" camunda:candidateUsers="kim, ${LONG},lee"/>`, 'a')), elementId: 'a', at: `kim, ${LONG}` },
    {
      source: file(between(`<userTask id="a">${extension(`<zeebe:assignmentDefinition candidateGroups="${LONG}"/>`)}</userTask>`, 'a')),
      elementId: 'a',
      at: LONG,
    },
    {
      source: file(
        between(
          `<userTask id="a"><humanPerformer><resourceAssignmentExpression><formalExpression>${LONG}</formalExpression></resourceAssignmentExpression></humanPerformer></userTask>`,
          'a',
        ),
      ),
      elementId: 'a',
      at: LONG,
    },
    { source: task(`camunda:type="external" camunda:topic="${LONG}"`), elementId: 'a', at: LONG },
    { source: task('', extension(`<zeebe:taskDefinition type="${LONG}"/>`)), elementId: 'a', at: LONG },
    {
      source: task('camunda:class="x.Y"', extension(`<camunda:executionListener event="start" class="${LONG}"/>`)),
      elementId: 'a',
      at: LONG,
    },
    { source: file(between(`<callActivity id="a" calledElement="${LONG}"/>`, 'a')), elementId: 'a', at: LONG },
    {
      source: file(
        between(`<callActivity id="a" calledElement="q">${extension(`<camunda:in businessKey="${LONG}"/>`)}</callActivity>`, 'a'),
      ),
      elementId: 'a',
      at: LONG,
    },
    {
      source: file(
        between(
          `<callActivity id="a" calledElement="q" camunda:calledElementBinding="versionTag" camunda:calledElementVersionTag="${LONG}"/>`,
          'a',
        ),
      ),
      elementId: 'a',
      at: LONG,
    },
    { source: file(between(`<businessRuleTask id="a" camunda:decisionRef="${LONG}"/>`, 'a')), elementId: 'a', at: LONG },
  ],
  danglingReference: [
    { source: file(`${flow('f', 'a', 'b')}<task id="a"/>`), elementId: 'f', at: 'b"' },
    { source: file('<task id="a"/><sequenceFlow id="f" sourceRef="a"/>'), elementId: 'f' },
    { source: file('<exclusiveGateway id="g" default="nope"/>'), elementId: 'g', at: 'nope' },
    { source: boundary(timer('<timeDuration>PT1H</timeDuration>'), 'attachedToRef="nope"'), elementId: 'b', at: 'nope' },
    { source: file('<receiveTask id="a" messageRef="nope"/>'), elementId: 'a', at: 'nope' },
    { source: file('<startEvent id="a"><eventDefinitionRef>nope</eventDefinitionRef></startEvent>'), elementId: 'a', at: 'nope' },
    {
      source: file('<laneSet id="l"><lane id="m"><flowNodeRef>nope</flowNodeRef></lane></laneSet>'),
      elementId: 'm',
      severity: 'warning',
      at: 'nope',
    },
  ],
  wrongReference: [
    { source: file(`<task id="a"/><dataObject id="d"/>${flow('f', 'a', 'd')}`), elementId: 'f', at: 'd"' },
    { source: file('<receiveTask id="a" messageRef="s"/>', '<signal id="s" name="s"/>'), elementId: 'a', at: 's"' },
    { source: file('<receiveTask id="a" messageRef="tns:s"/>', '<signal id="s" name="s"/>'), elementId: 'a' },
  ],

  executableAssumed: [{ source: file('', '', ''), elementId: 'p', at: '<process' }],
  drawing: [{ source: file('', '', 'isExecutable="0"'), elementId: 'p' }],
  emptyProcess: [
    { source: file(''), elementId: 'p' },
    { source: file(between('<subProcess id="a"/>', 'a')), elementId: 'a' },
  ],
  nothingToStart: [
    { source: file(`<task id="a"/><task id="b"/>${flow('f', 'a', 'b')}${flow('g', 'b', 'a')}`), elementId: 'p' },
    { source: file(between(`<subProcess id="a"><task id="c"/>${flow('f', 'c', 'c')}</subProcess>`, 'a')), elementId: 'a' },
  ],
  startEventInSubProcess: [
    {
      source: file(
        between(`<subProcess id="a"><startEvent id="s">${timer('<timeDuration>PT1H</timeDuration>')}</startEvent></subProcess>`, 'a'),
      ),
      elementId: 's',
    },
  ],
  unreachable: [
    { source: file(`<startEvent id="s"/><task id="a"/><task id="b"/>${flow('f', 'a', 'b')}`), elementId: 'a' },
    { source: file(`<startEvent id="s"/><task id="a"/><task id="b"/>${flow('f', 'a', 'b')}${flow('g', 'b', 'a')}`), elementId: 'a' },
  ],

  neverActivated: [{ source: file(splitAndJoin('exclusiveGateway')), elementId: 'e' }],
  joinNeverFires: [{ source: file(splitAndJoin('exclusiveGateway')), elementId: 'join', at: '<parallelGateway id="join"' }],
  mayGetStuck: [{ source: file(splitAndJoin('inclusiveGateway')), elementId: 'join' }],
  severalTokens: [
    { source: file(between('<task id="a"/>', 'a') + flow('f', 'begin', 'a')), elementId: 'a' },
    {
      source: file(`${splitAndJoin('parallelGateway')}<startEvent id="s2"/>${flow('7', 's2', 'a')}`),
      elementId: 'join',
      severity: 'warning',
    },
  ],
  neverEnds: [{ source: file(`<startEvent id="s"/><userTask id="a"/>${flow('f', 's', 'a')}${flow('g', 'a', 'a')}`), elementId: 's' }],
  endlessCalls: [
    { source: file(`<startEvent id="s"/><callActivity id="again" calledElement="p"/>${flow('f', 's', 'again')}`), elementId: 'again' },
  ],
  soundnessInconclusive: [
    { source: file(`${splitAndJoin('complexGateway').replaceAll('parallelGateway', 'complexGateway')}`), elementId: 'p' },
  ],

  flowCrossesScope: [
    { source: file(`<task id="a"/><subProcess id="sub"><task id="b"/></subProcess>${flow('f', 'a', 'b')}`), elementId: 'f' },
    { source: file(`<task id="a"/><task id="b"/><subProcess id="sub">${flow('f', 'a', 'b')}</subProcess>`), elementId: 'f' },
    { source: file(`<task id="a"/>${flow('f', 'a', 'b')}`, '<process id="q"><task id="b"/></process>'), elementId: 'f' },
  ],
  flowIntoStart: [{ source: file(`<task id="a"/><startEvent id="s"/>${flow('f', 'a', 's')}`), elementId: 'f' }],
  flowOutOfEnd: [{ source: file(`<task id="a"/><endEvent id="e"/>${flow('f', 'e', 'a')}`), elementId: 'f' }],
  flowIntoBoundary: [
    {
      source: boundary(timer('<timeDuration>PT1H</timeDuration>')).replace('</process>', `${flow('f', 'a', 'b')}</process>`),
      elementId: 'f',
    },
  ],
  flowMisplaced: [
    { source: file(`<task id="a"/><subProcess id="s" triggeredByEvent="true"/>${flow('f', 'a', 's')}`), elementId: 'f' },
    { source: file(`<task id="a"/><task id="s" isForCompensation="true"/>${flow('f', 's', 'a')}`), elementId: 'f' },
    { source: file(`<task id="a"/><subProcess id="s" triggeredByEvent=" 1 "/>${flow('f', 'a', 's')}`), elementId: 'f' },
    { source: file(`<task id="a"/><task id="s" isForCompensation="1"/>${flow('f', 's', 'a')}`), elementId: 'f' },
  ],
  flowsDisagree: [{ source: file(between('<task id="a"><incoming>out</incoming></task>', 'a')), elementId: 'a', at: '<incoming' }],
  missingCondition: [
    {
      source: file(`<exclusiveGateway id="g"/><task id="a"/>${flow('f', 'g', 'a')}${flow('h', 'g', 'a', condition('${x}'))}`),
      elementId: 'f',
    },
  ],
  conditionIgnored: [
    { source: file(`<parallelGateway id="g"/><task id="a"/>${flow('f', 'g', 'a', condition('${x}'))}`), elementId: 'f' },
    {
      source: file(`<exclusiveGateway id="g" default="f"/><task id="a"/>${flow('f', 'g', 'a', condition('${x}'))}`),
      elementId: 'f',
      severity: 'info',
    },
    {
      source: file(driven('<zeebe:taskDefinition type="agent"/>', `<completionCondition>${'${x}'}</completionCondition>`)),
      elementId: 'a',
      at: '<completionCondition',
    },
  ],
  conditionOnEvent: [{ source: file(`<startEvent id="s"/><task id="a"/>${flow('f', 's', 'a', condition('${x}'))}`), elementId: 'f' }],
  conditionNotExpression: [
    { source: file(`<task id="s"/><task id="a"/>${flow('f', 's', 'a', condition('customer is happy'))}`), elementId: 'f', at: 'customer' },
  ],
  defaultNotOutgoing: [
    { source: file(`<exclusiveGateway id="g" default="f"/><task id="a"/><task id="b"/>${flow('f', 'a', 'b')}`), elementId: 'g' },
  ],
  eventGatewayTarget: [
    { source: file(`<eventBasedGateway id="g"/><task id="a"/>${flow('f', 'g', 'a')}`), elementId: 'g' },
    { source: file(`<startEvent id="s"/><eventBasedGateway id="g"/>${flow('f', 's', 'g')}`), elementId: 'g' },
  ],
  gatewayWithoutOutgoing: ['exclusiveGateway', 'inclusiveGateway', 'parallelGateway'].map((tag) => ({
    source: file(`<startEvent id="s"/><${tag} id="g"/>${flow('f', 's', 'g')}`),
    elementId: 'g',
    at: `<${tag}`,
  })),
  gatewayDirection: [
    { source: file(`<exclusiveGateway id="g" gatewayDirection="Mixed"/>`), elementId: 'g', at: 'Mixed' },
    {
      source: file(
        `<task id="a"/><parallelGateway id="g" gatewayDirection="Converging"/><task id="b"/><task id="c"/>${flow('f', 'a', 'g')}${flow('h', 'g', 'b')}${flow('i', 'g', 'c')}`,
      ),
      elementId: 'g',
      at: 'Converging',
    },
  ],
  messageFlowEnds: [
    { source: file('<task id="a"/><task id="b"/>', `<collaboration id="c">${messageFlow('a', 'b')}</collaboration>`), elementId: 'm' },
    {
      source: file(
        '<exclusiveGateway id="a"/>',
        `<collaboration id="c"><participant id="other"/>${messageFlow('other', 'a')}</collaboration>`,
      ),
      elementId: 'm',
      at: '<messageFlow',
    },
    {
      source: file('<startEvent id="a"/>', `<collaboration id="c"><participant id="o"/>${messageFlow('a', 'o')}</collaboration>`),
      elementId: 'm',
    },
  ],
  severalNoneStarts: [{ source: file('<startEvent id="a"/><startEvent id="b"/>'), elementId: 'b' }],
  duplicateStart: [
    {
      source: file(
        '<startEvent id="a"><messageEventDefinition messageRef="m"/></startEvent><startEvent id="b"><messageEventDefinition messageRef="n"/></startEvent>',
        '<message id="m" name="x"/><message id="n" name="x"/>',
      ),
      elementId: 'b',
    },
  ],
  instantiateWithIncoming: [
    { source: file(`<task id="b"/><receiveTask id="a" instantiate="true"/>${flow('f', 'b', 'a')}`), elementId: 'a' },
  ],
  adHocContent: [{ source: file('<adHocSubProcess id="a"><startEvent id="s"/><task id="t"/></adHocSubProcess>'), elementId: 's' }],
  eventGatewayRule: [
    {
      source: file(
        `<eventBasedGateway id="g"/><receiveTask id="a"><standardLoopCharacteristics loopMaximum="3"/></receiveTask>${flow('f', 'g', 'a')}`,
      ),
      elementId: 'g',
      severity: 'error',
    },
    {
      source: file(
        `<eventBasedGateway id="g"/><receiveTask id="a"><multiInstanceLoopCharacteristics><loopCardinality>2</loopCardinality>
        </multiInstanceLoopCharacteristics></receiveTask>${flow('f', 'g', 'a')}`,
      ),
      elementId: 'g',
      severity: 'error',
    },
    {
      source: file(`<eventBasedGateway id="g"/><receiveTask id="a"/>${flow('f', 'g', 'a')}`),
      elementId: 'g',
      severity: 'warning',
    },
    ...['eventGatewayType="Parallel"', 'instantiate="true"'].map((attributes) => ({
      source: file(`<startEvent id="s"/><eventBasedGateway id="g" ${attributes}/>${attributes.startsWith('i') ? '' : flow('k', 's', 'g')}
        <intermediateCatchEvent id="a">${timer('<timeDuration>PT1H</timeDuration>')}</intermediateCatchEvent>${flow('f', 'g', 'a')}
        <receiveTask id="b"/>${flow('h', 'g', 'b')}`),
      elementId: 'g',
    })),
    {
      source: file(`<eventBasedGateway id="g"/><receiveTask id="a"/><task id="b"/>${flow('f', 'g', 'a')}${flow('h', 'b', 'a')}`),
      elementId: 'g',
      severity: 'error',
    },
  ],

  missingEventDefinition: [
    { source: task('', multiInstance('behavior="None"')), elementId: 'a' },
    {
      source: task(
        '',
        multiInstance('behavior="Complex"', '<complexBehaviorDefinition><condition>${x}</condition></complexBehaviorDefinition>'),
      ),
      elementId: 'a',
    },
    { source: boundary(''), elementId: 'b' },
    { source: file('<intermediateCatchEvent id="c"/>'), elementId: 'c' },
  ],
  misplacedEventDefinition: [
    {
      source: file(
        between(`<task id="a">${multiInstance('behavior="One" oneBehaviorEventRef="t"')}</task>`, 'a'),
        '<terminateEventDefinition id="t"/>',
      ),
      elementId: 'a',
    },
    { source: file('<startEvent id="s"><errorEventDefinition/></startEvent>'), elementId: 's' },
    { source: file('<intermediateCatchEvent id="c"><terminateEventDefinition/></intermediateCatchEvent>'), elementId: 'c' },
    { source: boundary('<linkEventDefinition name="l"/>'), elementId: 'b' },
  ],
  missingTimer: [{ source: boundary(timer('')), elementId: 'b', at: '<timerEventDefinition' }],
  ambiguousTimer: [{ source: boundary(timer('<timeDuration>PT1H</timeDuration><timeDate>2030-01-01</timeDate>')), elementId: 'b' }],
  invalidTimer: [
    { source: boundary(timer('<timeDuration> 6pm</timeDuration>')), elementId: 'b', at: '6pm' },
    { source: boundary(timer('<timeDate>tomorrow</timeDate>')), elementId: 'b', at: 'tomorrow' },
    { source: boundary(timer('<timeCycle>weekly</timeCycle>')), elementId: 'b', at: 'weekly' },
  ],
  needsCalendar: [{ source: BY_CALENDAR, elementId: 'w', at: '<timerEventDefinition' }],
  unknownCalendar: [{ source: BY_CALENDAR, options: { hasCalendar: (name) => name === 'shop' }, elementId: 'w' }],
  instantiateUnclear: [
    { source: file('<receiveTask id="a" instantiate="true"/>'), elementId: 'a', at: 'true' },
    { source: file('<subProcess id="s"><eventBasedGateway id="a" instantiate="1"/></subProcess>'), elementId: 'a' },
  ],
  calledElementMissing: [
    { source: file(between('<callActivity id="a"/>', 'a')), elementId: 'a' },
    { source: file(between('<callActivity id="a"/>', 'a'), '', 'isExecutable="false"'), elementId: 'a', severity: 'info' },
  ],
  calledBindingUnclear: [
    { source: file(between('<callActivity id="a" calledElement="q" camunda:calledElementBinding="version"/>', 'a')), elementId: 'a' },
    { source: file(between('<callActivity id="a" calledElement="q" camunda:calledElementBinding="newest"/>', 'a')), elementId: 'a' },
  ],
  missingMessage: [
    { source: boundary('<messageEventDefinition/>'), elementId: 'b' },
    { source: file('<sendTask id="a"/>'), elementId: 'a' },
    { source: file('<receiveTask id="a"/>'), elementId: 'a', severity: 'info' },
  ],
  emptyName: [
    { source: file('<receiveTask id="a" messageRef="m"/>', '<message id="m" name=" "/>'), elementId: 'm' },
    { source: file('<receiveTask id="a" messageRef="m"/>', '<message id="m"/>'), elementId: 'm' },
  ],
  missingSignal: [{ source: boundary('<signalEventDefinition/>'), elementId: 'b' }],
  referenceTakenAsCode: [{ source: boundary('<errorEventDefinition errorRef="E"/>'), elementId: 'b' }],
  errorCodeMissing: [
    {
      source: file('<endEvent id="e"><errorEventDefinition errorRef="x"/></endEvent>', '<error id="x"/>'),
      elementId: 'e',
      severity: 'error',
    },
    {
      source: file(
        `${between('<userTask id="a"/>', 'a')}<boundaryEvent id="b" attachedToRef="a"><errorEventDefinition errorRef="x"/></boundaryEvent>`,
        '<error id="x"/>',
      ),
      elementId: 'x',
      severity: 'info',
    },
    { source: file('<endEvent id="e"><errorEventDefinition/></endEvent>'), elementId: 'e', severity: 'error' },
  ],
  missingEventCondition: [{ source: boundary('<conditionalEventDefinition/>'), elementId: 'b' }],
  eventSubProcessRule: [
    { source: eventSubProcess(''), elementId: 'e' },
    { source: eventSubProcess('<startEvent id="s"/>'), elementId: 'e' },
    { source: eventSubProcess(waiting('s') + waiting('t')), elementId: 'e' },
    { source: eventSubProcess(waiting('s') + multiInstance('')), elementId: 'e' },
  ],
  escalationCodeMissing: [
    { source: file('<endEvent id="e"><escalationEventDefinition/></endEvent>'), elementId: 'e', severity: 'error' },
    {
      source: boundary('<escalationEventDefinition escalationRef="x"/>').replace('<process', '<escalation id="x"/><process'),
      elementId: 'x',
    },
  ],
  eventDefinitionsConflict: [
    { source: file('<endEvent id="e"><errorEventDefinition/><terminateEventDefinition/></endEvent>'), elementId: 'e' },
    {
      source: file('<intermediateThrowEvent id="e"><linkEventDefinition name="x"/><messageEventDefinition/></intermediateThrowEvent>'),
      elementId: 'e',
    },
  ],
  errorAlwaysInterrupts: [{ source: boundary('<errorEventDefinition/>', 'attachedToRef="a" cancelActivity="false"'), elementId: 'b' }],
  linkWithoutCatch: [
    { source: file('<intermediateThrowEvent id="t"><linkEventDefinition name="l"/></intermediateThrowEvent>'), elementId: 't' },
  ],
  linkWithoutThrow: [
    {
      source: file('<task id="a"/><intermediateCatchEvent id="c"><linkEventDefinition name="l"/></intermediateCatchEvent>'),
      elementId: 'c',
    },
  ],
  duplicateLink: [
    {
      source: file(`<task id="a"/><intermediateThrowEvent id="t"><linkEventDefinition name="l"/></intermediateThrowEvent>
        <intermediateCatchEvent id="c"><linkEventDefinition name="l"/></intermediateCatchEvent>
        <intermediateCatchEvent id="d"><linkEventDefinition name="l"/></intermediateCatchEvent>`),
      elementId: 'd',
    },
  ],
  linkWithFlow: [
    {
      source: file(
        `<intermediateThrowEvent id="a"><linkEventDefinition name="x"/></intermediateThrowEvent><intermediateCatchEvent id="b"><linkEventDefinition name="x"/></intermediateCatchEvent><task id="t"/>${flow('f', 'a', 't')}`,
      ),
      elementId: 'a',
    },
    {
      source: file(
        `<intermediateThrowEvent id="a"><linkEventDefinition name="x"/></intermediateThrowEvent><intermediateCatchEvent id="b"><linkEventDefinition name="x"/></intermediateCatchEvent><task id="t"/>${flow('f', 't', 'b')}`,
      ),
      elementId: 'b',
    },
  ],
  cycleOnce: [
    { source: boundary(timer('<timeCycle>R3/PT1H</timeCycle>')), elementId: 'b' },
    { source: file(`<intermediateCatchEvent id="c">${timer('<timeCycle>R3/PT1H</timeCycle>')}</intermediateCatchEvent>`), elementId: 'c' },
  ],
  boundaryWithoutOutgoing: [{ source: boundary(timer('<timeDuration>PT1H</timeDuration>')), elementId: 'b' }],
  boundaryNotArmed: [
    {
      source: `<definitions ${BPMN} xmlns:flowable="http://flowable.org/bpmn" targetNamespace="x"><process id="p" isExecutable="true">
        <startEvent id="s"/><subProcess id="e" triggeredByEvent="true"><startEvent id="es"><errorEventDefinition/></startEvent></subProcess>
        <boundaryEvent id="b" attachedToRef="e"><errorEventDefinition/></boundaryEvent></process></definitions>`,
      elementId: 'b',
    },
  ],
  duplicateCatch: [
    {
      source: file(
        `${between('<userTask id="a"/>', 'a')}<boundaryEvent id="b" attachedToRef="a"><errorEventDefinition/></boundaryEvent><boundaryEvent id="c" attachedToRef="a"><errorEventDefinition/></boundaryEvent>`,
      ),
      elementId: 'c',
    },
    {
      source: file(
        `${between('<userTask id="a"/>', 'a')}<subProcess id="x" triggeredByEvent="true"><startEvent id="b"><errorEventDefinition/></startEvent></subProcess><subProcess id="y" triggeredByEvent="true"><startEvent id="c"><errorEventDefinition/></startEvent></subProcess>`,
      ),
      elementId: 'c',
    },
  ],
  boundaryNotAttached: [
    { source: boundary(timer('<timeDuration>PT1H</timeDuration>'), ''), elementId: 'b' },
    { source: boundary(timer('<timeDuration>PT1H</timeDuration>'), 'attachedToRef="p"'), elementId: 'b' },
    { source: boundary(timer('<timeDuration>PT1H</timeDuration>'), 'attachedToRef="begin"'), elementId: 'b' },
  ],

  compensationWithoutHandler: [{ source: boundary('<compensateEventDefinition/>'), elementId: 'b' }],
  compensationHandlerRefused: [
    { source: compensated('<task id="h"/>'), elementId: 'b' },
    { source: compensated('<subProcess id="s"><task id="h" isForCompensation="true"/></subProcess>'), elementId: 'b' },
    {
      source: compensated(
        '<task id="h" isForCompensation="true"/><task id="i" isForCompensation="true"/><association id="z" sourceRef="b" targetRef="i"/>',
      ),
      elementId: 'b',
    },
  ],
  handlerWithoutEvent: [
    { source: file('<task id="a"/><task id="h" isForCompensation="true"/>'), elementId: 'h' },
    { source: file(`<task id="a"/>${undoing('h')}`), elementId: 'h' },
    { source: file(`<subProcess id="s"><task id="a"/>${undoing('g')}${undoing('h')}</subProcess>`), elementId: 'h' },
  ],
  compensationNotVisible: [
    {
      source: file(
        `<task id="a"/><subProcess id="s"><intermediateThrowEvent id="t"><compensateEventDefinition activityRef="a"/></intermediateThrowEvent></subProcess>`,
      ),
      elementId: 't',
    },
  ],
  cancelOutsideTransaction: [
    { source: boundary('<cancelEventDefinition/>'), elementId: 'b' },
    { source: file('<subProcess id="s"><endEvent id="e"><cancelEventDefinition/></endEvent></subProcess>'), elementId: 'e' },
  ],
  cancelNotCaught: [
    {
      source: file(
        '<transaction id="a"><subProcess id="s"><endEvent id="e"><cancelEventDefinition/></endEvent></subProcess></transaction>',
      ),
      elementId: 'e',
    },
  ],
  duplicateCancel: [
    {
      source: file(`<transaction id="a"><task id="t"/></transaction>
        <boundaryEvent id="b" attachedToRef="a"><cancelEventDefinition/></boundaryEvent>
        <boundaryEvent id="c" attachedToRef="a"><cancelEventDefinition/></boundaryEvent>`),
      elementId: 'c',
    },
  ],

  invalidExpression: [
    { source: file(`<task id="s"/><task id="a"/>${flow('f', 's', 'a', condition('${x &gt;}'))}`), elementId: 'f' },
    { source: file('<userTask id="a" camunda:assignee="${"/>'), elementId: 'a' },
    { source: file('<userTask id="a" camunda:dueDate="=1 +"/>'), elementId: 'a' },
  ],
  spinXml: [
    { source: file(between('<userTask id="a" camunda:assignee="${XML(order).attr(\'by\').value()}"/>', 'a')), elementId: 'a' },
    { source: file(between('<userTask id="a" camunda:assignee="${S(order).childElement(\'by\').textContent()}"/>', 'a')), elementId: 'a' },
  ],
  variableMappingUnknown: [
    {
      source: file(between('<callActivity id="a" calledElement="q" camunda:variableMappingClass="com.acme.Mapping"/>', 'a')),
      elementId: 'a',
      options: { hasFunction: () => false },
    },
  ],
  unknownFunction: [
    { source: task('camunda:topic="t" camunda:taskPriority="${vip(customer)}"'), options: NO_FUNCTIONS, elementId: 'a', at: '${vip' },
    { source: file('<userTask id="a" camunda:assignee="=owner of(order)"/>'), options: NO_FUNCTIONS, elementId: 'a', at: '=owner' },
    { source: file('<userTask id="a" camunda:assignee="${people.ownerOf(order)}"/>'), options: NO_FUNCTIONS, elementId: 'a' },
  ],
  unsupportedLanguage: [
    {
      source: file(
        '<intermediateCatchEvent id="a"><timerEventDefinition><timeDuration language="groovy">x</timeDuration></timerEventDefinition></intermediateCatchEvent>',
      ),
    },
    {
      source: task(
        '',
        extension(
          '<camunda:inputOutput><camunda:inputParameter name="x"><camunda:script resource="x.groovy"/></camunda:inputParameter></camunda:inputOutput>',
        ),
      ),
      elementId: 'a',
    },
  ],
  missingRepetition: [{ source: task('', '<multiInstanceLoopCharacteristics/>'), elementId: 'a', at: '<multiInstance' }],
  invalidRetry: [
    {
      source: task('', extension('<camunda:failedJobRetryTimeCycle>often</camunda:failedJobRetryTimeCycle>')),
      elementId: 'a',
      at: 'often',
    },
    { source: task('', extension('<zeebe:taskDefinition type="t" retries="many"/>')), elementId: 'a' },
  ],
  constraintNotChecked: [
    {
      source: file(
        between(
          `<userTask id="a">${extension('<camunda:formData><camunda:formField id="x"><camunda:validation><camunda:constraint name="validator" config="org.example.Even"/></camunda:validation></camunda:formField></camunda:formData>')}</userTask>`,
          'a',
        ),
      ),
      elementId: 'a',
      at: '<camunda:constraint',
    },
  ],
  listenerNotHeard: [
    { source: task('', extension('<camunda:executionListener event="take" class="a.B"/>')), elementId: 'a', at: '<camunda:exec' },
    { source: file(between(`<userTask id="a">${extension('<camunda:taskListener event="begun" class="a.B"/>')}</userTask>`, 'a')) },
  ],
  listenerWithoutWork: [
    { source: task('', extension('<camunda:executionListener event="start"/>')), elementId: 'a', at: '<camunda:exec' },
    { source: task('', extension('<zeebe:executionListeners><zeebe:executionListener/></zeebe:executionListeners>')), elementId: 'a' },
  ],
  scriptNeedsHandler: [
    { source: file('<scriptTask id="a" scriptFormat="groovy"><script>x</script></scriptTask>'), elementId: 'a' },
    {
      source: file(
        '<task id="a"><standardLoopCharacteristics><loopCondition language="groovy">x</loopCondition></standardLoopCharacteristics></task>',
      ),
      options: { runsScripts: () => false },
      elementId: 'a',
      severity: 'error',
    },
    { source: file('<scriptTask id="a"/>'), options: { hasElementHandler: () => false }, elementId: 'a', severity: 'error' },
  ],
  decisionNeedsHandler: [
    { source: file('<businessRuleTask id="a" camunda:resultVariable="d"/>'), elementId: 'a' },
    { source: file('<businessRuleTask id="a"/>'), options: { hasElementHandler: () => false }, elementId: 'a', severity: 'error' },
  ],
  invalidBinding: [
    {
      source: file(between('<businessRuleTask id="a" camunda:decisionRef="d" camunda:decisionRefBinding="newest"/>', 'a')),
      elementId: 'a',
      at: 'newest',
    },
    {
      source: file(between('<businessRuleTask id="a" camunda:decisionRef="d" camunda:decisionRefBinding="version"/>', 'a')),
      elementId: 'a',
      at: 'version',
    },
    {
      source: file(
        between(`<businessRuleTask id="a">${extension('<zeebe:calledDecision decisionId="d" bindingType="x"/>')}</businessRuleTask>`, 'a'),
      ),
      elementId: 'a',
      at: 'x"',
    },
  ],
  noHandler: [{ source: file('<serviceTask id="a" camunda:topic="t"/>'), options: { hasHandler: () => false }, elementId: 'a' }],

  unsupportedElement: [
    { source: file('', '<choreography id="c"/>'), elementId: 'c' },
    { source: file('', '<collaboration id="x"><conversation id="c"/></collaboration>'), elementId: 'c' },
  ],
  unsupportedExtension: [
    {
      source: file(between('<userTask id="a"/>', 'a') + flow('f', 'a', 'a', '<conditionExpression camunda:resource="decide.js"/>')),
      elementId: 'f',
      at: '<conditionExpression',
    },
    { source: task('camunda:mailSender="x"'), elementId: 'a', at: 'x' },
    {
      source: task('', extension('<camunda:inParameter>paid</camunda:inParameter>')),
      elementId: 'a',
      at: '<camunda:inParameter',
    },
  ],
  extensionWithoutEffect: [
    {
      source: file(driven('<zeebe:taskDefinition type="agent"/><zeebe:adHoc activeElementsCollection="=x"/>', '')),
      elementId: 'a',
      at: '<zeebe:adHoc',
    },
    {
      source: file(between('<userTask id="a" xmlns:leeway="https://leeway.dev/schema/1.0" leeway:calendar="business"/>', 'a')),
      elementId: 'a',
    },
    { source: file('<userTask id="a" camunda:topic="t"/>'), elementId: 'a', at: 't"' },
    { source: task('camunda:topic="t"', multiInstance('camunda:asyncLeave="true"')), elementId: 'a', at: 'true' },
    { source: file(`<task id="a">${extension('<zeebe:taskDefinition type="t"/>')}</task>`), elementId: 'a', at: '<zeebe:taskDefinition' },
    {
      source: file(`<eventBasedGateway id="g"/><receiveTask id="a" camunda:asyncBefore="true"/>${flow('f', 'g', 'a')}`),
      elementId: 'a',
      at: 'true',
    },
  ],
  extensionMisplaced: [
    {
      source: file(
        `<startEvent id="a">${extension('<camunda:inputOutput><camunda:outputParameter name="x">1</camunda:outputParameter></camunda:inputOutput>')}</startEvent>`,
      ),
      elementId: 'a',
      at: '<camunda:outputParameter',
    },
  ],
  extensionIgnored: [{ source: task('camunda:exclusive="false"'), elementId: 'a', at: 'false' }],
  adHocWithoutCondition: [{ source: file('<adHocSubProcess id="a"><task id="t"/></adHocSubProcess>'), elementId: 'a' }],
  dataNotMapped: [
    {
      source: task('', '<dataInputAssociation id="in1"><targetRef>p</targetRef><assignment id="as"/></dataInputAssociation>'),
      elementId: 'as',
    },
  ],
  dataStoreNotExecuted: [
    {
      source: file(
        `<dataStoreReference id="s"/>${between('<task id="a"><dataInputAssociation><sourceRef>s</sourceRef><targetRef>a</targetRef></dataInputAssociation></task>', 'a')}`,
      ),
      elementId: 's',
    },
  ],
  resourceNotResolved: [
    {
      source: file(
        between(
          '<userTask id="a"><potentialOwner id="o"><resourceRef>r</resourceRef><resourceParameterBinding parameterRef="x"><formalExpression>1</formalExpression></resourceParameterBinding></potentialOwner></userTask>',
          'a',
        ),
        '<resource id="r" name="team"><resourceParameter id="x" name="size"/></resource>',
      ),
      options: NO_FUNCTIONS,
      elementId: 'o',
    },
  ],
  correlationNotRead: [{ source: file('', '<collaboration id="x"><correlationKey id="k"/></collaboration>'), elementId: 'k' }],
  notExecuted: [
    { source: file('<textAnnotation id="n"/>'), elementId: 'n' },
    { source: file('<auditing id="n"/>'), elementId: 'n' },
    { source: file('', '<collaboration id="x"><messageFlow id="n" sourceRef="p" targetRef="p"/></collaboration>'), elementId: 'n' },
    { source: file('', '<itemDefinition id="n"/>'), elementId: 'n' },
    { source: modelText('order-camunda-7.bpmn'), elementId: 'Note_1', at: '<bpmn:textAnnotation' },
  ],
  invalidForm: [],

  notDmn: [{ source: '<decision xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/"/>', at: '<decision' }],
  noDecision: [{ source: dmn(''), at: '<definitions' }],
  logicMissing: [{ source: dmn(decision('d', '')), elementId: 'd', at: '<decision' }],
  tableWithoutOutput: [{ source: dmn(decision('d', '<decisionTable id="t"/>')), elementId: 't', at: '<decisionTable' }],
  missingInputExpression: [
    { source: dmn(decision('d', table({ head: '<input id="i"/><output id="o"/>' }))), elementId: 'i', at: '<input' },
  ],
  outputWithoutName: [{ source: dmn(decision('d', table({ head: '<output id="o"/><output id="p" name="p"/>' }))), elementId: 'o' }],
  duplicateOutput: [{ source: dmn(decision('d', table({ head: '<output id="o" name="x"/><output id="p" name="x"/>' }))), elementId: 'p' }],
  invalidHitPolicy: [
    { source: dmn(decision('d', table({ policy: 'hitPolicy="BEST"', head: '<output id="o"/>' }))), at: 'BEST' },
    { source: dmn(decision('d', table({ policy: 'hitPolicy="PRIORITY"', head: '<output id="o"/>' }))), at: 'PRIORITY' },
    { source: dmn(decision('d', table({ policy: 'hitPolicy="FIRST" aggregation="SUM"', head: '<output id="o"/>' }))), at: 'SUM' },
    { source: dmn(decision('d', table({ policy: 'hitPolicy="COLLECT" aggregation="AVG"', head: '<output id="o"/>' }))), at: 'AVG' },
    {
      source: dmn(decision('d', table({ policy: 'hitPolicy="COLLECT" aggregation="SUM"', head: '<output name="a"/><output name="b"/>' }))),
      at: 'SUM',
    },
  ],
  ruleWidth: [{ source: dmn(decision('d', table({ head: '<output id="o"/>', rules: rule('r', ['1'], ['2']) }))), elementId: 'r' }],
  requirementCycle: [{ source: dmn(decision('d', '<literalExpression><text>1</text></literalExpression>', ['d'])), elementId: 'd' }],
  invocationWithoutFunction: [{ source: dmn(decision('d', '<invocation id="i"/>')), elementId: 'i', at: '<invocation' }],
  unknownType: [{ source: dmn(decision('d', table({ head: '<output id="o" typeRef="money"/>' }))), elementId: 'o', at: 'money' }],
}
