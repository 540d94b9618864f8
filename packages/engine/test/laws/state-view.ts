import type { InstanceStatus } from '../../src/kernel/state.ts'

export { type InstanceState, type Scope, splitTokenId, type Token, tokenId, type Wait } from '../../src/kernel/state.ts'

/** Where nothing may be left. */
export const INSTANCE_ENDED: ReadonlySet<InstanceStatus> = new Set(['completed', 'terminated', 'failed', 'superseded'])
