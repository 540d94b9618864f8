import type { FieldLimit, FieldType, FormField, FormRef } from '../model/forms.ts'
import type { Importing } from './importing.ts'
import { expressionInAttribute } from './read-expression.ts'
import type { XmlElement } from './read-xml.ts'
import { attributeOf, childOf, childrenOf, extensionOf, extensionsOf, readBoolean, titleOf } from './xml-access.ts'

/** The form of a user task or start event, or null. */
export function readForm(importing: Importing, element: XmlElement): FormRef | null {
  const zeebe = extensionOf(element, 'zeebe:formDefinition')
  const own = (names: readonly string[]): string | null => (zeebe === null ? null : firstOf(zeebe, names))
  const key = own(['formKey']) ?? attributeOf(element, 'camunda:formKey')
  const ref = own(['formId', 'externalReference']) ?? attributeOf(element, 'camunda:formRef')
  const binding = own(['bindingType']) ?? attributeOf(element, 'camunda:formRefBinding')
  const version = own(['versionTag']) ?? attributeOf(element, 'camunda:formRefVersion')
  const fields = readFields(importing, element)
  if (key === null && ref === null && fields.length === 0) return null
  return { key, ref, ...(binding !== null && { binding }), ...(version !== null && { version }), ...(fields.length > 0 && { fields }) }
}

function firstOf(element: XmlElement, names: readonly string[]): string | null {
  for (const name of names) {
    const value = attributeOf(element, name)
    if (value !== null) return value
  }
  return null
}

/** Fields are checked unless the model says `formFieldValidation="false"`; they are shown all the same. */
function readFields(importing: Importing, element: XmlElement): readonly FormField[] {
  const isChecked = readBoolean(importing.findings, element, 'camunda:formFieldValidation') !== false
  const fields = [
    ...extensionsOf(element, 'camunda:formData').flatMap((data) => childrenOf(data, 'camunda:formField')),
    ...extensionsOf(element, 'camunda:formProperty'),
  ].flatMap((field) => readField(importing, element, field) ?? [])
  return isChecked ? fields : fields.map((field) => ({ ...field, type: 'custom', required: false, readonly: false, limits: [] }))
}

function readField(importing: Importing, owner: XmlElement, field: XmlElement): FormField | null {
  const { findings } = importing
  const id = attributeOf(field, 'id')
  if (id === null) {
    findings.add('invalidValue', owner, `A form field of ${titleOf(owner)} has no id; it was not read.`, { offset: field.offset })
    return null
  }
  const isProperty = field.name === 'camunda:formProperty'
  const constraints = childrenOf(childOf(field, 'camunda:validation') ?? field, 'camunda:constraint')
  const has = (name: string): boolean => constraints.some((one) => one.attributes.name === name && one.attributes.config !== 'false')
  const isFalse = (name: string): boolean => readBoolean(findings, field, name) === false
  return {
    id,
    variable: (isProperty ? variableOf(field) : null) ?? id,
    label: expressionInAttribute(importing, field, isProperty ? 'name' : 'label'),
    type: typeOf(attributeOf(field, 'type')),
    defaultValue: isProperty
      ? (expressionInAttribute(importing, field, 'default') ?? expressionInAttribute(importing, field, 'expression'))
      : expressionInAttribute(importing, field, 'defaultValue'),
    required: isProperty ? readBoolean(findings, field, 'required') === true : has('required'),
    readonly: isProperty ? isFalse('writable') || isFalse('writeable') : has('readonly'),
    ...(isProperty && isFalse('readable') && { hidden: true as const }),
    limits: constraints.flatMap((constraint) => readLimit(importing, owner, constraint) ?? []),
    options: field.children
      .filter((child) => child.name === 'camunda:value')
      .map(({ attributes }) => ({ id: attributes.id ?? '', name: attributes.name ?? attributes.id ?? '' })),
    properties: Object.fromEntries([
      ...patternOf(field),
      ...childrenOf(childOf(field, 'camunda:properties') ?? field, 'camunda:property').map(
        ({ attributes }) => [attributes.id ?? '', attributes.value ?? ''] as const,
      ),
    ]),
  }
}

/** How a date is to be shown: for the host, which gives it as ISO 8601 has it. */
function patternOf(field: XmlElement): readonly (readonly [string, string])[] {
  const pattern = attributeOf(field, 'datePattern')
  return pattern === null ? [] : [['datePattern', pattern]]
}

/** `variable="order"`; a path (`order.total` in an expression) is shown, not set. */
function variableOf(field: XmlElement): string | null {
  const name = attributeOf(field, 'variable')
  return name === null || /[^\p{L}\p{N}_$-]/u.test(name) ? null : name
}

const TYPES: Readonly<Record<string, FieldType | undefined>> = {
  string: 'string',
  long: 'long',
  integer: 'long',
  int: 'long',
  double: 'double',
  float: 'double',
  boolean: 'boolean',
  date: 'date',
  enum: 'enum',
}

function typeOf(name: string | null): FieldType {
  return name === null ? 'string' : (TYPES[name.toLowerCase()] ?? 'custom')
}

const LIMITS: ReadonlySet<string> = new Set(['min', 'max', 'minlength', 'maxlength'])

function readLimit(importing: Importing, owner: XmlElement, constraint: XmlElement): FieldLimit | null {
  const name = attributeOf(constraint, 'name') ?? ''
  if (name === 'required' || name === 'readonly') return null
  const value = LIMITS.has(name) ? expressionInAttribute(importing, constraint, 'config') : null
  const isRead = value !== null && (value.language !== 'literal' || Number.isFinite(Number(value.source)))
  if (isRead) return { kind: name as FieldLimit['kind'], value } // one of the four
  importing.findings.add(
    'constraintNotChecked',
    owner,
    `The constraint ${name}="${constraint.attributes.config ?? ''}" of a form field of ${titleOf(owner)} is not checked.`,
    { offset: constraint.offset },
  )
  return null
}
