import type { JobSpec, ScriptSource } from '../../model/data.ts'
import type { FlowNode } from '../../model/elements.ts'
import type { Importing } from '../importing.ts'
import { allListenerJobsOf, jobsOf, listenerJobsOf } from '../process-outline.ts'
import type { ReadProcess } from '../read-process.ts'
import type { XmlElement } from '../read-xml.ts'
import { attributeOf, titleOf } from '../xml-access.ts'

/** Whether somebody does the work of each service-like element, as far as the host has said what it can do. */
export function checkWork(importing: Importing, process: ReadProcess): void {
  for (const node of process.definition.nodes.values()) {
    const element = process.elements.get(node.id)
    if (element !== undefined) checkNode(importing, process.definition.key, node, element)
    for (const job of listenerJobsOf(node)) checkListener(importing, job, element ?? process.element)
    for (const { own } of allListenerJobsOf(node))
      if (own?.type === 'script') checkScript(importing, own.script, element ?? process.element)
  }
}

function checkListener({ findings, options }: Importing, job: JobSpec, element: XmlElement): void {
  const types = [job.type, ...job.aliases].filter((type) => typeof type === 'string')
  if (options.hasHandler === undefined || types.length === 0 || types.some((type) => options.hasHandler?.(type) === true)) return
  findings.add('noHandler', element, `No handler is registered for "${types[0]}", which a listener of ${titleOf(element)} names.`)
}

function checkScript(importing: Importing, script: ScriptSource, element: XmlElement): void {
  const { findings, options } = importing
  const { language } = script
  if (options.runsScripts?.(language) === true) return checkFile(importing, script, element)
  const severity = options.runsScripts === undefined ? {} : ({ severity: 'error' } as const)
  findings.add('scriptNeedsHandler', element, `A listener or parameter of ${titleOf(element)} has a script in ${language}.`, {
    ...severity,
    hint: `Give the engine an engine for scripts (${engineFor(language)}), or let a listener name a class or a bean.`,
  })
}

function engineFor(language: string): string {
  return language === 'javascript' ? 'scripts: quickjs()' : `scripts: one whose languages have "${language.slice(0, 80)}"`
}

function checkFile({ findings, options }: Importing, { file }: ScriptSource, element: XmlElement): void {
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

function checkNode(importing: Importing, processKey: string, node: FlowNode, element: XmlElement): void {
  const { findings, options } = importing
  const jobs = jobsOf(node)
  if (jobs.length === 0 || options.hasElementHandler?.(processKey, node.id) === true) return
  const [job] = jobs
  if (job === undefined || (job.own !== null && job.own.type !== 'script')) return
  if (job.own?.type === 'script' && options.runsScripts?.(job.own.script.language) === true)
    return checkFile(importing, job.own.script, element)
  const types = [job.type, ...job.aliases].filter((type) => typeof type === 'string')
  if (types.some((type) => options.hasHandler?.(type) === true)) return
  if (job.origin === 'id' && node.type !== 'serviceTask') {
    // Only a host that was asked can be known to have no handler.
    const severity = options.hasElementHandler === undefined ? {} : ({ severity: 'error' } as const)
    if (node.type === 'scriptTask') {
      const format = node.script?.format ?? null
      const language = node.script === null ? 'no script' : format === null ? 'a script without a format' : `a script in ${format}`
      const resource = attributeOf(element, 'camunda:resource')
      const what =
        resource === null
          ? language
          : `a script in the file "${resource.slice(0, 200)}", which is not among those of the deployment (deployment://NAME)`
      const hint =
        job.own?.type !== 'script'
          ? {}
          : { hint: `Give the engine an engine for scripts (${engineFor(job.own.script.language)}), or register an element handler.` }
      findings.add('scriptNeedsHandler', element, `${titleOf(element)} has ${what}.`, { ...severity, ...hint })
    } else {
      findings.add('decisionNeedsHandler', element, `${titleOf(element)} refers to no decision.`, severity)
    }
  } else if (options.hasHandler !== undefined && types.length > 0) {
    findings.add('noHandler', element, `No handler is registered for the job type "${types[0]}" of ${titleOf(element)}.`)
  }
}
