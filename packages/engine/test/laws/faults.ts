import type { Command } from '../../src/kernel/commands.ts'
import type { KernelEvent } from '../../src/kernel/events.ts'
import { splitTokenId } from '../../src/kernel/ids.ts'
import type { Compensables, InstanceState, Scope } from '../../src/kernel/state.ts'
import type { Definition } from '../../src/model/definition.ts'
import type { FlowNode } from '../../src/model/elements.ts'
import { ALWAYS_OPEN, applyAll, environment, faultyKernel, type Kernel, kernelIn, realKernel } from './kernel.ts'
import { tokensOf } from './placed.ts'

/** Kernels with a fault, to see that the laws find it. The fault is put around the real kernel; the product knows nothing of it. */
export const faults = {
  /** What a commit writes lacks a set of variables that it reports. */
  commitDropsASet: writing((events) => events.filter((event) => event.type !== 'variablesSet')),
  /** What was done beside the path is undone twice. */
  besidesAreUndoneTwice: reporting((events) =>
    events.flatMap((event): KernelEvent[] => (event.type === 'besideUndoing' ? [event, event] : [event])),
  ),
  /** What was done beside the path is dropped instead of kept. */
  besidesAreDropped: asking((command) => (command.type === 'keepBeside' ? { ...command, type: 'dropBeside' } : command)),
  /** That it was dropped is reported, and it stays. */
  besidesStay: writing((events) => events.filter((event) => event.type !== 'besideDropped')),
  /** The end of a scope is reported and its content stays. */
  scopeStaysOpen: writing((events) => events.filter((event) => event.type !== 'scopeClosed')),
  /** An operator's change of a due time is told and not kept. */
  timersStayDue: writing((events) => events.filter((event) => event.type !== 'timerRescheduled')),
  /** A condition that is judged stays as it was. */
  conditionsAreNotJudged: writing((events) => events.filter((event) => event.type !== 'conditionJudged')),
  /** A change of a variable is made and not told. */
  changesAreNotTold: reporting((events) => events.filter((event) => event.type !== 'variablesSet' || !('note' in event.values))),
  /** That the rounds of a multi-instance ended is told and not kept. */
  roundsGoOn: writing((events) => events.filter((event) => event.type !== 'iterationEnded' && event.type !== 'scopeClosed')),
  /** A message goes by what sends it. */
  messagesGoBySender: reporting((events) =>
    events.map((event) => (event.type === 'messageThrown' ? { ...event, name: event.elementId } : event)),
  ),
  /** A signal that was caught at once does not say so: who caught it gets it a second time. */
  signalsPassBy: reporting((events) => events.map((event) => (event.type === 'signalThrown' ? { ...event, caughtBy: [] } : event))),
  /** All rounds say that they are the first. */
  roundsAreOne: reporting((events) =>
    events.map((event) =>
      (event.type === 'signalThrown' || event.type === 'messageThrown') && event.round !== undefined ? { ...event, round: 1 } : event,
    ),
  ),
  /** One of several events counts for all. */
  oneMeansAll: reporting((events) => events.filter((event) => event.type !== 'eventCame')),
  /** What leads to a member replaces the variable. */
  membersAreLost: writing((events) =>
    events.map((event) =>
      event.type === 'variablesSet' && isRecord(event.values.record) ? { ...event, values: { record: { last: 0 } } } : event,
    ),
  ),
  /** All tasks say that they are the first. */
  tasksMistakeTheirIds: reporting((events) =>
    events.map((event) => (event.type === 'elementWaits' && event.task !== undefined ? { ...event, n: event.n + 1_000 } : event)),
  ),
  /** All calls have the same instance. */
  callsShareAnInstance: writing((events) =>
    events.map((event) =>
      event.type === 'elementWaits'
        ? { ...event, waits: event.waits.map((wait) => (wait.type === 'call' ? { ...wait, instanceId: 'called' } : wait)) }
        : event,
    ),
  ),
  /** A message does not give its conversation a key. */
  conversationsAreForgotten: writing((events) => events.filter((event) => event.type !== 'correlationKeysSet')),
  /** A scope that completes or is interrupted listens still. */
  listensForEver: writing((events) => events.filter((event) => event.type !== 'eventSubProcessDisarmed')),
  /** What an interrupting event sub-process ends is reported and stays. */
  interruptsNothing: writing((events) =>
    events.filter((event) => event.type !== 'elementTerminated' || event.by === null || !event.by.startsWith('startEvent')),
  ),
  /** What has a timer survives when the process is cancelled. */
  cancelForgetsATimer: writing((events, state) =>
    events.some((event) => event.type === 'processEnded' && event.status === 'terminated')
      ? events.filter((event) => event.type !== 'elementTerminated' || !waitsForTimer(state, event.scopeId, event.n))
      : events,
  ),
  /** Values that are no JSON get into the state. */
  valuesThatAreNoJson: writing((events) =>
    events.map((event) => (event.type === 'processStarted' ? { ...event, variables: { ...event.variables, odd: Number.NaN } } : event)),
  ),
  /** Start events never end. */
  activationWithoutEnd: reporting((events) =>
    events.filter((event) => event.type !== 'elementCompleted' || !event.elementId.startsWith('startEvent')),
  ),
  /** Each job is made a second time. */
  jobMadeTwice: reporting((events) => events.flatMap((event) => (event.type === 'elementWaits' && event.job ? [event, event] : [event]))),
  /** Nobody looks at business hours. */
  hoursAreIgnored: kernelIn({ ...environment, calendar: () => ALWAYS_OPEN }),
  /** Coming back arms everything but timers. */
  returnForgetsTimers: writing((events) =>
    events.map((event) =>
      event.type === 'tokenReleased' ? { ...event, waits: event.waits.filter((wait) => wait.type !== 'timer') } : event,
    ),
  ),
  /** Leaving takes the token away. */
  leavingLosesTheToken: writing((events) =>
    events.flatMap((event): KernelEvent[] =>
      event.type === 'tokenHeld'
        ? [event, { type: 'elementTerminated', scopeId: event.scopeId, n: event.n, elementId: event.elementId, by: null }]
        : [event],
    ),
  ),
  /** What comes to a held token is lost. */
  latchIsLost: writing((events) => events.filter((event) => event.type !== 'eventLatched')),
  /** What comes to a held token is kept twice. */
  latchIsKeptTwice: writing((events) =>
    events.flatMap((event): readonly KernelEvent[] => (event.type === 'eventLatched' ? [event, event] : [event])),
  ),
  /** What comes to a suspended instance is lost. */
  keptIsLost: writing((events) => events.filter((event) => event.type !== 'occurrenceKept')),
  /** An instance that is resumed loses its variables. */
  resumingEmpties: writing((events) =>
    events.flatMap((event): readonly KernelEvent[] =>
      event.type === 'processResumed' ? [event, { type: 'variablesSet', scopeId: event.scopeId, values: { x: null } }] : [event],
    ),
  ),
  /** Of several listeners of a moment the second is left out. */
  listenerIsSkipped: writing((events) =>
    events.map((event) =>
      event.type === 'elementWaits' && event.listening?.heard === 0 ? { ...event, listening: { ...event.listening, heard: 1 } } : event,
    ),
  ),
  /** A migration loses what is armed. */
  migratingDisarms: writing((events, state) =>
    events.flatMap((event): readonly KernelEvent[] => (event.type === 'processMigrated' ? [event, ...disarmedIn(state)] : [event])),
  ),
  /** What an operator starts again does its work under the keys of before. */
  modifyingKeepsThePath: writing((events) => events.filter((event) => event.type !== 'scopeModified')),
  /** Joins let each token pass. */
  joinsAreMerges: withNodesAs('parallelGateway', 'exclusiveGateway'),
  /** Merges wait for all. */
  mergesAreJoins: withNodesAs('exclusiveGateway', 'parallelGateway'),
  /** An inclusive join waits for a token on each flow. */
  inclusiveWaitsForAll: withNodesAs('inclusiveGateway', 'parallelGateway'),
  /** An inclusive join waits for nobody: a complex gateway without a condition. */
  inclusiveWaitsForNobody: withNodesAs('inclusiveGateway', 'complexGateway'),
  joinCountsArrivals: joinCountsArrivals(),
  /** Of what completed, the first is undone first. */
  compensatesForward: compensatesForward(),
  /** What is undone stays to be undone. */
  compensatesTwice: compensatesTwice(),
  /** Nothing is kept of what completed. */
  keepsNothing: writing((events) => events.map((event) => (event.type === 'elementCompleted' ? withoutKept(event) : event))),
  /** What is kept survives the end of its scope. */
  cancelForgetsWhatIsKept: cancelForgetsWhatIsKept(),
  /** A handler survives the end of the compensation that runs it. */
  cancelForgetsHandlers: writing((events, state) =>
    events.filter(
      (event) => event.type !== 'elementTerminated' || state.scopes.get(event.scopeId)?.tokens[event.n]?.drivenBy === undefined,
    ),
  ),
  /** Activities begin with each token that comes. */
  quantitiesAreIgnored: withMembersAs((node) => node, 'startQuantity', 1),
  /** A sequential ad hoc sub-process runs side by side what is started or reached in it. */
  sequenceIsIgnored: withMembersAs((node) => (node.type === 'adHocSubProcess' ? node.adHoc : null), 'ordering', 'Parallel'),
  /** Each job that drives an ad hoc sub-process is the same. */
  turnsAreOne: reporting((events) =>
    events.map((event) =>
      event.type === 'elementWaits' && event.job?.turn !== undefined ? { ...event, job: { ...event.job, turn: 'turn' } } : event,
    ),
  ),
  /** What follows an activity of an ad hoc sub-process is on the path of another. */
  pathsAreMixed: writing((events) =>
    events.map((event) => (event.type === 'elementActivated' && event.path !== undefined ? { ...event, path: event.n + 1 } : event)),
  ),
  /** More is started in an ad hoc sub-process that is to end. */
  endIsForgotten: writing((events) => events.filter((event) => event.type !== 'adHocClosed')),
  /** Who gives a scope back keeps what is in it. */
  givingBackForgetsWhatIsInside: writing((events) => {
    const first = events.findIndex((event) => event.type === 'tokenReleased')
    return events.filter((event, k) => event.type !== 'tokenReleased' || k === first)
  }),
  /** What was taken back waits as before. */
  takingBackDisarmsNothing: writing((events, state) =>
    events.map((event) =>
      event.type === 'tokenHeld' && event.hold.withdrawn
        ? { ...event, waits: state.scopes.get(event.scopeId)?.tokens[event.n]?.waits ?? [] }
        : event,
    ),
  ),
  /** Whatever is asked of timers while away, they do the usual. */
  timerPoliciesAreIgnored: asking((command) => (command.type === 'hold' ? { ...command, timers: {} } : command)),
  /** Whatever is asked of a late result, it is kept. */
  latePolicyIsIgnored: asking((command) => {
    if (command.type !== 'hold') return command
    const { late: _late, ...rest } = command
    return rest
  }),
  /** Who comes back by an event only passes the step over. */
  eventsAreSkips: asking((command) =>
    command.type === 'divert' && command.to.type === 'event'
      ? { ...command, to: { type: 'skip' as const, values: command.to.values } }
      : command,
  ),
  /** Of what is named to be undone before a return the last is left out. */
  namedLeavesOne: asking((command) =>
    command.type === 'divert' && command.to.type === 'compensate'
      ? {
          ...command,
          to: {
            ...command.to,
            sources: command.to.sources.map(({ scopeId, elementIds }) => ({ scopeId, elementIds: elementIds?.slice(0, -1) ?? null })),
          },
        }
      : command,
  ),
  /** A breakpoint is still there after it held. */
  breakpointStays: writing((events) =>
    events.some((event) => event.type === 'tokenHeld' && event.hold.was === 'unbegun')
      ? events.filter((event) => event.type !== 'stopsSet')
      : events,
  ),
  /** Of a scope that is ended the first token stays. */
  endingForgetsAToken: endingForgetsAToken(),
  /** Who ends a branch takes another token of its scope along. */
  endingTakesASibling: endingTakesASibling(),
  hiddenInput: hiddenInput(),
  rejectionLeavesATrace: rejectionLeavesATrace(),
} satisfies Readonly<Record<string, Kernel>>

function isRecord(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'last' in value
}

type Change = (events: readonly KernelEvent[], state: InstanceState) => readonly KernelEvent[]

/** The state is made of changed events; the events given out are right. */
function writing(change: Change): Kernel {
  return faultyKernel((events, state) => ({ reported: events, applied: change(events, state) }))
}

/** Another command is done than the one given. */
function asking(change: (command: Command) => Command): Kernel {
  return { ...realKernel, step: (definition, state, command) => realKernel.step(definition, state, change(command)) }
}

function endingForgetsAToken(): Kernel {
  return {
    ...realKernel,
    step(definition, state, command) {
      const outcome = realKernel.step(definition, state, command)
      if ('rejected' in outcome || command.type !== 'endScope') return outcome
      const first = outcome.events.findIndex((event) => event.type === 'elementTerminated')
      return { state: applyAll(state, outcome.events.toSpliced(first, first < 0 ? 0 : 1)), events: outcome.events }
    },
  }
}

function endingTakesASibling(): Kernel {
  return {
    ...realKernel,
    step(definition, state, command) {
      const outcome = realKernel.step(definition, state, command)
      if ('rejected' in outcome || command.type !== 'divert' || command.to.type !== 'end') return outcome
      const { scopeId } = command
      const [sibling] = tokensOf(outcome.state).filter((one) => one.scopeId === scopeId && !one.isListening && !one.token.child)
      if (sibling === undefined) return outcome
      const { n, token } = sibling
      const more = { type: 'elementTerminated' as const, scopeId, n, elementId: token.elementId, by: null }
      return { state: applyAll(outcome.state, [more]), events: outcome.events }
    },
  }
}

/** The state is right; the events given out are changed. */
function reporting(change: Change): Kernel {
  return faultyKernel((events, state) => ({ reported: change(events, state), applied: events }))
}

function disarmedIn(state: InstanceState): readonly KernelEvent[] {
  return tokensOf(state).map(({ scopeId, n, token }) => ({
    type: 'tokenMigrated',
    scopeId,
    n,
    elementId: token.elementId,
    waits: [],
    ...(token.via !== undefined && { via: token.via }),
  }))
}

function waitsForTimer(state: InstanceState, scopeId: string, n: number): boolean {
  return state.scopes.get(scopeId)?.tokens[n]?.waits?.some((wait) => wait.type === 'timer') ?? false
}

/** While a command runs, joining nodes of one type behave as those of another. */
function withNodesAs(type: string, other: string): Kernel {
  return {
    ...realKernel,
    step(definition, state, command) {
      // The change is taken back before anybody else sees the definition.
      const changed = [...definition.nodes.values()].filter((node) => node.type === type && node.incoming.length > 1) as { type: string }[]
      for (const node of changed) node.type = other
      try {
        return realKernel.step(definition, state, command)
      } finally {
        for (const node of changed) node.type = type
      }
    },
  }
}

/** While a command runs, something of each node has another value. */
function withMembersAs(part: (node: FlowNode) => object | null, member: string, value: unknown): Kernel {
  return {
    ...realKernel,
    step(definition, state, command) {
      const parts = [...definition.nodes.values()].map(part) as ({ [name: string]: unknown } | null)[]
      const changed = parts.flatMap((one) => (one && member in one ? [{ one, before: one[member] }] : []))
      for (const { one } of changed) one[member] = value
      try {
        return realKernel.step(definition, state, command)
      } finally {
        for (const { one, before } of changed) one[member] = before
      }
    },
  }
}

/** A parallel join that fires when as many tokens have come as it has incoming flows, whichever way they came. */
function joinCountsArrivals(): Kernel {
  return {
    ...realKernel,
    step(definition, state, command) {
      const outcome = realKernel.step(definition, state, command)
      if ('rejected' in outcome) return outcome
      const spread = spreadArrivals(definition, outcome.state)
      if (spread === null) return outcome
      // Leaving and coming back has the join look at its arrivals again.
      const place = { now: command.now, scopeId: spread.scopeId, n: spread.n, by: 'fault' }
      const away = realKernel.step(definition, spread.state, { type: 'hold', timers: {}, ...place })
      const fired = 'rejected' in away ? away : realKernel.step(definition, away.state, { type: 'release', ...place })
      return 'rejected' in fired ? outcome : { state: fired.state, events: [...outcome.events, ...fired.events] }
    },
  }
}

/** A second token on one flow is entered as if it had come by a flow without one. */
function spreadArrivals(
  definition: Definition,
  state: InstanceState,
): { readonly state: InstanceState; readonly scopeId: string; readonly n: number } | null {
  for (const scope of state.scopes.values()) {
    for (const [gatewayId, join] of Object.entries(scope.joins ?? {})) {
      const gateway = definition.nodes.get(gatewayId)
      const arrived = Object.values(join.flows).flat()
      if (gateway?.type !== 'parallelGateway' || arrived.length < gateway.incoming.length) continue
      const flows = Object.fromEntries(gateway.incoming.map((flow, k) => [flow.id, [arrived[k] ?? 0]]))
      const tokens = { ...scope.tokens }
      for (const [via, [n = 0]] of Object.entries(flows)) tokens[n] = { ...(tokens[n] as NonNullable<(typeof tokens)[number]>), via }
      const joins = { ...scope.joins, [gatewayId]: { flows, filled: gateway.incoming.length } }
      return {
        state: { ...state, scopes: new Map([...state.scopes, [scope.id, { ...scope, tokens, joins }]]) },
        scopeId: scope.id,
        n: arrived[0] ?? 0,
      }
    }
  }
  return null
}

function withoutKept({ kept: _kept, ...event }: Extract<KernelEvent, { type: 'elementCompleted' }>): KernelEvent {
  return event
}

const ORDERS = 1_000_000

/** While a command runs, what completed before it counts the other way round. */
function compensatesForward(): Kernel {
  const ahead = (order: number): number => ORDERS - order
  const back = (order: number): number => (order > ORDERS / 2 ? ORDERS - order : order)
  return {
    ...realKernel,
    step(definition, state, command) {
      const outcome = realKernel.step(definition, reordered(state, ahead), command)
      return 'rejected' in outcome ? outcome : { ...outcome, state: reordered(outcome.state, back) }
    },
  }
}

function reordered(state: InstanceState, change: (order: number) => number): InstanceState {
  const turn = (latest: Compensables['latest']): Compensables['latest'] =>
    Object.fromEntries(Object.entries(latest).map(([elementId, one]) => [elementId, { ...one, order: change(one.order) }]))
  const scopes = [...state.scopes.values()].map((scope): Scope => {
    const tokens = Object.entries(scope.tokens).map(([n, token]) => {
      const sources = token.compensation?.sources.map((source) => ({ ...source, latest: turn(source.latest) }))
      return [n, sources ? { ...token, compensation: { ...token.compensation, sources } } : token]
    })
    const compensables = scope.compensables && { ...scope.compensables, latest: turn(scope.compensables.latest) }
    return { ...scope, tokens: Object.fromEntries(tokens), ...(compensables && { compensables }) }
  })
  return { ...state, scopes: new Map(scopes.map((scope) => [scope.id, scope])) }
}

/** The record of an undone activity is put back where it was taken from. */
function compensatesTwice(): Kernel {
  return {
    ...realKernel,
    step(definition, state, command) {
      const outcome = realKernel.step(definition, state, command)
      if ('rejected' in outcome) return outcome
      const scopes = new Map(outcome.state.scopes)
      for (const event of outcome.events) {
        if (event.type !== 'compensableTaken' || event.reopens) continue
        const place = splitTokenId(event.by)
        const driver = place && scopes.get(place.scopeId)
        const token = place && driver?.tokens[place.n]
        const record = state.scopes.get(`${event.scopeId}.${event.n}`)
        if (!driver || !token?.compensation || !record) continue
        const sources = token.compensation.sources.map((source) =>
          source.scopeId === event.scopeId
            ? { ...source, latest: { ...source.latest, [event.elementId]: { n: event.n, order: 1 } } }
            : source,
        )
        scopes.set(record.id, { ...record, kept: {} })
        const again = { ...token, compensation: { ...token.compensation, sources } }
        scopes.set(driver.id, { ...driver, tokens: { ...driver.tokens, [place.n]: again } })
      }
      return { ...outcome, state: { ...outcome.state, scopes } }
    },
  }
}

/** At a cancel, what was kept is there again. */
function cancelForgetsWhatIsKept(): Kernel {
  return {
    ...realKernel,
    step(definition, state, command) {
      const outcome = realKernel.step(definition, state, command)
      if ('rejected' in outcome || command.type !== 'cancelProcess') return outcome
      const kept = [...state.scopes].filter(([, scope]) => scope.kept)
      return { ...outcome, state: { ...outcome.state, scopes: new Map([...outcome.state.scopes, ...kept]) } }
    },
  }
}

/** Events depend on how often the kernel was asked. */
function hiddenInput(): Kernel {
  let asked = 0
  return faultyKernel((events) => {
    asked += 1
    const changed = events.map((event) => (event.type === 'elementActivated' ? { ...event, at: event.at + asked } : event))
    return { reported: changed, applied: changed }
  })
}

/** A refused command is counted in the state. */
function rejectionLeavesATrace(): Kernel {
  return {
    ...realKernel,
    step(definition, state, command) {
      const outcome = realKernel.step(definition, state, command)
      const root = state.scopes.values().next().value
      if ('rejected' in outcome && root) (root as { counter: number }).counter += 1
      return outcome
    },
  }
}
