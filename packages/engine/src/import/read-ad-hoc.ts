import { fromAiCalls } from '../expressions/from-ai.ts'
import type { AdHocDescription, AdHocRules } from '../model/data.ts'
import type { Value } from '../model/value.ts'
import { concealVariables } from '../model/variables.ts'
import type { Importing } from './importing.ts'
import { expressionInAttribute } from './read-expression.ts'
import { readCondition, variableNamed } from './read-repetition.ts'
import type { XmlElement } from './read-xml.ts'
import { attributeOf, booleanOf, childOf, childrenOf, extensionOf, extensionsOf } from './xml-access.ts'

/**
 * How the content of an ad hoc sub-process runs: its attributes (BPMN 2.0.2 Table 10.22) and what `zeebe:adHoc` adds. Where a handler
 * drives it, that decides instead.
 */
export function readAdHoc(importing: Importing, element: XmlElement, isDriven: boolean): AdHocRules {
  const zeebe = extensionOf(element, 'zeebe:adHoc')
  const expression = (name: string) => (zeebe === null ? null : expressionInAttribute(importing, zeebe, name, 'feel'))
  const outputElement = expression('outputElement')
  return {
    ordering: readOrdering(importing, element),
    completionCondition: isDriven ? null : readCondition(importing, childOf(element, 'bpmn:completionCondition')),
    cancelRemainingInstances: booleanOf(importing.findings, element, 'cancelRemainingInstances'),
    activeElements: isDriven ? null : expression('activeElementsCollection'),
    endsWhenIdle: importing.dialect === 'zeebe',
    outputCollection: zeebe === null ? null : attributeOf(zeebe, 'outputCollection'),
    outputElement,
    outputVariable: variableNamed(outputElement),
    ...((isDriven || importing.dialect === 'zeebe') && { described: describe(element) }),
  }
}

function readOrdering({ findings }: Importing, element: XmlElement): AdHocRules['ordering'] {
  const ordering = attributeOf(element, 'ordering')?.trim() ?? 'Parallel'
  if (ordering === 'Parallel' || ordering === 'Sequential') return ordering
  findings.add('invalidValue', element, `ordering="${ordering.slice(0, 80)}" is neither Parallel nor Sequential.`, {
    attribute: 'ordering',
  })
  return 'Parallel'
}

/** Documentation and `fromAi` of each element directly in it. */
function describe(element: XmlElement): Readonly<Record<string, AdHocDescription>> {
  return Object.fromEntries(
    element.children.flatMap((child) => {
      const id = attributeOf(child, 'id')
      return id === null ? [] : [[id, { documentation: documentationOf(child), parameters: parametersOf(child) }]]
    }),
  )
}

function documentationOf(element: XmlElement): string | null {
  const text = childOf(element, 'bpmn:documentation')?.text.trim() ?? ''
  return text === '' ? null : text
}

function parametersOf(element: XmlElement): readonly Value[] {
  const inputs = extensionsOf(element, 'zeebe:ioMapping').flatMap((mapping) => childrenOf(mapping, 'zeebe:input'))
  const calls = inputs.flatMap((input) => fromAiCalls((attributeOf(input, 'source') ?? '').replace(/^\s*=/, '')))
  return calls.map((call) => concealVariables({ ...call }))
}
