import type { ResultMapping } from '../decisions/map-result.ts'
import type { DecisionCall, JobSpec } from '../model/data.ts'
import type { Importing } from './importing.ts'
import { expressionInAttribute } from './read-expression.ts'
import { readJob } from './read-job.ts'
import type { XmlElement } from './read-xml.ts'
import { attributeOf, extensionOf, titleOf } from './xml-access.ts'

/** The job of a business rule task: the decision that it calls, where nothing names a handler for it. */
export function readDecisionJob(importing: Importing, element: XmlElement, id: string): JobSpec {
  const job = readServiceJob(importing, element, id)
  if (job.origin !== 'id' || job.own !== null) return job
  const zeebe = extensionOf(element, 'zeebe:calledDecision')
  if (zeebe !== null) {
    const call = readZeebeCall(importing, zeebe)
    const resultVariable = attributeOf(zeebe, 'resultVariable') ?? job.resultVariable
    return call === null ? { ...job, resultVariable } : { ...job, resultVariable, own: { type: 'decision', call } }
  }
  const call = readCamundaCall(importing, element) ?? readFlowableCall(job)
  return call === null ? job : { ...job, own: { type: 'decision', call } }
}

/** The job of a service task. Flowable's of type `dmn` calls the decision that a field names. */
export function readServiceJob(importing: Importing, element: XmlElement, id: string): JobSpec {
  const job = readJob(importing, element, id)
  const call = job.origin === 'type' && job.type === 'dmn' ? readFlowableCall(job) : null
  return call === null ? job : { ...job, own: { type: 'decision', call } }
}

function readZeebeCall(importing: Importing, called: XmlElement): DecisionCall | null {
  const decision = expressionInAttribute(importing, called, 'decisionId')
  if (decision === null) return null
  const binding = attributeOf(called, 'bindingType')
  const wanted = binding === 'versionTag' ? expressionInAttribute(importing, called, 'versionTag') : null
  const known = binding === null || binding === 'latest' || binding === 'deployment'
  if (!known && wanted === null) refuseBinding(importing, called, 'bindingType')
  return {
    id: decision,
    binding: wanted === null ? { type: binding === 'deployment' ? 'deployment' : 'latest' } : { type: 'versionTag', wanted },
    tenantId: null,
    mapping: 'value',
  }
}

function readCamundaCall(importing: Importing, element: XmlElement): DecisionCall | null {
  const decision = expressionInAttribute(importing, element, 'camunda:decisionRef')
  if (decision === null) return null
  return {
    id: decision,
    binding: readCamundaBinding(importing, element),
    tenantId: expressionInAttribute(importing, element, 'camunda:decisionRefTenantId'),
    mapping: readMapping(importing, element),
  }
}

function readCamundaBinding(importing: Importing, element: XmlElement): DecisionCall['binding'] {
  const written = attributeOf(element, 'camunda:decisionRefBinding') ?? 'latest'
  if (written === 'latest' || written === 'deployment') return { type: written }
  const isKnown = written === 'version' || written === 'versionTag'
  const attribute = written === 'version' ? 'camunda:decisionRefVersion' : 'camunda:decisionRefVersionTag'
  const wanted = isKnown ? expressionInAttribute(importing, element, attribute) : null
  if (isKnown && wanted !== null) return { type: written, wanted }
  refuseBinding(importing, element, 'camunda:decisionRefBinding')
  return { type: 'latest' }
}

/** A binding that says nothing would silently be another one. */
function refuseBinding(importing: Importing, element: XmlElement, attribute: string): void {
  const owner = attribute === 'bindingType' ? (element.parent?.parent ?? element) : element
  importing.findings.add(
    'invalidBinding',
    element,
    `The binding "${attributeOf(element, attribute) ?? ''}" of ${titleOf(owner)} is not known, or lacks the version that it asks for.`,
    { attribute },
  )
}

const MAPPINGS: ReadonlySet<string> = new Set<ResultMapping>(['singleEntry', 'singleResult', 'collectEntries', 'resultList'])

function readMapping(importing: Importing, element: XmlElement): ResultMapping {
  const written = attributeOf(element, 'camunda:mapDecisionResult')
  if (written === null) return 'resultList'
  if (MAPPINGS.has(written)) return written as ResultMapping // it is one of them
  importing.findings.add(
    'invalidValue',
    element,
    `mapDecisionResult="${written}" of ${titleOf(element)} is none of ${[...MAPPINGS].join(', ')}.`,
    {
      attribute: 'camunda:mapDecisionResult',
    },
  )
  return 'resultList'
}

/** Flowable makes the decision of the process's own deployment, or else the latest, unless a field says otherwise. */
function readFlowableCall({ fields }: JobSpec): DecisionCall | null {
  const { decisionTableReferenceKey: id, sameDeployment, decisionTaskThrowErrorOnNoHits: needsHit } = fields
  if (id === undefined) return null
  const isLatest = sameDeployment?.source.trim() === 'false'
  return {
    id,
    binding: { type: isLatest ? 'latest' : 'deploymentOrLatest' },
    tenantId: null,
    mapping: 'outputs',
    ...(needsHit !== undefined && { needsHit }),
  }
}
