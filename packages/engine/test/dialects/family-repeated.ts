import { extension, type Run, steps } from './probe.ts'
import type { Row } from './row.ts'
import { called, ofTask, variables } from './seen.ts'

const CAMUNDA = ['camunda', 'operaton'] as const
const FLOWABLE = ['activiti', 'flowable'] as const
const rounds = (attributes: string, content = ''): string =>
  steps(
    `<serviceTask id="a" v:class="x.Y"><multiInstanceLoopCharacteristics isSequential="true" ${attributes}>${content}</multiInstanceLoopCharacteristics></serviceTask>`,
  )
const call = (attributes: string, content = ''): string =>
  steps(`<callActivity id="c" ${attributes}>${content}</callActivity>`, '<userTask id="after"/>')
const other = (tag = '', task = 'look'): string =>
  `<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:camunda="http://camunda.org/schema/1.0/bpmn"><process id="q" isExecutable="true" ${tag}>
   <startEvent id="s"/><userTask id="${task}"/><sequenceFlow id="f" sourceRef="s" targetRef="${task}"/></process></definitions>`
const FILES = [{ name: 'q.bpmn', content: other() }]
const eachJob =
  (name: string) =>
  ({ jobs }: Run): unknown =>
    jobs.map((job) => job.variables[name])
const NAMES = { names: ['kim', 'lee'] }

/** A later version of the called process is deployed, then an instance is started: which of its tasks is made? */
async function afterAnother({ engine }: Run): Promise<unknown> {
  await engine.deploy([{ name: 'q2.bpmn', content: other('', 'another') }])
  await engine.start('p', { variables: { v: 1 } })
  await engine.drain()
  return (await engine.tasks.find())[0]?.elementId
}

/** Of what is repeated and what is called: attributes. */
export const REPEATED_ATTRIBUTES: readonly Row[] = [
  {
    name: 'collection',
    does: 'what the rounds are made for: the name of a variable, or an expression',
    process: rounds('v:collection="names" v:elementVariable="name"'),
    variables: NAMES,
    show: eachJob('name'),
    gives: ['kim', 'lee'],
  },
  {
    name: 'elementVariable',
    does: "the variable of each round's item",
    process: rounds('v:collection="${names}" v:elementVariable="name"'),
    variables: NAMES,
    show: eachJob('name'),
    gives: ['kim', 'lee'],
  },
  {
    name: 'elementIndexVariable',
    does: "the variable of each round's number, from 0",
    vendors: FLOWABLE,
    process: rounds('v:elementIndexVariable="n"', '<loopCardinality>2</loopCardinality>'),
    show: eachJob('n'),
    gives: [0, 1],
  },
  {
    name: 'calledElementBinding',
    does: 'which version is called: `latest`, `deployment`, `version`, `versionTag`',
    vendors: CAMUNDA,
    process: call('calledElement="q" v:calledElementBinding="deployment"'),
    files: FILES,
    isStarted: false,
    show: afterAnother,
    gives: 'look',
  },
  {
    name: 'calledElementVersion',
    does: 'its number, with `calledElementBinding="version"`',
    vendors: CAMUNDA,
    process: call('calledElement="q" v:calledElementBinding="version" v:calledElementVersion="${v}"'),
    files: FILES,
    isStarted: false,
    show: afterAnother,
    gives: 'look',
  },
  {
    name: 'calledElementVersionTag',
    does: 'its tag, with `calledElementBinding="versionTag"`',
    vendors: CAMUNDA,
    process: call('calledElement="q" v:calledElementBinding="versionTag" v:calledElementVersionTag="stable"'),
    files: [{ name: 'q.bpmn', content: other('camunda:versionTag="stable"') }],
    isStarted: false,
    show: afterAnother,
    gives: 'look',
  },
  {
    name: 'calledElementTenantId',
    does: 'whose process is called: the id of a tenant',
    vendors: CAMUNDA,
    process: call('calledElement="q" v:calledElementTenantId="${t}"'),
    isStarted: false,
    show: async ({ engine }) => {
      await engine.deploy(other(), { tenantId: 't1' })
      await engine.start('p', { variables: { t: 't1' } })
      await engine.drain()
      return (await engine.tasks.find())[0]?.processKey
    },
    gives: 'q',
  },
  {
    name: 'sameDeployment',
    does: 'calls the version of the same deployment, or the latest where that has none',
    on: 'callActivity, service task of type `dmn`',
    vendors: FLOWABLE,
    process: call('calledElement="q" v:sameDeployment="true"'),
    files: FILES,
    isStarted: false,
    show: afterAnother,
    gives: 'look',
  },
  {
    name: 'useLocalScopeForOutParameters',
    does: 'what passes back is set in the scope around the call activity, where it hides one of its name further out',
    vendors: FLOWABLE,
    process: `<startEvent id="start"/><subProcess id="sub"><startEvent id="s1"/><callActivity id="c" calledElement="q" v:useLocalScopeForOutParameters="true"><extensionElements><v:out source="a" target="a"/></extensionElements></callActivity><userTask id="b"/><sequenceFlow id="f1" sourceRef="s1" targetRef="c"/><sequenceFlow id="f2" sourceRef="c" targetRef="b"/></subProcess><sequenceFlow id="f3" sourceRef="start" targetRef="sub"/>`,
    files: FILES,
    variables: { a: 1 },
    show: async ({ engine, id }) => {
      const [asked] = await engine.tasks.find()
      await engine.tasks.complete(asked?.id ?? '', { variables: { a: 2 } })
      await engine.drain()
      return [(await engine.tasks.find())[0]?.variables.a, (await engine.instances.variables(id)).a]
    },
    gives: [2, 1],
  },
  {
    name: 'inheritVariables',
    does: 'all variables pass into the called instance',
    vendors: FLOWABLE,
    process: call('calledElement="q" v:inheritVariables="true"'),
    files: FILES,
    variables: { a: 1 },
    show: called,
    gives: { a: 1 },
  },
  {
    name: 'inheritBusinessKey',
    does: 'the called instance has the business key of the caller',
    vendors: FLOWABLE,
    process: call('calledElement="q" v:inheritBusinessKey="true"'),
    files: FILES,
    start: { businessKey: 'A-17' },
    show: keyOfCalled,
    gives: 'A-17',
  },
  {
    name: 'businessKey',
    does: 'its business key',
    vendors: FLOWABLE,
    process: call('calledElement="q" v:businessKey="${a}-1"'),
    files: FILES,
    variables: { a: 'A' },
    show: keyOfCalled,
    gives: 'A-1',
  },
  {
    name: 'idVariableName',
    does: 'variable that gets the id of the called instance',
    vendors: ['flowable'],
    process: call('calledElement="q" v:idVariableName="calledId"'),
    files: FILES,
    show: async (run) => Object.keys(await variables(run)),
    gives: ['calledId'],
  },
  {
    name: 'variableMappingClass',
    does: "a function of the host under the class's name, whole or simple (`functions`): called with `'input'`, then `'output'`, and a function that reads a variable of the sender; what it gives passes besides `in` and `out`",
    vendors: CAMUNDA,
    process: call('calledElement="q" v:variableMappingClass="org.example.Pass"'),
    files: FILES,
    options: { functions: { Pass: (direction: string) => ({ [direction]: true }) } },
    show: called,
    gives: { input: true },
  },
  {
    name: 'variableMappingDelegateExpression',
    does: 'the same by the name of a bean',
    vendors: CAMUNDA,
    process: call('calledElement="q" v:variableMappingDelegateExpression="${pass}"'),
    files: FILES,
    options: { functions: { pass: (direction: string) => ({ [direction]: true }) } },
    show: called,
    gives: { input: true },
  },
]

/** The same: elements. */
export const REPEATED_ELEMENTS: readonly Row[] = [
  {
    name: 'collection',
    does: 'the collection as an element: its `expression` or `string`; one that a class makes is refused',
    vendors: ['flowable'],
    process: rounds('v:elementVariable="name"', extension('<v:collection><v:string>names</v:string></v:collection>')),
    variables: NAMES,
    show: eachJob('name'),
    gives: ['kim', 'lee'],
  },
  {
    name: 'variableAggregation',
    does: 'variables of each round, gathered as a list of objects in `target`, by names or by `sourceExpression` and `targetExpression`; several stand side by side; for a `class` or `delegateExpression` a function of the host (`functions`), whole or simple name, makes the result of the list',
    vendors: ['flowable'],
    process: rounds(
      'v:collection="names" v:elementVariable="name"',
      extension('<v:variableAggregation target="all"><v:variable source="name" target="who"/></v:variableAggregation>'),
    ),
    variables: NAMES,
    show: async (run) => (await variables(run)).all,
    gives: [{ who: 'kim' }, { who: 'lee' }],
  },
  {
    name: 'in',
    does: 'what passes into the called instance, or with the signal: `source` or `sourceExpression` to `target` or the name that `targetExpression` gives, `variables="all"`, `businessKey`, `local`',
    process: call('calledElement="q"', extension('<v:in source="a" target="b"/>')),
    files: FILES,
    variables: { a: 1 },
    show: called,
    gives: { b: 1 },
  },
  {
    name: 'out',
    does: 'what passes back',
    process: call('calledElement="q"', extension('<v:out sourceExpression="${b + 1}" target="c"/>')),
    files: FILES,
    show: async (run) => {
      await run.engine.tasks.complete(String(await ofTask('id')(run)), { variables: { b: 1 } })
      await run.engine.drain()
      return variables(run)
    },
    gives: { c: 2 },
  },
]

async function keyOfCalled({ engine }: Run): Promise<unknown> {
  return (await engine.instances.find({ processKey: 'q' }))[0]?.businessKey
}
