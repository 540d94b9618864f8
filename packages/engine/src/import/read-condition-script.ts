import type { Expression } from '../expressions/expression.ts'
import type { JobSpec, Listener, Listeners, ScriptSource } from '../model/data.ts'
import type { FlowNode, SequenceFlow } from '../model/elements.ts'
import { givenBy } from './given-by.ts'
import { SCRIPT_LANGUAGE } from './read-expression.ts'
import { NO_WORK } from './read-job.ts'
import { NO_LISTENERS } from './read-listeners.ts'
import type { XmlElement } from './read-xml.ts'
import { scriptLanguage } from './script-source.ts'
import { attributeOf } from './xml-access.ts'

/** The script that a condition is: in the element, or in a file of the deployment; null where it is something else. */
export function readConditionScript(holder: XmlElement | null): ScriptSource | null {
  if (holder === null) return null
  const named = attributeOf(holder, 'language')
  if (named === null || !SCRIPT_LANGUAGE.test(named.trim())) return null
  const language = scriptLanguage(named) ?? named
  const resource = attributeOf(holder, 'camunda:resource')?.trim() ?? null
  if (resource === null) return holder.text.trim() === '' ? null : { language, text: holder.text, file: null, storesGlobals: false }
  const file = /^deployment:\/\/(.+)$/.exec(resource)?.[1] ?? null
  return file === null ? null : { language, text: null, file, storesGlobals: false }
}

/** True where the flows of a node can be decided by scripts: of what is repeated each round would run them. */
export function runsConditions(source: FlowNode): boolean {
  return !('repetition' in source && source.repetition !== null)
}

/** The condition of a flow whose script has run: what that gave. */
export function scriptedCondition(flowId: string): Expression {
  return givenBy(conditionName(flowId))
}

/** A script engine takes its time: so the scripts of a node's flows are run when its work is done, before the flows are asked. */
export function withConditions(
  listeners: Listeners | null,
  node: FlowNode,
  scripts: ReadonlyMap<SequenceFlow, ScriptSource>,
): Listeners | null {
  const found = node.outgoing.flatMap((flow) => {
    const script = scripts.get(flow)
    return script === undefined ? [] : scriptListener(node.id, conditionName(flow.id), script)
  })
  if (found.length === 0) return listeners
  const known = listeners ?? NO_LISTENERS
  return { ...known, ended: [...known.ended, ...found].map((listener, k) => ({ ...listener, key: `ended${k}` })) }
}

function conditionName(flowId: string): string {
  return `condition ${flowId}`
}

function scriptListener(id: string, name: string, script: ScriptSource): Listener {
  const job: JobSpec = { ...NO_WORK, type: id, origin: 'expression', aliases: [], own: { type: 'script', script }, resultVariable: name }
  return { key: '', event: 'end', job, retry: null, sets: 'inside' }
}
