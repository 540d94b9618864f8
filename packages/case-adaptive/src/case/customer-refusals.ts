import { Refused } from '@leeway/engine'

export function unknownContact(contactId: string): Refused {
  return new Refused('UnknownContact', `There is no contact ${contactId}.`, { contactId })
}

export function contactOver(contactId: string): Refused {
  return new Refused('ContactOver', `Contact ${contactId} is over; record another one.`, { contactId })
}

export function unknownFact(factId: string): Refused {
  return new Refused('UnknownFact', `There is no fact ${factId}.`, { factId })
}

export function factOver(factId: string, key: string, state: string): Refused {
  return new Refused('FactOver', `Fact ${factId} ("${key}") is ${state}; record what is so now.`, { factId, state })
}

export function unknownCommitment(commitmentId: string): Refused {
  return new Refused('UnknownCommitment', `There is no commitment ${commitmentId}.`, { commitmentId })
}

export function commitmentOver(commitmentId: string, state: string): Refused {
  return new Refused('CommitmentOver', `Commitment ${commitmentId} is ${state}.`, { commitmentId, state })
}

export function unknownPlan(kind: string, known: readonly string[]): Refused {
  const there = known.length === 0 ? 'there is none (policies.plans)' : `there are ${known.join(', ')}`
  return new Refused('UnknownPlan', `The house has no payment plan "${kind}"; ${there}.`, { kind, known })
}

export function belowFloor(kind: string, instalment: number, floor: number, standard: number): Refused {
  const message = `An instalment of ${instalment} is below the floor of ${floor} for "${kind}"; the standard is ${standard}. Agree on more, or propose it as an exception.`
  return new Refused('BelowFloor', message, { kind, instalment, floor, standard })
}

export function tooManyInstalments(count: number, max: number): Refused {
  return new Refused('TooManyInstalments', `That would be ${count} instalments; ${max} are the most there can be.`, { count, max })
}

export function otherProof(commitmentId: string, needs: string, given: string): Refused {
  const message = `Commitment ${commitmentId} takes a proof of the kind "${needs}", not "${given}".`
  return new Refused('OtherProof', message, { commitmentId, missing: [needs] })
}

export function tooManyCommitments(caseId: string, max: number): Refused {
  return new Refused('TooManyCommitments', `Case ${caseId} has ${max} open commitments; that is the most there can be.`, { caseId, max })
}
