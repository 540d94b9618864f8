import type { HistoryEntry } from '@leeway/engine'
import type { CaseView } from '../host/case-view.ts'

/**
 * An object-centric event log, OCEL 2.0 (JSON), for process mining: cases, process instances, deviations, items and people, and what
 * happened to them.
 */
export interface Ocel {
  readonly objectTypes: readonly OcelType[]
  readonly eventTypes: readonly OcelType[]
  readonly objects: readonly OcelObject[]
  readonly events: readonly OcelEvent[]
}

/** A type of objects or events, with the attributes that they have. */
export interface OcelType {
  readonly name: string
  readonly attributes: readonly { readonly name: string; readonly type: 'string' | 'time' | 'integer' | 'float' | 'boolean' }[]
}

/** A case, a process instance, a deviation, an item or a person. */
export interface OcelObject {
  readonly id: string
  readonly type: string
  /**
   * Each with the instant from which it has the value, ISO 8601. Values are text, as OCEL's JSON has them; the type says how it is to be
   * read.
   */
  readonly attributes: readonly { readonly name: string; readonly value: string; readonly time: string }[]
  readonly relationships: readonly OcelRelationship[]
}

/** What happened, and to which objects. */
export interface OcelEvent {
  readonly id: string
  readonly type: string
  /** ISO 8601. */
  readonly time: string
  readonly attributes: readonly { readonly name: string; readonly value: string }[]
  readonly relationships: readonly OcelRelationship[]
}

/** An object that something has to do with, and as what. */
export interface OcelRelationship {
  readonly objectId: string
  readonly qualifier: string
}

/** A case with the history of its process instances. */
export interface LoggedCase {
  readonly view: CaseView
  readonly paths: ReadonlyMap<string, readonly HistoryEntry[]>
}

/**
 * Makes the log of cases. Events of the path are named after their element, `path:Ship`; those off the path `deviation:start`,
 * `deviation:item`, …, with the place in the model: so that the two can be laid beside each other. Values of variables and free text are
 * left out.
 */
export function ocelOf(cases: readonly LoggedCase[]): Ocel {
  const objects = new Map<string, OcelObject>()
  const events: OcelEvent[] = []
  for (const { view, paths } of cases) {
    for (const object of objectsOf(view)) objects.set(object.id, object)
    for (const entry of view.timeline) events.push(eventOf(view, entry))
    for (const [instanceId, path] of paths) events.push(...pathEvents(view.id, instanceId, path))
  }
  for (const { relationships } of [...objects.values(), ...events])
    for (const { objectId, qualifier } of relationships)
      if (!objects.has(objectId))
        objects.set(objectId, { id: objectId, type: TYPES[qualifier] ?? qualifier, attributes: [], relationships: [] })
  const all = [...objects.values()]
  events.sort((a, b) => (a.time < b.time ? -1 : a.time > b.time ? 1 : 0))
  return { objectTypes: typesOf(all), eventTypes: typesOf(events), objects: all, events }
}

function objectsOf({ id, template, openedAt, instanceIds, path, deviations, items, ...more }: CaseView): OcelObject[] {
  const ofCase = [{ objectId: id, qualifier: 'case' }]
  return [
    {
      id,
      type: 'case',
      attributes: [at(openedAt, 'template', template)],
      relationships: instanceIds.map((objectId) => ({ objectId, qualifier: 'process' })),
    },
    ...path.map(({ instanceId, processKey }) => ({
      id: instanceId,
      type: 'processInstance',
      attributes: [at(openedAt, 'processKey', processKey)],
      relationships: [],
    })),
    ...deviations.map(({ id: deviationId, mode, reason, leftAt, instanceId, anchor, definition }) => ({
      id: deviationId,
      type: 'deviation',
      attributes: [
        at(leftAt, 'mode', mode),
        at(leftAt, 'reason', reason.code),
        at(leftAt, 'elementId', anchor.elementId),
        at(leftAt, 'processKey', definition.key),
        at(leftAt, 'version', String(definition.version)),
      ],
      relationships: [
        { objectId: id, qualifier: 'case' },
        { objectId: instanceId, qualifier: 'process' },
      ],
    })),
    ...items.map(({ id: itemId, kind, addedAt, deviationId }) => ({
      id: itemId,
      type: 'item',
      attributes: [at(addedAt, 'kind', kind)],
      relationships: [{ objectId: deviationId ?? id, qualifier: deviationId === null ? 'case' : 'deviation' }],
    })),
    ...more.facts.map(({ id: factId, key, source, givenAt }) => ({
      id: factId,
      type: 'fact',
      attributes: [at(givenAt, 'key', key), at(givenAt, 'source', source)],
      relationships: ofCase,
    })),
    ...more.contacts.map(({ id: contactId, direction, channel, at: time }) => ({
      id: contactId,
      type: 'contact',
      attributes: [at(time, 'direction', direction), at(time, 'channel', channel)],
      relationships: ofCase,
    })),
    ...more.proposals.map(({ id: proposalId }) => ({ id: proposalId, type: 'proposal', attributes: [], relationships: ofCase })),
    ...more.reviews.map(({ id: reviewId, of, dueSince }) => ({
      id: reviewId,
      type: 'review',
      attributes: [at(dueSince, 'of', of)],
      relationships: ofCase,
    })),
    ...more.commitments.map(({ id: commitmentId, madeAt, dueAt }) => ({
      id: commitmentId,
      type: 'commitment',
      attributes: [at(madeAt, 'dueAt', dueAt)],
      relationships: ofCase,
    })),
  ]
}

function eventOf({ id, deviations }: CaseView, { seq, at: time, actor, type, ...about }: CaseView['timeline'][number]): OcelEvent {
  const deviation = deviations.find((one) => one.id === about.deviationId)
  const attributes: { name: string; value: string }[] = []
  for (const name of ['change', 'mode', 'to', 'cause', 'status', 'guarantee']) {
    const value = about[name]
    if (typeof value === 'string') attributes.push({ name, value })
  }
  if (deviation !== undefined) {
    const { anchor, definition } = deviation
    attributes.push({ name: 'elementId', value: anchor.elementId }, { name: 'processKey', value: definition.key })
    attributes.push({ name: 'version', value: String(definition.version) })
  }
  const related = [
    ['case', id],
    ['deviation', about.deviationId],
    ['item', about.itemId],
    ['fact', about.factId],
    ['contact', about.contactId],
    ['commitment', about.commitmentId],
    ['proposal', about.proposalId],
    ['review', about.reviewId],
    ['process', deviation?.instanceId ?? about.instanceId],
    ['actor', actor === null ? undefined : personId(actor)],
  ] as const
  const relationships = related.flatMap(([qualifier, objectId]) => (typeof objectId === 'string' ? [{ objectId, qualifier }] : []))
  return { id: `${id}#${seq}`, type, time, attributes, relationships }
}

function pathEvents(caseId: string, instanceId: string, path: readonly HistoryEntry[]): OcelEvent[] {
  return path.flatMap(({ seq, at: time, actor, type, elementId }, k): OcelEvent[] => {
    if (type !== 'elementCompleted' || elementId === undefined) return []
    const relationships = [
      { objectId: caseId, qualifier: 'case' },
      { objectId: instanceId, qualifier: 'process' },
      ...(actor === null ? [] : [{ objectId: personId(actor), qualifier: 'actor' }]),
    ]
    return [
      {
        id: `${instanceId}#${seq}.${k}`,
        type: `path:${elementId}`,
        time,
        attributes: [{ name: 'elementId', value: elementId }],
        relationships,
      },
    ]
  })
}

function personId(actor: string): string {
  return `person:${actor}`
}

function at(time: string, name: string, value: string): OcelObject['attributes'][number] {
  return { name, value, time }
}

/**
 * Types of what is only related to: people, processes that were called, whatever was deleted since. What is not named here is called as the
 * relation is.
 */
const TYPES: { readonly [qualifier: string]: string } = { actor: 'person', process: 'processInstance' }

/** Attributes whose values are whole numbers. */
const INTEGERS: ReadonlySet<string> = new Set(['version'])

/** The types that occur, each with the attributes that occur on it. */
function typesOf(all: readonly { readonly type: string; readonly attributes: readonly { readonly name: string }[] }[]): OcelType[] {
  const types = new Map<string, Map<string, 'string' | 'integer'>>()
  for (const { type, attributes } of all) {
    const known = types.get(type) ?? new Map<string, 'string' | 'integer'>()
    for (const { name } of attributes) known.set(name, INTEGERS.has(name) ? 'integer' : 'string')
    types.set(type, known)
  }
  return [...types].map(([name, attributes]) => ({
    name,
    attributes: [...attributes].map(([attribute, type]) => ({ name: attribute, type })),
  }))
}
