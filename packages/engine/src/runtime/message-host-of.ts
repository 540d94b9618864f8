import { loadDefinition } from './definition-cache.ts'
import type { Host } from './host.ts'
import { runAsked } from './meet-needs.ts'
import type { MessageHost } from './message-host.ts'
import { runCommand } from './run-command.ts'

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
    wake: () => host.wake(),
    warn: (message, details) => host.settings.logger.warn(message, details),
    definitionOf: async (definitionId) => (await loadDefinition(host.definitions, definitionId)).definition,
    runScript: (asked) => runAsked(host, asked, null),
    async run(instanceId, command, { actor, tenantId = null, also }) {
      const base = { instanceId, command, actor, also }
      if (command.type !== 'startProcess') return ranOf(await runCommand(host, base))
      const definition = await loadDefinition(host.definitions, command.definitionId)
      return ranOf(await runCommand(host, { ...base, start: { definition, tenantId } }))
    },
  }
}

function ranOf(outcome: Awaited<ReturnType<typeof runCommand>>): Awaited<ReturnType<MessageHost['run']>> {
  if (outcome.type === 'rejected') return { type: 'rejected', code: outcome.rejection.code }
  return outcome.type === 'done' ? { type: 'done' } : outcome
}
