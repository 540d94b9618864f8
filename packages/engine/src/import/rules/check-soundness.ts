import type { FlowNode, FlowScope } from '../../model/elements.ts'
import { judgeScope, type SoundnessFinding } from '../../soundness/judge-scope.ts'
import type { Importing } from '../importing.ts'
import type { ReadProcess } from '../read-process.ts'
import { titleOf } from '../xml-access.ts'
import { reachedByFlows } from './check-scopes.ts'

/** Whether each scope of the process can come to its end: a token must not wait for ever, nor come where it cannot be expected. */
export function checkSoundness(importing: Importing, process: ReadProcess): void {
  if (!process.complete || !process.conditionsRead) return
  for (const scope of scopesOf(process.definition.root)) {
    const found = judgeScope(scope)
    if (found.length === 0) continue
    const reached = reachedByFlows(scope)
    for (const finding of found) {
      // Where no path leads, another finding says so.
      if (finding.kind !== 'neverActivated' || reached.has(finding.node)) report(importing, process, scope, finding)
    }
  }
}

function scopesOf(root: FlowScope): FlowScope[] {
  return [root, ...root.nodes.flatMap((node) => ('content' in node ? scopesOf(node.content) : []))]
}

function report({ findings }: Importing, process: ReadProcess, scope: FlowScope, finding: SoundnessFinding): void {
  if (finding.kind === 'inconclusive') {
    const element = process.elements.get(scope.id) ?? process.element
    findings.add('soundnessInconclusive', element, `Whether ${titleOf(element)} can always end is not known: ${finding.because}.`)
    return
  }
  const element = process.elements.get(finding.node.id)
  if (element === undefined) return
  const title = titleOf(element)
  switch (finding.kind) {
    case 'neverActivated':
      return findings.add('neverActivated', element, `No way leads a token to ${title}.`)
    case 'joinNeverFires': {
      const alone = scope.adHoc === null ? '' : ' What each activity begins in an ad hoc sub-process is joined for itself.'
      const message = `${title} waits for ever: nothing comes by ${listed(finding.missing)} when a token is there ${told(finding.trace)}.${alone}`
      return findings.add('joinNeverFires', element, message, { related: finding.missing, trace: idsOf(finding.trace) })
    }
    case 'mayGetStuck': {
      const message = `${title} may wait for ever: nothing comes by ${listed(finding.missing)} ${told(finding.trace)}.`
      return findings.add('mayGetStuck', element, message, { related: finding.missing, trace: idsOf(finding.trace) })
    }
    case 'severalTokens': {
      const trace = idsOf(finding.trace)
      if (finding.flowId === null) {
        return findings.add('severalTokens', element, `${title} may have several tokens at once ${told(finding.trace)}.`, { trace })
      }
      const message = `A second token may arrive at ${title} by "${finding.flowId}" before it goes on ${told(finding.trace)}: it waits for the next round.`
      return findings.add('severalTokens', element, message, { severity: 'warning', related: [finding.flowId], trace })
    }
    case 'neverEnds':
      return findings.add('neverEnds', element, `Nothing leads from ${title} to an end ${told(finding.trace)}.`, {
        trace: idsOf(finding.trace),
      })
  }
}

/** Steps of a way that a message tells; all of them stand in the finding's trace. */
const STEPS_TOLD = 8

function told(trace: readonly FlowNode[]): string {
  if (trace.length === 0) return 'from the start'
  const last = trace.slice(-STEPS_TOLD).map((node) => node.name?.replace(/\s+/g, ' ') || node.id)
  return `after ${trace.length > STEPS_TOLD ? '… → ' : ''}${last.join(' → ')}`
}

function listed(ids: readonly string[]): string {
  return ids.map((id) => `"${id}"`).join(', ')
}

function idsOf(trace: readonly FlowNode[]): readonly string[] {
  return trace.map((node) => node.id)
}
