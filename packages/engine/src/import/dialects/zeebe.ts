import { type ExtensionRule, rulesOf } from './extension-rule.ts'

const WORK = 'ServiceTask SendTask BusinessRuleTask ScriptTask ThrowEvent'

/** Elements in `extensionElements` of zeebe by local name. */
export const ZEEBE_ELEMENTS: ReadonlyMap<string, ExtensionRule> = rulesOf(
  [
    { owners: `${WORK} AdHocSubProcess`, names: 'taskDefinition taskHeaders' },
    { owners: WORK, names: 'jobPriorityDefinition linkedResources' },
    { owners: 'Activity Event', names: 'ioMapping' },
    { owners: 'UserTask', names: 'assignmentDefinition taskSchedule priorityDefinition userTask' },
    { owners: 'UserTask StartEvent', names: 'formDefinition' },
    { owners: 'Message', names: 'subscription' },
    { owners: 'MultiInstanceLoopCharacteristics', names: 'loopCharacteristics' },
    { owners: '', names: 'properties modelerTemplateIcon' },
    { owners: 'ScriptTask', names: 'script' },
    { owners: 'BusinessRuleTask', names: 'calledDecision' },
    { owners: 'Process', names: 'versionTag userTaskForm' },
    { owners: 'FlowNode Process', names: 'executionListeners' },
    { owners: 'UserTask', names: 'taskListeners' },
    { owners: 'CallActivity', names: 'calledElement' },
    { owners: 'AdHocSubProcess', names: 'adHoc' },
    // Of elements that are findings themselves.
    { owners: 'ConditionalEventDefinition', names: 'conditionalFilter' },
  ],
  '',
  '',
)
