import type { FieldLimit, FormField, FormRef } from '../model/forms.ts'
import { parseInstant } from '../model/instant.ts'
import type { Value, Values } from '../model/value.ts'
import { conceal, reveal } from '../model/variables.ts'
import type { Step } from './agenda.ts'
import type { FormDetails, ShownField } from './events/wait-details.ts'
import type { Rejection } from './rejection.ts'
import { asText } from './text.ts'
import { evaluate, lookUp, toValue } from './variables.ts'

/** What a task's row says of its form: generated fields with their labels, values and limits as they are now. */
export function formDetails(step: Step, scopeId: string, n: number, form: FormRef): FormDetails {
  const { fields, ...head } = form
  if (fields === undefined) return head
  return { ...head, fields: fields.filter(({ hidden }) => hidden !== true).map((field) => shownField(step, scopeId, n, field)) }
}

function shownField(step: Step, scopeId: string, n: number, field: FormField): ShownField {
  const label = field.label === null ? null : asText(evaluate(step, scopeId, n, field.label))
  const limits = Object.fromEntries(field.limits.map((limit) => [limit.kind, limitOf(step, scopeId, n, limit)]))
  return {
    id: field.id,
    label: label ?? field.id,
    type: field.type,
    value: shownValue(step, scopeId, n, field),
    required: field.required,
    readonly: field.readonly,
    limits,
    options: field.options,
    properties: field.properties,
  }
}

/** The variable where there is one, else the default in the field's type. */
function shownValue(step: Step, scopeId: string, n: number | null, field: FormField): Value {
  const known = lookUp(step, scopeId, n, field.variable)
  if (known !== undefined && known !== null) return known
  if (field.defaultValue === null) return null
  const given = toValue(evaluate(step, scopeId, n, field.defaultValue), field.id)
  const typed = typedValue(step, field, given)
  return 'problem' in typed ? given : typed.value
}

/**
 * Checks what a person entered against the generated fields of the form. Gives the variables to be set, in the types of their fields, with
 * the defaults of what was left out; or says what is wrong.
 */
export function checkForm(step: Step, scopeId: string, n: number | null, { fields = [] }: FormRef, values: Values): Checked {
  const checked: { [name: string]: Value } = { ...values }
  const problems: string[] = []
  for (const field of fields) {
    const problem = checkField(step, scopeId, n, field, values, checked)
    if (problem !== null) problems.push(problem)
  }
  if (problems.length === 0) return { values: checked }
  return { rejection: { code: 'invalidForm', message: `the form is not filled in as it must be: ${problems.join('; ')}` } }
}

/** What a check came to. */
export type Checked = { readonly values: Values } | { readonly rejection: Rejection }

function checkField(
  step: Step,
  scopeId: string,
  n: number | null,
  field: FormField,
  values: Values,
  checked: { [name: string]: Value },
): string | null {
  const name = [field.id, field.variable].find((one) => Object.hasOwn(values, one))
  const given = name === undefined ? undefined : values[name]
  if (given === undefined) {
    const shown = shownValue(step, scopeId, n, field)
    if (field.required && isEmpty(shown)) return `"${field.id}" is required`
    if (!isEmpty(shown) && isEmpty(lookUp(step, scopeId, n, field.variable) ?? null)) checked[field.variable] = shown
    return null
  }
  if (name !== field.variable && name !== undefined) delete checked[name]
  if (field.readonly) {
    const before = shownValue(step, scopeId, n, field)
    return JSON.stringify(before) === JSON.stringify(given) ? null : `"${field.id}" cannot be changed`
  }
  if (isEmpty(given)) {
    checked[field.variable] = given
    return field.required ? `"${field.id}" is required` : null
  }
  const typed = typedValue(step, field, given)
  if ('problem' in typed) return typed.problem
  checked[field.variable] = typed.value
  for (const limit of field.limits) {
    const problem = brokenLimit(field, limit.kind, limitOf(step, scopeId, n, limit), typed.value)
    if (problem !== null) return problem
  }
  return null
}

function isEmpty(value: Value): boolean {
  return value === null || value === ''
}

type Typed = { readonly value: Value } | { readonly problem: string }

/** A value in the type of its field: texts of numbers, truth values and dates are read as what they say. */
function typedValue(step: Step, field: FormField, given: Value): Typed {
  const wrong = (what: string): Typed => ({ problem: `"${field.id}" must be ${what}` })
  switch (field.type) {
    case 'string':
      return typeof given === 'string' ? { value: given } : wrong('a text')
    case 'long':
    case 'double': {
      const number = typeof given === 'string' && given.trim() !== '' ? Number(given) : given
      const isWanted = field.type === 'long' ? Number.isSafeInteger(number) : Number.isFinite(number)
      if (typeof number === 'number' && isWanted) return { value: number }
      if (field.type === 'long' && typeof reveal(given) === 'bigint') return { value: given }
      return wrong(field.type === 'long' ? 'a whole number' : 'a number')
    }
    case 'boolean':
      if (typeof given === 'boolean') return { value: given }
      return given === 'true' || given === 'false' ? { value: given === 'true' } : wrong('true or false')
    case 'date': {
      if (reveal(given) instanceof Date) return { value: given }
      const parsed = typeof given === 'string' ? parseInstant(isoOf(given), step.environment.timeZone) : { problem: '' }
      return 'at' in parsed ? { value: conceal(new Date(parsed.at), field.id) } : wrong('a date')
    }
    case 'enum':
      if (field.options.length === 0 || field.options.some((option) => option.id === given)) return { value: given }
      return wrong(`one of ${field.options.map((option) => option.id).join(', ')}`)
    case 'custom':
      return { value: given }
  }
}

/** `24/12/2026`, the family's own pattern, as ISO 8601; anything else stays. */
function isoOf(text: string): string {
  const [, day, month, year] = /^(\d{1,2})\/(\d{1,2})\/(\d{4})$/.exec(text.trim()) ?? []
  return day === undefined || month === undefined ? text : `${year}-${month.padStart(2, '0')}-${day.padStart(2, '0')}`
}

function limitOf(step: Step, scopeId: string, n: number | null, { value }: FieldLimit): number {
  return Number(evaluate(step, scopeId, n, value))
}

function brokenLimit({ id }: FormField, kind: FieldLimit['kind'], limit: number, value: Value): string | null {
  const isLength = kind === 'minlength' || kind === 'maxlength'
  const size = isLength ? (typeof value === 'string' ? value.length : null) : typeof value === 'number' ? value : null
  if (size === null || !Number.isFinite(limit)) return null
  const what = isLength ? `"${id}" must have` : `"${id}" must be`
  const unit = isLength ? ' characters' : ''
  if (kind.startsWith('min') && size < limit) return `${what} at least ${limit}${unit}`
  return kind.startsWith('max') && size > limit ? `${what} at most ${limit}${unit}` : null
}
