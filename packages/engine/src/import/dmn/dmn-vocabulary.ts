import type { FeelType } from '../../expressions/feel-conversion.ts'

// The versions of DMN that are read (1.1 to 1.5) differ, in what is executed, by their namespaces alone: one vocabulary serves them all.

/** Elements of DMN by local name: what becomes of each. */
export const DMN_ELEMENTS: ReadonlyMap<string, 'read' | 'quiet' | 'notExecuted' | 'unsupported'> = new Map([
  ...entries(
    'read',
    `definitions decision inputData businessKnowledgeModel itemDefinition itemComponent typeRef variable informationRequirement requiredDecision
      requiredInput knowledgeRequirement requiredKnowledge encapsulatedLogic formalParameter parameter decisionTable input inputExpression
      inputValues output outputValues defaultOutputEntry rule inputEntry outputEntry text literalExpression context contextEntry
      invocation binding list relation column row functionDefinition`,
  ),
  ...entries(
    'quiet',
    `description extensionElements question allowedAnswers knowledgeSource authorityRequirement requiredAuthority textAnnotation association
      sourceRef targetRef group elementCollection drgElement performanceIndicator organizationUnit supportedObjective
      impactedPerformanceIndicator impactingDecision decisionMaker decisionOwner decisionMade decisionOwned usingProcess usingTask owner
      annotation annotationEntry allowedValues typeConstraint functionItem parameters artifact`,
  ),
  ...entries('notExecuted', 'decisionService outputDecision encapsulatedDecision inputDecision'),
  ...entries(
    'unsupported',
    'import importedValues importedElement conditional if then else for every some in return satisfies filter match',
  ),
])

function entries<Effect extends string>(effect: Effect, names: string): readonly (readonly [string, Effect])[] {
  return names
    .trim()
    .split(/\s+/)
    .map((name) => [name, effect] as const)
}

/** Elements that hold decision logic. */
export const LOGIC_ELEMENTS: ReadonlySet<string> = new Set(
  'decisionTable literalExpression context invocation list relation functionDefinition'.split(' ').map((name) => `dmn:${name}`),
)

/**
 * A type as files name it, without a prefix: what it is converted to, null where values stay as they are; undefined where it is not known.
 */
export function typeOfName(name: string, isCamunda7: boolean): FeelType | null | undefined {
  const known = TYPES.get(name.toLowerCase().replaceAll(/[\s_-]/g, ''))
  return known === 'date' && isCamunda7 ? 'instant' : known
}

const TYPES: ReadonlyMap<string, FeelType | null> = new Map([
  ...types('string', 'string'),
  ...types('boolean', 'boolean'),
  ...types('number', 'number double decimal float'),
  ...types('integer', 'integer long short int'),
  ...types('date', 'date'),
  ...types('time', 'time'),
  ...types('dateTime', 'datetime dateandtime'),
  ...types('duration', 'duration daysandtimeduration daytimeduration yearsandmonthsduration yearmonthduration'),
  ...types(null, 'any context list function null object'),
])

function types(type: FeelType | null, names: string): readonly (readonly [string, FeelType | null])[] {
  return names.split(' ').map((name) => [name, type] as const)
}
