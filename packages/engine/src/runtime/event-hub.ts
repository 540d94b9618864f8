import { EventEmitter } from 'eventemitter3'
import type { KernelEvent } from '../kernel/events.ts'
import type { InstanceStatus } from '../kernel/state.ts'

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
  | 'jobRescheduled'
  | 'incidentCreated'
  | 'incidentResolved'
  | 'deployed'
  | 'definitionSuspended'
  | 'definitionResumed'
  | 'definitionDeleted'
  /** What an extension, such as cases, has to tell: `extension`, and in `what` its own name for it. */
  | 'noted'
  | KernelEvent['type']

/** What a task's events say. */
export interface TaskTold {
  readonly taskId: string
  readonly name: string | null
  readonly assignee: string | null
  /** A state of a user task, such as `ready`. */
  readonly state: string
}

/** What an event about a task says that is no more. */
export interface TaskGone {
  readonly taskId: string
  readonly elementInstanceId: string
}

/** What events about work say. `elementId` and `elementInstanceId` tell what it is the work of. */
export interface JobTold {
  readonly jobId: string
  readonly jobType: string
  readonly elementId: string
  readonly elementInstanceId: string
}

/** What the engine's own events say beside what all do. Events of the kernel carry what the history has of them. */
export interface EngineEvents {
  readonly instanceStarted: { readonly instanceId: string; readonly processKey: string }
  readonly instanceEnded: { readonly instanceId: string; readonly processKey: string; readonly status: InstanceStatus }
  readonly taskCreated: TaskTold
  /** `operation` names the call, such as `tasks.claim`. */
  readonly taskUpdated: TaskTold & { readonly operation: string }
  readonly taskCompleted: TaskGone
  readonly taskCancelled: TaskGone
  readonly taskEnded: TaskGone
  readonly jobCreated: JobTold
  /** An attempt failed, and the work is tried again. */
  readonly jobFailed: JobTold & { readonly error: { readonly code: string; readonly message: string } }
  /** An operator gave a job another due time; for a timer that an instance waits for it is `timerRescheduled`. */
  readonly jobRescheduled: Omit<JobTold, 'elementInstanceId'> & { readonly dueAt: number }
  readonly incidentCreated: { readonly incidentId: string; readonly elementId: string; readonly code: string; readonly message: string }
  readonly incidentResolved: { readonly incidentId: string; readonly elementInstanceId: string }
  readonly deployed: { readonly processKey: string; readonly definitionId: string }
  readonly definitionSuspended: { readonly processKey: string; readonly definitionId: string }
  readonly definitionDeleted: { readonly processKey: string; readonly definitionId: string }
  readonly definitionResumed: { readonly processKey: string; readonly definitionId: string }
  readonly noted: { readonly extension: string }
}

/** What a listener to this name hears. */
export type EngineEventOf<Name extends EngineEventName> = Name extends keyof EngineEvents
  ? EngineEvent & { readonly type: Name } & EngineEvents[Name]
  : EngineEvent

/** Hears an event after its commit. What it throws, or rejects with, goes to the engine's logger and harms no one. */
export type EngineListener<Name extends EngineEventName = EngineEventName> = (event: EngineEventOf<Name>) => void

/** Tells listeners. A listener that throws harms no one: the engine's logger hears of it. */
export interface EventHub {
  /** False while nobody listens: then no event need be made. */
  isHeard(): boolean
  on<Name extends EngineEventName>(name: Name, listener: EngineListener<Name>): () => void
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
