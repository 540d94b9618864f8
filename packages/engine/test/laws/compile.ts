import { importBpmn } from '../../src/import/import-bpmn.ts'
import type { Definition } from '../../src/model/definition.ts'
import { STORE } from './dialect.ts'
import type { ModelShape } from './model-shape.ts'
import { type Rendered, render } from './render.ts'

/** A random model, written as BPMN and read again. */
export interface Compiled extends Rendered {
  readonly definition: Definition
}

/** Renders and imports a model; throws where the import finds an error, for the generator then draws what is no model. */
export async function compile(shape: ModelShape): Promise<Compiled> {
  const rendered = render(shape)
  return { ...rendered, definition: await read(rendered.xml) }
}

/** Imports the first process of a BPMN file. Whether it is sound gives warnings only, is not asked here, and has laws of its own. */
export async function read(xml: string): Promise<Definition> {
  const { diagnostics, processes } = await importBpmn(xml, { hasDataStore: (name) => name === STORE, soundness: false })
  const errors = diagnostics.filter((one) => one.severity === 'error')
  const [definition] = processes
  if (errors.length > 0 || !definition) throw new Error(`${errors.map((one) => `${one.code}: ${one.message}`).join('\n')}\n${xml}`)
  return definition
}
