import type { Command, ModifyProcess, RewindProcess } from '../kernel/commands.ts'
import type { Draft } from '../kernel/draft.ts'
import { openDraft, stateOf } from '../kernel/draft.ts'
import type { KernelEvent } from '../kernel/events.ts'
import type { InstanceStatus } from '../kernel/state.ts'
import { advance } from '../kernel/step.ts'
import type { Value, Values } from '../model/value.ts'
import { concealVariables, type Variables } from '../model/variables.ts'
import { type Api, actorOf, authorize, type CallOptions, expectDone, forTenant, isSeen, tenantOf } from './api-context.ts'
import { checkBoolean, checkCaller, checkMembers, checkOptions, checkText, membersOf, needText, refuseArgument } from './arguments.ts'
import { explainScopes } from './explain.ts'
import type { Host } from './host.ts'
import { withIdempotency } from './idempotency.ts'
import { type ActiveElement, byPath, type InstanceIncident, positionsIn } from './instance-view.ts'
import { checkSeen, placeOf, unknownInstance } from './instances.ts'
import { meetNeeds, type ScriptsAnswered } from './meet-needs.ts'
import { runCommand } from './run-command.ts'
import { type Entry, loadEntry, loadScopesWithin } from './state-cache.ts'

/** What `instances.modify` is to do: starts first, then what is cancelled, all in one command. */
export interface Modification extends CallOptions {
  readonly start?: readonly StartHere[]
  /** Element instances, or all that stand at an element. What is cancelled is told from the state before the call. */
  readonly cancel?: readonly ({ readonly elementInstanceId: string } | { readonly elementId: string })[]
  /** True: nothing is done, the report says what would be. Extensions are not asked. */
  readonly dryRun?: boolean
}

/** Where a token is put: before an element, which then begins, or after it, where it leaves by the flows that hold. */
export type StartHere = ({ readonly before: string } | { readonly after: string }) & {
  /** The element instance or scope inside which it is to be, where there are several. */
  readonly in?: string
  /** Set where variables of these names exist already, else on the process instance. */
  readonly variables?: Variables
}

/** How `instances.rewind` goes back. */
export interface RewindOptions extends CallOptions {
  /** The element instance or scope inside which it is done, where there are several. */
  readonly in?: string
  readonly variables?: Variables
  /** As for {@link Modification}. */
  readonly dryRun?: boolean
}

/** What a modification did, or would do. */
export interface ModificationReport {
  readonly instanceId: string
  readonly dryRun: boolean
  readonly status: InstanceStatus
  /** Element instances that came to be, in order; some of them may be over already. */
  readonly started: readonly { readonly elementId: string; readonly elementInstanceId: string }[]
  /** Element instances that were ended without completing. */
  readonly cancelled: readonly { readonly elementId: string; readonly elementInstanceId: string }[]
  /** Where tokens are afterwards. */
  readonly activeElements: readonly ActiveElement[]
  readonly incidents: readonly InstanceIncident[]
  /** What is to be thought about: joins that can never fire any more. Nothing is refused for it. */
  readonly findings: readonly string[]
}

/**
 * Puts tokens where an operator wants them and ends others. Throws `unknownInstance`, `instanceEnded`, `instanceSuspended`,
 * `unknownElement`, `unknownElementInstance`, `ambiguousScope`, `noRound`, `notStartable`, `invalidArgument`.
 */
export async function modifyInstance(api: Api, id: string, modification: Modification): Promise<ModificationReport> {
  const call = 'instances.modify'
  needText(call, 'id', id)
  checkMembers(call, 'modification', modification, MODIFYING)
  checkBoolean(call, 'dryRun', modification.dryRun)
  checkCaller(call, modification)
  const { start = [], cancel = [], dryRun = false } = modification
  for (const [name, list] of [
    ['start', start],
    ['cancel', cancel],
  ] as const)
    if (!Array.isArray(list)) refuseArgument(call, name, list, 'a list')
  if (start.length + cancel.length === 0) refuseArgument(call, 'start', start, 'a list, or cancel one: there is nothing to do')
  const command: Omit<ModifyProcess, 'type'> = {
    instanceId: id,
    start: start.map((one, i) => startOf(call, one, i)),
    cancel: cancel.map((one, i) => cancelOf(call, id, one, i)),
  }
  return change(api, call, id, { type: 'modifyProcess', ...command }, modification, dryRun)
}

const MODIFYING = membersOf('start', 'cancel', 'dryRun')
const START: ReadonlySet<string> = new Set(['before', 'after', 'in', 'variables'])
const CANCEL: ReadonlySet<string> = new Set(['elementInstanceId', 'elementId'])

function startOf(call: string, given: StartHere, i: number): ModifyProcess['start'][number] {
  const name = `start[${i}]`
  checkMembers(call, name, given, START)
  const { before, after, in: within, variables } = given as { readonly [Member in 'before' | 'after' | 'in']?: string } & StartHere
  if ((before === undefined) === (after === undefined)) refuseArgument(call, name, given, '{ before } or { after } with an element id')
  needText(call, name, before ?? after)
  checkText(call, `${name}.in`, within)
  return {
    at: before === undefined ? 'after' : 'before',
    elementId: (before ?? after) as string,
    within: within ?? null,
    values: valuesOf(variables),
  } // one is text
}

function cancelOf(call: string, id: string, given: object, i: number): ModifyProcess['cancel'][number] {
  const name = `cancel[${i}]`
  checkMembers(call, name, given, CANCEL)
  const { elementInstanceId, elementId } = given as { readonly elementInstanceId?: string; readonly elementId?: string }
  if ((elementInstanceId === undefined) === (elementId === undefined))
    refuseArgument(call, name, given, '{ elementInstanceId } or { elementId }')
  needText(call, name, elementInstanceId ?? elementId)
  if (elementId !== undefined) return { elementId }
  const { scopeId, n, instanceId } = placeOf(elementInstanceId ?? '')
  if (instanceId !== id) refuseArgument(call, name, given, `an element instance of ${id}`)
  return { scopeId, n }
}

/**
 * Goes back to an element that the instance passed: in the innermost scope around it that is still there, the tokens that stand at the
 * element or where the flows lead from it are ended, and a token is put before it. Tokens on other ways and variables stay, nothing is
 * compensated. Throws as {@link modifyInstance}, and `notPassed` where no such token is there.
 */
export async function rewindInstance(api: Api, id: string, elementId: string, options: RewindOptions = {}): Promise<ModificationReport> {
  const call = 'instances.rewind'
  needText(call, 'id', id)
  needText(call, 'elementId', elementId)
  checkOptions(call, options, REWINDING)
  checkBoolean(call, 'dryRun', options.dryRun)
  checkText(call, 'in', options.in)
  const values = valuesOf(options.variables)
  const command: RewindProcess = { type: 'rewindProcess', instanceId: id, elementId, within: options.in ?? null, values }
  return change(api, call, id, command, options, options.dryRun ?? false)
}

const REWINDING = membersOf('in', 'variables', 'dryRun')

function valuesOf(variables: Variables | undefined): Values {
  return variables === undefined ? {} : concealVariables(variables)
}

async function change(
  api: Api,
  call: string,
  id: string,
  command: ModifyProcess | RewindProcess,
  options: CallOptions,
  isDry: boolean,
): Promise<ModificationReport> {
  const { host } = api
  const actor = actorOf(api, options)
  const asked = authorize(api, call, { instanceId: id, actor, tenantId: options.tenantId })
  if (asked !== null) await asked
  const own = forTenant(api, options)
  if (isDry) {
    const { entry, draft, events } = await tryOut(own, id, command)
    return reportOf(entry, draft, movesOf(events), true)
  }
  const { idempotencyKey: key = null } = options
  const repeatable = { operation: call, key, tenantId: tenantOf(api, options), args: { id, command: { ...command } } }
  const moved = await withIdempotency<Value>(host, repeatable, async (once) => {
    await checkSeen(own, id)
    const also = once.also(NOT_YET)
    let moves: Value = NOT_YET
    const outcome = await runCommand(host, {
      instanceId: id,
      command,
      actor,
      also,
      // What the command moves is known only now: it takes the place of what stood for it, so that a repetition is told the same.
      rows: async (set, { events }) => {
        moves = movesOf(events) as unknown as Value // plain JSON
        for (const { collection, record } of once.instead(moves).put) {
          const at = set.put.findIndex((write) => write.collection.name === collection.name && write.record.id === record.id)
          set.put[at] = { collection, record }
        }
      },
    })
    if (outcome.type === 'lost') return null
    expectDone(outcome, { instanceId: id })
    return moves
  })
  const entry = await wholeEntry(host, id)
  if (entry === null) throw unknownInstance(id) // deleted meanwhile
  return reportOf(entry, openDraft(entry.state, true), moved as unknown as Moves, false) // as kept above
}

/** Stands for the answer until the command is decided; never landed. */
const NOT_YET: Value = {}

type Moves = Pick<ModificationReport, 'started' | 'cancelled'>

function movesOf(events: readonly KernelEvent[]): Moves {
  const named = (type: KernelEvent['type']): ModificationReport['started'] =>
    events.flatMap((event) =>
      event.type === type && 'n' in event && 'elementId' in event
        ? [{ elementId: event.elementId, elementInstanceId: `${event.scopeId}.${event.n}` }]
        : [],
    )
  return { started: named('elementActivated'), cancelled: named('elementTerminated') }
}

/** Steps the kernel on a draft that is thrown away. */
async function tryOut(
  api: Api,
  id: string,
  command: ModifyProcess | RewindProcess,
): Promise<{ readonly entry: Entry; readonly draft: Draft; readonly events: readonly KernelEvent[] }> {
  const { host } = api
  const entry = await wholeEntry(host, id)
  if (entry === null || !isSeen(api, entry.record?.tenantId ?? null)) throw unknownInstance(id)
  const whole: Command = { ...command, now: host.now() }
  const answers: { scripts: ScriptsAnswered | null } = { scripts: null }
  for (;;) {
    const draft = openDraft(entry.state, entry.complete, entry.childrenLoaded, answers.scripts ?? undefined)
    const result = advance(draft, entry.definition.definition, whole, host.environment)
    if ('events' in result) return { entry, draft, events: result.events }
    if ('rejected' in result) expectDone({ type: 'rejected', rejection: result.rejected }, { instanceId: id })
    else await meetNeeds(host, entry, result.needs, answers, entry.record?.tenantId ?? null)
  }
}

async function wholeEntry(host: Host, id: string): Promise<Entry | null> {
  const entry = await loadEntry(host, id, null)
  if (entry !== null && !entry.complete) await loadScopesWithin(host, id, (scope) => entry.state.scopes.set(scope.id, scope))
  return entry
}

function reportOf(entry: Entry, draft: Draft, moves: Moves, dryRun: boolean): ModificationReport {
  const scopes = [...stateOf(draft).scopes.values()].sort(byPath)
  const status = scopes[0]?.instance?.status ?? 'active'
  return {
    instanceId: entry.id,
    dryRun,
    status,
    ...moves,
    ...positionsIn(entry.definition, scopes, status === 'suspended'),
    findings: explainScopes(entry.definition, scopes).flatMap(({ stuck, text }) => (stuck ? [text] : [])),
  }
}
