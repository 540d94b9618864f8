import { CAMUNDA_ATTRIBUTES, CAMUNDA_ELEMENTS } from './dialects/camunda-family.ts'
import { type ExtensionRule, isReadOn, nameOfOwner } from './dialects/extension-rule.ts'
import { LEEWAY_ATTRIBUTES, LEEWAY_ELEMENTS } from './dialects/leeway.ts'
import { REFUSED_EXTENSIONS } from './dialects/refused-extensions.ts'
import { ZEEBE_ELEMENTS } from './dialects/zeebe.ts'
import type { FindingDetails } from './findings.ts'
import type { Importing } from './importing.ts'
import type { XmlElement } from './read-xml.ts'
import { isScriptExpression } from './script-expression.ts'
import { localName, titleOf } from './xml-access.ts'

/**
 * Names each attribute and element of a vendor, or of this engine, that is not read: an error where it changes how the process runs, a
 * warning where it stands on an element that it is not read on. Other vendors' are their own affair.
 */
export function checkExtensions(importing: Importing): void {
  const open: XmlElement[] = [importing.definitions]
  for (let element = open.pop(); element !== undefined; element = open.pop()) {
    for (const [name, value] of Object.entries(element.attributes)) {
      const table = ATTRIBUTES[prefixOf(name)]
      if (table !== undefined) report(importing, element, name, value, table)
    }
    for (const child of element.children) {
      if (child.name === 'bpmn:extensionElements') checkExtensionElements(importing, element, child)
      else if (child.name.startsWith('bpmn:')) open.push(child)
    }
  }
}

function checkExtensionElements(importing: Importing, owner: XmlElement, extensions: XmlElement): void {
  for (const child of extensions.children) {
    const table = ELEMENTS[prefixOf(child.name)]
    if (table !== undefined) report(importing, owner, child.name, null, table, child)
  }
}

type Rules = ReadonlyMap<string, ExtensionRule>

const ATTRIBUTES: Readonly<Record<string, Rules | undefined>> = { camunda: CAMUNDA_ATTRIBUTES, leeway: LEEWAY_ATTRIBUTES }
const ELEMENTS: Readonly<Record<string, Rules | undefined>> = { camunda: CAMUNDA_ELEMENTS, zeebe: ZEEBE_ELEMENTS, leeway: LEEWAY_ELEMENTS }

/** A vendor's prefix; `none` where there is no such name among them. */
function prefixOf(name: string): string {
  const prefix = name.slice(0, Math.max(0, name.indexOf(':')))
  return Object.hasOwn(ELEMENTS, prefix) ? prefix : 'none'
}

function report(
  importing: Importing,
  owner: XmlElement,
  name: string,
  value: string | null,
  rules: Rules,
  element: XmlElement = owner,
): void {
  const { findings } = importing
  const rule = rules.get(localName(name))
  const written = value === null ? localName(name) : `${localName(name)}="${value.slice(0, 80)}"`
  const place = value === null ? { offset: element.offset } : { attribute: name }
  if (rule === undefined) {
    const alike = nearest(localName(name), rules)
    const hint = alike === null ? {} : { hint: `Is ${alike} meant?` }
    findings.add('unknownExtension', owner, `The extension ${written} of ${titleOf(owner)} is not known.`, { ...place, ...hint })
    return
  }
  if (rule.harmless?.includes((value ?? element.text).trim()) === true) return
  const what = `The extension ${written} of ${titleOf(owner)}`
  if (rule.effect === 'ignored') findings.add('extensionIgnored', owner, `${what} has no effect here.`, place)
  else if (rule.effect === 'steers') refuse(importing, owner, name, what, place)
  else if (name === 'camunda:resource' && CONDITIONS.has(owner.name)) {
    if (!isScriptExpression(owner)) refuseFile(importing, owner, what)
  } else if (!isReadOn(rule, owner) && value?.trim() !== '') reportOwner(importing, owner, rule, what, place)
  else if (name === 'camunda:inputOutput') checkMappings(importing, owner, element)
}

function refuse({ findings }: Importing, owner: XmlElement, name: string, what: string, place: FindingDetails): void {
  const { why, instead } = REFUSED_EXTENSIONS[localName(name)] ?? {}
  const because = why === undefined ? '' : `: ${why}`
  findings.add('unsupportedExtension', owner, `${what} is not executed${because}.`, {
    ...place,
    ...(instead !== undefined && { hint: instead }),
  })
}

const CONDITIONS: ReadonlySet<string> = new Set(
  ['conditionExpression', 'condition', 'loopCondition', 'completionCondition', 'activationCondition'].map((name) => `bpmn:${name}`),
)

/** A condition that a script in another file decides: without it the flow would be taken as if it had none. */
function refuseFile({ findings }: Importing, condition: XmlElement, what: string): void {
  findings.add('unsupportedExtension', condition.parent ?? condition, `${what} is not executed: a file decides there.`, {
    offset: condition.offset,
    hint: 'Write the condition in JUEL (${…}) or FEEL (=…).',
  })
}

/** The known name that differs by a letter or two; null where there is none. */
function nearest(name: string, known: ReadonlyMap<string, ExtensionRule>): string | null {
  const limit = name.length < 6 ? 1 : 2
  let found: string | null = null
  let least = limit + 1
  for (const other of known.keys()) {
    if (Math.abs(other.length - name.length) >= least) continue
    const distance = distanceOf(name.toLowerCase(), other.toLowerCase())
    if (distance < least) [found, least] = [other, distance]
  }
  return found
}

/** How many letters are to be put in, taken out or changed. Names are short: who writes longer ones is not helped. */
function distanceOf(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, k) => k)
  for (let i = 1; i <= one.length; i++) {
    const next = [i]
    for (let k = 1; k <= other.length; k++) {
      const change = (row[k - 1] ?? 0) + (one[i - 1] === other[k - 1] ? 0 : 1)
      next.push(Math.min(change, (row[k] ?? 0) + 1, (next[k - 1] ?? 0) + 1))
    }
    row = next
  }
  return row[other.length] ?? 0
}

function reportOwner(
  importing: Importing,
  owner: XmlElement,
  rule: ExtensionRule,
  what: string,
  place: { readonly offset: number } | { readonly attribute: string },
): void {
  const { findings } = importing
  const owners = (rule.owners ?? []).map(nameOfOwner).join(', ')
  findings.add('extensionWithoutEffect', owner, `${what} has no effect: it is not read on this kind of element.`, {
    ...place,
    hint: `Remove it, or move it to where it is read: ${owners}.`,
  })
}

/** Camunda 7 maps nothing at start and boundary events, and no outputs at end events; here they are mapped as at any event. */
function checkMappings(importing: Importing, owner: XmlElement, mappings: XmlElement): void {
  const refused = REFUSED_MAPPINGS.get(owner.name)
  const first = refused === undefined ? undefined : mappings.children.find((child) => refused.test(child.name))
  if (first === undefined) return
  const what = `The ${localName(first.name)} "${first.attributes.name ?? ''}" of ${titleOf(owner)}`
  importing.findings.add('extensionMisplaced', owner, `${what} is mapped here, but Camunda 7 refuses a model that has it.`, {
    offset: first.offset,
  })
}

const REFUSED_MAPPINGS: ReadonlyMap<string, RegExp> = new Map([
  ['bpmn:startEvent', /^camunda:(?:input|output)Parameter$/],
  ['bpmn:boundaryEvent', /^camunda:(?:input|output)Parameter$/],
  ['bpmn:endEvent', /^camunda:outputParameter$/],
])
