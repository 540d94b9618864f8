import type { JobSpec } from '../model/data.ts'
import type { FlowNode } from '../model/elements.ts'
import { elementsWithin } from './elements-within.ts'
import { isKind } from './metamodel.ts'
import type { ReadProcess } from './read-process.ts'
import { attributeOf, localName } from './xml-access.ts'

/** What a process needs and holds, without how it runs. */
export interface ProcessOutline {
  readonly key: string
  readonly name: string | null
  readonly executable: boolean
  readonly versionTag: string | null
  /** Types of jobs that a handler is to be registered under, as far as they stand in the model. */
  readonly jobTypes: readonly string[]
  /** Names of the messages it waits for or sends; an expression as it is written. */
  readonly messages: readonly string[]
  readonly signals: readonly string[]
  /** Names of the business calendars that its timers go by. */
  readonly calendars: readonly string[]
  /** Keys and references of forms. */
  readonly forms: readonly string[]
  /** Every flow node, nested ones too, in document order, also those that are not executed. Types are BPMN's own names. */
  readonly elements: readonly { readonly id: string; readonly type: string; readonly name: string | null }[]
}

/** The outline of a process that was read, complete or not. */
export function outlineOf({ element, definition, elements }: ReadProcess): ProcessOutline {
  const nodes = [...definition.nodes.values()]
  const definitions = nodes.flatMap((node) => ('eventDefinitions' in node ? node.eventDefinitions : []))
  const idOf = new Map([...elements].map(([id, xml]) => [xml, id]))
  return {
    key: definition.key,
    name: definition.name,
    executable: definition.executable,
    versionTag: definition.versionTag,
    jobTypes: unique(
      nodes.flatMap((node) =>
        [...jobsOf(node).filter((job) => needsHandler(node, job)), ...listenerJobsOf(node)].flatMap((job) =>
          typeof job.type === 'string' ? [job.type] : [],
        ),
      ),
    ),
    messages: unique([
      ...nodes.flatMap((node) => ('message' in node && node.message !== null ? [node.message.name.source] : [])),
      ...definitions.flatMap((one) => (one.type === 'message' && one.message !== null ? [one.message.name.source] : [])),
    ]),
    signals: unique(definitions.flatMap((one) => (one.type === 'signal' && one.signal !== null ? [one.signal.name.source] : []))),
    calendars: unique(definitions.flatMap((one) => (one.type === 'timer' && one.calendar !== null ? [one.calendar] : []))),
    forms: unique(nodes.flatMap((node) => ('form' in node ? [node.form?.key ?? node.form?.ref ?? []].flat() : []))),
    elements: elementsWithin(element)
      .filter((inner) => isKind(inner.name, 'bpmn:FlowNode'))
      .map((node) => ({
        id: attributeOf(node, 'id') ?? idOf.get(node) ?? '',
        type: localName(node.name),
        name: attributeOf(node, 'name'),
      })),
  }
}

/** The jobs of an element, without those of its continuations. */
export function jobsOf(node: FlowNode): readonly JobSpec[] {
  if ('job' in node) return node.job === null ? [] : [node.job]
  return 'eventDefinitions' in node
    ? node.eventDefinitions.flatMap((one) => (one.type === 'message' && one.job !== null ? [one.job] : []))
    : []
}

/** The jobs of an element's listeners that a handler does. */
export function listenerJobsOf(node: FlowNode): readonly JobSpec[] {
  return allListenerJobsOf(node).filter(({ own }) => own === null)
}

/** The jobs of an element's listeners. */
export function allListenerJobsOf({ listeners }: FlowNode): readonly JobSpec[] {
  if (listeners === null) return []
  const { beforeAll, start, end, ended, take, notices } = listeners
  return [beforeAll, start, end, ended, ...take.values(), notices].flat().map(({ job }) => job)
}

/** An expression is its own work; a script or decision without a named handler wants an element handler, not a type. */
function needsHandler(node: FlowNode, job: JobSpec): boolean {
  if (job.origin === 'expression') return false
  return job.origin !== 'id' || node.type === 'serviceTask'
}

function unique(names: readonly string[]): readonly string[] {
  return [...new Set(names)].sort()
}
