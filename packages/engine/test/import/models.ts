import { readFileSync } from 'node:fs'
import type { Diagnostic } from '../../src/import/diagnostics.ts'
import { type ImportResult, importBpmn } from '../../src/import/import-bpmn.ts'
import type { ImportOptions } from '../../src/import/import-options.ts'
import type { Definition } from '../../src/model/definition.ts'
import type { FlowNode } from '../../src/model/elements.ts'

const FOLDER = new URL('../models/', import.meta.url)

/** A model of the repository, as text. */
export function modelText(name: string): string {
  return readFileSync(new URL(name, FOLDER), 'utf8')
}

/** A file around a process's content; `root` stands beside the process. */
export function file(content: string, root: string = '', process: string = 'isExecutable="true"'): string {
  return `<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"
  xmlns:camunda="http://camunda.org/schema/1.0/bpmn" xmlns:zeebe="http://camunda.org/schema/zeebe/1.0"
  xmlns:modeler="http://camunda.org/schema/modeler/1.0" modeler:executionPlatform="Camunda Platform" targetNamespace="http://example.org">
${root}
<process id="p" ${process}>
${content}
</process>
</definitions>`
}

/** The only process of a file that is meant to be sound. */
export async function compile(source: string | Uint8Array, options?: ImportOptions): Promise<Definition> {
  const { processes, diagnostics } = await importBpmn(source, options)
  const errors = diagnostics.filter((one) => one.severity === 'error')
  const [definition] = processes
  if (definition === undefined || errors.length > 0) throw new Error(`The model does not compile: ${JSON.stringify(errors)}`)
  return definition
}

/** A node of a definition, of the type that the test expects. */
export function node<Type extends FlowNode['type']>(definition: Definition, id: string, type: Type): Extract<FlowNode, { type: Type }> {
  const found = definition.nodes.get(id)
  if (found?.type !== type) throw new Error(`${id} is ${found?.type ?? 'missing'}, not ${type}`)
  return found as Extract<FlowNode, { type: Type }> // sound: its type was just compared
}

/** The findings of one code. */
export function findings(result: ImportResult, code: string): readonly Diagnostic[] {
  return result.diagnostics.filter((diagnostic) => diagnostic.code === code)
}

/** The findings of one code in a process's content. */
export async function findingsIn(code: string, content: string, root?: string, options?: ImportOptions): Promise<readonly Diagnostic[]> {
  return findings(await importBpmn(file(content, root), options), code)
}

/** Start, one node, end: what most nodes can stand between. */
export function between(content: string, id: string): string {
  return `<startEvent id="begin"/><sequenceFlow id="in" sourceRef="begin" targetRef="${id}"/>
${content}
<sequenceFlow id="out" sourceRef="${id}" targetRef="finish"/><endEvent id="finish"/>`
}
