import type { EngineOptions } from '@leeway/engine'
import { expect, test } from 'vitest'
import { begun, leaveAt, useDesk } from '../desk.ts'
import { silentTelemetry } from '../silent-telemetry.ts'

const spans: string[] = []
const telemetry: EngineOptions['telemetry'] = {
  ...silentTelemetry,
  span(start, work) {
    spans.push(`${start.kind} ${start.name} ${start.attributes['leeway.command'] ?? ''}`.trim())
    return work({ tell: () => undefined })
  },
}
const desk = useDesk({ telemetry })

test('what is done off the path is traced by what it is', async () => {
  const instanceId = await begun(desk)
  spans.length = 0
  const away = await leaveAt(desk, instanceId, 'A')
  const { taskId } = await desk.cases.addItem(away.id, { kind: 'human', name: 'Look for it', actor: 'kim' })
  await desk.engine.tasks.complete(taskId ?? '', { actor: 'kim' })
  await desk.cases.return(away.id, { to: 'resume', actor: 'kim' })
  expect(spans).toEqual(['leave', 'addItem', 'task', 'return'].map((name) => `command leeway case-adaptive.${name} case-adaptive.${name}`))
})
