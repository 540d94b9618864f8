import { type ExtensionRule, rulesOf } from './extension-rule.ts'

/** Elements in `extensionElements` of zeebe by local name. */
export const ZEEBE_ELEMENTS: ReadonlyMap<string, ExtensionRule> = rulesOf(
  [
    'taskDefinition',
    'taskHeaders',
    'ioMapping',
    'assignmentDefinition',
    'taskSchedule',
    'priorityDefinition',
    'formDefinition',
    'userTask',
    'subscription',
    'loopCharacteristics',
    'properties',
    'script',
    'calledDecision',
    'versionTag',
    // Of elements that are findings themselves.
    'calledElement',
    'adHoc',
    'conditionalFilter',
  ],
  ['userTaskForm', 'modelerTemplateIcon', 'linkedResources'],
  ['executionListeners', 'taskListeners', 'jobPriorityDefinition'],
)
