import type { StoredJob } from '@goscheds/core'
import { isBefore, mayPrecede, type Span } from '../calls.js'
import type { Evidence } from '../gather-evidence.js'
import { type Claim, isSameFence, type Sighting, type Trail } from '../trails.js'
import type { Violation } from '../violation.js'
import { violation } from './rule.js'

/**
 * G7, its other side: what was not claimed by its `expiresAt` is not run any more, unless it has been redriven, and the
 * reaper ends it; and nothing expires that has been claimed, or before its time.
 */
export function* expired({ trails, callsOf }: Evidence): Iterable<Violation> {
  const sweeps = callsOf('reap').filter(
    ({ input, output }) => output !== undefined && output.expired.length < input.limit,
  )
  for (const trail of trails.values()) {
    yield* unfoundedExpiries(trail)
    if (!trail.pushes.some(({ job }) => job.expiresAt !== undefined)) continue
    const claim = trail.claims.find((one) => one.fence.claim === 1 && isTooLate(trail, one))
    if (claim !== undefined) {
      yield violation('G7', trail.id, 'it was claimed for the first time after it had expired', [claim])
    }
    for (const seen of trail.sightings) {
      const sweep = isWaiting(seen.job) ? sweeps.find((one) => hasMissed(one, trail, seen)) : undefined
      if (sweep === undefined) continue
      yield violation('G7', trail.id, 'it had expired, and a reaper left it where it was', [sweep, seen])
      break
    }
  }
}

/** Only where one push explains the job, and nothing may have brought it back. */
function isTooLate({ pushes, controls, claims }: Trail, claim: Claim): boolean {
  const [push, ...others] = pushes
  const expiresAt = push?.job.expiresAt
  if (expiresAt === undefined || others.length > 0) return false
  if (controls.some((control) => control.method === 'redrive' && mayPrecede(control, claim))) return false
  if (claims.some((other) => !isSameFence(other.fence, claim.fence) && isBefore(other, claim))) return false
  return Math.max(claim.job.claimedAt, claim.fromAt) >= expiresAt
}

/** Never claimed, so that its `expiresAt`, which a redrive takes away, counts. */
function isWaiting({ state, claims }: StoredJob): boolean {
  return claims === 0 && (state === 'scheduled' || state === 'ready')
}

/** A reaper that found fewer than it might end has left none; of another life of the job it says nothing. */
function hasMissed(sweep: Span, { pushes }: Trail, { job, from }: Sighting): boolean {
  if (job.expiresAt === undefined || sweep.fromAt < job.expiresAt || sweep.until >= from) return false
  return pushes.length === 1 && pushes.every((push) => isBefore(push, sweep))
}

function* unfoundedExpiries({ id, pushes, claims, expiries, sightings }: Trail): Iterable<Violation> {
  const [first] = pushes
  // What is older than the history may have been asked for there.
  if (first?.outcome !== 'added') return
  const soonest = pushes.reduce((at, { job }) => Math.min(at, job.expiresAt ?? Infinity), Infinity)
  const early = 'it expired before its time'
  for (const expiry of expiries) {
    if (!isBefore(first, expiry)) continue
    const claim = pushes.length === 1 ? claims.find((one) => isBefore(one, expiry)) : undefined
    if (claim !== undefined) yield violation('G7', id, 'it expired after it had been claimed', [claim, expiry])
    if (expiry.untilAt < soonest) yield violation('G7', id, early, [first, expiry])
  }
  for (const seen of sightings) {
    const { deadReason, finishedAt = seen.untilAt, claims: number } = seen.job
    if (deadReason !== 'expired' || !isBefore(first, seen)) continue
    if (number > 0) yield violation('G7', id, 'it is dead as expired, and had been claimed', [first, seen])
    else if (finishedAt < soonest) yield violation('G7', id, early, [first, seen])
    else continue
    break
  }
}
