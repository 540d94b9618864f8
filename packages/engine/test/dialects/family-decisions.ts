import { extension, type Run, steps } from './probe.ts'
import type { Row } from './row.ts'
import { variables } from './seen.ts'

const CAMUNDA = ['camunda', 'operaton'] as const
const decision = (text: string, tag = ''): string =>
  `<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" xmlns:camunda="http://camunda.org/schema/1.0/dmn" id="d" name="d" namespace="n">
   <decision id="rate" name="Rate" ${tag}><variable name="rate"/><literalExpression><text>${text}</text></literalExpression></decision></definitions>`
const deciding = (attributes: string): string => steps(`<businessRuleTask id="a" v:decisionRef="rate" v:resultVariable="r" ${attributes}/>`)
const FILES = [{ name: 'd.dmn', content: decision('1') }]

/** A later version of the decision is deployed, then an instance is started: which is made? */
async function afterAnother({ engine }: Run): Promise<unknown> {
  await engine.deploy([{ name: 'd2.dmn', content: decision('2') }])
  const { id } = await engine.start('p', { variables: { v: 1 } })
  await engine.drain()
  return (await engine.instances.variables(id)).r
}

/** Of decisions: attributes. */
export const DECISION_ATTRIBUTES: readonly Row[] = [
  {
    name: 'decisionRef',
    does: 'the decision that is made: its id, or an expression',
    vendors: CAMUNDA,
    process: deciding('v:mapDecisionResult="singleEntry"'),
    files: FILES,
    show: variables,
    gives: { r: 1 },
  },
  {
    name: 'mapDecisionResult',
    does: 'what of its result is kept: `singleEntry`, `singleResult`, `collectEntries`, `resultList` (default)',
    vendors: CAMUNDA,
    process: deciding('v:mapDecisionResult="collectEntries"'),
    files: FILES,
    show: variables,
    gives: { r: [1] },
  },
  {
    name: 'decisionRefBinding',
    does: 'which version: `latest`, `deployment`, `version`, `versionTag`',
    vendors: CAMUNDA,
    process: deciding('v:mapDecisionResult="singleEntry" v:decisionRefBinding="deployment"'),
    files: FILES,
    isStarted: false,
    show: afterAnother,
    gives: 1,
  },
  {
    name: 'decisionRefVersion',
    does: 'its number',
    vendors: CAMUNDA,
    process: deciding('v:mapDecisionResult="singleEntry" v:decisionRefBinding="version" v:decisionRefVersion="${v}"'),
    files: FILES,
    isStarted: false,
    show: afterAnother,
    gives: 1,
  },
  {
    name: 'decisionRefVersionTag',
    does: 'its tag',
    vendors: CAMUNDA,
    process: deciding('v:mapDecisionResult="singleEntry" v:decisionRefBinding="versionTag" v:decisionRefVersionTag="stable"'),
    files: [{ name: 'd.dmn', content: decision('1', 'camunda:versionTag="stable"') }],
    isStarted: false,
    show: afterAnother,
    gives: 1,
  },
  {
    name: 'decisionRefTenantId',
    does: 'whose decision is made: the id of a tenant',
    vendors: CAMUNDA,
    process: deciding('v:mapDecisionResult="singleEntry" v:decisionRefTenantId="t1"'),
    isStarted: false,
    show: async ({ engine }) => {
      await engine.deploy([{ name: 'd.dmn', content: decision('7') }], { tenantId: 't1' })
      const { id } = await engine.start('p')
      await engine.drain()
      return (await engine.instances.variables(id)).r
    },
    gives: 7,
  },
]

/** Of data: elements. */
export const DATA_ELEMENTS: readonly Row[] = [
  {
    name: 'value',
    does: 'what a data object or property of the process begins with',
    vendors: ['activiti', 'flowable'],
    process: `<dataObject id="d" name="limit" itemSubjectRef="xsd:int">${extension('<v:value>5</v:value>')}</dataObject>${steps('<userTask id="a"/>')}`,
    show: variables,
    gives: { limit: 5 },
  },
]
