import { type Collection, defineCollection } from '@leeway/storage'
import type { Value } from '../../model/value.ts'
import { instancePacking, scopePacking } from '../state-packing.ts'
import type { InstanceRecord, ScopeRecord } from './instance-record.ts'

/** Process instances, each with the scope that it is. */
export const instances: Collection<InstanceRecord> = defineCollection<InstanceRecord>({
  name: 'instances',
  version: 3,
  packing: instancePacking,
  fields: {
    processKey: 'text',
    definitionId: 'text',
    businessKey: 'text',
    tenantId: 'text',
    status: 'text',
    startedAt: 'instant',
    endedAt: 'instant',
    searchable: 'textSet',
    extensions: 'textSet',
    parentId: 'text',
  },
  indexes: [
    // Not by status: each instance would be written into the index twice, which costs a tenth of a durable round trip. Not by process,
    // which costs a twentieth. Whoever asks so has it made then, or by `indexed`.
    { fields: ['businessKey'], whereNotNull: 'businessKey' },
    { fields: ['searchable'] },
    { fields: ['parentId'], whereNotNull: 'parentId' },
  ],
})

/** The scopes inside of instances. */
export const scopes: Collection<ScopeRecord> = defineCollection<ScopeRecord>({
  name: 'scopes',
  version: 2,
  packing: scopePacking,
  fields: {},
  indexes: [],
})

/** A part of a sequential multi-instance's collection, written at its entry. Its id is the kernel's: `scopeId#k`. */
export interface ChunkRecord {
  readonly id: string
  readonly body: readonly Value[]
}

export const chunks: Collection<ChunkRecord> = defineCollection<ChunkRecord>({ name: 'chunks', version: 1, fields: {}, indexes: [] })
