import {
  asyncAttributes,
  callExtension,
  comparison,
  dataAssociations,
  definitionsXml,
  expression,
  FRAGILE,
  ioExtension,
  listenerExtension,
  repetition,
  retriesExtension,
  storeAssociations,
  takeListener,
} from './dialect.ts'
import { connect, type Drawing, draw, type Exit, nextId, xmlOf } from './drawing.ts'
import type {
  AdHocBlock,
  Async,
  Block,
  Boundary,
  BranchBlock,
  Content,
  Ending,
  Handler,
  ModelShape,
  SubProcessBlock,
  TaskBlock,
  Undo,
} from './model-shape.ts'

/** A model as BPMN, and what the laws ask about it. */
export interface Rendered {
  readonly xml: string
  /** Splits and the joins that collect their tokens. */
  readonly pairs: readonly { readonly split: string; readonly join: string }[]
  /** The constructs that occur in it. */
  readonly features: ReadonlySet<string>
}

/** Writes a random model as BPMN XML. */
export function render(shape: ModelShape): Rendered {
  const pen: Pen = {
    dialect: shape.dialect,
    senders: shape.partner ? [] : null,
    pairs: [],
    features: new Set([`dialect ${shape.dialect}`]),
    drawing: { nodes: [], flows: [], ids: new Map() },
    depth: 0,
  }
  if (shape.begins === 'itself') renderContent(pen, shape.content)
  else renderRest(pen, shape.content, [{ from: renderStart(pen, shape.begins) }])
  if (pen.features.has('data store')) draw(pen.drawing, 'dataStoreReference', ' dataStoreRef="store"', '', 'ledgerReference')
  const senders = pen.senders?.length === 0 ? null : pen.senders
  if (senders !== null) pen.features.add('message flow to another pool')
  return { xml: definitionsXml(shape.dialect, xmlOf(pen.drawing), senders), pairs: pen.pairs, features: pen.features }
}

interface Pen {
  readonly dialect: ModelShape['dialect']
  /** What sends by message flows; null where there is no other pool. */
  readonly senders: string[] | null
  readonly pairs: { split: string; join: string }[]
  readonly features: Set<string>
  readonly drawing: Drawing
  readonly depth: number
}

/** What instantiates the process by an event; the rest follows it. */
function renderStart(pen: Pen, by: Exclude<ModelShape['begins'], 'itself'>): string {
  const { drawing, features } = pen
  features.add(`instantiated by ${by}`)
  if (by !== 'gateway') return draw(drawing, 'startEvent', needsAll(by), catching(pen, by))
  const gateway = draw(drawing, 'eventBasedGateway', ' instantiate="true" eventGatewayType="Parallel"')
  const join = draw(drawing, 'parallelGateway')
  for (const event of ['message', 'signal']) {
    const caught = draw(drawing, 'intermediateCatchEvent', '', definition(event))
    connect(drawing, [{ from: gateway }], caught)
    connect(drawing, [{ from: caught }], join)
  }
  return join
}

/** One way in, one or more ways out. */
interface Piece {
  readonly entry: string
  readonly exits: readonly Exit[]
}

function renderContent(pen: Pen, content: Content): void {
  const { drawing } = pen
  let exits: readonly Exit[] = content.start === 'event' ? [{ from: draw(drawing, 'startEvent') }] : []
  if (content.start === 'missing') pen.features.add('no start event')
  // Without a start event the first node must have no incoming flow; a back edge would give it one.
  if (content.start === 'missing') exits = [{ from: draw(drawing, 'task') }]
  renderRest(pen, content, exits)
}

function renderRest(pen: Pen, content: Content, start: readonly Exit[]): void {
  const { drawing } = pen
  for (const handler of content.handlers) renderHandler(pen, handler)
  const exits = sequence(pen, content.blocks, start)
  const { ending } = content
  if (ending.kind === 'end') return end(pen, exits, ending.event)
  if (ending.kind === 'error') return throwAt(pen, exits, ending.code)
  pen.features.add(ending.implicit ? 'implicit fork' : 'fork')
  const split = draw(drawing, ending.implicit ? 'task' : 'parallelGateway')
  connect(drawing, exits, split)
  for (const tail of ending.tails) end(pen, sequence(pen, tail.blocks, [{ from: split }]), tail.event)
}

function end(pen: Pen, exits: readonly Exit[], event: Extract<Ending, { kind: 'end' }>['event']): void {
  pen.features.add(event === 'missing' ? 'no end event' : `${event} end`)
  if (event === 'missing') {
    // A flow with a condition needs a target.
    const last = draw(pen.drawing, 'manualTask')
    return connect(pen.drawing, exits, last)
  }
  const id = nextId(pen.drawing, 'endEvent')
  connect(pen.drawing, exits, draw(pen.drawing, 'endEvent', '', event === 'none' ? '' : thrown(pen, event, id), id))
}

/** An event sub-process: what is in it is drawn after its start event. */
function renderHandler(pen: Pen, handler: Handler): void {
  const { event } = handler
  const interrupting = handler.interrupting || event === 'error'
  pen.features.add(`${interrupting ? 'interrupting' : 'non-interrupting'} event sub-process`)
  pen.features.add(`event sub-process by ${event}`)
  const inner = penWithin(pen)
  const body =
    event === 'timer'
      ? timer('timeDuration', 'PT3M')
      : event === 'cycle'
        ? timer('timeCycle', 'R2/PT2M')
        : event === 'fragile'
          ? timer('timeDuration', expression(pen.dialect, 'fragile.duration'))
          : event === 'condition' || event === 'allOf' || event === 'change'
            ? catching(pen, event, 'high')
            : definition(event, 'E1')
  const start = draw(inner.drawing, 'startEvent', ` isInterrupting="${interrupting}"${needsAll(event)}`, body)
  renderRest(inner, handler.content, [{ from: start }])
  draw(pen.drawing, 'subProcess', ' triggeredByEvent="true"', xmlOf(inner.drawing))
}

function throwAt(pen: Pen, exits: readonly Exit[], code: string): void {
  pen.features.add('error end')
  connect(pen.drawing, exits, draw(pen.drawing, 'endEvent', '', definition('error', code)))
}

/** What is thrown is nothing that the model itself waits for: it could tell itself something for ever. */
function thrown(pen: Pen, event: string, id: string): string {
  if (event === 'all') return ['signal', 'escalation', 'message'].map((one) => thrown(pen, one, id)).join('')
  if (event === 'terminateRounds') return terminating(pen.dialect)
  if (event === 'message' && pen.senders !== null) {
    pen.senders.push(id)
    return '<bpmn:messageEventDefinition/>'
  }
  if (event === 'alarm') return definition('signal')
  if (event === 'news') return definition('message')
  if (event !== 'message' && event !== 'signal') return definition(event, 'E1')
  return `<bpmn:${event}EventDefinition ${event}Ref="thrown${event === 'message' ? 'Message' : 'Signal'}"/>`
}

function definition(event: string, code?: string): string {
  if (event === 'message' || event === 'signal') return `<bpmn:${event}EventDefinition ${event}Ref="${event}"/>`
  if (event === 'escalation') return `<bpmn:escalationEventDefinition${code ? ' escalationRef="escalation"' : ''}/>`
  if (event === 'error') return `<bpmn:errorEventDefinition${code ? ` errorRef="error${code.slice(1)}"` : ''}/>`
  return `<bpmn:${event}EventDefinition/>`
}

/** Ends all rounds around it; in a dialect without that its scope. */
function terminating(dialect: Pen['dialect']): string {
  return `<bpmn:terminateEventDefinition${dialect === 'camunda7' ? ' camunda:terminateMultiInstance="true"' : ''}/>`
}

const HOURS = ' xmlns:leeway="https://leeway.dev/schema/1.0" leeway:calendar="hours"'

function timer(kind: 'timeDuration' | 'timeDate' | 'timeCycle', text: string, attributes = ''): string {
  return `<bpmn:timerEventDefinition${attributes}><bpmn:${kind}>${text}</bpmn:${kind}></bpmn:timerEventDefinition>`
}

function sequence(pen: Pen, blocks: readonly Block[], exits: readonly Exit[]): readonly Exit[] {
  let open = exits
  for (const block of blocks) {
    const piece = renderBlock(pen, block)
    if (open.length > 1) pen.features.add('implicit merge')
    connect(pen.drawing, open, piece.entry)
    open = piece.exits
  }
  return open
}

function renderBlock(pen: Pen, block: Block): Piece {
  const { drawing, dialect, features } = pen
  switch (block.kind) {
    case 'task':
      return renderTask(pen, block)
    case 'subProcess':
      return renderSubProcess(pen, block)
    case 'event': {
      features.add(`${block.event} event`)
      const catches = !block.event.startsWith('throw')
      const tag = catches ? 'intermediateCatchEvent' : 'intermediateThrowEvent'
      const id = nextId(drawing, tag)
      const body = catches ? catching(pen, block.event) : throwing(pen, block.event, id)
      const attributes = `${asyncOf(pen, block.async)}${catches ? needsAll(block.event) : ''}`
      return single(draw(drawing, tag, attributes, body, id))
    }
    case 'link': {
      features.add('link')
      const link = `<bpmn:linkEventDefinition name="${nextId(drawing, 'link')}"/>`
      const entry = draw(drawing, 'intermediateThrowEvent', '', link)
      return { entry, exits: [{ from: draw(drawing, 'intermediateCatchEvent', '', link) }] }
    }
    case 'exclusive':
    case 'parallel':
    case 'inclusive':
      return renderBranches(pen, block)
    case 'complex': {
      features.add('complex gateway')
      const entry = draw(drawing, 'parallelGateway')
      const condition = `<bpmn:activationCondition>${expression(dialect, block.enough === FRAGILE ? 'fragile.always' : `activationCount >= ${block.enough}`)}</bpmn:activationCondition>`
      const join = draw(drawing, 'complexGateway', '', condition)
      for (const branch of block.branches) connect(drawing, sequence(pen, branch, [{ from: entry }]), join)
      pen.pairs.push({ split: entry, join })
      return { entry, exits: [{ from: join }] }
    }
    case 'events': {
      features.add('event-based gateway')
      const entry = draw(drawing, 'eventBasedGateway')
      const exits = block.branches.flatMap((branch) => {
        const receives = branch.event === 'receive'
        const event = receives
          ? draw(drawing, 'receiveTask', ' messageRef="message"')
          : draw(drawing, 'intermediateCatchEvent', needsAll(branch.event), catching(pen, branch.event))
        if (branch.event === 'condition' || branch.event === 'allOf') features.add(`${branch.event} behind a gateway`)
        connect(drawing, [{ from: entry }], event)
        return sequence(pen, branch.blocks, [{ from: event }])
      })
      return { entry, exits }
    }
    case 'loop': {
      features.add('back edge')
      const entry = draw(drawing, 'exclusiveGateway')
      const user = draw(drawing, 'userTask')
      connect(drawing, sequence(pen, block.body, [{ from: entry }]), user)
      const decision = draw(drawing, 'exclusiveGateway')
      connect(drawing, [{ from: user }], decision)
      connect(drawing, [{ from: decision, condition: above(pen, block.above) }], entry)
      return { entry, exits: [{ from: decision, isDefault: true }] }
    }
    case 'adHoc':
      return renderAdHoc(pen, block)
    case 'crowd': {
      features.add('quantities')
      const entry = draw(drawing, 'task', ` completionQuantity="${block.count}"`)
      const each = draw(drawing, 'userTask')
      const last = draw(drawing, 'task', ` startQuantity="${block.count}"`)
      connect(drawing, [{ from: entry }], each)
      connect(drawing, [{ from: each }], last)
      return { entry, exits: [{ from: last }] }
    }
    case 'guard': {
      features.add('guard')
      const entry = draw(drawing, 'exclusiveGateway')
      const exit: Exit = { from: entry, condition: above(pen, block.above) }
      if (block.end === 'terminate' || block.end === 'cancel') end(pen, [exit], block.end)
      else throwAt(pen, [exit], block.end)
      return { entry, exits: [{ from: entry, isDefault: true }] }
    }
  }
}

function throwing(pen: Pen, event: string, id: string): string {
  if (event === 'throwNone') return ''
  if (event === 'throwCompensateOn') return '<bpmn:compensateEventDefinition waitForCompletion="false"/>'
  return thrown(pen, event.slice(5).toLowerCase(), id)
}

function single(id: string): Piece {
  return { entry: id, exits: [{ from: id }] }
}

function above(pen: Pen, limit: number): string {
  if (limit === FRAGILE) pen.features.add('fragile condition')
  return comparison(pen.dialect, 'x >', limit)
}

/** At once of any or of all; a condition that comes true when the walk is brought to its end, or one that is true now and then. */
function catching(pen: Pen, event: string, limit: 'low' | 'high' = 'low'): string {
  if (event === 'condition') {
    const text = limit === 'low' ? 'x < 1' : 'x > 6'
    // In this dialect a condition that holds occurs anew at each change of any variable: what its own path sets would keep it going.
    const filter = pen.dialect === 'camunda7' ? ' camunda:variableName="x"' : ''
    return `<bpmn:conditionalEventDefinition${filter}><bpmn:condition>${expression(pen.dialect, text)}</bpmn:condition></bpmn:conditionalEventDefinition>`
  }
  if (event === 'change') {
    const listener = '<camunda:variableListenerEventDefinition variableName="note" variableChangeType="all"/>'
    return pen.dialect === 'camunda7' ? `<bpmn:extensionElements>${listener}</bpmn:extensionElements>` : catching(pen, 'condition', limit)
  }
  if (event === 'any') return ['message', 'timer', 'signal'].map((one) => catching(pen, one)).join('')
  if (event === 'allOf') return ['signal', 'message', 'message'].map((one) => catching(pen, one)).join('')
  if (event === 'timer') return timer('timeDuration', 'PT1M')
  if (event === 'timerHours') return timer('timeDuration', 'PT3M', HOURS)
  if (event === 'timerDate') return timer('timeDate', '2026-01-01T00:10:00Z')
  return definition(event)
}

function needsAll(event: string): string {
  return event === 'allOf' ? ' parallelMultiple="true"' : ''
}

function asyncOf(pen: Pen, async: Async): string {
  if (pen.dialect === 'camunda7' && async.before) pen.features.add('async before')
  if (pen.dialect === 'camunda7' && async.after) pen.features.add('async after')
  return asyncAttributes(pen.dialect, async)
}

function renderBranches(pen: Pen, block: BranchBlock): Piece {
  const { drawing, features } = pen
  const { kind, implicitSplit, otherJoin } = block
  const gateway = `${kind}Gateway`
  const implicit = implicitSplit && kind !== 'exclusive'
  features.add(`${kind} gateway`)
  if (implicit) features.add('implicit split')
  const entry = draw(drawing, implicit ? 'task' : gateway, asyncOf(pen, block.async))
  const last = block.branches.length - 1
  const ends = block.branches.map((branch, k) => {
    if (kind === 'parallel') return sequence(pen, branch, [{ from: entry }])
    const condition = kind === 'exclusive' && block.gap && k === last ? expression(pen.dialect, 'x < 1') : above(pen, block.above[k] ?? 0)
    const isDefault = k === last && !(kind === 'exclusive' && block.gap)
    const start: Exit = isDefault ? { from: entry, isDefault } : { from: entry, condition }
    if (branch.length > 0) return sequence(pen, branch, [start])
    const pass = draw(drawing, 'intermediateThrowEvent')
    connect(drawing, [start], pass)
    return [{ from: pass }]
  })
  if (kind === 'exclusive' && block.gap) features.add('no default flow')
  if (kind === 'exclusive' && otherJoin) return { entry, exits: ends.flat() }
  if (kind === 'parallel' && otherJoin) features.add('parallel split joined inclusively')
  const join = draw(
    drawing,
    kind === 'parallel' && otherJoin ? 'inclusiveGateway' : gateway,
    asyncOf(pen, { before: block.async.after, after: false }),
  )
  for (const exits of ends) connect(drawing, exits, join)
  if (kind !== 'exclusive') pen.pairs.push({ split: entry, join })
  return { entry, exits: [{ from: join }] }
}

function renderTask(pen: Pen, block: TaskBlock): Piece {
  pen.features.add(block.type)
  const reference = block.type === 'receiveTask' ? ' messageRef="message"' : ''
  const work =
    pen.dialect === 'zeebe' && /service|send|script|businessRule/.test(block.type)
      ? `<zeebe:taskDefinition type="work"${block.retries ? ' retries="2"' : ''}/>`
      : ''
  const topic =
    pen.dialect === 'camunda7' && /service|send|businessRule/.test(block.type) ? ' camunda:type="external" camunda:topic="work"' : ''
  const calls = block.type === 'callActivity'
  const retries = block.retries && (work !== '' || topic !== '') ? retriesExtension(pen.dialect) : ''
  if (retries !== '') pen.features.add('retries')
  const called = calls && pen.dialect === 'camunda7' ? ' calledElement="called"' : ''
  return renderActivity(
    pen,
    block,
    block.type,
    `${reference}${topic}${called}`,
    calls ? callExtension(pen.dialect) : `${work}${retries}`,
    '',
  )
}

function renderSubProcess(pen: Pen, block: SubProcessBlock): Piece {
  pen.features.add(block.transaction ? 'transaction' : 'sub-process')
  const inner = penWithin(pen)
  renderContent(inner, block.content)
  const piece = renderActivity(pen, block, block.transaction ? 'transaction' : 'subProcess', '', '', xmlOf(inner.drawing))
  if (!block.transaction) return piece
  const cancelled = draw(pen.drawing, 'boundaryEvent', ` attachedToRef="${piece.entry}"`, definition('cancel'))
  return { ...piece, exits: [...piece.exits, { from: cancelled }] }
}

/** Draws in a scope of its own: a sub-process, an event sub-process, an ad hoc sub-process. */
function penWithin(pen: Pen): Pen {
  const depth = pen.depth + 1
  if (depth >= 3) pen.features.add('three levels')
  return { ...pen, depth, drawing: { nodes: [], flows: [], ids: pen.drawing.ids } }
}

function renderAdHoc(pen: Pen, block: AdHocBlock): Piece {
  const { dialect, features } = pen
  features.add(block.sequential ? 'sequential ad hoc sub-process' : 'parallel ad hoc sub-process')
  if (!block.cancels) features.add('ad hoc sub-process that waits')
  const inner = penWithin(pen)
  if (block.handlers.length > 0) features.add('event sub-process in an ad hoc sub-process')
  for (const handler of block.handlers) renderHandler(inner, handler)
  const pieces = block.activities.map((activity) => renderBlock(inner, activity))
  const [first, ...others] = pieces
  if (block.led && first && others.length === 2) renderFork(inner, first, others, block.above ?? 0)
  else if (block.led && first) for (const other of others) connect(inner.drawing, first.exits, other.entry)
  const isDriven = block.driven && dialect === 'zeebe'
  if (isDriven) features.add('ad hoc sub-process that a handler drives')
  const driver = isDriven ? '<zeebe:taskDefinition type="driver"/>' : ''
  const condition =
    isDriven || block.above === null
      ? ''
      : `<bpmn:completionCondition>${comparison(dialect, 'x >', block.above)}</bpmn:completionCondition>`
  const attributes = ` ordering="${block.sequential ? 'Sequential' : 'Parallel'}" cancelRemainingInstances="${block.cancels}"`
  return renderActivity(pen, block, 'adHocSubProcess', attributes, driver, `${xmlOf(inner.drawing)}${condition}`)
}

/** The first leads to one or both of the others, and what they come to is joined. */
function renderFork(pen: Pen, first: Piece, others: readonly Piece[], value: number): void {
  const { drawing, features } = pen
  features.add('joins of a path in an ad hoc sub-process')
  const [split, join] = [draw(drawing, 'inclusiveGateway'), draw(drawing, 'inclusiveGateway')]
  connect(drawing, first.exits, split)
  others.forEach((other, k) => {
    connect(drawing, [k === 0 ? { from: split, isDefault: true } : { from: split, condition: above(pen, value) }], other.entry)
    connect(drawing, other.exits, join)
  })
}

function renderActivity(
  pen: Pen,
  block: TaskBlock | SubProcessBlock | AdHocBlock,
  tag: string,
  attributes: string,
  extension: string,
  body: string,
): Piece {
  const { drawing, dialect, features } = pen
  const id = nextId(drawing, tag)
  const extensions = `${extension}${block.io ? ioExtension(dialect) : ''}${block.listeners ? listenerExtension(dialect) : ''}`
  if (block.listeners) features.add('listeners')
  if (block.io) features.add('input and output mapping')
  if (block.repeat) features.add(nameOfRepeat(block.repeat))
  if (block.repeat?.kind === 'multiInstance') {
    features.add(`${block.repeat.source} source`)
    if (block.repeat.completion !== null) features.add('completion condition')
    if (block.repeat.output) features.add('output collection')
    if (block.repeat.tells !== null) features.add(`${block.repeat.tells.when} round tells`).add(`rounds tell ${block.repeat.tells.event}`)
  }
  const head = extensions === '' ? '' : `<bpmn:extensionElements>${extensions}</bpmn:extensionElements>`
  const hasData = 'data' in block && block.data
  const data = hasData ? dataAssociations(dialect, id) : 'store' in block && block.store ? storeAssociations(id) : ''
  if (data !== '') features.add(hasData ? 'data associations' : 'data store')
  const repeat = block.repeat ? repetition(dialect, block.repeat, `${id}Output`) : ''
  // The schema has the marker before the content of a sub-process.
  const task =
    tag === 'userTask' && pen.dialect !== 'zeebe'
      ? ' camunda:taskIdVariableName="theTask" camunda:taskCompleterVariableName="completer"'
      : ''
  draw(drawing, tag, `${attributes}${task}${asyncOf(pen, block.async)}`, `${head}${data}${repeat}${body}`, id)
  if ('undo' in block && block.undo !== null) renderUndo(pen, id, block.undo)
  const exits = block.boundaries.flatMap((boundary) => renderBoundary(pen, id, boundary))
  const taken = block.listeners ? { listener: takeListener(dialect) } : {}
  return { entry: id, exits: [{ from: id, ...taken }, ...exits] }
}

/** What undoes the activity: only the association leads to it. */
function renderUndo(pen: Pen, activity: string, undo: Undo): void {
  const { drawing } = pen
  pen.features.add(`compensated by ${undo}`)
  const event = draw(drawing, 'boundaryEvent', ` attachedToRef="${activity}"`, definition('compensate'))
  const body = undo === 'subProcess' ? `<bpmn:userTask id="${nextId(drawing, 'userTask')}"/>` : ''
  const handler = draw(drawing, undo, ' isForCompensation="true"', body)
  draw(drawing, 'association', ` sourceRef="${event}" targetRef="${handler}"`)
}

function nameOfRepeat(repeat: NonNullable<TaskBlock['repeat']>): string {
  if (repeat.kind === 'loop') return 'standard loop'
  return repeat.sequential ? 'sequential multi-instance' : 'parallel multi-instance'
}

/** An interrupting event's path goes on where the activity's does; the path of another ends by itself. */
function renderBoundary(pen: Pen, activity: string, boundary: Boundary): readonly Exit[] {
  const { event } = boundary
  const interrupting = boundary.interrupting || event === 'error' || event === 'anyError'
  pen.features.add(`${interrupting ? 'interrupting' : 'non-interrupting'} ${event} boundary`)
  const body =
    event === 'timer'
      ? timer('timeDuration', 'PT2M')
      : event === 'cycle'
        ? timer('timeCycle', 'R3/PT1M')
        : event === 'hours'
          ? timer('timeCycle', 'R3/PT3M', HOURS)
          : event === 'anyError'
            ? definition('error')
            : event === 'condition' || event === 'any' || event === 'allOf' || event === 'change'
              ? catching(pen, event, 'high')
              : definition(event, 'E1')
  const from = draw(pen.drawing, 'boundaryEvent', ` attachedToRef="${activity}" cancelActivity="${interrupting}"${needsAll(event)}`, body)
  const exits = sequence(pen, boundary.path, [{ from }])
  if (interrupting) return exits
  end(pen, exits, 'none')
  return []
}
