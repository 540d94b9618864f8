import type { JobSpec, ScriptSource } from '../../model/data.ts'
import type { FlowNode } from '../../model/elements.ts'
import type { Importing } from '../importing.ts'
import { allListenerJobsOf, jobsOf, listenerJobsOf } from '../process-outline.ts'
import type { ReadProcess } from '../read-process.ts'
import type { XmlElement } from '../read-xml.ts'
import { attributeOf, titleOf } from '../xml-access.ts'
import { checkFile, checkScript, engineFor } from './check-scripts.ts'

/** Whether somebody does the work of each service-like element, as far as the host has said what it can do. */
export function checkWork(importing: Importing, process: ReadProcess): void {
  for (const node of process.definition.nodes.values()) {
    const element = process.elements.get(node.id)
    if (element !== undefined) checkNode(importing, process.definition.key, node, element)
    for (const job of listenerJobsOf(node)) checkListener(importing, job, element ?? process.element)
    for (const { own } of allListenerJobsOf(node))
      if (own?.type === 'script') checkListenerScript(importing, own.script, element ?? process.element)
  }
}

function checkListener({ findings, options }: Importing, job: JobSpec, element: XmlElement): void {
  const types = [job.type, ...job.aliases].filter((type) => typeof type === 'string')
  if (options.hasHandler === undefined || types.length === 0 || types.some((type) => options.hasHandler?.(type) === true)) return
  findings.add('noHandler', element, `No handler is registered for "${types[0]}", which a listener of ${titleOf(element)} names.`)
}

function checkListenerScript(importing: Importing, script: ScriptSource, element: XmlElement): void {
  checkScript(importing, script, element, `A listener or parameter of ${titleOf(element)} has a script in ${script.language}`)
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
