import { isoOf, revealVariables } from '@leeway/engine/extension'
import type { Fact } from '../case/customer-state.ts'
import type { Deviation, Returned } from '../case/deviation-state.ts'
import type { LateResult, PlanItem } from '../case/item-state.ts'
import type { Review } from '../case/proposal-state.ts'
import type { WorkingTime } from '../case/service/service-clock.ts'
import { waitsOf } from '../case/waits.ts'
import type { DeviationView, ReturnedView } from './deviation-view.ts'
import type { ItemView, LateResultView } from './item-view.ts'

/** A deviation as it stands now, with what of its case belongs to it. */
export function deviationView(deviation: Deviation, { items: all, facts: given, reviews: looked, time, now }: Beside): DeviationView {
  const { id, state, mode, instanceId, leftAt, body } = deviation
  const { definition, anchor, reason, actor, participants, timers, events, latches, returned, preempted } = body
  const {
    verdict,
    stateBefore,
    stateAfter,
    preempts,
    role,
    onBehalfOf,
    review,
    handedOver,
    compensating,
    compensated,
    denied,
    undone,
    migrations,
  } = body
  const own = all.filter((item) => item.deviationId === id)
  const isAway = state === 'away' || state === 'returning'
  const waits = body.waits ?? (isAway ? waitsOf(time, deviation, own, now) : undefined)
  const decided = looked.find((one) => one.body.of === 'deviation' && one.body.subjectId === id)?.body.decided
  return {
    id,
    state,
    mode,
    instanceId,
    definition,
    anchor,
    reason,
    actor,
    participants,
    leftAt: isoOf(leftAt),
    timers: timers.map((timer) => ({ ...timer, dueAt: timer.dueAt === null ? null : isoOf(timer.dueAt) })),
    events,
    latches: latches.map((latch) => ({ ...latch, at: isoOf(latch.at) })),
    incidents: (body.incidents ?? []).map(({ isOpenAgain, ...one }) => ({
      ...one,
      became: isAway ? 'handled' : isOpenAgain ? 'openAgain' : 'closed',
    })),
    items: own.map(itemView),
    facts: given.filter((fact) => fact.body.deviationId === id).map((fact) => fact.id),
    ...(waits && { waits }),
    ...(body.approvedBy && { approvedBy: body.approvedBy }),
    ...(verdict && { verdict }),
    ...(stateBefore !== undefined && { stateBefore }),
    ...(stateAfter !== undefined && { stateAfter }),
    ...(preempts !== undefined && { preempts }),
    ...(body.permanent && { permanent: body.permanent }),
    ...(body.repeats !== undefined && { repeats: body.repeats }),
    ...(role !== undefined && { role }),
    ...(onBehalfOf !== undefined && { onBehalfOf }),
    ...(body.override && { override: body.override }),
    ...(body.overdueAt !== undefined && { overdueAt: isoOf(body.overdueAt) }),
    ...(review && { review: { ...review, ...(decided && { decided: { ...decided, at: isoOf(decided.at) } }) } }),
    ...(compensating && { compensating: { to: compensating.to.type, actor: compensating.actor, at: isoOf(compensating.at) } }),
    ...(compensated && { compensated }),
    ...(handedOver && {
      handedOver: { itemId: handedOver.itemId, to: handedOver.next.type, actor: handedOver.actor, at: isoOf(handedOver.at) },
    }),
    ...(denied && { denied: { ...denied, at: isoOf(denied.at) } }),
    ...(returned && { returned: returnedView(returned) }),
    ...(undone && {
      undone: {
        actor: undone.actor,
        at: isoOf(undone.at),
        reason: undone.reason,
        of: undone.of ?? 'leaving',
        ...(undone.kept && { kept: undone.kept }),
      },
    }),
    ...(migrations && { migrations: migrations.map((one) => ({ ...one, at: isoOf(one.at) })) }),
    ...(body.lapsed && { lapsed: { ...body.lapsed, at: isoOf(body.lapsed.at) } }),
    ...(preempted && { preempted: { ...preempted, at: isoOf(preempted.at) } }),
  }
}

function returnedView({ trail: _trail, ...returned }: Returned): ReturnedView {
  return { ...returned, at: isoOf(returned.at), variables: revealVariables(returned.variables) }
}

export function itemView({ id, state, kind, deviationId, body }: PlanItem): ItemView {
  const { name, required, after, assignee, dueAt, addedBy, addedAt, taskId, completed, closed, late } = body
  return {
    id,
    state,
    kind,
    name,
    required,
    after,
    deviationId,
    assignee,
    dueAt: dueAt === null ? null : isoOf(dueAt),
    addedBy,
    addedAt: isoOf(addedAt),
    ...(body.routed && { routed: body.routed }),
    ...(body.startedAt !== undefined && { startedAt: isoOf(body.startedAt) }),
    ...(taskId !== null && { taskId }),
    ...(body.jobId !== undefined && { jobId: body.jobId }),
    ...(body.itemInstanceId !== undefined && { instanceId: body.itemInstanceId }),
    ...(body.itemCaseId !== undefined && { itemCaseId: body.itemCaseId }),
    ...(body.cost && { cost: body.cost }),
    ...(body.failure && { failure: body.failure }),
    ...(completed && { completed: { ...completed, at: isoOf(completed.at), variables: revealVariables(completed.variables) } }),
    ...(late && { late: late.map(lateView) }),
    ...(body.redacted && { redacted: { ...body.redacted, at: isoOf(body.redacted.at) } }),
    ...(closed && { closed: { ...closed, at: isoOf(closed.at) } }),
  }
}

function lateView({ variables, at, ...late }: LateResult): LateResultView {
  return { ...late, at: isoOf(at), ...(variables && { variables: revealVariables(variables) }) }
}

/** What of its case belongs to a deviation. */
interface Beside {
  readonly items: readonly PlanItem[]
  readonly facts: readonly Fact[]
  readonly reviews: readonly Review[]
  readonly time: WorkingTime
  readonly now: number
}
