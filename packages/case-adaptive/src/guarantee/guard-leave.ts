import { Refused } from '@leeway/engine'
import type { AwayPolicy, FlowNode, InstanceReader, Wait } from '@leeway/engine/extension'
import type { Book } from '../case/book.ts'
import type { Leave } from '../case/commands.ts'
import type { Right } from '../case/rules.ts'
import type { Verdict } from '../case/verdict.ts'
import { waitsAt } from '../deviation/anchors.ts'
import { calledAt } from '../deviation/cascade.ts'
import { policyOf } from '../people/element-policy.ts'
import { needRight, needSecondPerson, needStandIn, roleFor, type Scene } from '../people/rights.ts'
import { versionsOf } from './data.ts'
import { stateDigest } from './state-digest.ts'

/** What leaving is recorded with, and what it asks of the timers. */
export interface Leaving {
  readonly verdict: Verdict
  /** By element: as asked, and as the model demands. */
  readonly timers: { readonly [elementId: string]: AwayPolicy }
  /** Of the variables that are seen from there. */
  readonly versions: Readonly<Record<string, string>>
  readonly stateBefore: string
  readonly role?: string
  readonly onBehalfOf?: string
  /** Who takes it upon themselves, with the actor, to have a handler withdrawn; it is looked at afterwards. */
  readonly override?: NonNullable<Leave['override']>
  readonly review?: { readonly because: readonly string[] }
  /** Whose claimed task is taken off the path, or null. */
  readonly preempts: string | null
}

/**
 * Judges leaving before anything changes. The tokens stand where they stood, so nothing has to be proven (G0): it is a matter of rights, of
 * what the model allows at the element, and of timers. Throws `NotAllowed`, `ModeNotAllowed`, `TimerUnpausable`.
 */
export function guardLeave(book: Book, command: Leave, elementId: string | null, instance: InstanceReader, actor: string): Leaving {
  const { elementInstanceId, mode, timers } = command
  const node = elementId === null ? null : instance.definition.nodes.get(elementId)
  if (node === undefined) throw new Error(`a token stands at "${elementId}", which the process has not: its instance is damaged`)
  const { key } = instance.definition
  const policy = node === null ? {} : policyOf(node, key, book.rules.policies)
  const caseId = book.caseOfInstance(instance.id)?.id ?? null
  const scene: Scene = { caseId, deviationId: null, processKey: key, elementId, roles: policy.roles ?? null }
  const right: Right = mode === 'withdraw' || mode === 'takeOver' ? mode : 'leave'
  needRight(book, right, actor, scene, command)
  // What is called is held, or taken back, with it: that takes the same right on its process.
  const called = mode === 'alongside' || command.runsOn ? [] : calledAt(instance, elementInstanceId)
  for (const id of called) {
    const processKey = book.processOf(id)
    if (processKey !== null) needRight(book, right, actor, { ...scene, processKey, elementId: null, roles: null }, command)
  }
  if (command.isOfMany) needRight(book, 'bulk', actor, scene, command)
  needStandIn(book, actor, command.onBehalfOf)
  const role = roleFor(book, right, actor, scene)
  if (node !== null && policy.modes && !policy.modes.includes(mode)) throw modeNotAllowed(node, mode, policy.modes)
  const isHandler = mode === 'withdraw' && instance.token(elementInstanceId)?.drivenBy !== undefined
  const override = isHandler ? command.override : undefined
  if (override !== undefined) needSecondPerson(book, command, scene, actor, override.by)
  const preempts = mode === 'alongside' || mode === 'takeOver' ? null : preempted(book, elementInstanceId, actor)
  if (preempts !== null) needRight(book, 'preempt', actor, scene, command)
  const scopeId = node === null ? instance.id : elementInstanceId.slice(0, elementInstanceId.lastIndexOf('.'))
  const waits = mode === 'takeOver' ? waitsAt(instance, elementInstanceId) : (instance.token(elementInstanceId)?.waits ?? [])
  return {
    verdict: { class: override === undefined ? 'G0' : 'G3', ends: 'all', inherited: false, checks: [], bypassed: [], repeated: [] },
    timers: { ...unpausable(book, instance, waits, timers), ...timers },
    versions: versionsOf(instance, scopeId),
    stateBefore: stateDigest(instance, scopeId),
    ...(role !== null && { role }),
    ...(command.onBehalfOf !== undefined && { onBehalfOf: command.onBehalfOf }),
    ...(override !== undefined && { override, review: { because: ['unproven'] } }),
    preempts,
  }
}

/** Timers that must go on keep going where nothing else is asked for. Throws where they were asked to stand still. */
function unpausable(
  book: Book,
  { definition }: InstanceReader,
  waits: readonly Wait[],
  asked: Leave['timers'],
): { readonly [elementId: string]: AwayPolicy } {
  const kept: { [elementId: string]: AwayPolicy } = {}
  for (const wait of waits) {
    const node = wait.type === 'timer' ? definition.nodes.get(wait.for) : undefined
    if (node === undefined || policyOf(node, definition.key, book.rules.policies).unpausable !== true) continue
    const policy = Object.hasOwn(asked, node.id) ? asked[node.id] : undefined
    if (policy !== undefined && policy !== 'keep' && policy !== 'latch') throw timerUnpausable(node)
    kept[node.id] = 'keep'
  }
  return kept
}

function timerUnpausable({ id }: FlowNode): Refused {
  const message = `The timer "${id}" runs on whatever happens: it can be kept, or latched, not held up.`
  return new Refused('TimerUnpausable', message, { elementId: id, repairs: [{ message: 'Keep it.', timers: { [id]: 'keep' } }] })
}

function modeNotAllowed({ id }: FlowNode, mode: string, allowed: readonly string[]): Refused {
  const message = `"${id}" is left by ${allowed.join(', ') || 'no mode'} only, not by ${mode}.`
  const repairs = allowed.map((one) => ({ message: `Leave with mode "${one}".`, mode: one }))
  return new Refused('ModeNotAllowed', message, { elementId: id, missing: [`mode:${mode}`], repairs })
}

/** The person who has claimed the task that stands here, where it is another. */
function preempted(book: Book, elementInstanceId: string, actor: string): string | null {
  const assignee = book.task(elementInstanceId)?.assignee ?? null
  return assignee === actor ? null : assignee
}
