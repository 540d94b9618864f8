import { type ExtensionRule, rulesOf } from './extension-rule.ts'

/** Attributes of the engine's own namespace by local name. */
export const LEEWAY_ATTRIBUTES: ReadonlyMap<string, ExtensionRule> = rulesOf(
  [{ owners: 'TimerEventDefinition', names: 'calendar' }],
  '',
  '',
)

/** Elements of it in `extensionElements`. */
export const LEEWAY_ELEMENTS: ReadonlyMap<string, ExtensionRule> = rulesOf([{ owners: 'FlowNode', names: 'deviation' }], '', '')
