import { createEngine, type EngineOptions, manualClock, type TaskView } from '@leeway/engine'
import { expect, test } from 'vitest'

const model = (task: string): string => `<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" id="d"
  targetNamespace="http://leeway.example">
  <resource id="r" name="team"><resourceParameter id="rp" name="region"/></resource>
  <process id="p" isExecutable="true">
    <laneSet id="ls"><lane id="l1" name="Sales"><flowNodeRef>t</flowNodeRef><flowNodeRef>sub</flowNodeRef>
      <childLaneSet><lane id="l2" name="Back office"><flowNodeRef>t</flowNodeRef></lane></childLaneSet></lane></laneSet>
    <userTask id="t">${task}</userTask><subProcess id="sub"><userTask id="inner"/></subProcess></process></definitions>`
const query = `<resourceRef>r</resourceRef><resourceParameterBinding parameterRef="rp"><formalExpression>\${place}</formalExpression></resourceParameterBinding>`
const role = (text: string): string =>
  `<resourceAssignmentExpression><formalExpression>${text}</formalExpression></resourceAssignmentExpression>`

async function taskOf(task: string, options: EngineOptions = {}): Promise<TaskView | undefined> {
  const engine = await createEngine({ clock: manualClock('2026-01-01T00:00:00Z'), ...options })
  await engine.deploy(model(task))
  await engine.start('p', { variables: { place: 'north' } })
  const [found] = await engine.tasks.find({ elementId: 't' })
  expect((await engine.tasks.find({ elementId: 'inner' }))[0]?.lane).toBe('Sales')
  await engine.close()
  return found
}

test('a performer is the assignee where there is no human performer; a group of performers may take the task', async () => {
  expect(await taskOf(`<performer>${role('kim')}</performer>`)).toMatchObject({ assignee: 'kim', lane: 'Back office' })
  const both = `<performer>${role('kim')}</performer><humanPerformer>${role('lee')}</humanPerformer>`
  expect(await taskOf(both)).toMatchObject({ assignee: 'lee' })
  expect(await taskOf(`<performer>${role('group(clerks)')}</performer>`)).toMatchObject({ assignee: null, candidateGroups: ['clerks'] })
})

test('a resource whose parameters are bound is resolved by the function of its name', async () => {
  const functions = { team: ({ region }: { region: string }) => [`user(kim-${region})`, region, 'group(all)'] }
  const roles = `<potentialOwner>${query}</potentialOwner><potentialOwner>${role('user(ann), sales')}</potentialOwner>`
  expect(await taskOf(roles, { functions })).toMatchObject({
    candidateUsers: ['ann', 'kim-north'],
    candidateGroups: ['sales', 'north', 'all'],
  })
  expect(await taskOf(`<humanPerformer>${query}</humanPerformer>`, { functions: { team: () => 'user(kim)' } })).toMatchObject({
    assignee: 'kim',
  })
  expect(await taskOf(roles)).toMatchObject({ candidateUsers: ['ann'], candidateGroups: ['sales', 'team'] })
})
