import type { JobSpec, Mapping, MappingSource } from '../model/data.ts'
import { type Importing, resolve } from './importing.ts'
import { associationMappings } from './read-associations.ts'
import { isPlaceholder, variableOf } from './read-data.ts'
import { NO_WORK } from './read-job.ts'
import type { XmlElement } from './read-xml.ts'
import { attributeOf, childOf, childrenOf } from './xml-access.ts'

/** One access to a data store: work that is done before the element begins, or when it is done. */
export interface StoreAccess {
  readonly access: 'read' | 'write'
  readonly job: JobSpec
}

/** The accesses of an activity or event to the data stores that the host has, in the order of the file. BPMN 2.0.2 §10.4.1 */
export function storeAccesses(importing: Importing, element: XmlElement): readonly StoreAccess[] {
  const reads = childrenOf(element, 'bpmn:dataInputAssociation').flatMap((one) => readsOf(importing, one))
  const writes = childrenOf(element, 'bpmn:dataOutputAssociation').flatMap((one) => writesOf(importing, one))
  return [...reads, ...writes]
}

/** The store that an association leads from or to; null where it leads between variables. */
export function storeOf(importing: Importing, association: XmlElement): XmlElement | null {
  const ends = [...childrenOf(association, 'bpmn:sourceRef'), ...childrenOf(association, 'bpmn:targetRef')]
  return ends.map(({ text }) => resolve(importing, text)).find((end) => end?.name === 'bpmn:dataStoreReference') ?? null
}

/** True where the host reads, or writes, this store. */
export function isServed({ options }: Importing, name: string, access: StoreAccess['access']): boolean {
  return options.hasDataStore?.(name, access) === true
}

/** What a store goes by at the host: its name, else that of the reference; else the ids. */
export function storeName(importing: Importing, reference: XmlElement): string {
  const store = resolve(importing, reference.attributes.dataStoreRef)
  const named = [store, reference]
    .flatMap((one) => (one === null ? [] : (attributeOf(one, 'name')?.trim() ?? [])))
    .find((name) => name !== '')
  return named ?? attributeOf(store ?? reference, 'id') ?? ''
}

/** Which way an association leads, seen from its store. */
export function accessOf(association: XmlElement): StoreAccess['access'] {
  return association.name === 'bpmn:dataInputAssociation' ? 'read' : 'write'
}

/** The job type of an access, under which the host's store stands among its handlers. */
export function storeJobType(name: string, access: StoreAccess['access']): string {
  return `dataStore:${name}:${access}`
}

function readsOf(importing: Importing, association: XmlElement): readonly StoreAccess[] {
  const store = storeOf(importing, association)
  const variable = store && variableOf(importing, store)
  if (store === null || variable === null || !isServed(importing, storeName(importing, store), 'read')) return []
  const target = resolve(importing, childOf(association, 'bpmn:targetRef')?.text)
  // Where nothing says under which name, it is that of the store.
  const name = target === null || isPlaceholder(target) ? variable : (variableOf(importing, target) ?? variable)
  const outputs = associationMappings(importing, association, { type: 'variable', name: variable }, name)
  return [access(importing, store, 'read', { inputs: [], outputs }, { variable })]
}

function writesOf(importing: Importing, association: XmlElement): readonly StoreAccess[] {
  const store = storeOf(importing, association)
  if (store === null || !isServed(importing, storeName(importing, store), 'write')) return []
  const source = resolve(importing, childOf(association, 'bpmn:sourceRef')?.text)
  const name = source && variableOf(importing, source)
  const copied: MappingSource | null = name === null ? null : { type: 'variable', name }
  return associationMappings(importing, association, copied, variableOf(importing, store) ?? '').map(({ target, source }) => {
    const path = target.slice(1).join('.')
    return access(importing, store, 'write', { inputs: [{ target: ['value'], source }], outputs: [] }, path === '' ? {} : { path })
  })
}

function access(
  importing: Importing,
  store: XmlElement,
  kind: StoreAccess['access'],
  connector: { readonly inputs: readonly Mapping[]; readonly outputs: readonly Mapping[] },
  headers: Readonly<Record<string, string>>,
): StoreAccess {
  const type = storeJobType(storeName(importing, store), kind)
  return {
    access: kind,
    job: { ...NO_WORK, type, origin: 'implementation', aliases: [], headers, connector: { ...connector, propagation: 'mapped' } },
  }
}
