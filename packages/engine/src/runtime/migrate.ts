import type { Expectation } from '@leeway/storage'
import { Step } from '../kernel/agenda.ts'
import type { MigrateProcess } from '../kernel/commands.ts'
import { Missing, openDraft } from '../kernel/draft.ts'
import { migrationPlan, refusalOf } from '../kernel/migration-plan.ts'
import type { MigrationProblem } from '../kernel/migration-problems.ts'
import type { TokenMigration } from '../kernel/migration-way.ts'
import type { Values } from '../model/value.ts'
import type { Also } from './also.ts'
import { type Api, type CallOptions, expectDone, isSeen } from './api-context.ts'
import { checkBoolean, checkMembers, checkTexts, membersOf, needText, refuseArgument } from './arguments.ts'
import { besideSteps } from './consult.ts'
import { openConsultations, RecordMissing } from './consultation.ts'
import { definitionSuspended, type LoadedDefinition, loadDefinition, unknownDefinition } from './definition-cache.ts'
import { standingOf } from './definition-standing.ts'
import { EngineError } from './errors.ts'
import type { Host } from './host.ts'
import { checkSeen, unknownInstance } from './instances.ts'
import { rewriteRows } from './migrate-rows.ts'
import { definitions } from './records/definition.ts'
import { instances } from './records/instance.ts'
import { runCommand } from './run-command.ts'
import { loadEntry, loadNeeds } from './state-cache.ts'

/** How instances are put on another definition, beside which they are. */
export interface MigrateOptions extends CallOptions {
  /** Id of the definition. */
  readonly to: string
  /** Ids of elements and sequence flows, old to new; the others are taken by their id. */
  readonly map?: { readonly [oldId: string]: string }
  /**
   * Ids of steps, old to new, at which somebody has left the path, or works alongside: they are off the path before the other step from
   * then on, of whatever kind it is, which begins when they come back. The step that they left is withdrawn.
   */
  readonly reanchor?: { readonly [oldId: string]: string }
  /**
   * Timers that count anew from the migration on, by the definition that the new model has: ids of their events there, or true for all; of
   * somebody who is off the path too, where what stands still has the new duration left. Default: timers keep their due time, or what was
   * left of them.
   */
  readonly retime?: boolean | readonly string[]
  /**
   * An instance of which somebody has left the path is migrated when they are back; till then it is `deferred` in the report. Default: it
   * goes on with its deviations.
   */
  readonly afterReturn?: boolean
}

/**
 * Checks what `instances.migrate` is to do and gives it as kept with its batch. Throws `unknownDefinition`, `unknownElement`,
 * `invalidArgument`.
 */
export async function migrationArgs(api: Api, options: MigrateOptions): Promise<Values> {
  const call = 'instances.migrate'
  needText(call, 'to', options.to)
  const { map = {}, reanchor = {} } = options
  const { definition } = await targetOf(api, options.to)
  checkIds('map', map, (id) => definition.nodes.has(id) || definition.flows.has(id))
  checkIds('reanchor', reanchor, (id) => definition.nodes.has(id))
  checkBoolean(call, 'afterReturn', options.afterReturn)
  const { retime = false } = options
  if (typeof retime !== 'boolean') {
    checkTexts(call, 'retime', retime)
    for (const id of retime) {
      const node = definition.nodes.get(id)
      if (node !== undefined && 'eventDefinitions' in node && node.eventDefinitions.some(({ type }) => type === 'timer')) continue
      throw new EngineError('unknownElement', `${call}: retime names "${id}", which is no timer event of definition ${options.to}`, {
        definitionId: options.to,
        elementId: id,
      })
    }
  }
  const isReanchored = Object.keys(reanchor).length > 0
  return {
    to: options.to,
    map: { ...map },
    ...(isReanchored && { reanchor: { ...reanchor } }),
    ...(retime !== false && { retime: retime === true ? true : [...retime] }),
    ...(options.afterReturn === true && { afterReturn: true }),
  }

  function checkIds(name: 'map' | 'reanchor', ids: NonNullable<MigrateOptions['map']>, isThere: (id: string) => boolean): void {
    if (typeof ids !== 'object' || ids === null || Array.isArray(ids)) refuseArgument(call, name, ids, 'an object of ids, old to new')
    for (const [from, to] of Object.entries(ids)) {
      needText(call, `${name}.${from}`, to)
      if (isThere(to)) continue
      throw new EngineError('unknownElement', `${call}: ${name}.${from} names "${to}", which definition ${options.to} does not have`, {
        definitionId: options.to,
        elementId: to,
      })
    }
  }
}

/** Throws `invalidArgument` for what is no migration. */
export function checkMigration(migration: unknown): void {
  checkMembers('instances.migrate', 'migration', migration, MEMBERS)
}

const MEMBERS = membersOf('instances', 'query', 'to', 'map', 'reanchor', 'retime', 'dryRun', 'afterReturn')

async function targetOf(api: Api, definitionId: string): Promise<LoadedDefinition> {
  const target = await loadDefinition(api.host.definitions, definitionId)
  if (isSeen(api, target.record.tenantId)) return target
  throw unknownDefinition(definitionId)
}

/**
 * Puts one instance on another definition. False: something that `also` expected is not so. Throws `notMigratable`, and why else it cannot
 * be done.
 */
export async function migrateOne(api: Api, instanceId: string, args: Values, also: Also): Promise<boolean> {
  const { host, bound } = api
  await checkSeen(api, instanceId)
  const { target, ...how } = await readArgs(api, instanceId, args)
  const outcome = await runCommand(host, {
    instanceId,
    command: {
      type: 'migrateProcess',
      instanceId,
      definitionId: target.record.id,
      target: target.definition,
      ...how,
      ...(args.afterReturn === true && { afterReturn: true as const }),
    },
    actor: bound.actor,
    migratesTo: target,
    rows: async (set, work) => {
      set.expect.push(await stillDeployed(host, target.record.id))
      await rewriteRows(host, instanceId, target, set, work)
    },
    also,
  })
  if (outcome.type === 'lost') return false
  expectDone(outcome, { instanceId, definitionId: target.record.id })
  return true
}

/** The definition is not deleted while an instance is put on it. Throws `unknownDefinition`. */
async function stillDeployed({ storage }: Host, id: string): Promise<Expectation> {
  const [stored] = await storage.get(definitions, [id])
  if (stored === undefined) throw unknownDefinition(id)
  if (standingOf(stored.record) === 'deleting') throw definitionSuspended(id)
  return { collection: definitions, id, revision: stored.revision }
}

type How = Required<Pick<MigrateProcess, 'map' | 'reanchor' | 'retime'>>

async function readArgs(
  api: Api,
  instanceId: string,
  { to, map, reanchor = {}, retime = [] }: Values,
): Promise<{ readonly target: LoadedDefinition } & How> {
  const target = await targetOf(api, String(to))
  const [stored] = await api.host.storage.get(instances, [instanceId])
  if (stored === undefined) throw unknownInstance(instanceId)
  const { tenantId } = target.record
  if (tenantId !== null && tenantId !== stored.record.tenantId)
    throw new EngineError('unknownDefinition', `Definition ${target.record.id} is of tenant ${tenantId}, instance ${instanceId} is not`, {
      definitionId: target.record.id,
      instanceId,
    })
  return { target, ...({ map, reanchor, retime } as unknown as How) } // as migrationArgs gave them
}

/** Where each token of an instance would go, and why it could not. Throws `unknownInstance`, `instanceEnded`. */
export async function planOne(
  api: Api,
  instanceId: string,
  args: Values,
): Promise<{
  readonly outcome: 'possible' | 'refused'
  readonly code?: string
  readonly reason?: string
  readonly tokens: readonly TokenMigration[]
  /** What stands in the way and is no token's: a join that fired, something that can be compensated. */
  readonly problems?: readonly MigrationProblem[]
}> {
  const { host } = api
  await checkSeen(api, instanceId)
  const { target, ...how } = await readArgs(api, instanceId, args)
  const entry = await loadEntry(host, instanceId, null)
  if (entry === null) throw unknownInstance(instanceId)
  if (entry.record !== null && entry.record.endedAt !== null)
    throw new EngineError('instanceEnded', `Instance ${instanceId} is ${entry.record.status}`, { instanceId })
  const extensions = openConsultations(host, entry, { actor: null })
  for (;;) {
    try {
      const draft = openDraft(entry.state, entry.complete, entry.childrenLoaded)
      const step = new Step(draft, entry.definition.definition, host.environment, host.now())
      const beside = extensions === null ? {} : besideSteps(extensions, entry, draft)
      const plan = migrationPlan(step, instanceId, { target: target.definition, beside, ...how })
      const refusal = refusalOf(plan, instanceId, Number.POSITIVE_INFINITY)
      if (refusal === undefined) return { outcome: 'possible', tokens: plan.tokens }
      const code = refusal.code === 'anchorUnmapped' ? 'DeviationAnchorUnmapped' : refusal.code
      const problems = plan.problems.length > 0 ? { problems: plan.problems } : {}
      return { outcome: 'refused', code, reason: refusal.message, tokens: plan.tokens, ...problems }
    } catch (error) {
      if (error instanceof RecordMissing) await error.load(host)
      else if (error instanceof Missing) await loadNeeds(host, entry, [error.need])
      else throw error
    }
  }
}
