import type { Api, CallOptions } from './api-context.ts'
import { checkFreeText, checkOptions, membersOf } from './arguments.ts'
import {
  type BatchStarted,
  type BulkPreview,
  bulk,
  type Many,
  type ManyInstances,
  type ManyJobs,
  type MigrationPreview,
} from './batches.ts'
import type { BulkCall } from './bulk-operations.ts'
import { checkMigration, type MigrateOptions, migrationArgs } from './migrate.ts'
import { checkRetries, setRetries } from './set-retries.ts'

const NONE: CallOptions = Object.freeze({})

/** A call for one instance, or for many: then it is written down as a batch, and `dryRun` tells what it would do. */
export interface OneOrMany<Options extends CallOptions, These extends Many = ManyInstances> {
  (id: string, options?: Options): Promise<void>
  (many: These & { readonly dryRun: true }, options?: Options): Promise<BulkPreview>
  (many: These, options: Options & { readonly dryRun: true }): Promise<BulkPreview>
  (many: These, options?: Options & { readonly dryRun?: false }): Promise<BatchStarted>
}

/** Gives one job new attempts, or many, as a batch. */
export interface SetRetries {
  (id: string, retries: number, options?: CallOptions): Promise<void>
  (many: ManyJobs & { readonly dryRun: true }, retries: number, options?: CallOptions): Promise<BulkPreview>
  (many: ManyJobs, retries: number, options: CallOptions & { readonly dryRun: true }): Promise<BulkPreview>
  (many: ManyJobs, retries: number, options?: CallOptions & { readonly dryRun?: false }): Promise<BatchStarted>
}

export function setRetriesOfMany(api: Api): SetRetries {
  const call = 'jobs.setRetries'
  const either = async (target: string | ManyJobs, retries: number, options: CallOptions & { readonly dryRun?: boolean } = NONE) => {
    if (typeof target !== 'object' || target === null) return setRetries(api, target, retries, options)
    checkRetries(call, retries)
    checkOptions(call, options, membersOf('dryRun'))
    return bulk(api, call, target, { retries }, options)
  }
  return either as SetRetries // which of the answers comes follows from the arguments, as the overloads say
}

/** What `instances.migrate` is given: which instances, and where they go. */
export type Migration = ManyInstances & MigrateOptions

/** Puts instances on another definition, as a batch; `dryRun` tells where each token would go. */
export interface Migrate {
  (migration: Migration & { readonly dryRun: true }): Promise<MigrationPreview>
  (migration: Migration): Promise<BatchStarted>
}

export function migrateMany(api: Api): Migrate {
  const migrate = async (migration: Migration): Promise<BatchStarted | BulkPreview> => {
    checkMigration(migration)
    const { instances, query, dryRun, ...options } = migration
    const many = { ...(instances !== undefined && { instances }), ...(query !== undefined && { query }) }
    return bulk(api, 'instances.migrate', many, (own) => migrationArgs(own, options), {
      ...options,
      ...(dryRun !== undefined && { dryRun }),
    })
  }
  return migrate as Migrate // which of the answers comes follows from dryRun
}

/** Makes a call that takes one instance or many. `names`: what the many take beside the usual options, all texts. */
export function oneOrMany<Options extends CallOptions, These extends Many = ManyInstances>(
  api: Api,
  call: BulkCall,
  names: readonly string[],
  one: (id: string, options?: Options) => Promise<void>,
): OneOrMany<Options, These> {
  const members = membersOf(...names, 'dryRun')
  const either = async (target: string | These, options: Options & { readonly dryRun?: boolean } = NONE as Options) => {
    if (typeof target !== 'object' || target === null) return one(target, options)
    checkOptions(call, options, members)
    const args: { [name: string]: string } = {}
    for (const name of names) {
      const given: unknown = Reflect.get(options, name)
      checkFreeText(call, name, given)
      if (typeof given === 'string') args[name] = given
    }
    return bulk(api, call, target, args, options)
  }
  return either as OneOrMany<Options, These> // which of the answers comes follows from the arguments, as the overloads say
}
