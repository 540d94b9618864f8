import { mapResult } from '../decisions/map-result.ts'
import { concealVariables, type Variables } from '../model/variables.ts'
import { type Api, actorOf, authorize, type CallOptions, tenantOf } from './api-context.ts'
import { checkOptions, membersOf, refuseArgument } from './arguments.ts'
import { type DecisionWanted, findDecision } from './find-decision.ts'
import { findVersions } from './find-versions.ts'
import { decide } from './make-decision.ts'
import { type DecisionRecord, decisions } from './records/definition.ts'
import { checkReference, type VersionReference } from './version-reference.ts'

/** Which decision: the latest version of a key; one by its id; one of a key by its version, or the latest with a version tag. */
export type DecisionReference = string | VersionReference

/** What a decision is made from. */
export interface DecisionOptions extends CallOptions {
  readonly variables?: Variables
}

/** One deployed version of a decision. */
export interface DeployedDecision {
  /** `key:version`, followed by `@tenant` where it belongs to one. */
  readonly id: string
  /** The id of the `decision` element. */
  readonly key: string
  /** From 1, counted by key and tenant. */
  readonly version: number
  readonly name: string | null
  readonly versionTag: string | null
  readonly tenantId: string | null
}

/** How a decision came about. */
export interface DecisionExplanation {
  readonly decision: DeployedDecision
  readonly value: unknown
  /** What was decided, in that order: first what is required. `rules` are the ids of the rules that matched. */
  readonly steps: readonly {
    readonly key: string
    readonly name: string | null
    readonly value: unknown
    readonly rules: readonly string[]
  }[]
}

/**
 * Makes a decision and gives its value: one output's own, several as an object, a list of such where the hit policy has several results.
 */
export async function evaluate(api: Api, reference: DecisionReference, options: DecisionOptions = {}): Promise<unknown> {
  return (await explainDecision(api, reference, options, 'decisions.evaluate')).value
}

/** Makes a decision and tells how. */
export async function explainDecision(
  api: Api,
  reference: DecisionReference,
  options: DecisionOptions = {},
  call = 'decisions.explain',
): Promise<DecisionExplanation> {
  const wanted = wantedOf(call, reference)
  checkOptions(call, options, EVALUATING)
  const tenantId = tenantOf(api, options)
  const asked = authorize(api, call, { actor: actorOf(api, options), tenantId })
  if (asked !== null) await asked
  const values = concealVariables(options.variables ?? {})
  const { host } = api
  const loaded = await findDecision(host, wanted, tenantId)
  const outcomes = decide(host, loaded, values, host.now())
  const { timeZone } = host.environment
  const steps = outcomes.map((outcome) => {
    const { id, name } = outcome.decision
    return { key: id, name, value: mapResult(outcome, 'value', timeZone), rules: outcome.rules }
  })
  return { decision: viewOf(loaded.record), value: steps.at(-1)?.value ?? null, steps }
}

/** Deployed decisions, by key, the newest version of each first. */
export interface DecisionQuery {
  readonly key?: string
  readonly version?: number
  readonly versionTag?: string
  /** Only the latest version of each key. */
  readonly latest?: boolean
}

/** Lists what is deployed. */
export async function findDecisions(api: Api, query: DecisionQuery = {}, call = 'decisions.find'): Promise<readonly DeployedDecision[]> {
  return (await findVersions(api, call, decisions, query)).map(viewOf)
}

/** A decision's version as callers see it. */
export function viewOf({ id, key, version, versionTag, tenantId, body }: DecisionRecord): DeployedDecision {
  return { id, key, version, name: body.name, versionTag, tenantId }
}

const EVALUATING = membersOf('variables')

function wantedOf(call: string, reference: DecisionReference): DecisionWanted {
  checkReference(call, 'decision', reference)
  if (typeof reference === 'string') return { key: reference }
  if ('id' in reference) return { id: reference.id }
  const { key, version, versionTag } = reference
  if (version !== undefined && versionTag !== undefined)
    refuseArgument(call, 'decision', reference, 'a key with a version or a version tag, not both')
  return version !== undefined ? { key, version } : versionTag !== undefined ? { key, versionTag } : { key }
}
