import { extension, steps } from './probe.ts'
import type { Row } from './row.ts'
import { ofTask, variables } from './seen.ts'

const task = (attributes: string, content = ''): string => steps(`<userTask id="a" name="Look" ${attributes}>${content}</userTask>`)
const started = (attributes: string, content = ''): string =>
  steps('<userTask id="a"/>').replace('<startEvent id="start"/>', `<startEvent id="start" ${attributes}>${content}</startEvent>`)
const CAMUNDA = ['camunda', 'operaton'] as const
const FLOWABLE = ['activiti', 'flowable'] as const
const FIELD = '<v:formField id="amount" type="long"><v:validation><v:constraint name="required"/></v:validation></v:formField>'
const completing: Row['show'] = async ({ engine }) => {
  const [task] = await engine.tasks.find()
  await engine.tasks.complete(task?.id ?? '', { variables: {} })
  return 'completed'
}

/** What people, forms and processes are told: attributes. */
export const PEOPLE_ATTRIBUTES: readonly Row[] = [
  {
    name: 'assignee',
    does: 'the person the task is for',
    process: task('v:assignee="${who}"'),
    variables: { who: 'kim' },
    show: ofTask('assignee'),
    gives: 'kim',
  },
  {
    name: 'candidateUsers',
    does: 'who may claim it: a comma list, expressions in it, or one expression that gives a list',
    process: task('v:candidateUsers="kim, ${who}"'),
    variables: { who: 'lee' },
    show: ofTask('candidateUsers'),
    gives: ['kim', 'lee'],
  },
  {
    name: 'candidateGroups',
    does: 'the groups whose members may claim it, as `candidateUsers`',
    process: task('v:candidateGroups="${groups}"'),
    variables: { groups: ['sales', 'support'] },
    show: ofTask('candidateGroups'),
    gives: ['sales', 'support'],
  },
  {
    name: 'dueDate',
    does: 'when it is due: a date, a duration from now, or an expression that gives one',
    process: task('v:dueDate="P2D"'),
    show: ofTask('dueAt'),
    gives: '2026-01-03T00:00:00.000Z',
  },
  {
    name: 'followUpDate',
    does: 'when it is to be looked at again, as `dueDate`',
    vendors: CAMUNDA,
    process: task('v:followUpDate="${when}"'),
    variables: { when: '2026-01-05T08:00:00Z' },
    show: ofTask('followUpAt'),
    gives: '2026-01-05T08:00:00.000Z',
  },
  {
    name: 'priority',
    does: 'a number; 50 where none is given',
    process: task('v:priority="${p}"'),
    variables: { p: 70 },
    show: ofTask('priority'),
    gives: 70,
  },
  {
    name: 'owner',
    does: 'whose task it is, whoever works on it; where it is delegated, who gets it back',
    vendors: FLOWABLE,
    process: task('v:owner="${boss}"'),
    variables: { boss: 'ann' },
    show: async (run) => {
      const id = String(await ofTask('id')(run))
      await run.engine.tasks.claim(id, 'bob')
      await run.engine.tasks.delegate(id, 'kim')
      await run.engine.tasks.resolve(id)
      await run.engine.tasks.assign(id, 'lee')
      return ofTask('owner')(run)
    },
    gives: 'ann',
  },
  {
    name: 'category',
    does: '`task.category`: what kind of task it is, for lists',
    vendors: FLOWABLE,
    process: task('v:category="${kind}"'),
    variables: { kind: 'returns' },
    show: ofTask('category'),
    gives: 'returns',
  },
  {
    name: 'taskIdVariableName',
    does: "variable that gets the task's id when it is made",
    vendors: ['flowable'],
    process: task('v:taskIdVariableName="taskId"'),
    show: async (run) => [await ofTask('id')(run), (await variables(run)).taskId].map(String).every((id, _, [first]) => id === first),
    gives: true,
  },
  {
    name: 'taskCompleterVariableName',
    does: 'variable that gets who completed it',
    vendors: ['flowable'],
    process: task('v:taskCompleterVariableName="by"'),
    show: async (run) => {
      await run.engine.tasks.complete(String(await ofTask('id')(run)), { actor: 'kim' })
      return variables(run)
    },
    gives: { by: 'kim' },
  },
  {
    name: 'formKey',
    does: '`task.form.key`: opaque, prefixes such as `embedded:` are kept; of a start event, as all that follows of forms: `engine.processes.forms`',
    process: task('v:formKey="embedded:app:look.html"'),
    show: ofTask('form'),
    gives: { key: 'embedded:app:look.html', ref: null },
  },
  {
    name: 'formRef',
    does: '`task.form.ref`: the form by its id',
    vendors: CAMUNDA,
    process: task('v:formRef="look"'),
    show: ofTask('form'),
    gives: { key: null, ref: 'look' },
  },
  {
    name: 'formRefBinding',
    does: '`task.form.binding`',
    vendors: CAMUNDA,
    process: task('v:formRef="look" v:formRefBinding="deployment"'),
    show: ofTask('form'),
    gives: { key: null, ref: 'look', binding: 'deployment' },
  },
  {
    name: 'formRefVersion',
    does: '`task.form.version`',
    vendors: CAMUNDA,
    process: task('v:formRef="look" v:formRefBinding="version" v:formRefVersion="3"'),
    show: ofTask('form'),
    gives: { key: null, ref: 'look', binding: 'version', version: '3' },
  },
  {
    name: 'formFieldValidation',
    does: '`false`: fields are shown and not checked',
    vendors: FLOWABLE,
    process: task('v:formFieldValidation="false"', extension('<v:formProperty id="amount" type="long" required="true"/>')),
    show: completing,
    gives: 'completed',
  },
  {
    name: 'initiator',
    does: 'variable that gets the starting actor',
    process: started('v:initiator="clerk"'),
    start: { actor: 'kim' },
    show: variables,
    gives: { clerk: 'kim' },
  },
  {
    name: 'candidateStarterUsers',
    does: 'who may start it: `engine.processes.find` tells; the host decides',
    process: task(''),
    attributes: ' v:candidateStarterUsers="kim"',
    show: starters,
    gives: [['kim'], []],
  },
  {
    name: 'candidateStarterGroups',
    does: 'who may start it: `engine.processes.find` tells; the host decides',
    process: task(''),
    attributes: ' v:candidateStarterGroups="sales, support"',
    show: starters,
    gives: [[], ['sales', 'support']],
  },
  {
    name: 'versionTag',
    does: 'the tag of the version: calls and `engine.start` can name it',
    vendors: CAMUNDA,
    process: task(''),
    attributes: ' v:versionTag="1.4"',
    show: async ({ engine }) => (await engine.processes.find({ key: 'p' }))[0]?.versionTag,
    gives: '1.4',
  },
  {
    name: 'isStartableInTasklist',
    does: '`false` keeps it from lists of what people may start: `engine.processes.find` tells (`startableInTasklist`)',
    vendors: CAMUNDA,
    process: task(''),
    attributes: ' v:isStartableInTasklist="false"',
    show: async ({ engine }) => (await engine.processes.find({ key: 'p' }))[0]?.startableInTasklist,
    gives: false,
  },
  {
    name: 'historyTimeToLive',
    does: 'how long an ended instance is kept, in days or as a duration, where the host does not say (`retention.ended`)',
    vendors: CAMUNDA,
    process: steps('<manualTask id="a"/>'),
    attributes: ' v:historyTimeToLive="5"',
    show: async ({ engine, id }) => {
      await engine.advance('P6D')
      await engine.cleanUp()
      return engine.instances.get(id)
    },
    gives: null,
  },
]

/** The same: elements. */
export const PEOPLE_ELEMENTS: readonly Row[] = [
  {
    name: 'taskListener',
    does: 'heard at `create` and, where the model names the assignee, `assignment`, before anybody sees the task; at `complete`; nothing waits for those of `assignment` by a person, `update` and `delete`; at `timeout` when its timer fires while the task is open; `all`: each of these. Its work is named as that of an `executionListener`',
    process: task('', extension('<v:taskListener event="create" expression="${task.setPriority(80)}"/>')),
    show: ofTask('priority'),
    gives: 80,
  },
  {
    name: 'formData',
    does: '`formField`s with `type`, `label`, `defaultValue`, `validation`, values and properties: `task.form.fields`, checked when the form is filled in ([when](dialects.md#forms))',
    vendors: CAMUNDA,
    process: task('', extension(`<v:formData>${FIELD}</v:formData>`)),
    show: completing,
    gives: 'EngineError: The form is not filled in as it must be: "amount" is required',
  },
  {
    name: 'formProperty',
    does: 'a field likewise: `name`, `type`, `required`, `writable`, `variable`, `expression`, `default`, values',
    process: task('', extension('<v:formProperty id="amount" type="long" required="true"/>')),
    show: completing,
    gives: 'EngineError: The form is not filled in as it must be: "amount" is required',
  },
  {
    name: 'potentialStarter',
    does: 'a `resourceAssignmentExpression` in it names users and groups that may start the process, as the attributes do',
    process: `<extensionElements><v:potentialStarter><resourceAssignmentExpression><formalExpression>group(sales), user(kim)</formalExpression></resourceAssignmentExpression></v:potentialStarter></extensionElements>${task('')}`,
    show: starters,
    gives: [['kim'], ['sales']],
  },
]

async function starters({ engine }: Parameters<Row['show']>[0]): Promise<unknown> {
  const [found] = await engine.processes.find({ key: 'p' })
  return [found?.candidateStarterUsers, found?.candidateStarterGroups]
}
