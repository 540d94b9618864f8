import { isLeewayError } from '@leeway/storage'
import type { EvaluationContext, Expression } from '../expressions/expression.ts'
import type { FormField, FormRef } from '../model/forms.ts'
import type { Value } from '../model/value.ts'
import { type Api, authorize, isSeen } from './api-context.ts'
import { needText } from './arguments.ts'
import { loadDefinition, unknownDefinition } from './definition-cache.ts'
import type { Host } from './host.ts'
import type { TaskField } from './task-view.ts'

/** The form of a start event or user task as the model has it, without an instance. */
export interface ProcessForm {
  readonly elementId: string
  readonly type: 'startEvent' | 'userTask'
  /** The host's own: opaque. */
  readonly key: string | null
  readonly ref: string | null
  /** Which version of `ref` is meant: `latest`, `deployment`, `version`, `versionTag`; null where the model does not say. */
  readonly binding: string | null
  readonly version: string | null
  /** The form itself, as text in JSON, where the file holds it under this key (`zeebe:userTaskForm`). */
  readonly schema: string | null
  /** Generated fields; labels, defaults and limits that need variables of an instance are the id, null, and left out. */
  readonly fields: readonly TaskField[]
}

/**
 * The forms of a deployed process, in the order of the file: what is filled in to start it, and by its tasks. Throws `unknownDefinition`.
 */
export async function processForms(api: Api, definitionId: string): Promise<readonly ProcessForm[]> {
  const { host } = api
  needText('processes.forms', 'definitionId', definitionId)
  const asked = authorize(api, 'processes.forms')
  if (asked !== null) await asked
  const { definition, record } = await loadDefinition(host.definitions, definitionId)
  if (!isSeen(api, record.tenantId)) throw unknownDefinition(definitionId)
  const context = contextOf(host)
  return [...definition.nodes.values()].flatMap((node) => {
    if ((node.type !== 'startEvent' && node.type !== 'userTask') || node.form === null) return []
    return [{ elementId: node.id, type: node.type, ...formOf(node.form, definition.forms ?? {}, context) }]
  })
}

function formOf(
  form: FormRef,
  inline: Readonly<Record<string, string>>,
  context: EvaluationContext,
): Omit<ProcessForm, 'elementId' | 'type'> {
  const id = form.key?.replace(/^camunda-forms:bpmn:/, '') ?? ''
  return {
    key: form.key,
    ref: form.ref,
    binding: form.binding ?? null,
    version: form.version ?? null,
    schema: Object.hasOwn(inline, id) ? (inline[id] ?? null) : null,
    fields: (form.fields ?? []).filter(({ hidden }) => hidden !== true).map((field) => fieldOf(field, context)),
  }
}

function fieldOf(field: FormField, context: EvaluationContext): TaskField {
  const label = constant(field.label, context)
  return {
    id: field.id,
    label: typeof label === 'string' ? label : field.id,
    type: field.type,
    value: constant(field.defaultValue, context),
    required: field.required,
    readonly: field.readonly,
    limits: Object.fromEntries(
      field.limits.flatMap(({ kind, value }) => {
        const limit = Number(constant(value, context) ?? Number.NaN)
        return Number.isFinite(limit) ? [[kind, limit]] : []
      }),
    ),
    options: field.options,
    properties: field.properties,
  }
}

/** What an expression gives without an instance; null where it needs one. */
function constant(expression: Expression | null, context: EvaluationContext): Value | null {
  if (expression === null || (expression.names?.length ?? 1) > 0) return null
  try {
    return (expression.evaluate(context) ?? null) as Value // of a field: a text, a number, true or false
  } catch (error) {
    if (!isLeewayError(error)) throw error
    return null
  }
}

function contextOf({ environment, now }: Pick<Host, 'environment' | 'now'>): EvaluationContext {
  const { functions, beans, timeZone } = environment
  return { variable: () => undefined, now: now(), timeZone, functions, beans }
}
