import type { Deployment, Engine } from '../../src/index.ts'
import type { IdMap } from '../../src/kernel/commands.ts'
import type { Chooser } from './chooser.ts'
import { read } from './compile.ts'
import { renamed } from './renaming-laws.ts'

/** A driven model, and the same under other ids. */
export interface Versions {
  /** The model as BPMN, by the id of its definition. */
  readonly xmlOf: (definitionId: string) => string
  /** The other one than that, deployed when it is first asked for, and how elements and flows are called there. */
  readonly otherThan: (engine: Engine, definitionId: string) => Promise<{ readonly to: string; readonly map: IdMap }>
  /** Ids of the batches that were begun. */
  readonly batches: string[]
}

/** The versions of a model, of which the first is deployed. */
export function versionsOf({ processes }: Deployment, xml: string): Versions {
  const first = idIn(processes)
  let second: { readonly id: string; readonly xml: string; readonly map: IdMap } | null = null
  return {
    batches: [],
    xmlOf: (definitionId) => (definitionId === second?.id ? second.xml : xml),
    async otherThan(engine, definitionId) {
      if (second === null) {
        const other = renamed(xml, await read(xml))
        second = { ...other, id: idIn((await engine.deploy(other.xml)).processes) }
      }
      const { id, map } = second
      if (definitionId !== id) return { to: id, map }
      return { to: first, map: Object.fromEntries(Object.entries(map).map(([from, to]) => [to, from])) }
    },
  }
}

function idIn(processes: Deployment['processes']): string {
  return processes.find(({ key }) => key === 'random-process')?.id ?? ''
}

/** What an operator does: suspends, resumes, migrates, tries again; one instance, or all in a batch. */
export async function operatorAct(engine: Engine, id: string, chooser: Chooser, versions: Versions): Promise<void> {
  const { status, definition } = (await engine.instances.get(id)) ?? {}
  const begun = ({ batchId }: { readonly batchId: string }): unknown => versions.batches.push(batchId)
  const kind = chooser.below(8)
  if (status === 'suspended' && kind < 4) return engine.instances.resume(id)
  if (kind < 2) return status === 'active' ? engine.instances.suspend(id, { reason: REASON }) : undefined
  if (kind === 2) return void begun(await engine.incidents.resolve({ query: {} }))
  if (kind === 3) return void begun(await engine.jobs.setRetries({ query: {} }, 2))
  if (kind < 6) {
    const processKey = chooser.below(3) === 0 ? 'called' : 'random-process'
    const many =
      kind === 4
        ? engine.instances.suspend({ query: { processKey } }, { reason: REASON })
        : engine.instances.resume({ query: { processKey, status: 'suspended' } })
    return void begun(await many)
  }
  const definitionId = definition?.id ?? ''
  begun(await engine.instances.migrate({ query: { definitionId }, ...(await versions.otherThan(engine, definitionId)) }))
}

/** Why an operator suspends. */
export const REASON = 'to see'

/** Batches that are not done though nothing is left to do, or failed for a reason that the law does not know. */
export async function batchProblems(engine: Engine, { batches }: Versions): Promise<readonly string[]> {
  const problems: string[] = []
  for (const id of batches) {
    const batch = await engine.batches.get(id)
    if (batch?.state !== 'done') problems.push(`batch ${id} is ${batch?.state}`)
    for (const { outcome, code = '', reason = '' } of batch?.report ?? [])
      if (outcome === 'failed' && !TOO_LATE.has(code) && !REFUSED.test(reason)) problems.push(`batch ${id} failed: ${code} ${reason}`)
  }
  batches.length = 0
  return problems
}

/** Something else came first. */
const TOO_LATE: ReadonlySet<string> = new Set(['instanceEnded', 'instanceSuspended', 'illegalTransition', 'unknownIncident', 'unknownJob'])
/** What a migration to other ids refuses, as docs/reference/migration.md says. */
const REFUSED = /can be compensated|a compensation is under way|fired and waits for its other flows|other listeners/
