import { describe, expect, test } from 'vitest'
import type { ImportOptions } from '../../src/import/import-options.ts'
import { between, findingsIn } from './models.ts'

const HOST: ImportOptions = { hasFunction: (name) => name === 'vip', hasBean: (name) => name === 'people' }
const named = (expression: string, options?: ImportOptions) =>
  findingsIn('unknownFunction', between(`<userTask id="a"\n camunda:assignee="${expression}"/>`, 'a'), '', options)

describe('with a host that says what it has', () => {
  test.each(['${risk(x)}', '${my:risk(x)}', '=risk(x)', '=for x in xs return risk(x)', '${people.first(risk(1))}'])(
    '%s calls something unknown',
    async (expression) => {
      const found = await named(expression, HOST)
      expect(found).toMatchObject([{ severity: 'warning', elementId: 'a', line: 9, hint: expect.stringContaining('functions') }])
      expect(found[0]?.message).toContain('risk')
    },
  )
  test('an object without whom a method cannot be is unknown', async () => {
    const [found] = await named('${orders.ownerOf(x)}', HOST)
    expect(found).toMatchObject({ severity: 'warning', hint: expect.stringContaining('beans') })
    expect(found?.message).toContain('orders.ownerOf')
  })
  test.each([
    '${vip(x)}',
    '=vip(x)',
    '${now()}',
    '=now() + duration(string(x))',
    '=cycle(3, duration(x))',
    '=string length(x)',
    '=if is(x, 1) then count(x) else floor(1.5)',
    '=(function(risk) risk(1))(x)',
    '${people.ownerOf(x)}',
    '${xs.size() > 1 and s.startsWith(t)}',
    '${order.getTotal()}',
    "${execution.getVariable('x')}",
  ])('%s calls nothing unknown', async (expression) => {
    expect(await named(expression.replaceAll('>', '&gt;'), HOST)).toEqual([])
  })
})

test('a host that says nothing is not judged', async () => {
  expect(await named('${risk(x)}')).toEqual([])
  expect(await named('${people.risk(x)}', { hasFunction: () => false })).toEqual([])
})
