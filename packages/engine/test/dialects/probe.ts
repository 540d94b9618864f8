import { createEngine, type Engine, type EngineOptions, type Job, manualClock, type StartOptions, type Variables } from '../../src/index.ts'
import { quickjs } from '../../src/quickjs/index.ts'

/** The namespaces of the vendors: the first four share one family of names. */
export const NAMESPACES = {
  camunda: 'http://camunda.org/schema/1.0/bpmn',
  operaton: 'http://operaton.org/schema/1.0/bpmn',
  activiti: 'http://activiti.org/bpmn',
  flowable: 'http://flowable.org/bpmn',
  zeebe: 'http://camunda.org/schema/zeebe/1.0',
  leeway: 'https://leeway.dev/schema/1.0',
} as const

export type Vendor = keyof typeof NAMESPACES

/** A model that has an extension, and what is seen of it when the model runs. */
export interface Proof {
  /** Content of the process `p`; the vendor's prefix is `v`. */
  readonly process: string
  /** What stands beside the process. */
  readonly root?: string
  /** Attributes of the process. */
  readonly attributes?: string
  /** Other files of the deployment. */
  readonly files?: readonly { readonly name: string; readonly content: string }[]
  readonly options?: EngineOptions
  readonly variables?: Variables
  readonly start?: Omit<StartOptions, 'variables'>
  /** False where the model is started by what is shown. */
  readonly isStarted?: false
  /** What is seen when all work that is due is done. */
  readonly show: (run: Run) => unknown
  readonly gives: unknown
}

/** The engine with the model, and what it asked of the host. */
export interface Run {
  readonly engine: Engine
  /** The instance; empty where none was started. */
  readonly id: string
  /** The jobs for which the host has no handler of its own, in order. */
  readonly jobs: readonly Job[]
  /** What the deployment said, code and message. */
  readonly findings: readonly string[]
}

/** What a proof shows, its extension as written by one vendor. A model that is refused, or that fails, shows what was said. */
export async function shownBy(
  proof: Proof,
  vendor: Vendor,
  process: Pick<Proof, 'process' | 'root' | 'attributes'> = proof,
): Promise<unknown> {
  const jobs: Job[] = []
  const engine = await createEngine({
    clock: manualClock('2026-01-01T00:00:00Z'),
    scripts: quickjs(),
    defaultHandler: (job) => void jobs.push(job),
    ...proof.options,
  })
  try {
    const { diagnostics } = await engine.deploy([{ name: 'p.bpmn', content: modelOf(process, vendor) }, ...(proof.files ?? [])])
    const started = proof.isStarted === false ? null : await engine.start('p', { ...proof.start, variables: proof.variables ?? {} })
    await engine.drain()
    const findings = diagnostics.map(({ code, message }) => `${code}: ${message}`)
    return await proof.show({ engine, id: started?.id ?? '', jobs, findings })
  } catch (error) {
    return String(error)
  } finally {
    await engine.close()
  }
}

/** The file around a process. */
export function modelOf({ process, root = '', attributes = '' }: Pick<Proof, 'process' | 'root' | 'attributes'>, vendor: Vendor): string {
  return `<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"
  xmlns:v="${NAMESPACES[vendor]}" targetNamespace="http://example.org">${root}
<process id="p" isExecutable="true" ${attributes}>${process}</process></definitions>`
}

/** Steps one after the other, between a start event `start` and an end event `end`. */
export function steps(...nodes: readonly string[]): string {
  const ids = ['start', ...nodes.map((xml) => /\bid="(\w+)"/.exec(xml)?.[1] ?? ''), 'end']
  const flows = ids.slice(1).map((id, k) => `<sequenceFlow id="f${k}" sourceRef="${ids[k]}" targetRef="${id}"/>`)
  return `<startEvent id="start"/>${nodes.join('')}<endEvent id="end"/>${flows.join('')}`
}

/** Content of `extensionElements`. */
export function extension(content: string): string {
  return `<extensionElements>${content}</extensionElements>`
}
