import type { Engine } from '@leeway/engine'

/** All that is live of an instance but for instants: elements, variables, tasks, and jobs with what is left until they are due. */
export async function liveState(engine: Engine, id: string, shift = 0) {
  const view = (await engine.instances.get(id))!
  const tasks = await engine.tasks.find({ instanceId: id, held: 'include' })
  const jobs = await engine.jobs.find({ instanceId: id })
  return {
    status: view.status,
    variables: view.variables,
    elements: view.activeElements.map(({ since: _since, ...element }) => element),
    tasks: [...tasks].sort((a, b) => (a.id < b.id ? -1 : 1)),
    jobs: jobs.map(({ id: jobId, dueAt, ...job }) => ({
      jobId,
      ...job,
      dueAt: dueAt && new Date(Date.parse(dueAt) - shift).toISOString(),
    })),
  }
}
