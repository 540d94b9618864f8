import { isClock } from './juel-host.ts'
import { isMethodName } from './juel-methods.ts'
import type { JuelNode, JuelStep } from './juel-parser.ts'
import { isPlaceMethod } from './juel-places.ts'
import { isSpin, SPIN_XML } from './juel-spin.ts'
import { variableFunction } from './juel-variable-functions.ts'

/** Adds what a node calls that only the host can have: functions by name, and `object.method` where no value has such a method. */
export function collectCalls(node: JuelNode, calls: Set<string>): void {
  if (node.type === 'call' && !isBuiltIn(node.name, node.parameters.length)) calls.add(node.name)
  if (node.type === 'path' && node.base.type === 'call' && isSpin(node.base.name, 1) && node.steps.some(isXml)) calls.add('XML')
  if (node.type === 'path' && node.base.type === 'variable') {
    const [head] = node.steps
    if (head?.type === 'method' && !WITHIN.has(`${node.base.name}.${head.name}`) && isOfHost(node.base.name, head.name))
      calls.add(`${node.base.name}.${head.name}`)
  }
  for (const part of partsOf(node)) collectCalls(part, calls)
}

const WITHIN: ReadonlySet<string> = new Set(['task.getExecution', 'execution.getProcessInstance'])

/** A function that the language has here. */
function isBuiltIn(name: string, count: number): boolean {
  return (isClock(name) && count === 0) || isSpin(name, count) || variableFunction(name) !== null
}

function isXml(step: JuelStep): boolean {
  return step.type === 'method' && SPIN_XML.has(step.name)
}

function isOfHost(owner: string, method: string): boolean {
  return !isPlaceMethod(owner, method) && (owner === 'execution' || !isMethodName(method))
}

function partsOf(node: JuelNode): readonly JuelNode[] {
  switch (node.type) {
    case 'literal':
    case 'variable':
      return []
    case 'call':
      return node.parameters
    case 'negative':
    case 'not':
    case 'empty':
      return [node.operand]
    case 'and':
    case 'or':
      return node.operands
    case 'binary':
      return [node.first, ...node.rest.map(({ right }) => right)]
    case 'choice':
      return [node.condition, node.yes, node.no]
    case 'path':
      return [node.base, ...node.steps.flatMap(partsOfStep)]
  }
}

function partsOfStep(step: JuelStep): readonly JuelNode[] {
  if (step.type === 'index') return [step.index]
  return step.type === 'method' ? step.parameters : []
}
