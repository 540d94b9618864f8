import type { Ocel } from '../../src/index.ts'

/**
 * What is wrong with a log by the rules of OCEL 2.0's JSON: which members there must be and of which kind, and what relations, types and
 * attributes must lead to. Empty = nothing.
 */
export function ocelProblems(log: Ocel): readonly string[] {
  const given: unknown = JSON.parse(JSON.stringify(log))
  const problems = shapeProblems(given, LOG, 'log')
  return problems.length > 0 ? problems : referenceProblems(log)
}

type Shape =
  | { readonly is: 'text' | 'instant' }
  | { readonly each: Shape }
  | { readonly members: { readonly [name: string]: Shape }; readonly required: readonly string[] }

const text: Shape = { is: 'text' }
const instant: Shape = { is: 'instant' }
const whole = (members: { readonly [name: string]: Shape }, required = Object.keys(members)): Shape => ({ members, required })

const relationship = whole({ objectId: text, qualifier: text })
const type = whole({ name: text, attributes: { each: whole({ name: text, type: text }) } })
const LOG = whole({
  eventTypes: { each: type },
  objectTypes: { each: type },
  events: {
    each: whole(
      {
        id: text,
        type: text,
        time: instant,
        attributes: { each: whole({ name: text, value: text }) },
        relationships: { each: relationship },
      },
      ['id', 'type', 'time'],
    ),
  },
  objects: {
    each: whole(
      {
        id: text,
        type: text,
        attributes: { each: whole({ name: text, value: text, time: instant }) },
        relationships: { each: relationship },
      },
      ['id', 'type'],
    ),
  },
})

function shapeProblems(given: unknown, shape: Shape, at: string): readonly string[] {
  if ('each' in shape)
    return Array.isArray(given) ? given.flatMap((one, k) => shapeProblems(one, shape.each, `${at}[${k}]`)) : [`${at} is no list`]
  if ('is' in shape) {
    if (typeof given !== 'string') return [`${at} is no text`]
    return shape.is === 'instant' && !INSTANT.test(given) ? [`${at} is no instant with a time zone`] : []
  }
  if (typeof given !== 'object' || given === null) return [`${at} is no object`]
  const missing = shape.required.filter((name) => !Object.hasOwn(given, name)).map((name) => `${at} has no ${name}`)
  const others = Object.keys(given).filter((name) => !Object.hasOwn(shape.members, name))
  const inner = Object.entries(given).flatMap(([name, value]) => {
    const member = shape.members[name]
    return member === undefined ? [] : shapeProblems(value, member, `${at}.${name}`)
  })
  return [...missing, ...others.map((name) => `${at} has ${name}, which is none of its members`), ...inner]
}

const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/

const VALUES: { readonly [type: string]: RegExp } = {
  string: /^/,
  time: INSTANT,
  integer: /^-?\d+$/,
  float: /^-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?$/,
  boolean: /^(?:true|false)$/,
}

function referenceProblems({ objectTypes, eventTypes, objects, events }: Ocel): readonly string[] {
  const ids = new Set(objects.map(({ id }) => id))
  const repeated = (list: readonly string[], what: string): readonly string[] =>
    list.filter((one, k) => list.indexOf(one) !== k).map((one) => `there are two ${what} ${one}`)
  const ofTypes = (types: Ocel['objectTypes'], all: readonly (Ocel['objects'][number] | Ocel['events'][number])[]): readonly string[] =>
    all.flatMap((one) => {
      const declared = types.find(({ name }) => name === one.type)
      if (declared === undefined) return [`${one.id} is of the type ${one.type}, which is not declared`]
      return one.attributes.flatMap(({ name, value }) => {
        const as = declared.attributes.find((attribute) => attribute.name === name)
        if (as === undefined) return [`${one.id} has the attribute ${name}, which ${one.type} does not declare`]
        return VALUES[as.type]?.test(value) ? [] : [`${one.id}: ${name} is "${value}", which is no ${as.type}`]
      })
    })
  const lost = [...objects, ...events].flatMap(({ id, relationships }) =>
    relationships.filter(({ objectId }) => !ids.has(objectId)).map(({ objectId }) => `${id} is related to ${objectId}, which is not there`),
  )
  return [
    ...repeated(
      objectTypes.map(({ name }) => name),
      'object types',
    ),
    ...repeated(
      eventTypes.map(({ name }) => name),
      'event types',
    ),
    ...repeated(
      objects.map(({ id }) => id),
      'objects',
    ),
    ...repeated(
      events.map(({ id }) => id),
      'events',
    ),
    ...ofTypes(objectTypes, objects),
    ...ofTypes(eventTypes, events),
    ...lost,
  ]
}
