import type { ScriptText } from '../../expressions/expression.ts'
import type { Importing } from '../importing.ts'
import type { XmlElement } from '../read-xml.ts'
import { titleOf } from '../xml-access.ts'

/**
 * Whether the host runs a script, as far as it has said: in its language, from its file. `what` says what the script is of, without a full
 * stop.
 */
export function checkScript(importing: Importing, script: Pick<ScriptText, 'language' | 'file'>, element: XmlElement, what: string): void {
  const { findings, options } = importing
  if (options.runsScripts?.(script.language) === true) return checkFile(importing, script, element)
  const severity = options.runsScripts === undefined ? {} : ({ severity: 'error' } as const)
  findings.add('scriptNeedsHandler', element, `${what}.`, {
    ...severity,
    hint: `Give the engine an engine for scripts (${engineFor(script.language)}), or write it in JUEL (\${…}) or FEEL (=…).`,
  })
}

/** How a host turns a language on. */
export function engineFor(language: string): string {
  return language === 'javascript' ? 'scripts: quickjs()' : `scripts: one whose languages have "${language.slice(0, 80)}"`
}

/** Whether the file that holds a script is deployed with its model. */
export function checkFile({ findings, options }: Importing, { file }: Pick<ScriptText, 'file'>, element: XmlElement): void {
  if (file === null || options.hasFile?.(file) !== false) return
  findings.add(
    'scriptNeedsHandler',
    element,
    `${titleOf(element)} has a script in the file "deployment://${file.slice(0, 200)}", which is not deployed with it.`,
    {
      severity: 'error',
      hint: `Deploy both in one call: deploy([{ name: 'process.bpmn', content }, { name: '${file.slice(0, 80)}', content }]).`,
    },
  )
}
