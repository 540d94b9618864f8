import type { Job, TaskView, Variables } from '../../src/index.ts'
import type { Run } from './probe.ts'

/** What proofs show of a run. */

/** A member of the first open task. */
export function ofTask(member: keyof TaskView): (run: Run) => Promise<unknown> {
  return async ({ engine }) => (await engine.tasks.find())[0]?.[member]
}

/** A member of the first job that came to the host. */
export function ofJob(member: keyof Job): (run: Run) => unknown {
  return ({ jobs }) => jobs[0]?.[member]
}

/** The variables of the instance. */
export async function variables({ engine, id }: Run): Promise<Variables> {
  return engine.instances.variables(id)
}

/** The elements that completed, in order. */
export async function completed({ engine, id }: Run): Promise<readonly unknown[]> {
  return (await engine.history(id)).flatMap((one) => (one.type === 'elementCompleted' ? [one.elementId] : []))
}

/** Where tokens are. */
export async function active({ engine, id }: Run): Promise<readonly string[]> {
  return ((await engine.instances.get(id))?.activeElements ?? []).map((one) => one.elementId)
}

export async function status({ engine, id }: Run): Promise<unknown> {
  return (await engine.instances.get(id))?.status
}

/** The first instance of another process. */
export async function called({ engine }: Run): Promise<Variables | undefined> {
  return (await engine.instances.find({ processKey: 'q' }))[0]?.variables
}
