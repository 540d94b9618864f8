import type { Expression, HostFunction } from '../expressions/expression.ts'
import { describeThrown, ExpressionError, unknownFunction } from '../expressions/expression-error.ts'
import type { Passing } from '../model/call.ts'
import type { Importing } from './importing.ts'
import { beanOf, classNames } from './read-job.ts'
import type { XmlElement } from './read-xml.ts'
import { attributeOf, titleOf } from './xml-access.ts'

/**
 * The mapping of a call activity that Camunda 7 leaves to a class or bean. A function of the host stands for it, registered under the name
 * of the class (whole or simple) or bean: it is called with `input` or `output` and a function that reads a variable of the sender, and
 * gives an object of the variables that pass.
 */
export function readVariableMapping(importing: Importing, activity: XmlElement, direction: 'input' | 'output'): Pick<Passing, 'made'> {
  const javaClass = attributeOf(activity, 'camunda:variableMappingClass')
  const delegate = attributeOf(activity, 'camunda:variableMappingDelegateExpression')
  if (javaClass === null && delegate === null) return {}
  const { type, aliases } = javaClass === null ? { type: beanOf(delegate ?? ''), aliases: [] } : classNames(javaClass)
  const names = [type, ...aliases]
  const { hasFunction } = importing.options
  if (direction === 'input' && !names.some((name) => hasFunction?.(name) === true)) {
    const message = `The variables of ${titleOf(activity)} are mapped by "${type}", for which there is no function.`
    importing.findings.add('variableMappingUnknown', activity, message, hasFunction === undefined ? { severity: 'warning' } : {})
  }
  return { made: madeBy(names, direction) }
}

function madeBy(names: readonly string[], direction: 'input' | 'output'): Expression {
  const [name = ''] = names
  return {
    source: `${name}(${direction})`,
    language: 'juel',
    names: null,
    functions: [],
    evaluate(context) {
      const known = names.find((one) => Object.hasOwn(context.functions, one))
      const make = known === undefined ? undefined : context.functions[known]
      if (make === undefined) throw unknownFunction(name)
      return callMapping(name, make, direction, (variable) => context.variable(variable) ?? null)
    },
  }
}

function callMapping(name: string, make: HostFunction, direction: string, read: (variable: string) => unknown): unknown {
  try {
    return Reflect.apply(make, undefined, [direction, read])
  } catch (thrown) {
    throw new ExpressionError('function', `"${name}" failed: ${describeThrown(thrown)}`, { function: name }, { cause: thrown })
  }
}
