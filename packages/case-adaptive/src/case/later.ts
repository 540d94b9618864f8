import type { Return } from './commands.ts'
import type { LaterDirective } from './directives.ts'

/** A return that moves the path itself. */
export type PathReturn = Return & { readonly to: LaterDirective }

/** How the path is taken up in the end: by the return itself, or by the one that follows when what it is handed over to has ended. */
export function laterOf(command: Return): PathReturn {
  const { to } = command
  return { ...command, to: to.type === 'handOver' ? to.next : to }
}
