import type { EngineEvent, EngineOptions } from '@leeway/engine'
import { expect, test } from 'vitest'
import { begun, leaveAt, useDesk } from '../desk.ts'
import { silentTelemetry } from '../silent-telemetry.ts'

const counted: unknown[] = []
const telemetry: EngineOptions['telemetry'] = {
  ...silentTelemetry,
  count: (name, by, { 'error.type': code }) => void (name === 'leeway.incidents.raised' && counted.push([by, code])),
}
let isDown = true
const find = () => {
  if (isDown) throw new Error('the register is down')
  return { found: true }
}
const desk = useDesk({ telemetry, handlers: { find }, retries: { attempts: 1 } })

test('work of an item that got stuck is an incident like any other: listeners hear of it and of its end, and it is counted', async () => {
  const told: EngineEvent[] = []
  for (const name of ['incidentCreated', 'incidentResolved'] as const) desk.engine.on(name, (event) => void told.push(event))
  const resolutions = [
    (incidentId: string) => desk.engine.incidents.resolve(incidentId, { actor: 'max' }),
    (_: string, jobId: string) => desk.engine.jobs.setRetries(jobId, 1, { actor: 'max' }),
  ]
  const instanceId = await begun(desk)
  const away = await leaveAt(desk, instanceId, 'A')
  for (const resolve of resolutions) {
    isDown = true
    await desk.cases.addItem(away.id, { kind: 'service', type: 'find', name: 'Find it', actor: 'kim' })
    await desk.engine.drain()
    const [incident] = await desk.engine.incidents.find({ instanceId })
    expect(told).toMatchObject([{ type: 'incidentCreated', incidentId: incident?.id, instanceId, message: 'the register is down' }])
    expect(counted.splice(0)).toEqual([[1, 'handlerFailed']])
    isDown = false
    await resolve(incident?.id ?? '', incident?.jobId ?? '')
    expect(told.splice(0)).toMatchObject([{}, { type: 'incidentResolved', incidentId: incident?.id, instanceId, actor: 'max' }])
    await desk.engine.drain()
    expect(await desk.engine.incidents.count()).toBe(0)
  }
})
