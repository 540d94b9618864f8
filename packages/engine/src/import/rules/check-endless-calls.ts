import { endlessCalls } from '../../soundness/endless-calls.ts'
import type { Importing } from '../importing.ts'
import type { ReadProcess } from '../read-process.ts'
import { titleOf } from '../xml-access.ts'

/** Names the calls of a circle of processes of the file that no instance would ever come out of. */
export function checkEndlessCalls({ findings }: Importing, processes: readonly ReadProcess[]): void {
  const byKey = new Map(processes.filter(({ complete }) => complete).map((process) => [process.definition.key, process]))
  for (const { key, call, circle, others } of endlessCalls(new Map([...byKey].map(([name, { definition }]) => [name, definition])))) {
    const element = byKey.get(key)?.elements.get(call.id)
    if (element === undefined) continue
    const message = `Every way through "${key}" comes to ${titleOf(element)}, which calls ${circle}: no instance would ever end.`
    findings.add('endlessCalls', element, message, { related: others })
  }
}
