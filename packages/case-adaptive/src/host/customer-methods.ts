import { EngineError } from '@leeway/engine'
import { concealVariables, isoOf, revealVariables, type Value, type Variables } from '@leeway/engine/extension'
import type { CaseCommand } from '../case/commands.ts'
import type { RecordContact } from '../case/customer-commands.ts'
import type { Asked } from '../case/facts.ts'
import { contactLifecycle } from '../lifecycles/contact.ts'
import type { CaseCall } from './call.ts'
import { CALL, checkNames, needName, needTitle, type Shape } from './check-request.ts'
import { findContacts } from './contact-find.ts'
import { allowed, answer, byName, type Context, submitOptions } from './context.ts'
import type { CommitmentRequest, ContactRequest, CustomerFaces, FactRequest, PlanRequest, ProveRequest } from './customer-api.ts'
import type { AskedView } from './customer-record-view.ts'
import { readCustomerView } from './customer-view.ts'
import { readInstant, readReason } from './read-request.ts'

/** What is between the house and its customer: contacts, facts, and promises. */
export function customerMethods(context: Context): CustomerFaces {
  const submit = async <A>(operation: string, call: CaseCall, shape: Shape, command: () => CaseCommand): Promise<A> => {
    checkNames(operation, call, { ...shape, ...CALL })
    return answer<A>(await context.port.submit(null, command(), byName(context, operation, call)))
  }
  const { timeZone } = context.templates
  return {
    async customerView(customerOrToken) {
      needName('cases.customerView', 'customerOrToken', customerOrToken)
      await allowed(context, submitOptions(context, 'cases.customerView', {}), null)
      return readCustomerView(context, customerOrToken)
    },
    contacts: {
      record: (request) => submit('cases.contacts.record', request, CONTACT, () => readContact(request, timeZone)),
      async find(query) {
        checkNames('cases.contacts.find', query, { caseId: 'text', customer: 'text', limit: 'any', after: 'text' })
        await allowed(context, submitOptions(context, 'cases.contacts.find', {}), null)
        return findContacts(context, query)
      },
    },
    facts: {
      record: (caseId, request) => submit('cases.facts.record', request, FACT, () => readFact(caseId, request, timeZone)),
      async verify(factId, request) {
        await submit('cases.facts.verify', request, { how: 'any', validUntil: 'instant' }, () => ({
          type: 'verifyFact',
          factId: needName('cases.facts.verify', 'factId', factId),
          how: needName('cases.facts.verify', 'how', request.how),
          validUntil: readInstant('validUntil', request.validUntil, timeZone),
        }))
      },
      async ask(caseId, request) {
        const asked = await submit<Asked>('cases.facts.ask', request, { key: 'any', verified: 'flag' }, () => ({
          type: 'askFact',
          caseId: needName('cases.facts.ask', 'caseId', caseId),
          key: needName('cases.facts.ask', 'key', request.key),
          verified: request.verified ?? false,
        }))
        return askedView(asked)
      },
      async revoke(factId, request) {
        await submit('cases.facts.revoke', request, { reason: 'any' }, () => ({
          type: 'revokeFact',
          factId: needName('cases.facts.revoke', 'factId', factId),
          reason: readReason(request.reason, 'cases.facts.revoke'),
        }))
      },
    },
    commitments: {
      make: (caseId, request) => submit('cases.commitments.make', request, COMMITMENT, () => readCommitment(caseId, request, timeZone)),
      plan: (caseId, request) => submit('cases.commitments.plan', request, PLAN, () => readPlan(caseId, request, timeZone)),
      async prove(commitmentId, request) {
        await submit('cases.commitments.prove', request, { proof: 'object', released: 'flag', reason: 'any' }, () =>
          readProof(commitmentId, request),
        )
      },
    },
  }
}

const CONTACT: Shape = {
  id: 'text',
  caseId: 'text',
  customer: 'text',
  direction: ['inbound', 'outbound'],
  channel: 'text',
  summary: 'words',
  participants: 'each',
  answered: 'flag',
  state: contactLifecycle.states,
  at: 'instant',
  connectedAt: 'instant',
  endedAt: 'instant',
  category: 'text',
  cost: 'amount',
}

function readContact(request: ContactRequest, timeZone: string): RecordContact {
  const operation = 'cases.contacts.record'
  const { id = null, caseId = null, customer = null, direction, channel, summary = null, participants = [], state = 'wrapped' } = request
  if (id !== null) {
    for (const name of ['caseId', 'customer', 'direction', 'channel', 'at'] as const)
      if (request[name] !== undefined) throw invalid(`${operation}: "${name}" of a contact that goes on stays as it was.`)
  } else {
    if (caseId === null && customer === null) throw invalid(`${operation} needs the caseId, or the customer.`)
    if (direction === undefined) throw invalid(`${operation} needs a direction; it is inbound or outbound.`)
    needName(operation, 'channel', channel)
  }
  const { category, cost } = request
  return {
    type: 'recordContact',
    contactId: id,
    caseId,
    customer,
    direction: direction ?? 'inbound',
    channel: channel ?? '',
    words: summary,
    participants,
    answered: request.answered ?? direction === 'outbound',
    state,
    at: readInstant('at', request.at, timeZone),
    connectedAt: readInstant('connectedAt', request.connectedAt, timeZone),
    endedAt: readInstant('endedAt', request.endedAt, timeZone),
    ...(category !== undefined && { category }),
    ...(cost !== undefined && { cost }),
  }
}

const FACT: Shape = {
  key: 'any',
  value: 'any',
  source: 'text',
  saidBy: 'text',
  contactId: 'text',
  deviationId: 'text',
  scope: ['case', 'customer'],
  validUntil: 'instant',
}

function readFact(caseId: string, request: FactRequest, timeZone: string): CaseCommand {
  const operation = 'cases.facts.record'
  const { source = 'customer', saidBy = null, contactId = null, deviationId = null, scope = 'case' } = request
  if (request.value === undefined) throw invalid(`${operation} needs a value; null is one.`)
  const key = needName(operation, 'key', request.key)
  // Checked and concealed as any variable's value.
  const concealed = concealVariables({ [key]: request.value } as Variables)
  return {
    type: 'recordFact',
    caseId: needName(operation, 'caseId', caseId),
    key,
    value: concealed[key] as Value,
    source,
    saidBy,
    contactId,
    deviationId,
    ofCustomer: scope === 'customer',
    validUntil: readInstant('validUntil', request.validUntil, timeZone),
  }
}

const COMMITMENT: Shape = { what: 'title', dueAt: 'instant', by: 'text', remindAt: 'instant', needs: 'text' }

function readCommitment(caseId: string, { what, by, needs, ...given }: CommitmentRequest, timeZone: string): CaseCommand {
  const operation = 'cases.commitments.make'
  const [dueAt, remindAt] = [readInstant('dueAt', given.dueAt, timeZone), readInstant('remindAt', given.remindAt, timeZone)]
  if (dueAt === null) throw invalid(`${operation} needs "dueAt".`)
  if (remindAt !== null && remindAt >= dueAt) {
    const message = `${operation}: remindAt is not before dueAt, so nobody would be reminded; give an earlier one, or leave it out.`
    throw new EngineError('invalidArgument', message, { remindAt: isoOf(remindAt), dueAt: isoOf(dueAt) })
  }
  return {
    type: 'makeCommitment',
    caseId: needName(operation, 'caseId', caseId),
    words: needTitle(operation, 'what', what),
    dueAt,
    by: by ?? null,
    remindAt,
    needs: needs ?? null,
  }
}

const PLAN: Shape = { kind: 'text', total: 'amount', instalment: 'amount', firstAt: 'instant', what: 'title' }

function readPlan(caseId: string, { kind, total, instalment, firstAt, what = 'Payment plan' }: PlanRequest, timeZone: string): CaseCommand {
  const operation = 'cases.commitments.plan'
  if (!(total > 0) || (instalment !== undefined && !(instalment > 0)))
    throw invalid(`${operation} needs a total above 0, and so is an instalment.`)
  return {
    type: 'makePlan',
    caseId: needName(operation, 'caseId', caseId),
    kind: needName(operation, 'kind', kind),
    words: needTitle(operation, 'what', what),
    total,
    instalment: instalment ?? null,
    firstAt: readInstant('firstAt', firstAt, timeZone),
  }
}

function readProof(commitmentId: string, { proof, released, reason }: ProveRequest): CaseCommand {
  const operation = 'cases.commitments.prove'
  needName(operation, 'commitmentId', commitmentId)
  if ((proof === undefined) !== (released === true)) throw invalid(`${operation} needs one of "proof" and "released".`)
  if (proof === undefined) return { type: 'proveCommitment', commitmentId, proof: null, reason: readReason(reason, operation) }
  checkNames(`${operation}: its proof`, proof, { kind: 'any', evidence: 'wordings' })
  const kind = needName(`${operation}: its proof`, 'kind', proof.kind)
  if (reason !== undefined) throw invalid(`${operation}: a proof needs no reason.`)
  return { type: 'proveCommitment', commitmentId, proof: { kind, evidence: proof.evidence ?? [] } }
}

function askedView(asked: Asked): AskedView {
  if (!asked.known) return asked
  const { value } = revealVariables({ value: asked.value })
  return { known: true, factId: asked.factId, value, state: asked.state }
}

function invalid(message: string): EngineError {
  return new EngineError('invalidArgument', message, {})
}
