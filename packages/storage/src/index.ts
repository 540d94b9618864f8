export {
  type Collection,
  defineCollection,
  type FieldOf,
  type FieldType,
  type Index,
  type Packing,
  type StoredRecord,
} from './collection.ts'
export type {
  ChangeSet,
  ClaimRequest,
  CommitResult,
  Condition,
  Cursor,
  Expectation,
  FieldConditions,
  FieldValue,
  Instant,
  Key,
  Lease,
  LeasedRecord,
  Mismatch,
  Order,
  Query,
  Storage,
  Stored,
  Unlisten,
  Where,
  Write,
} from './contract.ts'
export { isLeewayError, LeewayError, StorageError, type StorageErrorCode } from './errors.ts'
export { type MemoryStorageOptions, memoryStorage } from './memory/memory-storage.ts'
export { isStorableText } from './records.ts'
