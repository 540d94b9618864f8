import { isDeepStrictEqual } from 'node:util'
import type { Scope } from '../../src/kernel/state.ts'
import type { InstanceRecord } from '../../src/runtime/records/instance-record.ts'
import { instancePacking, scopePacking } from '../../src/runtime/state-packing.ts'
import type { Law } from './trace-laws.ts'

/** What is written of a scope gives the scope again, after every command; and so does what earlier releases wrote, the scope as it is. */
export const scopesAreReadAsTheyWere: Law = (trace) => {
  for (const [k, move] of trace.moves.entries()) {
    for (const scope of move.after.scopes.values()) {
      if (move.before.scopes.get(scope.id) === scope) continue // looked at already
      const read = scope.instance === undefined ? readScope(scope) : readInstance(scope)
      const wrong = read.findIndex((one) => !isDeepStrictEqual(one, scope))
      if (wrong >= 0) return [`after move ${k} (${move.command.type}) scope ${scope.id}, written as in ${FORMS[wrong]}, is read as another`]
    }
  }
  return []
}

const FORMS = ['this release', 'version 1', 'version 2']

function readScope(scope: Scope): readonly Scope[] {
  const record = { id: scope.id, body: scope }
  return [scopePacking.pack(record), scope].map((written) => scopePacking.unpack(throughJson(written), { id: scope.id }))
}

function readInstance(root: Scope): readonly Scope[] {
  const head = root.instance as NonNullable<Scope['instance']> // the caller has looked
  const body = {
    root,
    parent: { instanceId: 'caller', elementInstanceId: 'caller.1' },
    cleaned: ['history'],
    rounds: '[1,"a",0,"kim",[3]]\n[2,"b",5,0,0]',
  } as const
  const { body: _, ...fields }: InstanceRecord = {
    id: root.id,
    processKey: root.elementId,
    definitionId: head.definitionId,
    businessKey: head.businessKey,
    tenantId: null,
    status: head.status,
    startedAt: head.startedAt,
    endedAt: head.endedAt ?? null,
    searchable: [],
    extensions: [],
    parentId: 'caller',
    body,
  }
  const { rounds: _rounds, ...before } = body
  const packed = instancePacking.pack({ ...fields, body }) as readonly unknown[]
  const forms = [
    [packed, body],
    [before, before],
    [packed.toSpliced(4, 1), before],
  ]
  return forms.map(([written, expected]) => {
    const read = instancePacking.unpack(throughJson(written), fields)
    return isDeepStrictEqual({ ...read, root: null }, { ...expected, root: null }) ? read.root : NOT_READ
  })
}

const NOT_READ = {} as Scope // equal to no scope

function throughJson(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value))
}
