import { extension, type Run, steps } from './probe.ts'
import type { Row } from './row.ts'
import { active, called, ofJob, ofTask, variables } from './seen.ts'

const flow = (id: string, from: string, to: string): string => `<sequenceFlow id="${id}" sourceRef="${from}" targetRef="${to}"/>`
const WORK = '<v:taskDefinition type="pack"/>'
const task = (content: string): string => steps(`<serviceTask id="a">${extension(content)}</serviceTask>`)
const user = (content: string): string => steps(`<userTask id="a">${extension(`<v:userTask/>${content}`)}</userTask>`)
const rounds = (attributes: string): string =>
  steps(
    `<serviceTask id="a">${extension(WORK)}<multiInstanceLoopCharacteristics isSequential="true">${extension(`<v:loopCharacteristics ${attributes}/>`)}</multiInstanceLoopCharacteristics></serviceTask>`,
  )
const call = (attributes: string, content = ''): string =>
  steps(
    `<callActivity id="c">${extension(`<v:calledElement processId="q" ${attributes}/>${content}`)}</callActivity>`,
    '<userTask id="after"/>',
  )
const other = (task = 'look', tag = ''): string =>
  `<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:zeebe="http://camunda.org/schema/zeebe/1.0"><process id="q" isExecutable="true">
   ${tag}<startEvent id="s"/><userTask id="${task}"/>${flow('f', 's', task)}</process></definitions>`
const FILES = [{ name: 'q.bpmn', content: other() }]
const decision = (hit: number): string =>
  `<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" xmlns:zeebe="http://camunda.org/schema/zeebe/1.0" id="d${hit}" name="d" namespace="n">
   <decision id="rate" name="Rate"><extensionElements><zeebe:versionTag value="v${hit}"/></extensionElements><variable name="rate"/><literalExpression><text>${hit}</text></literalExpression></decision></definitions>`
const deciding = (attributes: string): string =>
  steps(
    `<businessRuleTask id="a">${extension(`<v:calledDecision decisionId="rate" resultVariable="r" ${attributes}/>`)}</businessRuleTask>`,
  )
const listener = (kind: string, event: string): string =>
  `<v:${kind}Listeners><v:${kind}Listener eventType="${event}" type="hear"/></v:${kind}Listeners>`
const heard = ({ jobs }: Run): unknown => jobs.map((job) => `${job.type} ${job.listener}`)
const adHoc = (attributes: string, content = ''): string =>
  steps(
    `<adHocSubProcess id="a">${extension(`<v:adHoc ${attributes}/>`)}${content}<userTask id="one"/><userTask id="two"/></adHocSubProcess>`,
  )
const condition = (filter: string): string =>
  `${steps('<userTask id="a"/>')}<boundaryEvent id="told" attachedToRef="a" cancelActivity="false"><conditionalEventDefinition>${extension(`<v:conditionalFilter ${filter}/>`)}<condition>=y = 1</condition></conditionalEventDefinition></boundaryEvent><userTask id="b"/>${flow('g', 'told', 'b')}`

async function complete(run: Run): Promise<void> {
  await run.engine.tasks.complete(String(await ofTask('id')(run)), { variables: { b: 1 } })
  await run.engine.drain()
}

/** A later version is deployed, then an instance is started: which is called? */
async function afterAnother({ engine }: Run): Promise<unknown> {
  await engine.deploy([{ name: 'q2.bpmn', content: other('another') }])
  await engine.start('p')
  await engine.drain()
  return (await engine.tasks.find())[0]?.elementId
}

async function afterAnotherDecision({ engine }: Run): Promise<unknown> {
  await engine.deploy([{ name: 'd2.dmn', content: decision(2) }])
  const { id } = await engine.start('p')
  await engine.drain()
  return engine.instances.variables(id)
}

/** Work and data of zeebe. */
export const ZEEBE_ROWS: readonly Row[] = [
  {
    name: 'taskDefinition',
    does: 'the job of work that a handler does; of an ad hoc sub-process: [who drives it](ad-hoc-sub-processes.md)',
    process: task(WORK),
    show: ofJob('type'),
    gives: 'pack',
  },
  {
    name: 'taskDefinition/type',
    does: 'its type, or an expression that gives it',
    process: task('<v:taskDefinition type="=kind"/>'),
    variables: { kind: 'pack' },
    show: ofJob('type'),
    gives: 'pack',
  },
  {
    name: 'taskDefinition/retries',
    does: 'how many attempts it has, 3 if it does not say; an expression is asked when the job is made',
    process: task('<v:taskDefinition type="pack" retries="=n + 1"/>'),
    variables: { n: 6 },
    options: { defaultHandler: (job) => job.pending() },
    show: async ({ engine }) => (await engine.jobs.find())[0]?.retriesLeft,
    gives: 7,
  },
  {
    name: 'taskHeaders',
    does: '`header`s: `job.headers`',
    process: task(`${WORK}<v:taskHeaders><v:header key="size" value="XL"/></v:taskHeaders>`),
    show: ofJob('headers'),
    gives: { size: 'XL' },
  },
  {
    name: 'jobPriorityDefinition',
    does: "the job's priority",
    process: task(`${WORK}<v:jobPriorityDefinition priority="70"/>`),
    options: { defaultHandler: (job) => job.pending() },
    show: async ({ engine }) => (await engine.jobs.find())[0]?.priority,
    gives: 70,
  },
  {
    name: 'ioMapping',
    does: "`input`s become the element's own variables; where there are `output`s, only they leave: of a message that starts the process, too; a target may be a path",
    process: task(
      `${WORK}<v:ioMapping><v:input source="=a + 1" target="order.sum"/><v:output source="=order.sum" target="b"/></v:ioMapping>`,
    ),
    variables: { a: 1 },
    options: { defaultHandler: () => ({ kept: 'inside' }) },
    show: variables,
    gives: { a: 1, b: 2 },
  },
  {
    name: 'properties',
    does: '`property`s: kept with the model, shown to who drives an ad hoc sub-process',
    process: adHocDriven('<v:properties><v:property name="use" value="rarely"/></v:properties>'),
    show: toolsOf,
    gives: { use: 'rarely' },
  },
  {
    name: 'script',
    does: 'the work of a script task: an expression',
    process: steps(`<scriptTask id="a">${extension('<v:script expression="=a + 1" resultVariable="b"/>')}</scriptTask>`),
    variables: { a: 1 },
    show: variables,
    gives: { a: 1, b: 2 },
  },
  {
    name: 'script/resultVariable',
    does: 'gets what it gives',
    process: steps(`<scriptTask id="a">${extension('<v:script expression="=a + 1" resultVariable="b"/>')}</scriptTask>`),
    variables: { a: 1 },
    show: variables,
    gives: { a: 1, b: 2 },
  },
  {
    name: 'calledDecision',
    does: 'the decision that is made',
    process: deciding(''),
    files: [{ name: 'd.dmn', content: decision(1) }],
    show: variables,
    gives: { r: 1 },
  },
  {
    name: 'calledDecision/resultVariable',
    does: 'gets its result',
    process: deciding(''),
    files: [{ name: 'd.dmn', content: decision(1) }],
    show: variables,
    gives: { r: 1 },
  },
  {
    name: 'calledDecision/bindingType',
    does: 'which version: `latest`, `deployment`, `versionTag`',
    process: deciding('bindingType="deployment"'),
    files: [{ name: 'd.dmn', content: decision(1) }],
    isStarted: false,
    show: afterAnotherDecision,
    gives: { r: 1 },
  },
  {
    name: 'calledDecision/versionTag',
    does: 'its tag',
    process: deciding('bindingType="versionTag" versionTag="v1"'),
    files: [{ name: 'd.dmn', content: decision(1) }],
    isStarted: false,
    show: afterAnotherDecision,
    gives: { r: 1 },
  },
  {
    name: 'versionTag',
    does: 'the tag of the version',
    process: `${extension('<v:versionTag value="1.4"/>')}${steps('<userTask id="a"/>')}`,
    show: async ({ engine }) => (await engine.processes.find({ key: 'p' }))[0]?.versionTag,
    gives: '1.4',
  },
  {
    name: 'userTaskForm',
    does: 'a form that the file holds: `schema` of `engine.processes.forms`',
    process: `${extension('<v:userTaskForm id="look">{"type":"default"}</v:userTaskForm>')}${user('<v:formDefinition formKey="camunda-forms:bpmn:look"/>')}`,
    show: async ({ engine }) => {
      const [process] = await engine.processes.find({ key: 'p' })
      return (await engine.processes.forms(process?.id ?? '')).map(({ elementId, schema }) => [elementId, schema])
    },
    gives: [['a', '{"type":"default"}']],
  },
  {
    name: 'linkedResources',
    does: '`linkedResource`s, files that the work is to use: their attributes in JSON in `job.headers.linkedResources`',
    process: task(
      `${WORK}<v:linkedResources><v:linkedResource resourceId="r.rpa" resourceType="RPA" linkName="script"/></v:linkedResources>`,
    ),
    show: ofJob('headers'),
    gives: { linkedResources: '[{"resourceId":"r.rpa","resourceType":"RPA","linkName":"script"}]' },
  },
  {
    name: 'executionListeners',
    does: '`executionListener`s with `type`, `retries`, headers: `beforeAll` before the rounds of a multi-instance, `start` after the inputs, `end` after the outputs; nothing waits for `cancel`',
    process: task(`${WORK}${listener('execution', 'start')}`),
    show: heard,
    gives: ['hear start', 'pack null'],
  },
  {
    name: 'subscription',
    does: 'by what messages find the instance',
    process: steps('<receiveTask id="a" messageRef="m"/>'),
    root: `<message id="m" name="paid">${extension('<v:subscription correlationKey="=order"/>')}</message>`,
    variables: { order: 'A-17' },
    show: async (run) => (await run.engine.messages.publish({ name: 'paid', correlationKey: 'A-17' })).outcome,
    gives: 'correlated',
  },
  {
    name: 'loopCharacteristics/inputCollection',
    does: 'what the rounds are made for',
    process: rounds('inputCollection="=names"'),
    variables: { names: ['kim', 'lee'] },
    show: ({ jobs }) => jobs.length,
    gives: 2,
  },
  {
    name: 'loopCharacteristics/inputElement',
    does: "the variable of each round's item",
    process: rounds('inputCollection="=names" inputElement="name"'),
    variables: { names: ['kim', 'lee'] },
    show: ({ jobs }) => jobs.map((job) => job.variables.name),
    gives: ['kim', 'lee'],
  },
  {
    name: 'loopCharacteristics/outputCollection',
    does: 'the variable of the list that the rounds make, in their order, null where one gave nothing',
    process: rounds('inputCollection="=names" inputElement="name" outputCollection="all" outputElement="=name"'),
    variables: { names: ['kim', 'lee'] },
    show: async (run) => (await variables(run)).all,
    gives: ['kim', 'lee'],
  },
  {
    name: 'loopCharacteristics/outputElement',
    does: 'what each round gives to it; where it is a variable, each round has its own, null until it is set',
    process: rounds('inputCollection="=names" inputElement="name" outputCollection="all" outputElement="=name"'),
    variables: { names: ['kim', 'lee'] },
    show: async (run) => (await variables(run)).all,
    gives: ['kim', 'lee'],
  },
  { name: 'calledElement', does: 'what is called', process: call(''), files: FILES, show: called, gives: {} },
  {
    name: 'calledElement/propagateAllParentVariables',
    does: '`false`: only the inputs pass',
    process: call('propagateAllParentVariables="false"', '<v:ioMapping><v:input source="=a" target="c"/></v:ioMapping>'),
    files: FILES,
    variables: { a: 1 },
    show: called,
    gives: { c: 1 },
  },
  {
    name: 'calledElement/propagateAllChildVariables',
    does: '`false`: only the outputs pass back',
    process: call('propagateAllChildVariables="false"'),
    files: FILES,
    show: async (run) => {
      await complete(run)
      return variables(run)
    },
    gives: {},
  },
  {
    name: 'calledElement/bindingType',
    does: 'which version: `latest`, `deployment`, `versionTag`',
    process: call('bindingType="deployment"'),
    files: FILES,
    isStarted: false,
    show: afterAnother,
    gives: 'look',
  },
  {
    name: 'calledElement/versionTag',
    does: 'its tag',
    process: call('bindingType="versionTag" versionTag="stable"'),
    files: [{ name: 'q.bpmn', content: other('look', `<extensionElements><zeebe:versionTag value="stable"/></extensionElements>`) }],
    isStarted: false,
    show: afterAnother,
    gives: 'look',
  },
  {
    name: 'adHoc/activeElementsCollection',
    does: 'what begins by itself when an [ad hoc sub-process](ad-hoc-sub-processes.md) opens',
    process: adHoc('activeElementsCollection="=[&quot;one&quot;]"'),
    show: active,
    gives: ['a', 'one'],
  },
  {
    name: 'adHoc/outputCollection',
    does: 'the variable of the list of results of what ended in it',
    process: adHoc('activeElementsCollection="=[&quot;one&quot;]" outputCollection="all" outputElement="=b"'),
    show: collected,
    gives: { all: [1] },
  },
  {
    name: 'adHoc/outputElement',
    does: 'what is added to it; where it is a variable, each path has its own, null until it is set',
    process: adHoc('activeElementsCollection="=[&quot;one&quot;]" outputCollection="all" outputElement="=b"'),
    show: collected,
    gives: { all: [1] },
  },
  {
    name: 'conditionalFilter/variableNames',
    does: 'the condition is asked only when one of these changes',
    process: condition('variableNames="x"'),
    variables: { x: 0, y: 0 },
    show: changed,
    gives: ['a'],
  },
  {
    name: 'conditionalFilter/variableEvents',
    does: 'and only at these changes: `create`, `update`',
    process: condition('variableNames="y" variableEvents="create"'),
    variables: { x: 0, y: 0 },
    show: changed,
    gives: ['a'],
  },
  {
    name: 'assignmentDefinition/assignee',
    does: 'the person the task is for',
    process: user('<v:assignmentDefinition assignee="=who"/>'),
    variables: { who: 'kim' },
    show: ofTask('assignee'),
    gives: 'kim',
  },
  {
    name: 'assignmentDefinition/candidateUsers',
    does: 'who may claim it: a list, or texts between commas',
    process: user('<v:assignmentDefinition candidateUsers="kim, lee"/>'),
    show: ofTask('candidateUsers'),
    gives: ['kim', 'lee'],
  },
  {
    name: 'assignmentDefinition/candidateGroups',
    does: 'the groups whose members may',
    process: user('<v:assignmentDefinition candidateGroups="=groups"/>'),
    variables: { groups: ['sales'] },
    show: ofTask('candidateGroups'),
    gives: ['sales'],
  },
  {
    name: 'taskSchedule/dueDate',
    does: 'when it is due',
    process: user('<v:taskSchedule dueDate="=now() + duration(&quot;P2D&quot;)"/>'),
    show: ofTask('dueAt'),
    gives: '2026-01-03T00:00:00.000Z',
  },
  {
    name: 'taskSchedule/followUpDate',
    does: 'when it is to be looked at again',
    process: user('<v:taskSchedule followUpDate="2026-01-05T08:00:00Z"/>'),
    show: ofTask('followUpAt'),
    gives: '2026-01-05T08:00:00.000Z',
  },
  {
    name: 'priorityDefinition',
    does: 'a number; 50 where none is given',
    process: user('<v:priorityDefinition priority="=p"/>'),
    variables: { p: 70 },
    show: ofTask('priority'),
    gives: 70,
  },
  {
    name: 'formDefinition/formKey',
    does: '`task.form.key`',
    process: user('<v:formDefinition formKey="camunda-forms:bpmn:look"/>'),
    show: ofTask('form'),
    gives: { key: 'camunda-forms:bpmn:look', ref: null },
  },
  {
    name: 'formDefinition/formId',
    does: '`task.form.ref`',
    process: user('<v:formDefinition formId="look"/>'),
    show: ofTask('form'),
    gives: { key: null, ref: 'look' },
  },
  {
    name: 'formDefinition/externalReference',
    does: 'the same, for a form that is kept elsewhere',
    process: user('<v:formDefinition externalReference="look"/>'),
    show: ofTask('form'),
    gives: { key: null, ref: 'look' },
  },
  {
    name: 'formDefinition/bindingType',
    does: '`task.form.binding`',
    process: user('<v:formDefinition formId="look" bindingType="deployment"/>'),
    show: ofTask('form'),
    gives: { key: null, ref: 'look', binding: 'deployment' },
  },
  {
    name: 'formDefinition/versionTag',
    does: '`task.form.version`',
    process: user('<v:formDefinition formId="look" bindingType="versionTag" versionTag="1.4"/>'),
    show: ofTask('form'),
    gives: { key: null, ref: 'look', binding: 'versionTag', version: '1.4' },
  },
  {
    name: 'taskListeners',
    does: '`taskListener`s: `creating` before anybody sees the task, `completing` when it was completed; nothing waits for `assigning` by a person, `updating`, `canceling`',
    process: user(listener('task', 'creating')),
    show: heard,
    gives: ['hear creating'],
  },
]

function adHocDriven(properties: string): string {
  return steps(
    `<adHocSubProcess id="a">${extension('<v:taskDefinition type="agent"/>')}<userTask id="one">${extension(properties)}</userTask></adHocSubProcess>`,
  )
}

function toolsOf({ jobs }: Run): unknown {
  const [first] = (jobs[0]?.variables.adHocSubProcessElements ?? []) as readonly { readonly properties: unknown }[]
  return first?.properties
}

async function collected(run: Run): Promise<unknown> {
  await complete(run)
  return variables(run)
}

async function changed(run: Run): Promise<unknown> {
  await run.engine.instances.setVariables(run.id, { y: 1 })
  await run.engine.drain()
  return active(run)
}
