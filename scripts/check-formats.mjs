// What a host may rely on when one of its parts imports a package and another requires it: the same names in both module
// formats, errors that recognise each other by instanceof, declarations that compile by themselves.
import { execFile } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'

/** How to make one of each error class; others are made with a code and a message. */
const ARGUMENTS = {
  LeewayError: ['LeewayError', 'planted'],
  LifecycleError: [{ name: 'planted', states: ['open'], table: { open: {} } }, 'open', 'close'],
  ModelError: ['planted', []],
  NoRetry: ['planted'],
}

/** Gives one sentence for each thing that is wrong with the packages unpacked in `folder`/node_modules. */
export async function checkFormats({ folder, packages, tsc }) {
  const entries = packages.flatMap((one) =>
    Object.keys(one.exports)
      .filter((path) => !path.endsWith('.json'))
      .map((path) => one.name + path.slice(1)),
  )
  const loaded = await loadBoth(folder, entries)
  return [
    ...sameNames(loaded),
    ...errorsRecognised(loaded),
    ...(await errorsCaught(loaded)),
    ...(await scriptsRun(loaded)),
    ...(await declarationsCompile(folder, entries, tsc)),
  ]
}

async function loadBoth(folder, entries) {
  await writeFile(join(folder, 'load.mjs'), 'export const load = (name) => import(name)\n')
  const { load } = await import(pathToFileURL(join(folder, 'load.mjs')).href)
  const require = createRequire(join(folder, 'load.cjs'))
  return Promise.all(entries.map(async (name) => ({ name, esm: await load(name), cjs: require(name) })))
}

function sameNames(loaded) {
  return loaded.flatMap(({ name, esm, cjs }) => {
    const [imported, required] = [esm, cjs].map((one) => Object.keys(one).sort().join(', '))
    if (imported === '') return [`${name}: exports nothing`]
    return imported === required ? [] : [`${name}: import gives ${imported}; require gives ${required}`]
  })
}

/**
 * For every two error classes, an instance of one is an instance of the other exactly where one extends the other, whatever the formats.
 */
function errorsRecognised(loaded) {
  const classes = new Map()
  for (const { esm, cjs } of loaded) {
    for (const [name, value] of Object.entries(esm)) {
      if (typeof value === 'function' && value.prototype instanceof Error) classes.set(name, { esm: value, cjs: cjs[name] })
    }
  }
  if (!classes.has('StorageError')) return ['no error class found: StorageError should be there']
  const findings = []
  const instances = []
  for (const [name, pair] of classes) {
    if (pair.esm === pair.cjs) findings.push(`${name}: import and require give one class, so nothing is shown`)
    for (const format of ['esm', 'cjs']) {
      try {
        instances.push({ name, format, value: new pair[format](...(ARGUMENTS[name] ?? ['closed', 'planted'])) })
      } catch (error) {
        findings.push(`${name}: could not be made (${error.message}); give its arguments in scripts/check-formats.mjs`)
      }
    }
  }
  for (const [name, pair] of classes) {
    for (const format of ['esm', 'cjs']) {
      if (new Error('plain') instanceof pair[format]) findings.push(`a plain Error is taken for a ${name} (${format})`)
      for (const one of instances) {
        const expected = one.name === name || classes.get(one.name).esm.prototype instanceof pairPrototype(pair)
        if (one.value instanceof pair[format] !== expected) {
          findings.push(`${one.name} (${one.format}) instanceof ${name} (${format}) is ${!expected}`)
        }
      }
    }
  }
  return findings
}

/** instanceof by the prototype chain alone: the classes' own Symbol.hasInstance is what is being judged. */
function pairPrototype(pair) {
  const byChain = () => {}
  byChain.prototype = pair.esm.prototype
  return byChain
}

/** A BPMN error that a handler of one format throws is caught by the model in an engine of the other. */
async function errorsCaught(loaded) {
  const engine = loaded.find((one) => one.name === '@leeway/engine')
  if (!engine) return ['@leeway/engine is not among the packages']
  const outcomes = [
    ['CommonJS in ESM', await endReached(engine.esm.createEngine, engine.cjs.BpmnError)],
    ['ESM in CommonJS', await endReached(engine.cjs.createEngine, engine.esm.BpmnError)],
  ]
  return outcomes.flatMap(([mix, end]) =>
    end === 'caught' ? [] : [`BpmnError of ${mix}: the process ended at ${end}, not at the error event`],
  )
}

async function endReached(createEngine, BpmnError) {
  const work = () => {
    throw new BpmnError('DECLINED', 'planted')
  }
  const engine = await createEngine({ handlers: { work } })
  await engine.deploy(DECLINED_MODEL)
  const { id } = await engine.start('declined')
  await engine.drain()
  const ended = (await engine.history(id)).filter((one) => one.type === 'elementCompleted').map((one) => one.elementId)
  await engine.close()
  return ['caught', 'passed'].find((end) => ended.includes(end)) ?? 'neither end'
}

/** The thread of scripts is a file of the package: each format must find it where it was unpacked. */
async function scriptsRun(loaded) {
  const sandbox = loaded.find((one) => one.name === '@leeway/engine/quickjs')
  if (!sandbox) return ['@leeway/engine/quickjs is not among the packages']
  const facts = { id: 'A.1', elementId: 'calc', instanceId: 'A', definitionId: 'p', businessKey: null, tenantId: null }
  const script = { language: 'javascript', source: 'a + 1', name: 'calc', values: { a: 1 }, now: 0, seed: 'k', storesGlobals: false, facts }
  const outcomes = await Promise.allSettled(['esm', 'cjs'].map((format) => sandbox[format].quickjs().run(script)))
  return outcomes.flatMap(({ value, reason }) => (value?.value === 2 ? [] : [`a script does not run: ${reason?.message ?? value?.value}`]))
}

const DECLINED_MODEL = `<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" id="formats" targetNamespace="urn:leeway:formats">
  <error id="declined-error" errorCode="DECLINED" />
  <process id="declined" isExecutable="true">
    <startEvent id="start" />
    <serviceTask id="work" />
    <boundaryEvent id="onDeclined" attachedToRef="work">
      <errorEventDefinition id="onDeclinedDefinition" errorRef="declined-error" />
    </boundaryEvent>
    <endEvent id="passed" />
    <endEvent id="caught" />
    <sequenceFlow id="toWork" sourceRef="start" targetRef="work" />
    <sequenceFlow id="toPassed" sourceRef="work" targetRef="passed" />
    <sequenceFlow id="toCaught" sourceRef="onDeclined" targetRef="caught" />
  </process>
</definitions>`

/** Errors inside the packages' own declarations count (a consumer may check libraries), those of other libraries do not. */
async function declarationsCompile(folder, entries, tsc) {
  const lines = entries.map((name, index) => `import * as entry${index} from '${name}'\nexport { entry${index} }\n`).join('')
  const compilerOptions = { strict: true, noEmit: true, module: 'nodenext', target: 'es2023', types: ['node'], skipLibCheck: false }
  await Promise.all([
    writeFile(join(folder, 'package.json'), JSON.stringify({ name: 'consumer', private: true, type: 'module' })),
    writeFile(join(folder, 'imports.mts'), lines),
    writeFile(join(folder, 'requires.cts'), lines),
    writeFile(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['imports.mts', 'requires.cts'] })),
  ])
  const output = await promisify(execFile)(tsc, ['-p', folder], { cwd: folder, maxBuffer: 1 << 24 }).then(
    () => '',
    (error) => error.stdout,
  )
  return output.split('\n').filter((line) => /^(imports|requires|node_modules\/@leeway\/)/.test(line))
}
