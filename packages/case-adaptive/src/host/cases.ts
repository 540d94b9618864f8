import { type Engine, type EngineApi, EngineError, Refused } from '@leeway/engine'
import { type CalendarDefinition, type ExtensionPort, extend, type SubmitOptions } from '@leeway/engine/extension'
import { exportOcel, verifyAudit } from '../audit/audit.ts'
import type { Ocel } from '../audit/ocel.ts'
import type { AuditAnchor, AuditReport } from '../audit/verify.ts'
import type { CaseCommand } from '../case/commands.ts'
import { noActor, noReason, processRunning, unknownCase, unknownDeviation, unknownItem } from '../case/refusals.ts'
import type { People, Policies } from '../case/rules.ts'
import { applies, isFor, type OfferPlace } from '../case/service/offers.ts'
import { PAUSE_REASONS } from '../case/service/terms.ts'
import { readPeople, readPolicies } from '../people/read-rules.ts'
import { calledFollow } from './called-follow.ts'
import { type CasePage, countCases, findCases, findDashboard } from './case-find.ts'
import type { CaseTemplate } from './case-template.ts'
import { type CaseView, type ClockView, isSeen, type OfferView, type Readers, readCase } from './case-view.ts'
import { CALL, checkKinds, checkNames, checkObject, needKinds, needName, type Shape } from './check-request.ts'
import { caseExtension } from './decide.ts'
import { followAnchor } from './follow-anchor.ts'
import { leaveMany } from './leave-many.ts'
import { type NotYet, notYet } from './not-yet.ts'
import { askLeave, askReturn, doneBefore, type LeavePreview, type ReturnPreview } from './preview.ts'
import { readHours } from './read-hours.ts'
import { readOffered } from './read-offers.ts'
import { readCost, readDefer, readItem, readLeave, readLeaveAhead, readReason, readRedact, readVariables } from './read-request.ts'
import { readReturn } from './read-return.ts'
import { caseRecords, deviations, items } from './records.ts'
import type {
  CaseCall,
  CaseQuery,
  CompleteItemRequest,
  DashboardQuery,
  DeferRequest,
  EscalateRequest,
  ItemRequest,
  LeaveManyRequest,
  LeaveRequest,
  OfferRequest,
  OpenRequest,
  PauseClockRequest,
  PreviewLeaveRequest,
  RedactRequest,
  ResolveRequest,
  ReturnRequest,
  SetSeverityRequest,
  SetTierRequest,
  UndoRequest,
} from './requests.ts'
import { readTemplates, type Templates } from './templates.ts'

/** What `createCases` is given. */
export interface CasesOptions {
  /** Kinds of cases. Default: one template `default`; other names are then taken as given. */
  readonly templates?: readonly CaseTemplate[]
  /** Who works with cases and what they may do. Default: any named person may do everything. */
  readonly people?: People
  /** Business hours of the customer's clocks: a name that the engine knows, or the hours themselves. Default: around the clock. */
  readonly calendar?: string | CalendarDefinition
  /** What must hold whatever way the path takes. */
  readonly policies?: Policies
  /**
   * The type of the handler that tells people: one of the engine's handlers, given as variables `caseId`, `title`, `to` (ids of people), `because`
   * (`atRisk`, `overdue`, or the code of a reason) and `dueAt` (epoch milliseconds or null). Tried again as any job until it succeeds. Default: nobody is told.
   */
  readonly notifier?: string
}

/** Cases beside the processes of an engine: leaving the path at any waiting step, and coming back. */
export interface Cases extends NotYetThere {
  /** Opens a case; with `process` also starts that, in the same commit. Throws `UnknownTemplate`, and as `engine.start`. */
  open(request?: OpenRequest): Promise<CaseView>
  /** Makes a running process instance one of the case's. Throws `UnknownCase`, `CaseClosed`, `AlreadyAttached`, `unknownInstance`. */
  attach(caseId: string, instanceId: string, call?: CaseCall): Promise<void>
  /**
   * Leaves the path at a waiting element: its token is held, and what comes to it is kept for the return. An instance without a case
   * gets one of the default template. Throws `AlreadyAway`, `AnchorMoved` (`to`: where it went), `AnchorGone`, `ReasonMissing`, `NotAllowed`.
   */
  leave(request: LeaveRequest): Promise<{ readonly id: string; readonly caseId: string }>
  /**
   * Leaves in many instances, each checked and done by itself; `engine.batches.get(batchId).report` tells what became of each. Without an
   * anchor an instance is left at its only token, and refused (`SeveralTokens`) where it has several.
   */
  leaveMany(request: LeaveManyRequest): Promise<{ readonly batchId: string }>
  /**
   * Pins an item to an element that the instance may come to: there the path waits for it. An instance that ends without coming there leaves
   * it `unreachable`. Throws `UnknownTarget`, `AlreadyAway`, `AnchorGone`.
   */
  defer(request: DeferRequest): Promise<{ readonly id: string; readonly deviationId: string; readonly caseId: string }>
  /**
   * Takes back that the path was left: the step is as it was, with its draft and what was left of its timers; completed items are undone by
   * their compensators, the latest first. After the return it is that which is taken back, as long as nothing has moved since. Throws `NotUndoable`
   * (`missing`: what has no compensator), `PathMoved` (`moved`), `VariableConflict`, `AnchorGone`.
   */
  undo(deviationId: string, request?: UndoRequest): Promise<void>
  /** The case reached what it was for. Throws `ProcessRunning`, `CaseNotDone` (`missing`), `UnknownCase`, `CaseClosed`. */
  resolve(caseId: string, request: ResolveRequest): Promise<void>
  /** Takes part in a deviation that someone else began. Throws `UnknownDeviation`, `AlreadyReturned`, `AnchorGone`. */
  join(deviationId: string, call?: CaseCall): Promise<{ readonly id: string; readonly caseId: string }>
  /** Adds an ad hoc item to a deviation, or to a case. `taskId` is there as soon as it can be worked on. Throws as `join`, `UnknownItem`, `NotOffered`. */
  addItem(deviationOrCaseId: string, request: ItemRequest | OfferRequest): Promise<{ readonly id: string; readonly taskId?: string }>
  /** What the planning table of the case's template offers here to this person. Throws `UnknownDeviation`, `AlreadyReturned`. */
  offers(deviationOrCaseId: string, who?: Pick<CaseCall, 'actor' | 'tenantId'>): Promise<readonly OfferView[]>
  /** The customer's clocks stand still. Throws `PauseNotAllowed` (`allowed`), `ClockNotRunning`, `UnknownCase`, `CaseClosed`, `NotAllowed`. */
  pauseClock(caseId: string, request: PauseClockRequest): Promise<void>
  /** The customer's clocks go on with what was left. Throws `ClockNotPaused`, and as `pauseClock`. */
  resumeClock(caseId: string, call?: CaseCall): Promise<void>
  /** Another severity: goals are counted anew from the opening; what is breached stays so. Throws `UnknownSeverity`, `ReasonMissing`, as `pauseClock`. */
  setSeverity(caseId: string, request: SetSeverityRequest): Promise<readonly ClockView[]>
  /** Another tier of the customer, with the severity that the template gives it. Throws `UnknownTier`, `ReasonMissing`, as `pauseClock`. */
  setTier(caseId: string, request: SetTierRequest): Promise<readonly ClockView[]>
  /** Raises the case to those whom the template names; who answers for it stays. Throws `ReasonMissing`, as `pauseClock`. */
  escalate(caseId: string, request: EscalateRequest): Promise<void>
  /** Cases that are not over and that the person has to do with, the next due first. Throws `invalidArgument`. */
  dashboard(query?: DashboardQuery): Promise<CasePage>
  /** Completes an item, as `engine.tasks.complete` on its task does. Throws `UnknownItem`, `ItemNotActive`. */
  completeItem(itemId: string, request?: CompleteItemRequest): Promise<void>
  /** Comes back to the step that was left. Throws `RequiredOpen` (`missing`), `AlreadyReturned`, `AnchorGone`. */
  return(deviationId: string, request: ReturnRequest): Promise<void>
  /** What leaving would come to: rights, timers, events, who works beside. Nothing changes. Throws as `leave` for what is asked wrongly. */
  previewLeave(request: PreviewLeaveRequest): Promise<LeavePreview>
  /** What coming back would come to: how sure the end is, what is passed over, what speaks against it and what to do. Nothing changes. */
  previewReturn(deviationId: string, request: ReturnRequest): Promise<ReturnPreview>
  /** The case in context; null where there is none. */
  get(caseId: string): Promise<CaseView | null>
  /** Cases, the oldest first. */
  find(query?: CaseQuery): Promise<CasePage>
  /** How many cases meet every criterion, counted up to 1,000,000. */
  count(query?: Omit<CaseQuery, 'limit' | 'after'>): Promise<number>
  /**
   * Whether the case's entries, and the deviations, items and facts that they guard, are as they were written: names each that is not.
   * `anchor`, from an earlier report kept elsewhere, also shows that a whole chain was replaced. Throws `UnknownCase`.
   */
  verifyAudit(caseId: string, anchor?: AuditAnchor): Promise<AuditReport>
  /** The log of up to 1,000 cases and their process instances as OCEL 2.0 JSON, for process mining. Throws `UnknownCase`. */
  exportOcel(request: { readonly caseIds: readonly string[] }): Promise<Ocel>
  /** Takes the free text of timeline entries away, for good; `verifyAudit` goes on holding. Gives the numbers of those that had any. Throws `UnknownCase`, `UnknownEntry`. */
  redact(caseId: string, request: RedactRequest): Promise<readonly number[]>
  /** The same methods for one person and tenant. */
  as(who: { readonly actor?: string; readonly tenantId?: string }): Cases
  /**
   * The same methods, written into an open transaction of the host: its rows, the case and the path land together or not at all. As `engine.within`,
   * and throws as that.
   */
  within(transaction: unknown): JoinedCases
}

/** Cases inside a transaction of the host. Say how it ended: then its events are told and its jobs run at once. */
export interface JoinedCases extends Cases {
  /** The host's transaction was committed. */
  committed(): void
  /** The host's transaction was rolled back: nothing of what was done here is so. */
  rolledBack(): void
  as(who: { readonly actor?: string; readonly tenantId?: string }): JoinedCases
}

/** Adds cases to an engine. Once for an engine. Throws `invalidArgument` where it has them, `notYetSupported` for options that are not known here. */
export async function createCases(engine: Engine, options: CasesOptions = {}): Promise<Cases> {
  checkNames('createCases', options, { templates: 'any', people: 'any', calendar: 'any', policies: 'any', notifier: 'text' })
  const templates = readTemplates(options.templates)
  const people = readPeople(options.people)
  const policies = readPolicies(options.policies)
  const { pauseReasons = PAUSE_REASONS } = policies
  const { notifier = null } = options
  const time = readHours(engine, options.calendar)
  const service = { time, notifier, pauseReasons, termsOf: (key: string) => templates.termsOf(key) }
  const rules = { people, policies, service, offersOf: (key: string) => templates.offersOf(key) }
  const port = await extend<CaseCommand>(engine, caseExtension(rules))
  return casesOf({ engine: port.engine, port, templates, policies, people, time, bound: {} })
}

interface Context extends Readers {
  readonly engine: EngineApi
  readonly templates: Templates
  readonly policies: Policies
  /** Part of a transaction of the host. */
  readonly isJoined?: true
  readonly people: People | null
}

function casesOf(context: Context): Cases {
  return {
    open: (request = {}) => open(context, request),
    async attach(caseId, instanceId, call = {}) {
      checkNames('cases.attach', call, CALL)
      needName('cases.attach', 'caseId', caseId)
      needName('cases.attach', 'instanceId', instanceId)
      const by = byName(context, 'cases.attach', call)
      await context.port.submit(instanceId, { type: 'attachInstance', caseId }, by)
    },
    leave: (request) => leave(context, request),
    async leaveMany(request) {
      const by = byName(context, 'cases.leaveMany', request)
      const asked = await allowed(context, by, null)
      return {
        batchId: await leaveMany({ ...context, engine: seenEngine(context, asked) }, request, asked, (one) => leave(context, one, true)),
      }
    },
    async defer(request) {
      const by = byName(context, 'cases.defer', request)
      const { instanceId, ...wanted } = readDefer(request)
      return answer(await context.port.submit(instanceId, { type: 'defer', ...wanted, template: context.templates.default }, by))
    },
    async join(deviationId, call = {}) {
      checkNames('cases.join', call, CALL)
      const by = byName(context, 'cases.join', call)
      const { instanceId, asked } = await ofDeviation(context, by, deviationId)
      return answer(await context.port.submit(instanceId, { type: 'joinDeviation', deviationId }, asked))
    },
    async addItem(to, request) {
      const by = byName(context, 'cases.addItem', request)
      const { instanceId, asked, template } = await ofPlace(context, by, to)
      const { templates } = context
      const command =
        'offer' in request ? readOffered(to, request, template, templates.offersOf(template)) : readItem(to, request, templates.default)
      return answer(await context.port.submit(instanceId, command, asked))
    },
    async completeItem(itemId, request = {}) {
      const by = byName(context, 'cases.completeItem', request)
      checkNames('cases.completeItem', request, { outcome: 'words?', variables: 'any', cost: 'any', ...CALL })
      needName('cases.completeItem', 'itemId', itemId)
      const command = {
        type: 'completeItem',
        itemId,
        outcome: request.outcome ?? null,
        variables: readVariables(request.variables),
        ...(request.cost !== undefined && { cost: readCost('cases.completeItem', request.cost) }),
      } as const
      const [item] = await context.port.get(items, [itemId])
      const asked = await allowed(context, by, item?.instanceId ?? null)
      if (item === undefined) throw unknownItem(itemId)
      await context.port.submit(item.instanceId, command, asked)
    },
    async return(deviationId, request) {
      const by = byName(context, 'cases.return', request)
      const command = readReturn(deviationId, request, context.templates.default)
      const { instanceId, asked } = await ofDeviation(context, by, deviationId)
      const { called } = answer<Away>(await context.port.submit(instanceId, command, await knowing(context, instanceId, asked)))
      await followed(context, deviationId, called)
    },
    async previewLeave(request) {
      const by = submitOptions(context, 'cases.previewLeave', request)
      const { instanceId, ...place } = readLeave({ ...request, reason: request.reason ?? 'preview' })
      const command = { type: 'leave', ...place, template: context.templates.default } as const
      const asked = await allowed(context, by, instanceId)
      return askLeave(context.port, instanceId, command, await knowing(context, instanceId, asked))
    },
    async previewReturn(deviationId, request) {
      const by = submitOptions(context, 'cases.previewReturn', request)
      const command = readReturn(deviationId, request, context.templates.default)
      const { instanceId, asked } = await ofDeviation(context, by, deviationId)
      return askReturn(context.port, instanceId, command, await knowing(context, instanceId, asked))
    },
    async verifyAudit(caseId, anchor) {
      needName('cases.verifyAudit', 'caseId', caseId)
      if (anchor !== undefined) needKinds('cases.verifyAudit with an anchor', anchor, ANCHOR)
      await allowed(context, submitOptions(context, 'cases.verifyAudit', {}), null)
      return verifyAudit(context, caseId, anchor)
    },
    async exportOcel(request) {
      checkNames('cases.exportOcel', request, { caseIds: 'texts' })
      await allowed(context, submitOptions(context, 'cases.exportOcel', {}), null)
      return exportOcel(context, request.caseIds)
    },
    async redact(caseId, request) {
      const by = byName(context, 'cases.redact', request)
      return answer(await context.port.submit(null, readRedact(caseId, request), by))
    },
    async undo(deviationId, request = {}) {
      const by = byName(context, 'cases.undo', request)
      checkNames('cases.undo', request, { partial: 'flag', reason: 'any', ...CALL })
      const reason = request.reason === undefined ? null : readReason(request.reason, 'cases.undo')
      if (request.partial && reason === null) throw noReason('cases.undo with partial')
      const partial = request.partial ? { partial: true as const } : {}
      const { instanceId, asked } = await ofDeviation(context, by, deviationId)
      const { called } = answer<Away>(await context.port.submit(instanceId, { type: 'undo', deviationId, reason, ...partial }, asked))
      await followed(context, deviationId, called)
    },
    offers: (to, who = {}) => offers(context, to, who),
    async pauseClock(caseId, request) {
      checkNames('cases.pauseClock', request, { reason: 'any', ...CALL })
      const because = needName('cases.pauseClock', 'reason', request.reason)
      await context.port.submit(null, { type: 'pauseClock', caseId, because }, byName(context, 'cases.pauseClock', request))
    },
    async resumeClock(caseId, call = {}) {
      checkNames('cases.resumeClock', call, CALL)
      await context.port.submit(null, { type: 'resumeClock', caseId }, byName(context, 'cases.resumeClock', call))
    },
    async setSeverity(caseId, request) {
      checkNames('cases.setSeverity', request, { severity: 'any', reason: 'any', ...CALL })
      const severity = needName('cases.setSeverity', 'severity', request.severity)
      const reason = readReason(request.reason, 'cases.setSeverity')
      await context.port.submit(null, { type: 'setSeverity', caseId, severity, reason }, byName(context, 'cases.setSeverity', request))
      return (await readCase(context, caseId))?.clocks ?? []
    },
    async setTier(caseId, request) {
      checkNames('cases.setTier', request, { tier: 'any', reason: 'any', ...CALL })
      const tier = needName('cases.setTier', 'tier', request.tier)
      const reason = readReason(request.reason, 'cases.setTier')
      await context.port.submit(null, { type: 'setTier', caseId, tier, reason }, byName(context, 'cases.setTier', request))
      return (await readCase(context, caseId))?.clocks ?? []
    },
    async escalate(caseId, request) {
      checkNames('cases.escalate', request, { reason: 'any', ...CALL })
      const reason = readReason(request.reason, 'cases.escalate')
      await context.port.submit(null, { type: 'escalate', caseId, reason }, byName(context, 'cases.escalate', request))
    },
    async dashboard(query = {}) {
      checkNames('cases.dashboard', query, DASHBOARD)
      const actor = query.actor ?? context.bound.actor
      const by = submitOptions(context, 'cases.dashboard', actor === undefined ? {} : { actor })
      if (actor === undefined) throw noActor('cases.dashboard')
      await allowed(context, by, null)
      return findDashboard(context, actor, query)
    },
    resolve: (caseId, request) => resolve(context, caseId, request),
    async get(caseId) {
      needName('cases.get', 'caseId', caseId)
      await allowed(context, submitOptions(context, 'cases.get', {}), null)
      return readCase(context, caseId)
    },
    async find(query = {}) {
      checkNames('cases.find', query, { ...QUERY, limit: 'any', after: 'text' })
      await allowed(context, submitOptions(context, 'cases.find', {}), null)
      return findCases(context, query)
    },
    async count(query = {}) {
      checkNames('cases.count', query, QUERY)
      await allowed(context, submitOptions(context, 'cases.count', {}), null)
      return countCases(context, query)
    },
    as: (who) => casesOf(boundTo(context, who)),
    within(transaction) {
      const { committed, rolledBack, ...port } = context.port.within(transaction)
      return joinedCases({ ...context, port, engine: port.engine, isJoined: true }, { committed, rolledBack })
    },
    ...notYetThere,
  }
}

const ANCHOR: Shape = { entries: 'whole', head: 'text' }
const DASHBOARD: Shape = { actor: 'text', overdue: 'flag', limit: 'any', after: 'text' }
const QUERY: Shape = { customer: 'text', instanceId: 'text', state: 'oneOrMore', template: 'text' }

/** The engine as who calls for a tenant sees it. */
function seenEngine({ engine }: Context, { tenantId }: SubmitOptions): EngineApi {
  return tenantId === undefined ? engine : engine.as({ tenantId })
}

function boundTo(context: Context, who: Context['bound']): Context {
  checkNames('cases.as', who, { actor: 'text?', tenantId: 'text?' })
  checkTenant('cases.as', context.bound.tenantId, who.tenantId)
  return { ...context, bound: { ...context.bound, ...who } }
}

function joinedCases(context: Context, ends: Pick<JoinedCases, 'committed' | 'rolledBack'>): JoinedCases {
  return { ...casesOf(context), ...ends, as: (who) => joinedCases(boundTo(context, who), ends) }
}

/** What runs of the case is looked at first: an instance that is over stays so. */
async function resolve(context: Context, caseId: string, request: ResolveRequest): Promise<void> {
  const by = byName(context, 'cases.resolve', request)
  checkNames('cases.resolve', request, { code: 'any', ...CALL })
  if (typeof request.code !== 'string' || request.code === '')
    throw new EngineError('invalidArgument', 'cases.resolve needs the code of how the case was resolved.', { caseId })
  const asked = await allowed(context, by, null)
  const [record] = await context.port.get(caseRecords, [caseId])
  if (record === undefined || !isSeen(record.tenantId, by)) throw unknownCase(caseId)
  const views = await Promise.all(record.instanceIds.map((id) => context.engine.instances.get(id)))
  const running = views.filter((view) => view?.status === 'active' || view?.status === 'suspended').map((view) => view?.id ?? '')
  if (running.length > 0) throw processRunning(caseId, running)
  await context.port.submit(null, { type: 'resolveCase', caseId, code: request.code }, asked)
}

async function open(context: Context, request: OpenRequest): Promise<CaseView> {
  checkNames('cases.open', request, OPEN)
  const { template, customer = null, title = null, facts, process } = request
  const by = submitOptions(context, 'cases.open', request)
  const { tierOf } = context.policies
  const tier: string | null = request.tier ?? (customer === null || tierOf === undefined ? null : await tierOf(customer))
  const key = context.templates.named(template)
  const command: CaseCommand = { type: 'openCase', template: key, customer, title, facts: readVariables(facts), tier }
  const { id } = answer<{ id: string }>(
    process === undefined ? await context.port.submit(null, command, by) : await startWith(context, process, command, by),
  )
  const view = await readCase(context, id)
  if (view === null) throw unknownCase(id)
  return view
}

const OPEN: Shape = { template: 'text', customer: 'text?', tier: 'text?', title: 'words?', facts: 'any', process: 'object', ...CALL }
const PROCESS: Shape = {
  key: 'text',
  id: 'text',
  version: 'whole',
  versionTag: 'text',
  variables: 'any',
  businessKey: 'text?',
  at: 'texts',
}

async function startWith(
  { port }: Context,
  process: NonNullable<OpenRequest['process']>,
  command: CaseCommand,
  by: SubmitOptions,
): ReturnType<ExtensionPort<CaseCommand>['start']> {
  checkNames('cases.open: its process', process, PROCESS)
  const { variables, businessKey, at, ...reference } = process
  const start = { ...(variables && { variables }), ...(businessKey !== undefined && { businessKey }), ...(at && { at }) }
  const isLatest = 'key' in reference && reference.version === undefined && reference.versionTag === undefined
  return port.start(isLatest ? reference.key : reference, start, command, by)
}

async function leave(context: Context, request: LeaveRequest, isOfMany = false): Promise<{ readonly id: string; readonly caseId: string }> {
  const by = byName(context, 'cases.leave', request)
  const many = isOfMany ? { isOfMany: true as const } : {}
  const ahead = readLeaveAhead(request)
  if (ahead !== null) {
    const { instanceId: id, ...wanted } = ahead
    return answer(await context.port.submit(id, { type: 'leaveAhead', ...wanted, ...many, template: context.templates.default }, by))
  }
  const { instanceId, ...place } = readLeave(request)
  const command: CaseCommand = { type: 'leave', ...place, ...many, template: context.templates.default }
  const asked = await allowed(context, by, instanceId)
  try {
    const { called, ...left } = answer<Away>(await context.port.submit(instanceId, command, await knowing(context, instanceId, asked)))
    await followed(context, left.id, called)
    return left
  } catch (error) {
    if (!(error instanceof Refused) || error.code !== 'AnchorGone') throw error
    throw await followAnchor(context.engine, instanceId, command.elementInstanceId, error)
  }
}

/** What was called follows at once; within a transaction of the host its jobs see to it, after the commit. */
async function followed({ port, isJoined }: Context, deviationId: string, called: readonly string[]): Promise<void> {
  if (!isJoined) await calledFollow(port, deviationId, called)
}

interface Away {
  readonly id: string
  readonly caseId: string
  readonly called: readonly string[]
}

/** With what rules on the order of work ask for. */
async function knowing({ engine, policies }: Context, instanceId: string, by: SubmitOptions): Promise<SubmitOptions> {
  const done = await doneBefore(engine, policies, instanceId)
  return done.length === 0 ? by : { ...by, known: done }
}

/** Asks the host before anything of a call is told, even that there is nothing of the kind. Gives the options of the call that was asked about. */
async function allowed({ port }: Context, by: SubmitOptions, instanceId: string | null): Promise<SubmitOptions> {
  await port.ask({ ...by, instanceId })
  return { ...by, isAsked: true }
}

/** The order of a deviation is that of its instance. */
async function ofDeviation(context: Context, by: SubmitOptions, id: string): Promise<{ instanceId: string; asked: SubmitOptions }> {
  needName(by.operation ?? 'cases', 'deviationId', id)
  const [deviation] = await context.port.get(deviations, [id])
  const asked = await allowed(context, by, deviation?.instanceId ?? null)
  if (deviation === undefined) throw unknownDeviation(id)
  return { instanceId: deviation.instanceId, asked }
}

/** No instance for a case: its own record gives the order. */
async function ofPlace(
  context: Context,
  by: SubmitOptions,
  id: string,
): Promise<{ instanceId: string | null; asked: SubmitOptions; template: string } & OfferPlace> {
  const { port } = context
  needName(by.operation ?? 'cases', 'deviationOrCaseId', id)
  const [[deviation = null], [own]] = await Promise.all([port.get(deviations, [id]), port.get(caseRecords, [id])])
  const instanceId = deviation?.instanceId ?? null
  const asked = await allowed(context, by, instanceId)
  const [record] = deviation === null ? [own] : await port.get(caseRecords, [deviation.caseId])
  if (record === undefined || !isSeen(record.tenantId, context.bound)) throw unknownDeviation(id)
  return { instanceId, asked, template: record.template, case: record, deviation }
}

/** What may be added by whom: the rules look at the same as when it is added. */
async function offers(context: Context, to: string, who: Pick<CaseCall, 'actor' | 'tenantId'>): Promise<readonly OfferView[]> {
  const by = byName(context, 'cases.offers', who)
  const place = await ofPlace(context, by, to)
  return context.templates
    .offersOf(place.template)
    .filter((offer) => applies(offer, place) && isFor(context, offer, by.actor ?? ''))
    .map(({ key, item: { name, kind, required } }) => ({ key, name, kind, required }))
}

/** Throws `notAuthorized` where a handle that is bound to a tenant is given another one. */
function checkTenant(operation: string, bound: string | undefined, given: string | undefined): void {
  if (bound === undefined || given === undefined || given === bound) return
  throw new EngineError('notAuthorized', `${operation}: these cases are bound to tenant ${bound}, which stays`, { tenantId: bound })
}

/** What goes with the command; what goes on record must have a name. */
function byName(context: Context, operation: string, call: CaseCall): SubmitOptions {
  const options = submitOptions(context, operation, call)
  if (options.actor === undefined || options.actor === '') throw noActor(operation)
  return options
}

function submitOptions({ bound }: Context, operation: string, call: CaseCall): SubmitOptions {
  checkObject(operation, call)
  checkKinds(operation, call, CALL)
  checkTenant(operation, bound.tenantId, call.tenantId)
  const actor = call.actor ?? bound.actor
  const tenantId = call.tenantId ?? bound.tenantId
  const { idempotencyKey } = call
  return {
    operation,
    ...(actor !== undefined && { actor }),
    ...(tenantId !== undefined && { tenantId }),
    ...(idempotencyKey !== undefined && { idempotencyKey }),
  }
}

/** Sound: decide.ts answers each command with just this. */
function answer<A>(given: unknown): A {
  return given as A
}

const METHODS = [
  'worklist',
  'assign',
  'transfer',
  'confirm',
  'close',
  'reopen',
  'link',
  'complain',
  'customerView',
  'suggest',
  'metrics',
] as const

/** Named in the public face and refused as `notYetSupported`. */
export interface NotYetThere extends Record<(typeof METHODS)[number], NotYet> {
  readonly facts: Record<'record' | 'verify' | 'ask' | 'revoke', NotYet>
  readonly contacts: Record<'record', NotYet>
  readonly commitments: Record<'make' | 'prove', NotYet>
  readonly proposals: Record<'draft' | 'submit' | 'counter' | 'endorse' | 'approve' | 'reject' | 'withdraw', NotYet>
  readonly reviews: Record<'due' | 'decide', NotYet>
  readonly promotions: Record<'candidates' | 'draft' | 'accept', NotYet>
}

const notYetThere: NotYetThere = {
  ...notYet(METHODS),
  facts: notYet(['record', 'verify', 'ask', 'revoke'], 'cases.facts.'),
  contacts: notYet(['record'], 'cases.contacts.'),
  commitments: notYet(['make', 'prove'], 'cases.commitments.'),
  proposals: notYet(['draft', 'submit', 'counter', 'endorse', 'approve', 'reject', 'withdraw'], 'cases.proposals.'),
  reviews: notYet(['due', 'decide'], 'cases.reviews.'),
  promotions: notYet(['candidates', 'draft', 'accept'], 'cases.promotions.'),
}
