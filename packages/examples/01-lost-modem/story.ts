import { type Engine, inspectModel, type ModelReport, type WaitExplanation } from '@leeway/engine'

/** Starts a chapter of the printed story. */
export function chapter(title: string): void {
  chapters += 1
  console.log(`\n${chapters}. ${title}`)
}
let chapters = 0

/** Prints one thing that happened. */
export function say(text: string): void {
  console.log(`   ${text}`)
}

/** Prints what is wrong with a model, as a designer needs it: where, what, and what to do. */
export async function sayFindings(file: string, source: Uint8Array): Promise<void> {
  const { diagnostics } = await inspectModel(source)
  for (const { severity, code, line, column, message, hint } of diagnostics) {
    say(`${file}:${line}:${column} ${severity} ${code}`)
    say(`  ${message}`)
    if (hint !== undefined) say(`  -> ${hint}`)
  }
}

/** Ends the demo where the engine did not keep its word. */
export function check(isSo: boolean, promise: string): void {
  if (!isSo) throw new Error(`broken promise: ${promise}`)
}

/** Says where the tokens of an instance are and what would move them on, by the names of the drawing. */
export function tokenTeller(engine: Engine, processes: ModelReport['processes']): (instanceId: string) => Promise<void> {
  const titles = new Map(
    processes.flatMap(({ elements }) => elements.map(({ id, name, type }) => [id, name ? `"${name}"` : (UNNAMED[type] ?? id)])),
  )
  const titleOf = (id: string): string => titles.get(id) ?? id
  const mover = (wait: WaitExplanation): string => {
    if (wait.type === 'timer') return `timer ${titleOf(wait.elementId)}, due ${wait.dueAt?.slice(0, 10)}`
    return wait.type === 'message' ? `message "${wait.name}"` : (MOVERS[wait.type] ?? wait.movedBy)
  }
  return async (instanceId) => {
    const view = await engine.instances.get(instanceId)
    if (view === null) throw new Error(`no instance ${instanceId}`)
    if (view.activeElements.length === 0) return say(`  ${view.businessKey} | ${view.status}, no token is left`)
    for (const { elementId, phase, waitsFor } of await engine.explain(instanceId)) {
      // Whatever comes to a held token is kept: only the return moves it.
      const movers = waitsFor.filter(({ type }) => phase !== 'held' || type === 'release').map(mover)
      say(`  ${view.businessKey} | ${phase} at ${titleOf(elementId)}; moved on by ${movers.join(', or by ')}`)
    }
  }
}

/** Elements that this drawing shows without a name. */
const UNNAMED: { readonly [type: string]: string } = { parallelGateway: 'the join' }

const MOVERS: { readonly [type in WaitExplanation['type']]?: string } = {
  job: 'a worker',
  continuation: 'a worker',
  task: 'a person',
  join: 'the other branch',
  release: 'the return',
}
