import { EngineError, Refused } from '@leeway/engine'
import { checkNames } from './read-request.ts'

/** A kind of case. */
export interface CaseTemplate {
  readonly key: string
  readonly name?: string
  /** Cases that open themselves, when an instance without one is left, are of this kind. Default: the first template. */
  readonly isDefault?: boolean
}

export interface Templates {
  /** Of cases that open themselves. */
  readonly default: string
  /** The template of this key, the default one without. Throws `UnknownTemplate`. */
  named(key: string | undefined): string
}

/** Checks the templates. Throws `invalidArgument`, `notYetSupported` for members that are not known here. */
export function readTemplates(given: readonly CaseTemplate[] | undefined): Templates {
  if (given === undefined || given.length === 0) return { default: 'default', named: (key) => key ?? 'default' }
  const keys = new Set<string>()
  for (const template of given) {
    checkNames('createCases.templates', template, ['key', 'name', 'isDefault'])
    if (typeof template.key !== 'string' || template.key === '' || keys.has(template.key)) {
      throw new EngineError('invalidArgument', `Each template needs a key of its own; "${template.key}" is none.`, { key: template.key })
    }
    keys.add(template.key)
  }
  const first = given.find(({ isDefault }) => isDefault) ?? (given[0] as CaseTemplate) // there is one
  return {
    default: first.key,
    named(key) {
      if (key === undefined) return first.key
      if (keys.has(key)) return key
      throw new Refused('UnknownTemplate', `There is no case template "${key}"; there are ${[...keys].join(', ')}.`, { template: key })
    },
  }
}
