import type { Value } from '../model/value.ts'
import { concealVariables, type Variables } from '../model/variables.ts'
import { commitAlone, NOTHING, together } from './also.ts'
import { type Api, actorOf, authorize, type CallOptions, tenantOf } from './api-context.ts'
import { checkCaller, checkMembers, checkText, membersOf } from './arguments.ts'
import type { Receipt } from './deliver-one.ts'
import { withIdempotency } from './idempotency.ts'
import type { MessageHost } from './message-host.ts'
import { messageHostOf } from './message-host-of.ts'
import { type JobRecord, jobs } from './records/job.ts'
import { spread } from './spread.ts'
import { type ConditionsQuestion, startedBy } from './start-conditions.ts'

/** What the conditions that start processes are asked about. */
export interface ConditionsInput extends CallOptions {
  /** What the conditions see, and what each instance begins with. */
  readonly variables?: Variables
  /** Of each instance that begins. */
  readonly businessKey?: string
  /** Only conditions of this process. */
  readonly processKey?: string
}

/** Which instances began. `pending`: written down inside a host's transaction. */
export interface ConditionsAnswer {
  readonly outcome: 'started' | 'none' | 'pending'
  readonly instanceIds: readonly string[]
}

const INPUT = membersOf('variables', 'businessKey', 'processKey')

/**
 * Starts an instance for each conditional start event of a latest version that is true of these variables: a process that does not run has
 * none of its own, so somebody must say when to look. BPMN 2.0.2 §10.5.2. Throws `invalidArgument`, `invalidVariable`,
 * `idempotencyKeyReused`.
 */
export async function evaluateConditions(api: Api, input: ConditionsInput = {}): Promise<ConditionsAnswer> {
  checkMembers('evaluateConditions', 'input', input, INPUT)
  checkCaller('evaluateConditions', input)
  checkText('evaluateConditions', 'businessKey', input.businessKey)
  checkText('evaluateConditions', 'processKey', input.processKey)
  const actor = actorOf(api, input)
  const asked = authorize(api, 'evaluateConditions', { actor, tenantId: input.tenantId })
  if (asked !== null) await asked
  const { variables = {}, businessKey = null, processKey = null, idempotencyKey: key = null } = input
  const question = { values: concealVariables(variables), businessKey, processKey, actor, tenantId: tenantOf(api, input) }
  const { actor: _actor, ...args } = question
  const call = { operation: 'evaluateConditions', key, tenantId: question.tenantId, args }
  const host = messageHostOf(api.host)
  return withIdempotency<ConditionsAnswer & Value>(host, call, async (once) => {
    const receipt: Receipt = { first: (got) => once.also(answer(got.instanceIds)), later: (got) => once.instead(answer(got.instanceIds)) }
    const record = conditionJob(host, question)
    if (host.joined) {
      const pending = { outcome: 'pending', instanceIds: [] } as const
      const put = [{ collection: jobs, record }]
      const isWritten = await commitAlone(host, 'evaluateConditions', actor, together(once.also(pending), { ...NOTHING, put }))
      host.wake()
      return isWritten ? pending : null
    }
    const source = { record, revision: 0, fence: 0 }
    const receivers = startedBy(host, question)
    const got = await spread(host, { kind: 'condition', source, delivery: question, receivers, receipt })
    return got === null ? null : answer(got.instanceIds)
  })
}

function conditionJob(host: MessageHost, question: ConditionsQuestion): JobRecord {
  return {
    id: host.newId(),
    dueAt: host.now(),
    priority: 0,
    kind: 'condition',
    type: '$condition',
    instanceId: null,
    tenantId: question.tenantId,
    body: { data: { ...question } },
  }
}

function answer(instanceIds: readonly string[]): ConditionsAnswer & Value {
  return { outcome: instanceIds.length === 0 ? 'none' : 'started', instanceIds }
}
