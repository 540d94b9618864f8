import { asRead, forgetStale, loadDefinition } from './definition-cache.ts'
import { EngineError } from './errors.ts'
import type { Host } from './host.ts'
import { runAsked } from './meet-needs.ts'
import type { MessageHost } from './message-host.ts'
import { runCommand } from './run-command.ts'

const NO_WORK: readonly string[] = []

/** An engine's host as deliveries see it. */
export function messageHostOf(host: Host): MessageHost {
  return {
    storage: host.storage,
    settings: host.settings,
    joined: host.isJoined,
    environment: host.environment,
    now: () => host.now(),
    newId: () => host.newId(),
    commit: (set) => host.commit(set),
    wake: () => host.wake(NO_WORK), // deliveries: what they come to is told by its own commit
    warn: (message, details) => host.settings.logger.warn(message, details),
    definitionOf: async (definitionId) => (await loadDefinition(host.definitions, definitionId)).definition,
    runScript: (asked) => runAsked(host, asked, null),
    async run(instanceId, command, { actor, tenantId = null, also }) {
      const base = { instanceId, command, actor, also }
      if (command.type !== 'startProcess') return ranOf(await runCommand(host, base))
      for (let attempt = 1; ; attempt++) {
        const definition = await loadDefinition(host.definitions, command.definitionId).catch(unlessUnknown)
        if (definition === null) return { type: 'absent' } // it was deleted meanwhile
        const expected = asRead(definition)
        const outcome = await runCommand(host, {
          ...base,
          also: { ...also, expect: [...also.expect, expected] },
          start: { definition, tenantId },
        })
        const isStale = outcome.type === 'lost' && outcome.conflict.every((one) => one.collection === expected.collection)
        if (!isStale || attempt === ATTEMPTS_MAX) return ranOf(outcome)
        forgetStale(host.definitions, outcome.conflict)
      }
    },
  }
}

const ATTEMPTS_MAX = 20

function unlessUnknown(error: unknown): null {
  if (error instanceof EngineError && error.code === 'unknownDefinition') return null
  throw error
}

function ranOf(outcome: Awaited<ReturnType<typeof runCommand>>): Awaited<ReturnType<MessageHost['run']>> {
  if (outcome.type === 'rejected') return { type: 'rejected', code: outcome.rejection.code }
  return outcome.type === 'done' ? { type: 'done' } : outcome
}
