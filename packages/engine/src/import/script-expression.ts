import type { Expression } from '../expressions/expression.ts'
import { ExpressionError, excerpt } from '../expressions/expression-error.ts'
import type { ScriptSource } from '../model/data.ts'
import type { Importing } from './importing.ts'
import { SCRIPT_LANGUAGE } from './read-expression.ts'
import type { XmlElement } from './read-xml.ts'
import { checkScript } from './rules/check-scripts.ts'
import { readScriptSource, scriptLanguage } from './script-source.ts'
import { attributeOf, titleOf } from './xml-access.ts'

/**
 * The expression that an element is whose `language` is one of scripts, in the element or in a file of the deployment; null where it is
 * something else. For what is evaluated in a step, which has the host's engine for scripts run it.
 */
export function readScriptExpression(importing: Importing, holder: XmlElement | null): Expression | null {
  const script = holder === null ? null : scriptIn(holder)
  return holder === null || script === null ? null : expressionOfScript(importing, holder, script)
}

/** True where the element's `language` is one of scripts and a script is there. */
export function isScriptExpression(holder: XmlElement): boolean {
  return scriptIn(holder) !== null
}

/** The same for a `camunda:script`; null where it is written in a language of expressions. */
export function scriptExpressionOf(importing: Importing, element: XmlElement): Expression | null {
  const script = readScriptSource(element, false)
  return script === null ? null : expressionOfScript(importing, element, script)
}

function expressionOfScript(importing: Importing, holder: XmlElement, { language, text, file }: ScriptSource): Expression {
  const owner = ownerOf(holder)
  checkScript(importing, { language, file }, owner, `${titleOf(owner)} is decided by a script in ${language}`)
  const source = text ?? `deployment://${file ?? ''}`
  return {
    source,
    language: 'script',
    names: null,
    functions: [],
    script: { language, text, file },
    evaluate: () => {
      throw new ExpressionError('notAllowed', `The script "${excerpt(source)}" is to be run by an engine for scripts.`, { source })
    },
  }
}

/** What bears an id, for findings. */
function ownerOf(holder: XmlElement): XmlElement {
  for (let at: XmlElement | null = holder; at !== null; at = at.parent) if (attributeOf(at, 'id') !== null) return at
  return holder
}

function scriptIn(holder: XmlElement): ScriptSource | null {
  const named = attributeOf(holder, 'language')
  if (named === null || !SCRIPT_LANGUAGE.test(named.trim())) return null
  const language = scriptLanguage(named) ?? named
  const resource = attributeOf(holder, 'camunda:resource')?.trim() ?? null
  if (resource === null) return holder.text.trim() === '' ? null : { language, text: holder.text, file: null, storesGlobals: false }
  const file = /^deployment:\/\/(.+)$/.exec(resource)?.[1] ?? null
  return file === null ? null : { language, text: null, file, storesGlobals: false }
}
