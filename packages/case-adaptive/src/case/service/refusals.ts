import { Refused } from '@leeway/engine'

export function unknownTier(tier: string, known: readonly string[]): Refused {
  return new Refused('UnknownTier', `There is no tier "${tier}" in this template; there ${isAre(known)}.`, { tier, known })
}

export function unknownSeverity(severity: string, known: readonly string[]): Refused {
  return new Refused('UnknownSeverity', `There is no severity "${severity}" in this template; there ${isAre(known)}.`, { severity, known })
}

function isAre(known: readonly string[]): string {
  return known.length === 0 ? 'is none' : `are ${known.join(', ')}`
}

export function unknownOffer(offer: string, template: string, known: readonly string[]): Refused {
  return new Refused('UnknownOffer', `Template "${template}" offers no "${offer}"; there ${isAre(known)}.`, { offer, template, known })
}

export function notOffered(offer: string, why: string): Refused {
  return new Refused(
    'NotOffered',
    `"${offer}" is not offered: ${why}. cases.offers tells what is; any item can be added without an offer.`,
    { offer },
  )
}

export function pauseNotAllowed(caseId: string, reason: string, allowed: readonly string[]): Refused {
  const message = `The clocks of case ${caseId} do not stand still for "${reason}": the customer waits all the same. They do for ${allowed.join(', ')}.`
  return new Refused('PauseNotAllowed', message, { caseId, reason, allowed })
}

export function clockNotRunning(caseId: string, clocks: readonly { readonly name: string; readonly state: string }[]): Refused {
  const states = clocks.map(({ name, state }) => `${name} is ${state}`).join(', ')
  return new Refused('ClockNotRunning', `Case ${caseId} has no clock that could be paused${states === '' ? '' : `: ${states}`}.`, {
    caseId,
  })
}

export function clockNotPaused(caseId: string): Refused {
  return new Refused('ClockNotPaused', `No clock of case ${caseId} is paused.`, { caseId })
}
