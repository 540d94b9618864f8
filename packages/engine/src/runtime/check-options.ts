import { shown } from './arguments.ts'
import { EngineError } from './errors.ts'

/**
 * Throws `invalidOption` for what no engine can be made of, given by a caller without types. Numbers and words are checked where they are
 * read.
 */
export function checkOptions(options: unknown): void {
  if (!isObject(options)) refuseOption('', options, 'an object')
  const { storage, clock, logger, authorize, defaultHandler } = options
  if (storage !== undefined) checkMethods('storage', storage, ['prepare', 'get', 'find', 'commit', 'claim'])
  if (clock !== undefined) checkMethods('clock', clock, ['now'])
  if (logger !== undefined) checkMethods('logger', logger, ['warn', 'error'])
  if (options.telemetry !== undefined) checkMethods('telemetry', options.telemetry, ['span', 'past', 'trace', 'count', 'record'])
  if (authorize !== undefined && typeof authorize !== 'function') refuseOption('authorize', authorize, 'a function')
  if (defaultHandler !== undefined) checkHandler('defaultHandler', defaultHandler)
  eachOf('handlers', options.handlers, checkHandler)
  eachOf('elementHandlers', options.elementHandlers, checkHandler)
  eachOf('functions', options.functions, (name, value) => {
    if (typeof value !== 'function') refuseOption(name, value, 'a function')
  })
  eachOf('beans', options.beans, (name, value) => {
    if (!isObject(value) && typeof value !== 'function') refuseOption(name, value, 'an object')
  })
  eachOf('dataStores', options.dataStores, (name, value) => {
    if (!isObject(value) || !['read', 'write'].some((access) => typeof value[access] === 'function'))
      refuseOption(name, value, 'an object with a method read, write, or both')
  })
  if (options.scripts !== undefined) checkScripts(options.scripts)
  eachOf('searchable', options.searchable, (name, value) => {
    if (value !== 'text') refuseOption(name, value, '"text"')
  })
  eachOf('calendars', options.calendars, () => undefined)
  eachOf('worker', options.worker, () => undefined)
  eachOf('retries', options.retries, () => undefined)
  eachOf('retention', options.retention, () => undefined)
}

/** Throws `invalidOption`. */
export function refuseOption(name: string, value: unknown, wanted: string): never {
  const what = name === '' ? 'createEngine: what it is given' : `Option ${name}`
  throw new EngineError('invalidOption', `${what} is ${shown(value)}; it must be ${wanted}`, { option: name })
}

const ENTRY: ReadonlySet<string> = new Set(['run', 'attempts', 'backoff', 'timeout', 'concurrency'])

function checkHandler(name: string, handler: unknown): void {
  if (typeof handler === 'function') return
  if (!isObject(handler) || typeof handler.run !== 'function') refuseOption(name, handler, 'a function, or an object with a function run')
  for (const member of Object.keys(handler))
    if (!ENTRY.has(member)) refuseOption(`${name}.${member}`, handler[member], `one of ${[...ENTRY].join(', ')}`)
  checkCount(`${name}.attempts`, handler.attempts)
  if (handler.concurrency !== Number.POSITIVE_INFINITY) checkCount(`${name}.concurrency`, handler.concurrency)
  for (const member of ['backoff', 'timeout']) {
    const value = handler[member]
    if (value !== undefined && typeof value !== 'string') refuseOption(`${name}.${member}`, value, 'an ISO 8601 duration such as PT5S')
  }
}

function checkScripts(scripts: unknown): void {
  checkMethods('scripts', scripts, ['run'])
  const { languages } = scripts as { readonly languages?: unknown } // an object, as was checked
  if (!Array.isArray(languages) || languages.some((language) => typeof language !== 'string'))
    refuseOption('scripts.languages', languages, 'a list of languages, such as ["javascript"]')
}

function checkCount(name: string, value: unknown): void {
  if (value !== undefined && !(Number.isSafeInteger(value) && (value as number) >= 1)) refuseOption(name, value, 'a whole number from 1')
}

function checkMethods(name: string, value: unknown, methods: readonly string[]): void {
  if (!isObject(value) || methods.some((method) => typeof value[method] !== 'function')) {
    refuseOption(name, value, `an object with the methods ${methods.join(', ')}`)
  }
}

function eachOf(name: string, values: unknown, check: (name: string, value: unknown) => void): void {
  if (values === undefined) return
  if (!isObject(values) || Array.isArray(values)) refuseOption(name, values, 'an object')
  for (const [member, value] of Object.entries(values)) check(`${name}.${member}`, value)
}

function isObject(value: unknown): value is { readonly [name: string]: unknown } {
  return typeof value === 'object' && value !== null
}
