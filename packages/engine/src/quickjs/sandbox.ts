/**
 * What runs in the sandbox before a script, in JavaScript of its own: it makes the surroundings that models expect, `execution` and the
 * variables, and gives back two functions: one that turns the script's outcome into JSON, one that describes what it threw. All that they
 * use is taken before the script runs, so that the script can spoil nothing but its own result.
 */
export const PRELUDE = `(function (json) {
  'use strict'
  const { parse, stringify } = JSON
  const { keys, create, defineProperty, getOwnPropertyNames, getPrototypeOf, prototype: plain } = Object
  const isArray = Array.isArray
  const construct = Reflect.construct
  const isFinite = Number.isFinite
  const text = String
  const RealDate = Date
  const toISOString = RealDate.prototype.toISOString
  const call = Function.prototype.call.bind(Function.prototype.call)
  const { values, facts, task, now, seed } = parse(json)

  function reveal(value) {
    if (typeof value !== 'object' || value === null) return value
    if (isArray(value)) return value.map(reveal)
    if (value.$leeway === 'date') return construct(RealDate, [value.value])
    if (value.$leeway === 'bigint') return BigInt(value.value)
    if (value.$leeway === 'bytes') return value
    const copy = {}
    for (const name of keys(value)) defineProperty(copy, name, { value: reveal(value[name]), writable: true, enumerable: true, configurable: true })
    return copy
  }

  function conceal(value, path, depth) {
    if (depth > 100) throw new TypeError(path + ' nests deeper than 100 levels')
    switch (typeof value) {
      case 'undefined': return null
      case 'boolean': case 'string': return value
      case 'number':
        if (isFinite(value)) return value
        throw new TypeError(path + ' is ' + text(value) + ', which cannot be kept')
      case 'bigint': return { $leeway: 'bigint', value: text(value) }
      case 'object': break
      default: throw new TypeError(path + ' is a ' + typeof value + ', which cannot be kept')
    }
    if (value === null) return null
    if (value instanceof RealDate) return { $leeway: 'date', value: call(toISOString, value) }
    if (isArray(value)) return value.map((element, index) => conceal(element, path + '[' + index + ']', depth + 1))
    if (spins.has(value)) return conceal(spins.get(value), path, depth)
    const kind = getPrototypeOf(value)
    if (kind !== null && kind !== plain) throw new TypeError(path + ' is an instance of a class, which cannot be kept')
    const copy = create(null)
    for (const name of keys(value)) copy[name] = conceal(value[name], path + '.' + name, depth + 1)
    return copy
  }

  // Camunda Spin's JSON: nodes of data, which may be changed here, for they are the script's own.
  const spins = new WeakMap()
  const given = (value) => (typeof value === 'object' && value !== null && spins.has(value) ? spins.get(value) : value)
  const wanted = (holds, value, what) => { if (holds) return value; throw new TypeError('The node is not ' + what) }
  const isMap = (value) => typeof value === 'object' && value !== null && !isArray(value)
  function spin(value) {
    const list = () => wanted(isArray(value), value, 'a list')
    const map = () => wanted(isMap(value), value, 'an object')
    const found = (index) => wanted(index >= 0, index, 'in the list')
    const node = {
      prop(name, ...more) {
        if (more.length > 0) { map()[name] = given(more[0]); return node }
        wanted(own(map(), name), value, 'an object with a property ' + text(name))
        return spin(value[name])
      },
      hasProp: (name) => isMap(value) && own(value, name),
      deleteProp: (name) => { delete map()[name]; return node },
      fieldNames: () => keys(map()),
      elements() {
        const all = list().map(spin)
        define(all, 'get', (index) => all[index])
        define(all, 'size', () => all.length)
        return all
      },
      append: (...more) => { list().push(...more.map(given)); return node },
      indexOf: (sought) => found(list().indexOf(given(sought))),
      contains: (sought) => list().includes(given(sought)),
      value: () => wanted(!isArray(value) && !isMap(value), value, 'a value'),
      stringValue: () => wanted(typeof value === 'string', value, 'a text'),
      numberValue: () => wanted(typeof value === 'number', value, 'a number'),
      boolValue: () => wanted(typeof value === 'boolean', value, 'true or false'),
      isArray: () => isArray(value), isObject: () => isMap(value), isValue: () => !isArray(value) && !isMap(value),
      isString: () => typeof value === 'string', isNumber: () => typeof value === 'number', isBoolean: () => typeof value === 'boolean', isNull: () => value === null,
      unwrap: () => value,
      toString: () => stringify(value),
    }
    spins.set(node, value)
    return node
  }

  const own = (object, name) => Object.prototype.hasOwnProperty.call(object, name)
  const known = create(null)
  const set = create(null)
  const read = (name) => {
    if (!(name in known)) known[name] = own(values, name) ? reveal(values[name]) : undefined
    return known[name]
  }
  const define = (target, name, value) => defineProperty(target, name, { value, writable: true, configurable: true, enumerable: false })
  const shown = create(null)
  function show(name) {
    shown[name] = true
    defineProperty(globalThis, name, {
      get: () => read(name),
      set: (value) => defineProperty(globalThis, name, { value, writable: true, configurable: true, enumerable: true }),
      configurable: true,
      enumerable: true,
    })
  }
  const assign = (name, value) => {
    known[name] = value
    set[name] = value
    show(text(name))
  }
  const answer = (value) => () => value
  const execution = {
    getVariable: (name) => { const value = read(name); return value === undefined ? null : value },
    getVariableLocal: (name) => { const value = read(name); return value === undefined ? null : value },
    hasVariable: (name) => read(name) !== undefined,
    getVariables: () => { const all = {}; for (const name of keys(values)) all[name] = read(name); for (const name of keys(set)) all[name] = set[name]; return all },
    getVariableNames: () => { const all = keys(values); for (const name of keys(set)) if (!all.includes(name)) all.push(name); return all },
    setVariable: assign,
    setVariableLocal: assign,
    setVariables: (all) => { for (const name of keys(all)) assign(name, all[name]) },
    getId: answer(facts.id),
    getActivityInstanceId: answer(facts.id),
    getCurrentActivityId: answer(facts.elementId),
    getProcessInstanceId: answer(facts.instanceId),
    getProcessDefinitionId: answer(facts.definitionId),
    getProcessBusinessKey: answer(facts.businessKey),
    getBusinessKey: answer(facts.businessKey),
    getTenantId: answer(facts.tenantId),
    getProcessDefinitionKey: answer(facts.processKey),
    getCurrentActivityName: answer(facts.elementName),
    getEventName: answer(facts.eventName),
    getCurrentTransitionId: answer(facts.transitionId),
    getProcessInstance: () => ({ ...execution, id: facts.instanceId, getId: answer(facts.instanceId) }),
    currentActivityName: facts.elementName, eventName: facts.eventName,
    id: facts.id, currentActivityId: facts.elementId, processInstanceId: facts.instanceId, processDefinitionId: facts.definitionId,
    processBusinessKey: facts.businessKey, businessKey: facts.businessKey, tenantId: facts.tenantId,
  }

  class BpmnError extends Error {
    constructor(code, message) {
      super(message === undefined ? '' : text(message))
      this.code = text(code)
    }
  }

  function ScriptDate(...given) {
    if (new.target === undefined) return construct(RealDate, [now]).toString()
    return construct(RealDate, given.length === 0 ? [now] : given, new.target)
  }
  ScriptDate.prototype = RealDate.prototype
  define(RealDate.prototype, 'constructor', ScriptDate)
  define(ScriptDate, 'now', () => now)
  define(ScriptDate, 'parse', RealDate.parse)
  define(ScriptDate, 'UTC', RealDate.UTC)

  let state = seed
  define(Math, 'random', () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  })

  // Listeners of tasks know it by this name.
  const changed = create(null)
  const members = create(null)
  if (task !== undefined) for (const name of keys(task.members)) members[name] = reveal(task.members[name])
  const changeTask = (name, value) => {
    if (!task.takesChanges) throw new TypeError('A listener of "' + members.eventName + '" cannot change the task: let one of "create" do it')
    members[name] = value
    changed[name] = value
  }
  const withTask = { ...execution, execution, getExecution: answer(execution) }
  if (task !== undefined) {
    const named = { name: 'name', assignee: 'assignee', owner: 'owner', priority: 'priority', dueDate: 'dueDate', followUpDate: 'followUpDate', createTime: 'createdAt', eventName: 'eventName' }
    for (const name of keys(named)) {
      const initial = name[0].toUpperCase() + name.slice(1)
      defineProperty(withTask, name, { get: () => members[named[name]], enumerable: true })
      withTask['get' + initial] = () => members[named[name]]
      if (name !== 'owner' && name !== 'createTime' && name !== 'eventName') withTask['set' + initial] = (value) => changeTask(name, value === undefined ? null : value)
    }
    withTask.taskDefinitionKey = facts.elementId
    withTask.getTaskDefinitionKey = answer(facts.elementId)
    for (const [kind, name] of [['User', 'candidateUsers'], ['Group', 'candidateGroups']]) {
      const others = (one) => members[name].filter((other) => other !== one)
      withTask['addCandidate' + kind] = (one) => changeTask(name, [...others(one), one])
      withTask['addCandidate' + kind + 's'] = (all) => { for (const one of all) changeTask(name, [...others(one), one]) }
      withTask['deleteCandidate' + kind] = (one) => changeTask(name, others(one))
    }
  }
  if (!own(values, 'task')) define(globalThis, 'task', withTask)
  if (!own(values, 'S')) define(globalThis, 'S', (value) => spin(given(typeof value === 'string' ? parse(value) : value)))
  // Parameters of a connector are seen through it.
  if (!own(values, 'connector')) define(globalThis, 'connector', execution)
  const quiet = () => undefined
  define(globalThis, 'Date', ScriptDate)
  define(globalThis, 'execution', execution)
  define(globalThis, 'BpmnError', BpmnError)
  define(globalThis, 'print', quiet)
  define(globalThis, 'console', { log: quiet, info: quiet, warn: quiet, error: quiet, debug: quiet })
  define(globalThis, 'org', { camunda: { bpm: { engine: { delegate: { BpmnError } } } } })
  for (const name of keys(values)) if (!(name in globalThis)) show(name)
  const before = new Set(getOwnPropertyNames(globalThis))

  return {
    finish(value, storesGlobals) {
      if (value instanceof Promise) throw new TypeError('The script gives a promise; scripts are synchronous')
      const made = create(null)
      if (storesGlobals) {
        for (const name of getOwnPropertyNames(globalThis)) {
          const { get, value: held, enumerable } = Object.getOwnPropertyDescriptor(globalThis, name)
          if (get !== undefined || typeof held === 'function' || (before.has(name) && !(name in shown)) || !enumerable) continue
          made[name] = conceal(held, name, 0)
        }
      }
      for (const name of keys(set)) made[name] = conceal(set[name], name, 0)
      return stringify({ value: conceal(value, 'The result', 0), set: made, ...(keys(changed).length > 0 && { task: conceal({ ...changed }, 'The task', 0) }) })
    },
    describe(error) {
      if (error instanceof BpmnError) return stringify({ code: error.code, message: error.message })
      const isError = error instanceof Error
      return stringify({ message: isError ? text(error.name) + ': ' + text(error.message) : text(error), stack: isError ? text(error.stack) : '' })
    },
  }
})`
