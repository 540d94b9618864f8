import type { Command } from '../kernel/commands.ts'

type WithoutNow<T> = T extends unknown ? Omit<T, 'now'> : never

/** A kernel command without its instant, which is added at each attempt. */
export type CommandBody = WithoutNow<Command>
