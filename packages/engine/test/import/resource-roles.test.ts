import { expect, test } from 'vitest'
import { between, compile, file, node } from './models.ts'

test('a potential owner that refers to a resource is the group of its name, where no expression says more', async () => {
  const roles = '<potentialOwner><resourceRef>r</resourceRef></potentialOwner>'
  const text = file(between(`<userTask id="a">${roles}</userTask>`, 'a'), '<resource id="r" name="sales"/>')
  expect(node(await compile(text), 'a', 'userTask').assignment.candidateGroups?.source).toBe('sales')
})
