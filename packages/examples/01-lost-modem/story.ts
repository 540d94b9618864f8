import { type Engine, inspectModel, type ModelReport } from '@leeway/engine'

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

/** Says where the tokens of an instance are, by the names of the drawing. */
export function tokenTeller(engine: Engine, processes: ModelReport['processes']): (instanceId: string) => Promise<void> {
  const names = new Map(processes.flatMap((process) => process.elements.map(({ id, name, type }) => [id, name ?? type])))
  return async (instanceId) => {
    const view = await engine.instances.get(instanceId)
    if (view === null) throw new Error(`no instance ${instanceId}`)
    if (view.status !== 'active') return say(`${view.businessKey} is ${view.status}: no token is left (${view.activeElements.length})`)
    for (const line of await engine.explain(instanceId)) say(`${view.businessKey}: ${JSON.stringify(line)} ${names.size}`)
  }
}
