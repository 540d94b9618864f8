import type { Diagnostic } from './diagnostics.ts'

/** What a code means. docs/reference/diagnostics.md is made from this table. */
export interface DiagnosticCodeEntry {
  /** As a rule; a finding may be of another severity where its message says why. */
  readonly severity: Diagnostic['severity']
  /** Severity in a process that the file marks as not executable. */
  readonly inDrawings: 'same' | 'info'
  readonly meaning: string
  /** What to do, or null where there is nothing to do. */
  readonly hint: string | null
}

/** A stable code of the import. */
export type DiagnosticCode =
  | 'sourceTooLarge'
  | 'unknownEncoding'
  | 'invalidBytes'
  | 'encodingMismatch'
  | 'notWellFormed'
  | 'dtdRefused'
  | 'tooManyElements'
  | 'tooDeep'
  | 'attributeTooLong'
  | 'undeclaredPrefix'
  | 'notBpmn'
  | 'noProcess'
  | 'tooManyFindings'
  | 'importFailed'
  | 'unknownElement'
  | 'surplusElement'
  | 'strayText'
  | 'unknownAttribute'
  | 'invalidValue'
  | 'unknownExtension'
  | 'duplicateId'
  | 'missingId'
  | 'invalidKey'
  | 'textTooLong'
  | 'danglingReference'
  | 'wrongReference'
  | 'executableAssumed'
  | 'drawing'
  | 'emptyProcess'
  | 'nothingToStart'
  | 'startEventInSubProcess'
  | 'unreachable'
  | 'neverActivated'
  | 'joinNeverFires'
  | 'mayGetStuck'
  | 'severalTokens'
  | 'neverEnds'
  | 'endlessCalls'
  | 'soundnessInconclusive'
  | 'flowCrossesScope'
  | 'flowIntoStart'
  | 'flowOutOfEnd'
  | 'flowIntoBoundary'
  | 'flowMisplaced'
  | 'flowsDisagree'
  | 'missingCondition'
  | 'conditionIgnored'
  | 'conditionOnEvent'
  | 'conditionNotExpression'
  | 'defaultNotOutgoing'
  | 'eventGatewayTarget'
  | 'eventGatewayRule'
  | 'gatewayWithoutOutgoing'
  | 'gatewayDirection'
  | 'messageFlowEnds'
  | 'severalNoneStarts'
  | 'duplicateStart'
  | 'instantiateWithIncoming'
  | 'adHocContent'
  | 'missingEventDefinition'
  | 'misplacedEventDefinition'
  | 'missingTimer'
  | 'ambiguousTimer'
  | 'invalidTimer'
  | 'needsCalendar'
  | 'unknownCalendar'
  | 'instantiateUnclear'
  | 'calledElementMissing'
  | 'calledBindingUnclear'
  | 'missingMessage'
  | 'emptyName'
  | 'missingSignal'
  | 'referenceTakenAsCode'
  | 'errorCodeMissing'
  | 'errorAlwaysInterrupts'
  | 'escalationCodeMissing'
  | 'eventDefinitionsConflict'
  | 'linkWithoutCatch'
  | 'linkWithoutThrow'
  | 'duplicateLink'
  | 'linkWithFlow'
  | 'cycleOnce'
  | 'boundaryNotAttached'
  | 'boundaryWithoutOutgoing'
  | 'boundaryNotArmed'
  | 'duplicateCatch'
  | 'compensationWithoutHandler'
  | 'compensationHandlerRefused'
  | 'handlerWithoutEvent'
  | 'compensationNotVisible'
  | 'cancelOutsideTransaction'
  | 'cancelNotCaught'
  | 'duplicateCancel'
  | 'eventSubProcessRule'
  | 'missingEventCondition'
  | 'invalidExpression'
  | 'unknownFunction'
  | 'spinXml'
  | 'variableMappingUnknown'
  | 'unsupportedLanguage'
  | 'missingRepetition'
  | 'invalidRetry'
  | 'constraintNotChecked'
  | 'listenerNotHeard'
  | 'listenerWithoutWork'
  | 'scriptNeedsHandler'
  | 'decisionNeedsHandler'
  | 'invalidBinding'
  | 'noHandler'
  | 'unsupportedElement'
  | 'unsupportedExtension'
  | 'extensionWithoutEffect'
  | 'extensionMisplaced'
  | 'extensionIgnored'
  | 'adHocWithoutCondition'
  | 'dataNotMapped'
  | 'dataStoreNotExecuted'
  | 'resourceNotResolved'
  | 'correlationNotRead'
  | 'notExecuted'
  | 'invalidForm'
  | 'notDmn'
  | 'noDecision'
  | 'logicMissing'
  | 'tableWithoutOutput'
  | 'missingInputExpression'
  | 'outputWithoutName'
  | 'duplicateOutput'
  | 'invalidHitPolicy'
  | 'ruleWidth'
  | 'requirementCycle'
  | 'invocationWithoutFunction'
  | 'unknownType'

function code(
  severity: Diagnostic['severity'],
  inDrawings: 'same' | 'info',
  meaning: string,
  hint: string | null = null,
): DiagnosticCodeEntry {
  return { severity, inDrawings, meaning, hint }
}

/**
 * Every code of the import, grouped as the documentation is: the file, its structure, processes, flows, events, work, what is not executed.
 */
export const DIAGNOSTIC_CODES: Readonly<Record<DiagnosticCode, DiagnosticCodeEntry>> = {
  sourceTooLarge: code('error', 'same', 'The file is larger than the limit; it was not read.', 'Split the model, or raise the limit.'),
  unknownEncoding: code('error', 'same', 'The XML declaration names an encoding that is not known.', 'Save the file as UTF-8.'),
  invalidBytes: code(
    'error',
    'same',
    'The file holds bytes that its encoding does not have.',
    'Save the file in the encoding that its first line declares, best UTF-8.',
  ),
  encodingMismatch: code(
    'warning',
    'same',
    'The file is written in another encoding than it declares; its byte order mark or pattern decided.',
    'Correct the first line of the file.',
  ),
  notWellFormed: code(
    'error',
    'same',
    'The file is not well-formed XML; nothing behind this place was read.',
    'Correct the XML at this place, or export the model again.',
  ),
  dtdRefused: code(
    'error',
    'same',
    'The file has a document type or entity declaration. They are refused, for they can be used to attack a reader.',
    'Remove the DOCTYPE; BPMN needs none.',
  ),
  tooManyElements: code('error', 'same', 'The file has more elements than the limit.', 'Split the model, or raise the limit.'),
  tooDeep: code('error', 'same', 'Elements stand deeper in one another than the limit.', 'Flatten the model.'),
  attributeTooLong: code('error', 'same', "An attribute's value is longer than the limit.", 'Shorten it.'),
  undeclaredPrefix: code(
    'warning',
    'same',
    'A name has a prefix that the file declares no namespace for; what it names was not read.',
    'Declare the namespace, or remove what bears the prefix.',
  ),
  notBpmn: code(
    'error',
    'same',
    'The root element is not `definitions` of BPMN 2.0.',
    'Give a BPMN 2.0 file (namespace http://www.omg.org/spec/BPMN/20100524/MODEL).',
  ),
  noProcess: code('warning', 'same', 'The file holds no process.', 'Draw a process, or give the file that holds one.'),
  tooManyFindings: code('warning', 'same', 'There are more findings than are listed.', 'Correct those that are listed and look again.'),
  importFailed: code('error', 'same', 'The import met something that it has no words for.', 'Report it as a bug, with the file.'),

  unknownElement: code(
    'warning',
    'info',
    'An element of the BPMN namespace does not exist, or not at this place, or one of another namespace stands outside of extensionElements. It was not read.',
    'Check its spelling, its namespace and its place.',
  ),
  surplusElement: code(
    'warning',
    'info',
    'An element has two of what BPMN allows it one of; only one of them was read.',
    'Remove the one that is not meant.',
  ),
  strayText: code(
    'warning',
    'info',
    'Text stands in an element that has none. It was not read.',
    'Put it into the element that is for it, such as conditionExpression, script or timeDuration, or remove it.',
  ),
  unknownAttribute: code(
    'warning',
    'info',
    'BPMN has no such attribute on this element. It was not read.',
    'Check its spelling; attributes of a vendor need its prefix.',
  ),
  invalidValue: code('warning', 'info', 'An attribute has a value that it cannot have; its default was taken.', null),
  unknownExtension: code(
    'warning',
    'info',
    'An extension of a known vendor that is not known here. It was not read.',
    'Check its spelling.',
  ),
  duplicateId: code('error', 'info', 'Two elements have the same id; references go to the first.', 'Give each element an id of its own.'),
  missingId: code(
    'info',
    'same',
    'An element has no id; one was made from its place in the model.',
    'Give it an id: history and migration refer to it.',
  ),
  invalidKey: code(
    'error',
    'same',
    'The id of a process or decision holds a colon or an @, which no id of XML has. It is the key, and these part it from version and tenant in the ids of definitions.',
    'Give it an id without them.',
  ),
  textTooLong: code(
    'error',
    'info',
    'A text by which something is found is longer than every store keeps: 800 bytes as UTF-8 of a name, a key, a person, a group or a job type, 700 of an id, or of that of a process together with that of an event that starts it. What an expression gives is looked at when it is evaluated.',
    'Shorten it; what is only read, such as a documentation, can be as long as one likes.',
  ),
  danglingReference: code(
    'error',
    'info',
    'A reference names no element of the file.',
    'Correct the reference, or draw the connection again.',
  ),
  wrongReference: code('error', 'info', 'A reference names an element of a kind that it cannot refer to.', 'Correct the reference.'),

  executableAssumed: code('info', 'same', 'The process does not say whether it is executable; it is taken to be.', 'Set isExecutable.'),
  drawing: code(
    'info',
    'same',
    'The process is marked as not executable: a drawing.',
    'Set isExecutable="true", or deploy with includeDrawings.',
  ),
  emptyProcess: code('warning', 'info', 'A process or sub-process holds no flow nodes.', 'Draw what it is to do, or remove it.'),
  nothingToStart: code(
    'error',
    'info',
    'Nothing in this process or sub-process can start: each node has an incoming flow.',
    'Add a start event.',
  ),
  startEventInSubProcess: code(
    'error',
    'info',
    'A start event of an embedded sub-process waits for something; only a none start event can stand there.',
    'Use a none start event, or put a catch event behind it.',
  ),
  unreachable: code('warning', 'info', 'No path leads to this node.', 'Connect it, or remove it.'),
  neverActivated: code(
    'warning',
    'info',
    'Flows lead to this node, but no token can come: what is before it never goes on.',
    'Repair the join or the loop before it.',
  ),
  joinNeverFires: code(
    'warning',
    'info',
    'A joining gateway waits for a flow by which no token comes, whatever is decided. BPMN 2.0.2 §13.4.1',
    'Join what was split by the same kind of gateway: an exclusive split ends in an exclusive merge.',
  ),
  mayGetStuck: code(
    'warning',
    'info',
    'There is a way on which a token waits at a joining gateway for ever; the trace tells it. BPMN 2.0.2 §13.4',
    'Let every way of the split lead to the join, or join by an inclusive gateway.',
  ),
  severalTokens: code(
    'info',
    'info',
    'There is a way on which several tokens are at one place: what follows is done once for each of them.',
    'Where that is not meant, join the parallel ways before.',
  ),
  neverEnds: code('warning', 'info', 'From here on no way leads to an end.', 'Give the loop a way out.'),
  endlessCalls: code(
    'warning',
    'info',
    'Processes call each other, or one itself, and no way leads out of the circle: no instance would ever end. Calls nested more than 100 deep become an incident (callDepth).',
    'Let a condition decide whether it is called again.',
  ),
  soundnessInconclusive: code(
    'info',
    'info',
    'The search for tokens that wait for ever was not finished, or cannot be exact here: nothing is said against the model, nor for it.',
    null,
  ),

  flowCrossesScope: code(
    'error',
    'info',
    'A sequence flow crosses the boundary of a process or sub-process. BPMN 2.0.2 §10.4',
    'Connect nodes of one scope only; leave a sub-process by its own flow or by a boundary event.',
  ),
  flowIntoStart: code('error', 'info', 'A sequence flow leads into a start event.', 'Let it lead to the node behind the start event.'),
  flowOutOfEnd: code('error', 'info', 'A sequence flow leaves an end event.', 'Use an intermediate throw event.'),
  flowIntoBoundary: code(
    'error',
    'info',
    'A sequence flow leads into a boundary event.',
    'Let it lead to the activity, or to the node behind the event.',
  ),
  flowMisplaced: code(
    'error',
    'info',
    'A sequence flow is connected to an event sub-process or a compensation handler, which events alone start.',
    'Remove the flow.',
  ),
  flowsDisagree: code('info', 'same', 'What a node lists as incoming and outgoing differs from the sequence flows; the flows count.', null),
  missingCondition: code(
    'warning',
    'info',
    'A flow from a gateway that decides has no condition and is not the default; it counts as true.',
    'Give it a condition, or make it the default flow.',
  ),
  conditionIgnored: code(
    'warning',
    'info',
    'A condition stands where none is asked: behind a parallel or event-based gateway, or on a default flow.',
    'Move it to a flow from an exclusive, inclusive or complex gateway or from an activity.',
  ),
  conditionOnEvent: code(
    'warning',
    'info',
    'A flow that leaves an event has a condition, which BPMN does not have there. It is asked, as the engines do.',
    'Put a gateway behind the event.',
  ),
  conditionNotExpression: code(
    'error',
    'info',
    'A condition is plain text, which is neither true nor false.',
    'Write ${…} (JUEL) or =… (FEEL).',
  ),
  defaultNotOutgoing: code(
    'error',
    'info',
    'The default flow of a node is not one of its outgoing flows.',
    'Choose one of its outgoing flows.',
  ),
  eventGatewayTarget: code(
    'error',
    'info',
    'An event-based gateway leads to nothing, or to something that does not wait for an event. BPMN 2.0.2 §10.6.6',
    'Let it lead to catch events or receive tasks.',
  ),
  gatewayWithoutOutgoing: code(
    'warning',
    'info',
    'Nothing leaves a gateway; each token that passes it ends there.',
    'Connect it to what comes next, or draw an end event instead.',
  ),
  gatewayDirection: code(
    'info',
    'same',
    'A gateway says another direction than its flows have; the flows count. BPMN 2.0.2 §8.4.9',
    'Correct gatewayDirection, or leave it out.',
  ),
  messageFlowEnds: code(
    'warning',
    'info',
    'A message flow stays within one pool, or ends at something that sends or receives no message; it has no effect. BPMN 2.0.2 §9.3',
    'Connect pools, activities and message events of different pools; use a sequence flow within one.',
  ),
  severalNoneStarts: code(
    'info',
    'same',
    'A process has several none start events: an instance that is started begins at all of them.',
    'Keep one, or start the instance at the one that is meant.',
  ),
  duplicateStart: code(
    'warning',
    'info',
    'Two start events of a process wait for the same message; it starts one instance.',
    'Give each a message of its own.',
  ),
  instantiateWithIncoming: code(
    'error',
    'info',
    'A receive task or event-based gateway that starts instances has an incoming flow. BPMN 2.0.2 §10.3.3, §10.6.6',
    'Remove the flow, or do not let it start instances.',
  ),
  adHocContent: code(
    'warning',
    'info',
    'A start or end event stands in an ad hoc sub-process, which has none. BPMN 2.0.2 §10.3.5',
    'Remove it: activities without an incoming flow can be begun, and a completion condition ends them.',
  ),
  eventGatewayRule: code('warning', 'info', 'The targets of an event-based gateway break one of its rules. BPMN 2.0.2 §10.6.6', null),

  missingEventDefinition: code(
    'error',
    'info',
    'A catch or boundary event does not say what it waits for, or a multi-instance activity what its rounds throw.',
    'Give it an event definition.',
  ),
  misplacedEventDefinition: code(
    'error',
    'info',
    'An event definition stands on an event, or is thrown by rounds of a multi-instance, that cannot have it.',
    'Use an event that BPMN allows there.',
  ),
  missingTimer: code('error', 'info', 'A timer has no date, duration or cycle.', 'Give it one of them.'),
  ambiguousTimer: code('error', 'info', 'A timer has more than one of date, duration and cycle.', 'Keep one.'),
  invalidTimer: code(
    'error',
    'info',
    "A timer's text is not a date, duration or cycle.",
    'Write ISO 8601 (2026-03-01T09:00:00Z, PT15M, R3/PT10M), a cron expression, or an expression.',
  ),
  needsCalendar: code(
    'info',
    'same',
    'A timer goes by a business calendar.',
    'Give the engine that runs it business hours of this name (calendars).',
  ),
  unknownCalendar: code(
    'error',
    'info',
    'A timer goes by a business calendar that the engine does not have.',
    'Give createEngine business hours of this name (calendars), or correct leeway:calendar.',
  ),
  instantiateUnclear: code(
    'error',
    'info',
    'A receive task or an event-based gateway is to start the process and cannot: it stands in a sub-process, has no message, or is repeated.',
    'Leave out instantiate, or put it at the top of the process and give it a message.',
  ),
  calledElementMissing: code(
    'error',
    'info',
    'A call activity does not say what it calls.',
    'Set calledElement to the id of a process or a global task (in Camunda 8: zeebe:calledElement with a processId).',
  ),
  calledBindingUnclear: code(
    'error',
    'info',
    'A call activity is bound to a version, or to a version tag, that it does not name, or in a way that is not known.',
    'Bind it to latest, deployment, version (with a version) or versionTag (with a tag).',
  ),
  missingMessage: code(
    'warning',
    'info',
    'A message event or task refers to no message: it waits for engine.trigger, or sends nothing.',
    'Refer to a message.',
  ),
  emptyName: code(
    'error',
    'info',
    'A message or signal has an empty name; in Camunda 7 and 8 also: a message that is waited for has none.',
    'Give it a name, or leave the attribute out: then its id is the name.',
  ),
  missingSignal: code('error', 'info', 'A signal event refers to no signal.', 'Refer to a signal.'),
  referenceTakenAsCode: code(
    'warning',
    'info',
    'A reference to an error, an escalation or, where no vendor forbids it, a signal names no element; it is taken as the code, or the name, itself.',
    'Declare the error, escalation or signal.',
  ),
  errorCodeMissing: code(
    'info',
    'info',
    'An error has no code; its id is taken as the code. Where it is thrown that is an error, but in models of Flowable. BPMN 2.0.2 §8.4.3',
    'Give it an errorCode.',
  ),
  errorAlwaysInterrupts: code(
    'warning',
    'info',
    'A boundary or start event that catches an error is marked as not interrupting; an error always interrupts.',
    'Set cancelActivity="true", or isInterrupting="true" at a start event.',
  ),
  escalationCodeMissing: code(
    'info',
    'info',
    'An escalation has no code: an event that waits for it catches every escalation. Where it is thrown that is an error, but in models of Flowable. BPMN 2.0.2 §8.4.4',
    'Give it an escalationCode.',
  ),
  eventDefinitionsConflict: code(
    'error',
    'info',
    'An event has several definitions that cannot be together.',
    'Draw an event for each of them.',
  ),
  linkWithoutCatch: code(
    'error',
    'info',
    'A link is thrown that no catch event of the same scope has.',
    'Give both events the same link name.',
  ),
  linkWithoutThrow: code(
    'warning',
    'info',
    'A link catch event that no throw event of the same scope leads to.',
    'Give both events the same link name.',
  ),
  duplicateLink: code('error', 'info', 'Two link catch events of one scope have the same name.', 'Keep one.'),
  linkWithFlow: code(
    'warning',
    'info',
    'A flow leaves a link that is thrown, or leads to one that is caught. BPMN 2.0.2 §10.5.5',
    'Remove the flow: the link itself leads on.',
  ),
  cycleOnce: code(
    'info',
    'same',
    'A cycle stands where one occurrence ends the wait: at an intermediate event, or at an event that interrupts.',
    'Use a duration or a date; or a boundary event that does not interrupt.',
  ),
  boundaryWithoutOutgoing: code(
    'warning',
    'info',
    'Nothing leaves a boundary event: its token ends there. BPMN 2.0.2 §10.5.4',
    'Connect it to what is to be done.',
  ),
  boundaryNotArmed: code(
    'warning',
    'info',
    'A boundary event is attached to an event sub-process of a model of Flowable, which arms none there.',
    'Attach it to the sub-process around, or catch the event within.',
  ),
  duplicateCatch: code(
    'warning',
    'info',
    'Two boundary events of one activity, or event sub-processes of one scope, catch the same error, escalation or message; the second never does.',
    'Keep one, or give them different codes or messages.',
  ),
  boundaryNotAttached: code(
    'error',
    'info',
    'A boundary event is attached to nothing, or to something that is not an activity of its scope.',
    'Attach it to an activity.',
  ),
  compensationWithoutHandler: code(
    'warning',
    'info',
    'A compensation boundary event has no association with an activity that undoes the work: nothing is undone.',
    'Connect it by an association with an activity that is marked as compensation handler.',
  ),
  compensationHandlerRefused: code(
    'error',
    'info',
    'A compensation boundary event is associated with an activity that cannot be its handler. BPMN 2.0.2 §10.7',
    'Associate it with one activity of its own scope that has isForCompensation="true" and no sequence flow.',
  ),
  handlerWithoutEvent: code(
    'warning',
    'info',
    'An activity is marked as compensation handler and no compensation boundary event is associated with it: it never runs.',
    'Connect it by an association with the compensation boundary event of the activity that it undoes.',
  ),
  compensationNotVisible: code(
    'error',
    'info',
    'A compensation event names an activity outside of the scope that it can compensate. BPMN 2.0.2 §10.5.5',
    'Name an activity of the same process or sub-process, or the sub-process that holds it.',
  ),
  cancelOutsideTransaction: code(
    'error',
    'info',
    'A cancel event stands where there is no transaction: an end event outside of one, or a boundary event at another activity.',
    'Draw the sub-process as a transaction, or use an error event.',
  ),
  cancelNotCaught: code(
    'error',
    'info',
    'A transaction can be cancelled and has no cancel boundary event by which it is left.',
    'Attach a cancel boundary event to it.',
  ),
  duplicateCancel: code('error', 'info', 'A transaction has more than one cancel boundary event.', 'Keep one.'),

  missingEventCondition: code('error', 'info', 'A conditional event has no condition.', 'Give it a condition.'),
  eventSubProcessRule: code(
    'error',
    'info',
    'An event sub-process has not exactly one start event that waits for something, or is repeated.',
    'Give it one start event with an event definition; draw an embedded sub-process inside it for the rest.',
  ),
  invalidExpression: code(
    'error',
    'info',
    'An expression cannot be read.',
    'Correct it at this place: JUEL stands in ${…}, FEEL behind =; a text that is to stay a text has neither.',
  ),
  spinXml: code(
    'error',
    'info',
    "An expression reads XML by Camunda Spin (XML(…), or S(…) with methods of XML). Spin's JSON is executed, its XML is not.",
    'Read the XML in a handler, or give the engine a function "XML".',
  ),
  variableMappingUnknown: code(
    'error',
    'info',
    'A class or bean maps the variables of a call activity (camunda:variableMappingClass, variableMappingDelegateExpression), and no function of the host stands for it.',
    'Give the engine a function of that name: (direction, variable) => variables, with direction "input" or "output".',
  ),
  unknownFunction: code(
    'warning',
    'info',
    'An expression calls a function that neither its language nor the host has; evaluating it is an incident.',
    'Give it to the engine under functions, or correct its name.',
  ),
  unsupportedLanguage: code(
    'error',
    'info',
    'An expression is written in a language that is not executed.',
    'Write it in JUEL (${…}) or FEEL (=…).',
  ),
  missingRepetition: code(
    'error',
    'info',
    'A multi-instance activity says neither how often nor for which collection.',
    'Give it a loopCardinality or a collection.',
  ),
  invalidRetry: code(
    'warning',
    'info',
    "A retry time cycle cannot be read; the engine's own policy holds.",
    'Write R3/PT10M, or PT1M,PT5M.',
  ),
  constraintNotChecked: code(
    'warning',
    'info',
    'A constraint of a form field is not one that is checked when a task is completed, or its limit is no number.',
    'Use required, readonly, min, max, minlength or maxlength; check anything else where the task is completed.',
  ),
  listenerNotHeard: code(
    'error',
    'info',
    'A listener is to hear an event that it never hears, or not on this element.',
    'Let it hear start, end or take (camunda), beforeAll, start or end (zeebe), or an event of a user task.',
  ),
  listenerWithoutWork: code(
    'error',
    'info',
    'A listener names nothing that is to be done.',
    'Give it a class, delegateExpression, expression, script or type.',
  ),
  scriptNeedsHandler: code(
    'warning',
    'info',
    'A script is not executed by itself.',
    'Register an element handler for it, or write it as an expression (FEEL, JUEL).',
  ),
  decisionNeedsHandler: code(
    'warning',
    'info',
    'A business rule task refers to no decision.',
    'Let it call a decision (DMN), or register an element handler for it.',
  ),
  invalidBinding: code(
    'error',
    'info',
    'How the version of a called decision is chosen cannot be read.',
    'Choose latest, deployment, version or versionTag, and give the version or the tag.',
  ),
  noHandler: code(
    'warning',
    'info',
    'No handler is registered for this type of job; it waits for an external worker.',
    'Register a handler under this type.',
  ),

  unsupportedElement: code(
    'error',
    'info',
    'An element that steers execution and is not executed yet.',
    'Model it with elements that are executed.',
  ),
  unsupportedExtension: code(
    'error',
    'info',
    'A vendor extension that steers execution and is not executed yet.',
    'Remove it, or do its work in a handler.',
  ),
  extensionWithoutEffect: code(
    'warning',
    'info',
    'A vendor extension stands on an element where it is not read.',
    'Remove it, or move it to an element that it is read on.',
  ),
  extensionMisplaced: code(
    'warning',
    'info',
    'A vendor extension is executed at a place where its own engine refuses it.',
    'Move it to an activity, so that the model runs on both engines.',
  ),
  extensionIgnored: code('info', 'same', 'A vendor extension that does not change how the process runs here. It was not read.', null),
  adHocWithoutCondition: code(
    'info',
    'same',
    'An ad hoc sub-process without a completion condition ends only when the host says so.',
    'End it by `adHoc.complete`, or give it a completion condition.',
  ),
  dataNotMapped: code(
    'warning',
    'info',
    'A data association leaves open what is to be copied, or where to.',
    'Give it one source or a transformation, and each assignment a `from` and a `to`.',
  ),
  dataStoreNotExecuted: code(
    'info',
    'same',
    'A data store is outside of the process: what is drawn to and from it is executed where the host has a store of its name.',
    'Give the engine one (dataStores), or read and write it in the handler of a service task, which has the variables.',
  ),
  resourceNotResolved: code(
    'warning',
    'info',
    "A role binds parameters of a resource, and the host has no function of the resource's name: the resource counts as a group.",
    'Give the engine a function of that name: it gets the parameters as an object and gives names, or texts such as user(kim).',
  ),
  correlationNotRead: code(
    'warning',
    'info',
    'A correlation key or subscription cannot be used: a property, a message path or a data path is missing or is no expression.',
    'Complete it, or publish messages with a correlation key, a business key or variables to match.',
  ),
  notExecuted: code('info', 'same', 'An element for readers of the drawing: it has no effect on execution.', null),

  invalidForm: code('error', 'same', 'A form that is deployed as a file of JSON is none.', 'Save it as an object of JSON.'),

  notDmn: code('error', 'same', 'The root element is of DMN, and not its `definitions`.', 'Give a DMN file as a modeler saves it.'),
  noDecision: code('warning', 'same', 'The file holds no decision.', 'Draw a decision, or give the file that holds one.'),
  logicMissing: code(
    'warning',
    'same',
    'A decision, or a business knowledge model, does not say how its result is made; evaluating it fails.',
    'Give it a decision table or an expression, or remove it.',
  ),
  tableWithoutOutput: code('error', 'same', 'A decision table has no output. DMN 1.3 §8.3.1', 'Add an output.'),
  missingInputExpression: code('error', 'same', 'An input of a decision table has no expression.', 'Say what the input is.'),
  outputWithoutName: code(
    'error',
    'same',
    'An output of a table with several outputs has no name: its value could not be told from the others. DMN 1.3 §8.3.3',
    'Give each output a name.',
  ),
  duplicateOutput: code('error', 'same', 'Two outputs of a decision table have the same name.', 'Give each output a name of its own.'),
  invalidHitPolicy: code(
    'error',
    'same',
    'The hit policy of a decision table does not exist, or cannot be applied to its outputs. DMN 1.3 §8.2.10',
    'Choose another hit policy; PRIORITY and OUTPUT ORDER need output values in order, an aggregation needs COLLECT and a single output.',
  ),
  ruleWidth: code(
    'error',
    'same',
    'A rule has not as many cells as its table has inputs and outputs.',
    'Add the missing cells; `-` passes any value.',
  ),
  requirementCycle: code(
    'error',
    'same',
    'A decision or a business knowledge model requires itself, directly or by others. DMN 1.3 §6.2.2',
    'Remove one of the requirements.',
  ),
  invocationWithoutFunction: code('error', 'same', 'An invocation does not say which function it calls.', 'Name the function.'),
  unknownType: code(
    'warning',
    'same',
    'A type is neither one of FEEL nor defined in the file; values are taken as they are.',
    'Use a type of FEEL, or define it in the file.',
  ),
}
