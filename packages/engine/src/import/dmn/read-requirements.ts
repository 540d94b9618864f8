import type { Decision, InputData, Knowledge, Logic } from '../../decisions/decision.ts'
import { checkKey } from '../check-key.ts'
import type { XmlElement } from '../read-xml.ts'
import { attributeOf, childOf, childrenOf, titleOf } from '../xml-access.ts'
import { readFunction, readLogicOf } from './read-logic.ts'
import { type DmnReading, readType, referredTo } from './reading.ts'

/**
 * Reads the decisions of a file with all that they require: linked, and each with the order in which what it requires is evaluated. DMN 1.3
 * §6.
 */
export function readRequirementsGraph(reading: DmnReading): readonly Decision[] {
  const knowledge = new Map<XmlElement, OpenKnowledge>()
  const decisions = new Map<XmlElement, OpenDecision>()
  for (const element of childrenOf(reading.definitions, 'dmn:businessKnowledgeModel'))
    knowledge.set(element, readKnowledge(reading, element))
  childrenOf(reading.definitions, 'dmn:decision').forEach((element, index) => {
    decisions.set(element, readDecision(reading, element, index))
  })
  for (const [element, one] of knowledge) one.requires.push(...required(reading, element, 'knowledge', knowledge))
  for (const [element, one] of decisions) {
    one.requires.decisions.push(...required(reading, element, 'decision', decisions))
    one.requires.knowledge.push(...required(reading, element, 'knowledge', knowledge))
    one.requires.inputs.push(...inputsOf(reading, element))
  }
  refuseCycles(reading, knowledge, (one) => one.requires)
  if (refuseCycles(reading, decisions, (one) => one.requires.decisions)) return [...decisions.values()]
  for (const one of decisions.values()) one.order.push(...orderOf(one))
  return [...decisions.values()]
}

interface OpenKnowledge extends Knowledge {
  readonly requires: OpenKnowledge[]
}

interface OpenDecision extends Decision {
  readonly requires: { readonly decisions: OpenDecision[]; readonly knowledge: Knowledge[]; readonly inputs: InputData[] }
  readonly order: Decision[]
}

function readKnowledge(reading: DmnReading, element: XmlElement): OpenKnowledge {
  const logic = childOf(element, 'dmn:encapsulatedLogic')
  const id = attributeOf(element, 'id') ?? ''
  const name = nameOf(element) ?? id
  if (logic === null) reading.findings.add('logicMissing', element, `${titleOf(element)} does not say what it computes.`)
  return { id, name, function: logic === null ? null : readFunction(reading, logic, element), requires: [] }
}

function readDecision(reading: DmnReading, element: XmlElement, index: number): OpenDecision {
  const id = attributeOf(element, 'id') ?? withoutId(reading, element, index)
  checkKey(reading.findings, element, id)
  const name = attributeOf(element, 'name')
  const zeebeTag = extensionIn(element, 'zeebe:versionTag')
  const logic: Logic | null = readLogicOf(reading, element, element)
  if (!element.children.some((child) => LOGIC.test(child.name)))
    reading.findings.add('logicMissing', element, `${titleOf(element)} does not say how it is made.`)
  return {
    id,
    name,
    versionTag: attributeOf(element, 'camunda:versionTag') ?? (zeebeTag === null ? null : attributeOf(zeebeTag, 'value')),
    resultName: nameOf(element) ?? id,
    type: readType(reading, childOf(element, 'dmn:variable')),
    requires: { decisions: [], knowledge: [], inputs: [] },
    order: [],
    logic,
  }
}

const LOGIC =
  /^dmn:(?:decisionTable|literalExpression|context|invocation|list|relation|functionDefinition|conditional|for|every|some|filter)$/

function extensionIn(element: XmlElement, name: string): XmlElement | null {
  const extensions = childOf(element, 'dmn:extensionElements')
  return extensions === null ? null : childOf(extensions, name)
}

function withoutId(reading: DmnReading, element: XmlElement, index: number): string {
  const id = `decision#${index + 1}`
  reading.findings.add('missingId', element, `A decision has no id; it goes by "${id}".`, { elementId: id })
  return id
}

/** The name of its variable, else its own. */
function nameOf(element: XmlElement): string | null {
  const variable = childOf(element, 'dmn:variable')
  return (variable === null ? null : attributeOf(variable, 'name')) ?? attributeOf(element, 'name')
}

/** What an element requires of one kind, in document order. */
function required<One>(
  reading: DmnReading,
  element: XmlElement,
  kind: 'decision' | 'knowledge',
  known: ReadonlyMap<XmlElement, One>,
): readonly One[] {
  const [requirement, reference, target] =
    kind === 'decision'
      ? (['dmn:informationRequirement', 'dmn:requiredDecision', 'dmn:decision'] as const)
      : (['dmn:knowledgeRequirement', 'dmn:requiredKnowledge', 'dmn:businessKnowledgeModel'] as const)
  return childrenOf(element, requirement).flatMap((one) => {
    const referring = childOf(one, reference)
    const found = referring === null ? null : referredTo(reading, referring, target)
    const linked = found === null ? undefined : known.get(found)
    return linked === undefined ? [] : [linked]
  })
}

function inputsOf(reading: DmnReading, element: XmlElement): readonly InputData[] {
  return childrenOf(element, 'dmn:informationRequirement').flatMap((one) => {
    const referring = childOf(one, 'dmn:requiredInput')
    const found = referring === null ? null : referredTo(reading, referring, 'dmn:inputData')
    if (found === null) return []
    const id = attributeOf(found, 'id') ?? ''
    return [{ id, name: nameOf(found) ?? id, type: readType(reading, childOf(found, 'dmn:variable')) }]
  })
}

/** Names each element that requires itself, near or far; true where there are any. */
function refuseCycles<One extends { readonly id: string }>(
  reading: DmnReading,
  all: ReadonlyMap<XmlElement, One>,
  requires: (one: One) => readonly One[],
): boolean {
  // What is taken away as long as it requires nothing that is left; the rest stands in cycles, or requires such.
  const left = new Map([...all].map(([element, one]) => [one, { element, open: new Set(requires(one)) }]))
  const dependants = new Map<One, One[]>()
  for (const one of all.values()) for (const other of requires(one)) dependants.set(other, [...(dependants.get(other) ?? []), one])
  const ready = [...left].filter(([, { open }]) => open.size === 0).map(([one]) => one)
  for (let one = ready.pop(); one !== undefined; one = ready.pop()) {
    left.delete(one)
    for (const dependant of dependants.get(one) ?? []) {
      const state = left.get(dependant)
      if (state?.open.delete(one) === true && state.open.size === 0) ready.push(dependant)
    }
  }
  for (const [one, { element }] of left) {
    const related = requires(one)
      .filter((other) => left.has(other))
      .map((other) => other.id)
    reading.findings.add('requirementCycle', element, `${titleOf(element)} requires itself, by ${related.join(', ')}.`, { related })
  }
  return left.size > 0
}

/** Everything that a decision requires, near and far, each behind what it requires itself. There are no cycles. */
function orderOf(decision: OpenDecision): readonly Decision[] {
  const order: Decision[] = []
  const seen = new Set<OpenDecision>([decision])
  const path: { readonly one: OpenDecision; next: number }[] = [{ one: decision, next: 0 }]
  for (let top = path.at(-1); top !== undefined; top = path.at(-1)) {
    const required = top.one.requires.decisions[top.next++]
    if (required === undefined) {
      path.pop()
      if (top.one !== decision) order.push(top.one)
    } else if (!seen.has(required)) {
      seen.add(required)
      path.push({ one: required, next: 0 })
    }
  }
  return order
}
