import { type ExtensionRule, rulesOf } from './extension-rule.ts'

// Camunda 7, Operaton, Activiti and Flowable use the same local names in four namespaces (namespaces.ts): one table serves them all.

/** Attributes of the camunda family by local name. */
export const CAMUNDA_ATTRIBUTES: ReadonlyMap<string, ExtensionRule> = rulesOf(
  words(`class delegateExpression expression type topic taskPriority jobPriority resultVariable resultVariableName
    assignee candidateUsers candidateGroups dueDate followUpDate priority formKey formRef initiator
    async asyncBefore asyncAfter collection elementVariable decisionRef versionTag candidateStarterUsers candidateStarterGroups
    errorCodeVariable errorMessageVariable errorMessage
    modelerTemplate modelerTemplateVersion modelerTemplateIcon diagramRelationId
    calledElementBinding calledElementVersion calledElementVersionTag calledElementTenantId variableMappingClass
    variableMappingDelegateExpression caseRef caseBinding caseVersion caseTenantId inheritVariables calledElementType
    fallbackToDefaultTenant sameDeployment inheritBusinessKey businessKey processInstanceName escalationCodeVariable
    variableName variableEvents`),
  words(`exclusive historyTimeToLive isStartableInTasklist owner category formRefBinding formRefVersion formHandlerClass
    formFieldValidation autoStoreVariables decisionRefBinding decisionRefVersion decisionRefVersionTag decisionRefTenantId
    taskIdVariableName noWaitStatesAsyncLeave storeResultVariableAsTransient doNotIncludeVariables isExecutable
    activeStart eagerExecutionFetching`),
  words(`skipExpression triggerable mapDecisionResult scope resource endDate businessCalendarName elementIndexVariable
    terminateAll terminateMultiInstance useLocalScopeForResultVariable errorVariableName errorVariableTransient
    errorVariableLocalScope variableAggregation asyncLeave asyncLeaveExclusive extensionId mailSender`),
  {
    scope: ['global', ''],
    terminateAll: ['false'],
    terminateMultiInstance: ['false'],
    triggerable: ['false'],
    useLocalScopeForResultVariable: ['false'],
    asyncLeave: ['false'],
    asyncLeaveExclusive: ['true', 'false'],
    errorVariableTransient: ['false'],
    errorVariableLocalScope: ['false'],
  },
)

/** Elements in `extensionElements` of the camunda family by local name. */
export const CAMUNDA_ELEMENTS: ReadonlyMap<string, ExtensionRule> = rulesOf(
  words('inputOutput properties field failedJobRetryTimeCycle connector'),
  words(`formData formProperty potentialStarter validation constraint systemChannel customResource
    formRef diagramRelationId documentation historyTimeToLive`),
  words(`executionListener taskListener in out errorEventDefinition variableListenerEventDefinition variableAggregation collection
    mapException eventType eventName channelKey eventInParameter eventOutParameter eventCorrelationParameter triggerEventType
    triggerEventName triggerChannelKey triggerEventCorrelationParameter startEventCorrelationConfiguration inParameter outParameter
    eventListener script`),
)

function words(text: string): readonly string[] {
  return text.trim().split(/\s+/)
}
