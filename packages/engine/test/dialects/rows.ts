import { CAMUNDA_ATTRIBUTES, CAMUNDA_ELEMENTS } from '../../src/import/dialects/camunda-family.ts'
import type { ExtensionRule } from '../../src/import/dialects/extension-rule.ts'
import { LEEWAY_ATTRIBUTES, LEEWAY_ELEMENTS } from '../../src/import/dialects/leeway.ts'
import { ZEEBE_ELEMENTS } from '../../src/import/dialects/zeebe.ts'
import { DATA_ELEMENTS, DECISION_ATTRIBUTES } from './family-decisions.ts'
import { EVENT_ATTRIBUTES, EVENT_ELEMENTS } from './family-events.ts'
import { PEOPLE_ATTRIBUTES, PEOPLE_ELEMENTS } from './family-people.ts'
import { REPEATED_ATTRIBUTES, REPEATED_ELEMENTS } from './family-repeated.ts'
import { WORK_ATTRIBUTES, WORK_ELEMENTS } from './family-work.ts'
import { LEEWAY_ATTRIBUTE_ROWS, LEEWAY_ELEMENT_ROWS } from './leeway-rows.ts'
import type { Proof, Vendor } from './probe.ts'
import type { Row } from './row.ts'
import { ZEEBE_ROWS } from './zeebe-rows.ts'

/** The vendors that share one family of names. */
const FAMILY: readonly Vendor[] = ['camunda', 'operaton', 'activiti', 'flowable']

/** Rows by the vendor's table that they prove. */
export const TABLES: readonly Table[] = [
  {
    title: 'Attributes of the camunda family',
    kind: 'attribute',
    rules: CAMUNDA_ATTRIBUTES,
    rows: [...WORK_ATTRIBUTES, ...PEOPLE_ATTRIBUTES, ...EVENT_ATTRIBUTES, ...REPEATED_ATTRIBUTES, ...DECISION_ATTRIBUTES],
    vendors: FAMILY,
  },
  {
    title: 'Elements of the camunda family',
    kind: 'element',
    rules: CAMUNDA_ELEMENTS,
    rows: [...WORK_ELEMENTS, ...PEOPLE_ELEMENTS, ...EVENT_ELEMENTS, ...REPEATED_ELEMENTS, ...DATA_ELEMENTS],
    vendors: FAMILY,
  },
  { title: 'Elements of zeebe', kind: 'element', rules: ZEEBE_ELEMENTS, rows: ZEEBE_ROWS, vendors: ['zeebe'] },
  { title: 'Attributes of leeway', kind: 'attribute', rules: LEEWAY_ATTRIBUTES, rows: LEEWAY_ATTRIBUTE_ROWS, vendors: ['leeway'] },
  { title: 'Elements of leeway', kind: 'element', rules: LEEWAY_ELEMENTS, rows: LEEWAY_ELEMENT_ROWS, vendors: ['leeway'] },
]

/** The names of one vendor, or family of vendors, of one kind. */
export interface Table {
  readonly title: string
  readonly kind: 'attribute' | 'element'
  /** What the import knows of them. */
  readonly rules: ReadonlyMap<string, ExtensionRule>
  readonly rows: readonly Row[]
  /** Who writes them. */
  readonly vendors: readonly Vendor[]
}

type Model = Pick<Proof, 'process' | 'root' | 'attributes'>

/** The model of a row without its extension. */
export function without({ name, process, root = '', attributes = '' }: Row, kind: Table['kind']): Model {
  const [element = '', attribute] = name.split('/')
  const pattern =
    attribute !== undefined
      ? new RegExp(`(<v:${element}\\b[^>]*?) ${attribute}="[^"]*"`, 'g')
      : kind === 'attribute'
        ? new RegExp(` v:${element}="[^"]*"`, 'g')
        : new RegExp(`<v:${element}\\b(?:[^>]*/>|[\\s\\S]*?</v:${element}>)`, 'g')
  const strip = (text: string): string => text.replace(pattern, attribute === undefined ? '' : '$1')
  return { process: strip(process), root: strip(root), attributes: strip(attributes) }
}
