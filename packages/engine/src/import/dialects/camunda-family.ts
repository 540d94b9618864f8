import { type ExtensionRule, rulesOf } from './extension-rule.ts'

// Camunda 7, Operaton, Activiti and Flowable use the same local names in four namespaces (namespaces.ts): one table serves them all.

/** What has a job of its own; a throwing message event has it on its definition. */
const WORK = 'ServiceTask SendTask BusinessRuleTask ScriptTask ThrowEvent/MessageEventDefinition'

/** Attributes of the camunda family by local name. */
export const CAMUNDA_ATTRIBUTES: ReadonlyMap<string, ExtensionRule> = rulesOf(
  [
    { owners: WORK, names: 'class delegateExpression expression type topic resultVariable resultVariableName' },
    { owners: `${WORK} Process`, names: 'taskPriority' },
    { owners: 'ServiceTask SendTask BusinessRuleTask ScriptTask', names: 'useLocalScopeForResultVariable', harmless: ['false'] },
    { owners: 'FlowNode Process', names: 'jobPriority' },
    {
      owners: 'UserTask',
      names:
        'assignee candidateUsers candidateGroups dueDate followUpDate priority owner category taskIdVariableName taskCompleterVariableName',
    },
    { owners: 'UserTask StartEvent', names: 'formKey formRef formRefBinding formRefVersion formFieldValidation' },
    { owners: 'StartEvent', names: 'initiator' },
    { owners: 'ServiceTask', names: 'triggerable' },
    { owners: 'Activity SequenceFlow', names: 'skipExpression' },
    { owners: 'Signal', names: 'scope' },
    { owners: '', names: 'endDate' },
    { owners: 'TimerEventDefinition', names: 'businessCalendarName' },
    { owners: 'EndEvent/TerminateEventDefinition', names: 'terminateAll terminateMultiInstance' },
    {
      owners: 'FlowNode SignalEventDefinition MultiInstanceLoopCharacteristics',
      names: 'async asyncBefore asyncAfter',
      harmless: ['false', '0'],
    },
    { owners: 'FlowNode SignalEventDefinition', names: 'asyncLeave', harmless: ['false', '0'] },
    { owners: 'MultiInstanceLoopCharacteristics', names: 'collection elementVariable elementIndexVariable' },
    {
      owners: 'BusinessRuleTask',
      names: 'decisionRef decisionRefBinding decisionRefVersion decisionRefVersionTag decisionRefTenantId mapDecisionResult',
    },
    { owners: 'ScriptTask', names: 'resource' },
    { owners: 'ScriptTask', names: 'autoStoreVariables', harmless: ['false'] },
    { owners: 'Process', names: 'versionTag candidateStarterUsers candidateStarterGroups historyTimeToLive isStartableInTasklist' },
    { owners: 'CatchEvent/ErrorEventDefinition', names: 'errorCodeVariable errorMessageVariable errorVariableName' },
    { owners: 'CatchEvent/ErrorEventDefinition', names: 'errorVariableLocalScope', harmless: ['false'] },
    { owners: 'Error', names: 'errorMessage' },
    { owners: '', names: 'modelerTemplate modelerTemplateVersion modelerTemplateIcon diagramRelationId' },
    {
      owners: 'CallActivity',
      names: `calledElementBinding calledElementVersion calledElementVersionTag calledElementTenantId inheritVariables inheritBusinessKey idVariableName
        businessKey fallbackToDefaultTenant variableMappingClass variableMappingDelegateExpression`,
    },
    { owners: 'CallActivity', names: 'useLocalScopeForOutParameters', harmless: ['false'] },
    { owners: '', names: 'sameDeployment' },
    // Of elements that are findings themselves.
    { owners: 'EscalationEventDefinition', names: 'escalationCodeVariable' },
    { owners: 'ConditionalEventDefinition', names: 'variableName variableEvents' },
    { owners: 'MessageEventDefinition', names: 'messageExpression' },
    { owners: 'SignalEventDefinition', names: 'signalExpression' },
  ],
  `exclusive formHandlerClass
    noWaitStatesAsyncLeave parallelInSameTransaction storeResultVariableAsTransient doNotIncludeVariables isExecutable
    activeStart eagerExecutionFetching processInstanceName completeAsync errorVariableTransient validateFormFields activeTaskIdVariableName ruleVariablesInput rules exclude caseBinding caseVersion caseTenantId`,
  `caseRef caseDefinitionKey calledElementType asyncLeaveExclusive extensionId mailSender`,
  {
    exclusive: ['true'],
    calledElementType: ['key'],
    asyncLeaveExclusive: ['true', 'false'],
    errorVariableTransient: ['false'],
  },
)

/** Elements in `extensionElements` of the camunda family by local name. */
export const CAMUNDA_ELEMENTS: ReadonlyMap<string, ExtensionRule> = rulesOf(
  [
    { owners: 'Activity Event', names: 'inputOutput' },
    { owners: WORK, names: 'field connector errorEventDefinition mapException' },
    { owners: 'UserTask StartEvent', names: 'formData formProperty' },
    { owners: 'FlowNode MultiInstanceLoopCharacteristics', names: 'failedJobRetryTimeCycle' },
    { owners: 'FlowNode SequenceFlow Process', names: 'executionListener' },
    { owners: 'UserTask', names: 'taskListener' },
    { owners: 'CallActivity ThrowEvent/SignalEventDefinition', names: 'in' },
    { owners: 'CallActivity', names: 'out' },
    { owners: 'Process', names: 'potentialStarter' },
    { owners: 'MultiInstanceLoopCharacteristics', names: 'variableAggregation' },
    { owners: '', names: 'properties diagramRelationId' },
    { owners: 'DataObject Property', names: 'value' },
    { owners: 'Event ServiceTask ReceiveTask', names: 'eventType eventInParameter eventOutParameter eventCorrelationParameter' },
    { owners: 'ServiceTask', names: 'triggerEventType triggerEventCorrelationParameter' },
    { owners: 'StartEvent', names: 'startEventCorrelationConfiguration' },
    { owners: 'CatchEvent', names: 'variableListenerEventDefinition' },
    { owners: 'MultiInstanceLoopCharacteristics', names: 'collection' },
  ],
  `validation constraint systemChannel customResource eventName channelKey triggerEventName triggerChannelKey localization sendSynchronously httpRequestHandler httpResponseHandler
    formRef documentation historyTimeToLive
    work-form-field-validation work-form-field-modeler task-candidates-type decisionReferenceType`,
  'inParameter outParameter eventListener',
  { startEventCorrelationConfiguration: ['startNewInstance'] },
)
