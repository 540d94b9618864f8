import { EngineError } from '@leeway/engine'
import type { ExtensionPort, SubmitOptions } from '@leeway/engine/extension'
import { exportOcel, verifyAudit } from '../audit/audit.ts'
import { numberOf } from '../audit/chain.ts'
import { readEntries } from '../audit/read-entries.ts'
import { processRunning, unknownCase } from '../case/case-refusals.ts'
import type { Case } from '../case/case-state.ts'
import type { CaseCommand, Redact } from '../case/commands.ts'
import { ITEMS_MAX } from '../case/items.ts'
import { caseLifecycle } from '../lifecycles/case.ts'
import type { CaseFace, CaseQuery, OpenRequest, ResolveRequest } from './case-api.ts'
import { countCases, findCases } from './case-find.ts'
import type { CaseView } from './case-view.ts'
import { CALL, checkKinds, checkNames, needKinds, needName, type Shape } from './check-request.ts'
import { allowed, answer, byName, type Context, submitOptions } from './context.ts'
import { isSeen, readCase } from './read-case.ts'
import { readRedact, readVariables } from './read-request.ts'
import { caseRecords, items } from './records.ts'

/** Cases themselves, and their record. */
export function caseMethods(context: Context): CaseFace {
  return {
    open: (request = {}) => open(context, request),
    async attach(caseId, instanceId, call = {}) {
      checkNames('cases.attach', call, CALL)
      needName('cases.attach', 'caseId', caseId)
      needName('cases.attach', 'instanceId', instanceId)
      const by = byName(context, 'cases.attach', call)
      await context.port.submit(instanceId, { type: 'attachInstance', caseId }, by)
    },
    resolve: (caseId, request) => resolve(context, caseId, request),
    async get(caseId) {
      needName('cases.get', 'caseId', caseId)
      await allowed(context, submitOptions(context, 'cases.get', {}), null)
      return readCase(context, caseId)
    },
    async find(query = {}) {
      checkNames('cases.find', query, { ...QUERY, limit: 'any', after: 'text' })
      checkStates('cases.find', query)
      await allowed(context, submitOptions(context, 'cases.find', {}), null)
      return findCases(context, query)
    },
    async count(query = {}) {
      checkNames('cases.count', query, QUERY)
      checkStates('cases.count', query)
      await allowed(context, submitOptions(context, 'cases.count', {}), null)
      return countCases(context, query)
    },
    async verifyAudit(caseId, anchor) {
      needName('cases.verifyAudit', 'caseId', caseId)
      if (anchor !== undefined) needKinds('cases.verifyAudit with an anchor', anchor, ANCHOR)
      await allowed(context, submitOptions(context, 'cases.verifyAudit', {}), null)
      return verifyAudit(context, caseId, anchor)
    },
    async exportOcel(request) {
      checkNames('cases.exportOcel', request, { caseIds: 'each' })
      await allowed(context, submitOptions(context, 'cases.exportOcel', {}), null)
      return exportOcel(context, request.caseIds)
    },
    async redact(caseId, request) {
      const by = byName(context, 'cases.redact', request)
      const asked = readRedact(caseId, request)
      if (asked.items.length === 0) return answer(await context.port.submit(null, asked, by))
      const whole = async (): Promise<CaseCommand> => ({ ...asked, entries: [...asked.entries, ...(await naming(context, asked))] })
      return answer(await context.port.submit(null, whole, { ...by, asked }))
    },
  }
}

/** Numbers of the entries that name one of the items. */
async function naming({ port }: Context, { caseId, items: ids }: Redact): Promise<readonly number[]> {
  const entries = await readEntries(port, caseId)
  return entries.flatMap(({ id, body }) => {
    const seq = 'itemId' in body && ids.includes(body.itemId) ? numberOf(caseId, id) : null
    return seq === null ? [] : [seq]
  })
}

const ANCHOR: Shape = { entries: 'count', head: 'text' }
const QUERY: Shape = { customer: 'text', instanceId: 'text', state: 'oneOrMore', template: 'text' }

/** Throws `invalidArgument`. */
function checkStates(operation: string, { state = [] }: CaseQuery): void {
  for (const one of [state].flat()) checkKinds(operation, { state: one }, { state: caseLifecycle.states })
}

/** What runs of the case is looked at first: an instance that is over stays so. */
async function resolve(context: Context, caseId: string, request: ResolveRequest): Promise<void> {
  const by = byName(context, 'cases.resolve', request)
  checkNames('cases.resolve', request, { code: 'title', ...CALL })
  needName('cases.resolve', 'caseId', caseId)
  if (request.code === undefined)
    throw new EngineError('invalidArgument', 'cases.resolve needs the code of how the case was resolved.', { caseId })
  const asked = await allowed(context, by, null)
  const [record] = await context.port.get(caseRecords, [caseId])
  if (record === undefined || !isSeen(record.tenantId, by)) throw unknownCase(caseId)
  const command = async (): Promise<CaseCommand> => {
    await checkOver(context, record)
    return { type: 'resolveCase', caseId, code: request.code }
  }
  await context.port.submit(null, command, { ...asked, asked: { type: 'resolveCase', caseId, code: request.code } })
}

/** Throws `ProcessRunning`. What ends with the case does not count. */
async function checkOver(context: Context, { id: caseId, instanceIds }: Case): Promise<void> {
  const own = await context.port.find(items, { where: { caseId: { eq: caseId } }, orderBy: [{ field: 'id' }], limit: ITEMS_MAX })
  const ending = new Set(own.filter(({ body }) => !body.required).map(({ body }) => body.itemInstanceId))
  const others = instanceIds.filter((id) => !ending.has(id))
  const views = await Promise.all(others.map((id) => context.engine.instances.get(id)))
  const running = views.filter((view) => view?.status === 'active' || view?.status === 'suspended').map((view) => view?.id ?? '')
  if (running.length > 0) throw processRunning(caseId, running)
}

async function open(context: Context, request: OpenRequest): Promise<CaseView> {
  checkNames('cases.open', request, OPEN)
  const { template, customer = null, title = null, facts, process } = request
  const by = submitOptions(context, 'cases.open', request)
  const wanted = { type: 'openCase', customer, title, facts: readVariables(facts) } as const
  const command = async (): Promise<CaseCommand> => {
    const { tierOf } = context.policies
    const tier: string | null = request.tier ?? (customer === null || tierOf === undefined ? null : await tierOf(customer))
    return { ...wanted, template: context.templates.named(template), tier }
  }
  const asked = { ...by, asked: { ...wanted, template: template ?? null, tier: request.tier ?? null } }
  const { id } = answer<{ id: string }>(
    process === undefined ? await context.port.submit(null, command, asked) : await startWith(context, process, command, asked),
  )
  // Whoever opens it is told what it is, whoever answers for it then.
  const { actor: _actor, ...bound } = context.bound
  const view = await readCase({ ...context, bound }, id)
  if (view === null) throw unknownCase(id)
  return view
}

const OPEN: Shape = { template: 'text', customer: 'text?', tier: 'text?', title: 'title?', facts: 'any', process: 'object', ...CALL }
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
  command: () => Promise<CaseCommand>,
  by: SubmitOptions,
): ReturnType<ExtensionPort<CaseCommand>['start']> {
  checkNames('cases.open: its process', process, PROCESS)
  const named = 'id' in process ? 'id' : 'key'
  needName('cases.open: its process', named, Reflect.get(process, named))
  for (const name of ['key', 'version', 'versionTag'])
    if (named === 'id' && Reflect.get(process, name) !== undefined)
      throw new EngineError('invalidArgument', `cases.open: its process is named by id; it takes no "${name}" beside it.`, { name })
  const { variables, businessKey, at, ...reference } = process
  const start = { ...(variables && { variables }), ...(businessKey !== undefined && { businessKey }), ...(at && { at }) }
  const isLatest = 'key' in reference && reference.version === undefined && reference.versionTag === undefined
  return port.start(isLatest ? reference.key : reference, start, command, by)
}
