import { extension, steps } from './probe.ts'
import type { Row } from './row.ts'
import { active, completed, ofJob, variables } from './seen.ts'

const task = (attributes: string, content = ''): string => steps(`<serviceTask id="a" ${attributes}>${content}</serviceTask>`)
const CAMUNDA = ['camunda', 'operaton'] as const
const FLOWABLE = ['activiti', 'flowable'] as const
const caught = (attributes: string, content = ''): string =>
  `<startEvent id="start"/><serviceTask id="a" ${attributes}>${content}</serviceTask><endEvent id="end"/><boundaryEvent id="late" attachedToRef="a">
   <errorEventDefinition errorRef="e"/></boundaryEvent><userTask id="refused"/><sequenceFlow id="f1" sourceRef="start" targetRef="a"/>
   <sequenceFlow id="f2" sourceRef="a" targetRef="end"/><sequenceFlow id="f3" sourceRef="late" targetRef="refused"/>`
const LATE = '<error id="e" errorCode="LATE"/>'
const fails = (): never => {
  throw new RangeError('too late')
}

/** What names work, and what becomes of its outcome: attributes. */
export const WORK_ATTRIBUTES: readonly Row[] = [
  {
    name: 'class',
    does: 'names the work: the handler of the full name, else of the simple one',
    process: task('v:class="org.example.Charge"'),
    show: ofJob('type'),
    gives: 'org.example.Charge',
  },
  {
    name: 'delegateExpression',
    does: 'names the work by the bean: the handler `charge` of `${charge}`',
    process: task('v:delegateExpression="${charge}"'),
    show: ofJob('type'),
    gives: 'charge',
  },
  {
    name: 'expression',
    does: 'is the work: evaluated once by the worker; `execution.setVariable` sets variables there',
    process: task('v:expression="${execution.setVariable(\'b\', a + 1)}"'),
    variables: { a: 1 },
    show: variables,
    gives: { a: 1, b: 2 },
  },
  {
    name: 'type',
    does: 'names the work: the handler `mail` or `type:mail`; `external` leaves the name to `topic`, `dmn` calls the decision of a field, `send-event` sends an event',
    process: task('v:type="mail"'),
    show: ofJob('type'),
    gives: 'mail',
  },
  {
    name: 'topic',
    does: "names the work: a handler's, or that of workers that fetch it (`engine.jobs.fetch`)",
    process: task('v:type="external" v:topic="pack"'),
    show: ofJob('type'),
    gives: 'pack',
  },
  {
    name: 'taskPriority',
    does: "the job's priority; of the process: that of the jobs of its external tasks that name none",
    vendors: CAMUNDA,
    process: task('v:type="external" v:topic="pack" v:taskPriority="${50 + urgency}"'),
    variables: { urgency: 5 },
    options: { defaultHandler: (job) => job.pending() },
    show: async ({ engine }) => (await engine.jobs.find())[0]?.priority,
    gives: 55,
  },
  {
    name: 'jobPriority',
    does: "the priority of the element's jobs, of its continuations and of its work where `taskPriority` says nothing; of the process: of all that say nothing. Timers are due by time",
    vendors: CAMUNDA,
    process: task('v:class="x.Y" v:jobPriority="7"'),
    options: { defaultHandler: (job) => job.pending() },
    show: async ({ engine }) => (await engine.jobs.find())[0]?.priority,
    gives: 7,
  },
  {
    name: 'resultVariable',
    does: 'gets the result as a whole',
    process: task('v:expression="${a + 1}" v:resultVariable="b"'),
    variables: { a: 1 },
    show: variables,
    gives: { a: 1, b: 2 },
  },
  {
    name: 'resultVariableName',
    does: 'the older name of `resultVariable`',
    process: task('v:expression="${a + 1}" v:resultVariableName="b"'),
    variables: { a: 1 },
    show: variables,
    gives: { a: 1, b: 2 },
  },
  {
    name: 'useLocalScopeForResultVariable',
    does: 'sets the result in the scope around the task, where it hides one of its name further out',
    vendors: FLOWABLE,
    process: steps(
      `<subProcess id="sub">${steps(
        '<serviceTask id="a" v:expression="${n + 1}" v:resultVariable="n" v:useLocalScopeForResultVariable="true"/>',
      )
        .replaceAll('"f', '"g')
        .replace(/"(start|end)"/g, '"inner_$1"')}</subProcess>`,
    ),
    variables: { n: 1 },
    show: variables,
    gives: { n: 1 },
  },
  {
    name: 'triggerable',
    does: 'its work done, it waits for `engine.trigger`',
    vendors: FLOWABLE,
    process: task('v:class="x.Y" v:triggerable="true"'),
    show: active,
    gives: ['a'],
  },
  {
    name: 'skipExpression',
    does: 'passed over where it holds and `_FLOWABLE_SKIP_EXPRESSION_ENABLED` or `_ACTIVITI_SKIP_EXPRESSION_ENABLED` is true; on a flow it is asked instead of the condition',
    vendors: FLOWABLE,
    process: steps('<userTask id="a" v:skipExpression="${known}"/>', '<userTask id="b"/>'),
    variables: { known: true, _FLOWABLE_SKIP_EXPRESSION_ENABLED: true },
    show: active,
    gives: ['b'],
  },
  {
    name: 'async',
    does: 'the older name of `asyncBefore`; of a thrown signal: as always, it is delivered by itself',
    process: steps('<manualTask id="a" v:async="true"/>'),
    isStarted: false,
    show: continuation,
    gives: ['start'],
  },
  {
    name: 'asyncBefore',
    does: 'a commit and a job before the element; of a multi-instance itself, before each of its rounds, as in Flowable and Activiti where the activity says so',
    process: steps('<manualTask id="a" v:asyncBefore="true"/>'),
    isStarted: false,
    show: continuation,
    gives: ['start'],
  },
  {
    name: 'asyncAfter',
    does: 'a commit and a job after the element, before its flows are taken; of a multi-instance itself, after each of its rounds',
    process: steps('<manualTask id="a" v:asyncAfter="true"/>'),
    isStarted: false,
    show: continuation,
    gives: ['start'],
  },
  {
    name: 'asyncLeave',
    does: "Flowable's name of `asyncAfter`",
    vendors: ['flowable'],
    process: steps('<manualTask id="a" v:asyncLeave="true"/>'),
    isStarted: false,
    show: continuation,
    gives: ['start'],
  },
  {
    name: 'resource',
    does: 'a file in JavaScript that is deployed in the same call: `deployment://NAME`',
    on: 'scriptTask, scripts of listeners, conditionExpression and other conditions',
    process: steps('<scriptTask id="a" scriptFormat="javascript" v:resource="deployment://sum.js" v:resultVariable="b"/>'),
    files: [{ name: 'sum.js', content: 'execution.getVariable("a") + 1' }],
    variables: { a: 1 },
    show: variables,
    gives: { a: 1, b: 2 },
  },
  {
    name: 'autoStoreVariables',
    does: 'global variables of the script become variables',
    vendors: FLOWABLE,
    process: steps('<scriptTask id="a" scriptFormat="javascript" v:autoStoreVariables="true"><script>var b = a + 1</script></scriptTask>'),
    variables: { a: 1 },
    show: variables,
    gives: { a: 1, b: 2 },
  },
]

/** The same: elements. */
export const WORK_ELEMENTS: readonly Row[] = [
  {
    name: 'field',
    does: 'a constant (`stringValue`, `string`) or an expression for the handler: `job.fields`; also of listeners',
    process: task(
      'v:class="x.Y"',
      extension('<v:field name="to"><v:expression>${mail}</v:expression></v:field><v:field name="kind" stringValue="slow"/>'),
    ),
    variables: { mail: 'kim@example.org' },
    show: ofJob('fields'),
    gives: { to: 'kim@example.org', kind: 'slow' },
  },
  {
    name: 'connector',
    does: 'names the work `connector:ID`, or `ID` (`connectorId`); its own inputs are `job.fields`, only its own outputs leave it; parameters may be scripts in JavaScript, or have them in lists and maps; outputs see what it gave, as `connector.getVariable` too',
    vendors: CAMUNDA,
    process: task(
      '',
      extension(
        '<v:connector><v:inputOutput><v:inputParameter name="url">https://${host}</v:inputParameter><v:outputParameter name="code">${status}</v:outputParameter></v:inputOutput><v:connectorId>http</v:connectorId></v:connector>',
      ),
    ),
    options: { handlers: { http: (job) => ({ status: `${job.fields.url} is there` }) }, defaultHandler: () => undefined },
    variables: { host: 'example.org' },
    show: variables,
    gives: { host: 'example.org', code: 'https://example.org is there' },
  },
  {
    name: 'errorEventDefinition',
    does: 'when the work is done or has failed, the first whose `expression` holds throws its error (`errorRef`); `externalTask.errorMessage` tells the failure',
    vendors: CAMUNDA,
    process: caught('v:type="external" v:topic="t"', extension('<v:errorEventDefinition errorRef="e" expression="${state == \'late\'}"/>')),
    root: LATE,
    options: { defaultHandler: () => ({ state: 'late' }) },
    show: active,
    gives: ['refused'],
  },
  {
    name: 'mapException',
    does: 'an exception of that name (the simple name of a Java class counts; empty: any), or one that it was caused by, becomes the BPMN error of `errorCode`',
    vendors: FLOWABLE,
    process: caught('v:class="x.Y"', extension('<v:mapException errorCode="LATE">java.lang.RangeError</v:mapException>')),
    root: LATE,
    options: { defaultHandler: fails },
    show: active,
    gives: ['refused'],
  },
  {
    name: 'failedJobRetryTimeCycle',
    does: 'how often and when jobs are tried: `R3/PT10M`, `PT1M,PT5M`, or an expression that gives one of them when the job is made',
    process: task('v:class="x.Y"', extension('<v:failedJobRetryTimeCycle>R5/PT10M</v:failedJobRetryTimeCycle>')),
    options: { defaultHandler: fails },
    show: async ({ engine }) => (await engine.jobs.find())[0]?.retriesLeft,
    gives: 4,
  },
  {
    name: 'inputOutput',
    does: "`inputParameter`s become the element's own variables before its listeners hear of it, `outputParameter`s are set around it; a value is a text, a `list`, a `map` of `entry`s or a `script`, which may stand in lists and maps too; one that is no expression is run as a job in its turn, inputs behind it after it",
    vendors: CAMUNDA,
    process: task(
      'v:class="x.Y"',
      extension(
        '<v:inputOutput><v:inputParameter name="to"><v:list><v:value>${mail}</v:value></v:list></v:inputParameter><v:outputParameter name="sent"><v:map><v:entry key="to">${to}</v:entry></v:map></v:outputParameter></v:inputOutput>',
      ),
    ),
    variables: { mail: 'kim' },
    show: variables,
    gives: { mail: 'kim', sent: { to: ['kim'] } },
  },
  {
    name: 'properties',
    does: '`property`s: `job.headers` of work; elsewhere kept with the model',
    process: task('v:class="x.Y"', extension('<v:properties><v:property name="channel" value="web"/></v:properties>')),
    show: ofJob('headers'),
    gives: { channel: 'web' },
  },
  {
    name: 'executionListener',
    does: 'heard at `start`, `end`, `take` of a flow: work of its own (`class`, `delegateExpression`, `expression`, `script` in FEEL, JUEL or JavaScript), tried again by itself',
    process: task('v:class="x.Y"', extension('<v:executionListener event="start" expression="${execution.setVariable(\'b\', a + 1)}"/>')),
    variables: { a: 1 },
    show: variables,
    gives: { a: 1, b: 2 },
  },
]

async function continuation({ engine }: Parameters<Row['show']>[0]): Promise<readonly unknown[]> {
  const { id } = await engine.start('p')
  return completed({ engine, id, jobs: [], findings: [] })
}
