import type { EpochMs, Fence } from '@goscheds/core'
import { isBefore, mayPrecede, type Span } from './calls.js'
import { type Claim, compareFences, leaseOf, type Settle, type Trail } from './trails.js'

/** What shows that the lease of this fence was over before that began: a later claim, its reap, or its settlement. */
export function endedBefore(trail: Trail, fence: Fence, that: Span): Span | undefined {
  const { claims, reaps, settles, overtakenBy } = leaseOf(trail, fence)
  const later = claims.length > 0 ? overtakenBy : trail.claims.find((claim) => compareFences(claim.fence, fence) > 0)
  if (later !== undefined && isBefore(later, that)) return later
  return (
    reaps.find((reaped) => isBefore(reaped, that)) ?? settles.find((other) => isSettled(other) && isBefore(other, that))
  )
}

/** Whether the store said that it ended the lease. */
export function isSettled(settle: Settle): boolean {
  return settle.outcome?.status === 'settled'
}

/** Whether the call may have ended its lease: `lost` may be the answer to the second of two deliveries. */
export function mayHaveSettled(trail: Trail, settle: Settle): boolean {
  return isSettled(settle) || endedBefore(trail, settle.fence, settle) === undefined
}

/** The settlements of this fence that may have ended its lease before that. */
export function possibleSettles(trail: Trail, fence: Fence, that: Span): Settle[] {
  return leaseOf(trail, fence).settles.filter((settle) => mayPrecede(settle, that) && mayHaveSettled(trail, settle))
}

/** A claim whose lease was certainly current when that took effect. */
export function runningUnder(trail: Trail, that: Span): Claim | undefined {
  return trail.claims.find(
    (claim) =>
      isBefore(claim, that) &&
      possibleSettles(trail, claim.fence, that).length === 0 &&
      heldUntil(trail, claim, that).at > that.untilAt,
  )
}

/** Until when, at the least, the lease of this claim was held when that took effect, and what shows it. */
export function heldUntil(trail: Trail, claim: Claim, that: Span): { readonly at: EpochMs; readonly shownBy: Span } {
  const { extensions } = leaseOf(trail, claim.fence)
  const possible = extensions.filter((extension) => extension.outcome !== 'lost' && mayPrecede(extension, that))
  const certain = possible.filter((extension) => extension.outcome !== undefined && isBefore(extension, that))
  const last = certain.reduce<Span>((latest, span) => (span.from > latest.from ? span : latest), claim)
  let at = last === claim ? claim.fromAt + claim.call.input.leaseMs : Infinity
  for (const { fromAt, until, leaseMs } of possible) {
    // One that took effect last did so after all that certainly came before.
    if (until >= last.from) at = Math.min(at, Math.max(fromAt, last.fromAt) + leaseMs)
  }
  return { at, shownBy: last }
}
