import { EventEmitter } from 'eventemitter3'
import type { KernelEvent } from '../kernel/events.ts'

/** What `engine.on` tells, after the commit: the kernel's events by their names, and what happened to tasks, jobs and incidents. */
export interface EngineEvent {
  readonly type: string
  readonly instanceId: string | null
  readonly elementId?: string
  readonly elementInstanceId?: string
  readonly processKey?: string
  readonly tenantId?: string
  /** Epoch milliseconds. */
  readonly at: number
  readonly actor?: string
  readonly [name: string]: unknown
}

/** Names of events. `any` is told all of them. */
export type EngineEventName =
  | 'any'
  | 'instanceStarted'
  | 'instanceEnded'
  | 'taskCreated'
  | 'taskCompleted'
  | 'taskCancelled'
  | 'taskUpdated'
  | 'taskEnded'
  | 'jobCreated'
  | 'jobFailed'
  | 'incidentCreated'
  | 'incidentResolved'
  | 'deployed'
  /** What an extension, such as cases, has to tell: `extension`, and in `what` its own name for it. */
  | 'noted'
  | KernelEvent['type']

/** Hears an event after its commit. What it throws, or rejects with, goes to the engine's logger and harms no one. */
export type EngineListener = (event: EngineEvent) => void

/** Tells listeners. A listener that throws harms no one: the engine's logger hears of it. */
export interface EventHub {
  /** False while nobody listens: then no event need be made. */
  isHeard(): boolean
  on(name: EngineEventName, listener: EngineListener): () => void
  tell(event: EngineEvent): void
}

export function createEventHub(onFault: (error: unknown) => void): EventHub {
  const emitter = new EventEmitter()
  let listeners = 0
  const call = (name: string, event: EngineEvent): void => {
    for (const listener of emitter.listeners(name)) {
      try {
        const answer: unknown = (listener as (event: EngineEvent) => unknown)(event)
        if (typeof answer === 'object' && answer !== null) Promise.resolve(answer).catch(onFault)
      } catch (error) {
        onFault(error)
      }
    }
  }
  return {
    isHeard: () => listeners > 0,
    on(name, listener) {
      emitter.on(name, listener)
      listeners++
      let isOn = true
      return () => {
        if (!isOn) return
        isOn = false
        emitter.off(name, listener)
        listeners--
      }
    },
    tell(event) {
      call(event.type, event)
      call('any', event)
    },
  }
}
