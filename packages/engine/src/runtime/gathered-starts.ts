import type { Value, Values } from '../model/value.ts'
import type { Also } from './also.ts'
import { commitAlone, together } from './also.ts'
import { AGAIN, contended } from './contended.ts'
import { EngineError } from './errors.ts'
import type { MessageHost, Ran } from './message-host.ts'
import { type SubscriptionRecord, subscriptions } from './records/message.ts'

/** Most sets of events of one start event that wait for the rest. */
export const GATHERED_MAX = 1_000

/** An event that came, as it is delivered. */
export interface Came {
  readonly values: Values
  readonly actor: string | null
  readonly key?: string | null
  readonly businessKey?: string | null
}

/** How a start event that needs several events took one: `isComplete` where it was the last, and the instance began. */
export interface Gathered {
  readonly ran: Ran
  readonly isComplete: boolean
}

/** What has come of one start: by the number of the definition what came with it. */
interface Set {
  /** The key of the messages in it; null while none had one. */
  readonly key: string | null
  readonly businessKey: string | null
  readonly came: { readonly [definition: string]: Values }
}

/** What starts instances of a definition: a start event's subscription, or its timer. */
export type StartPlace = Pick<SubscriptionRecord, 'id' | 'tenantId' | 'body'>

/** The row that keeps what has come for a parallel multiple start event. */
export function gatheringId(definitionId: string, elementId: string): string {
  return `${definitionId}:${elementId}:all`
}

/** Written with the deployment, so that who gathers finds a row to expect. */
export function gathering(at: Omit<SubscriptionRecord, 'kind' | 'name' | 'key'>): SubscriptionRecord {
  return { ...at, id: gatheringId(at.body.definitionId, at.body.elementId), kind: 'gathering', name: '', key: null }
}

/**
 * A parallel multiple start event starts its process when each of its events has come: until then what came is kept, the oldest first.
 * Messages with different keys do not come together; what has no key goes with any. A second event of the same kind begins a set of its
 * own. BPMN 2.0.2 §10.5.2. `also` lands with what is kept, or with the start that `start` makes of all that came. Throws `tooManyWaiting`
 * where {@link GATHERED_MAX} sets wait.
 */
export async function gather<Event extends Came>(
  host: MessageHost,
  at: StartPlace,
  event: Event,
  also: (isComplete: boolean) => Also,
  start: (all: Event, also: Also) => Promise<Ran>,
): Promise<Gathered> {
  const id = gatheringId(at.body.definitionId, at.body.elementId)
  return contended(`What starts ${at.body.processKey} met other events`, { elementId: at.body.elementId }, async () => {
    const [row] = await host.storage.get(subscriptions, [id])
    if (row === undefined) return { ran: { type: 'absent' }, isComplete: false } // another version came meanwhile
    const { complete, left } = add((row.record.body.gathered ?? []) as unknown as readonly Set[], at, event) // written here
    const isComplete = complete !== null
    if (left.length > GATHERED_MAX) return refuse(at)
    const kept: Also = {
      expect: [{ collection: subscriptions, id, revision: row.revision }],
      put: [
        {
          collection: subscriptions,
          record: { ...row.record, body: { ...row.record.body, gathered: left as unknown as readonly Value[] } },
        },
      ],
      delete: [],
    }
    const all = together(also(isComplete), kept)
    const ran = complete === null ? await keep(host, event, all) : await start({ ...event, ...complete }, all)
    if (ran.type !== 'lost') return { ran, isComplete }
    const [now] = await host.storage.get(subscriptions, [id])
    return now?.revision === row.revision ? { ran, isComplete } : AGAIN // else something else was expected, and is not so
  })
}

/** The oldest set that this event is missing in takes it. */
function add(
  sets: readonly Set[],
  { body }: StartPlace,
  { values, key = null, businessKey = null }: Came,
): { readonly complete: Pick<Came, 'values' | 'key' | 'businessKey'> | null; readonly left: readonly Set[] } {
  const n = String(body.definition ?? 0)
  const k = sets.findIndex((set) => !Object.hasOwn(set.came, n) && (set.key === null || key === null || set.key === key))
  const before = sets[k]
  const set: Set = {
    key: before?.key ?? key,
    businessKey: before?.businessKey ?? businessKey,
    came: { ...before?.came, [n]: values },
  }
  const numbers = Object.keys(set.came).map(Number)
  if (numbers.length < (body.gathers ?? 1)) return { complete: null, left: k < 0 ? [...sets, set] : sets.with(k, set) }
  const inOrder = numbers.sort((a, b) => a - b).map((number) => set.came[number])
  return {
    complete: { values: Object.assign({}, ...inOrder), key: set.key, businessKey: set.businessKey },
    left: sets.filter((_, index) => index !== k),
  }
}

async function keep(host: MessageHost, { actor }: Came, also: Also): Promise<Ran> {
  return (await commitAlone(host, 'gatherStart', actor, also)) ? { type: 'done' } : { type: 'lost', conflict: [] }
}

function refuse({ body: { processKey, elementId } }: StartPlace): never {
  throw new EngineError(
    'tooManyWaiting',
    `${GATHERED_MAX} incomplete sets of events wait at ${elementId}, which starts "${processKey}" when all of its events have come.`,
    { elementId },
  )
}
