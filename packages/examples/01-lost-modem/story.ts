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

/** Says where the tokens of an instance are and what they wait for, by the names of the drawing. */
export function tokenTeller(engine: Engine, processes: ModelReport['processes']): (instanceId: string) => Promise<void> {
  const names = new Map(processes.flatMap((process) => process.elements.map(({ id, name, type }) => [id, name ?? PLAIN[type] ?? type])))
  const nameOf = (id: string): string => names.get(id) ?? id
  const awaited: { readonly [type in WaitExplanation['type']]?: (wait: WaitExplanation) => string } = {
    job: () => 'a worker',
    continuation: () => 'a worker',
    task: () => 'a person',
    message: ({ name }) => `message "${name}"`,
    timer: ({ elementId, dueAt }) => `timer "${nameOf(elementId)}" ${dueAt ? `due ${dueAt.slice(0, 10)}` : '(which stands still)'}`,
    join: () => 'the other branch',
    release: () => 'the return',
  }
  return async (instanceId) => {
    const view = await engine.instances.get(instanceId)
    if (view === null) throw new Error(`no instance ${instanceId}`)
    if (view.activeElements.length === 0) return say(`  ${view.businessKey} | ${view.status}: no token is left`)
    for (const { elementId, phase, waitsFor } of await engine.explain(instanceId)) {
      // Whatever comes to a held token is kept: the return moves it, nothing else.
      const moving = waitsFor.filter(({ type }) => phase !== 'held' || type === 'release' || type === 'timer')
      const known = moving.map((wait) => awaited[wait.type]?.(wait) ?? wait.movedBy).join(', ')
      say(`  ${view.businessKey} | ${nameOf(elementId)}: ${phase}, waits for ${known}`)
    }
  }
}

/** What the drawing shows without a name. */
const PLAIN: { readonly [type: string]: string } = { parallelGateway: 'join' }
