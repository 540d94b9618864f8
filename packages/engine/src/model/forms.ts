import type { Expression } from '../expressions/expression.ts'

/**
 * The form that the host shows for a user task or start event. What stands behind key and reference is the host's; generated fields are the
 * engine's to check.
 */
export interface FormRef {
  readonly key: string | null
  readonly ref: string | null
  /** Which version of the reference is meant: `latest`, `deployment`, `version`, `versionTag`. Absent where the model does not say. */
  readonly binding?: string
  readonly version?: string
  /** Generated fields (`camunda:formData`, `flowable:formProperty`), in the order of the file. Absent where there are none. */
  readonly fields?: readonly FormField[]
}

/** One generated field. */
export interface FormField {
  readonly id: string
  /** The variable that it shows and sets: its id, unless the model names another. */
  readonly variable: string
  readonly label: Expression | null
  readonly type: FieldType
  /** What it shows and sets where there is no variable yet. */
  readonly defaultValue: Expression | null
  readonly required: boolean
  readonly readonly: boolean
  /** Not shown (`readable="false"`); what is entered for it is checked all the same. */
  readonly hidden?: true
  /** Of a text: its length. Of a number: its value. */
  readonly limits: readonly FieldLimit[]
  /** Of an `enum`: what can be chosen. */
  readonly options: readonly { readonly id: string; readonly name: string }[]
  readonly properties: Readonly<Record<string, string>>
}

/** Types that are checked; anything else a host calls a field is taken as it comes. */
export type FieldType = 'string' | 'long' | 'double' | 'boolean' | 'date' | 'enum' | 'custom'

export interface FieldLimit {
  readonly kind: 'min' | 'max' | 'minlength' | 'maxlength'
  readonly value: Expression
}
