import { isBefore, mayPrecede, type Span } from '../calls.js'
import { isLegible } from '../accounting.js'
import type { Evidence } from '../gather-evidence.js'
import { type Claim, leaseOf, type Settle, type Trail, uniqueKeyOf } from '../trails.js'
import type { Violation } from '../violation.js'
import { violation } from './rule.js'

/** G8: nothing is claimed or run before it is due, nor before the delay of a retry or release has passed. */
export function* neverEarly({ trails, idsOfKey }: Evidence): Iterable<Violation> {
  for (const trail of trails.values()) {
    for (const claim of trail.claims) {
      const { executeAt } = claim.job
      const at = latest(claim)
      if (isLegible(claim) && at < executeAt && !mayBeRedriven(trail, claim)) {
        yield violation('G8', trail.id, `it was claimed at ${at} and due at ${executeAt}`, [claim])
      }
    }
    for (const run of trail.runs) {
      const { at, executeAt } = run.start
      if (at >= executeAt || mayBeRedriven(trail, leaseOf(trail, run.fence).claims[0] ?? run)) continue
      yield violation('G8', trail.id, `a handler began at ${at} for a job that was due at ${executeAt}`, [run])
    }
    for (const settle of trail.settles) {
      const claim = claimedEarly(trail, settle)
      if (claim === undefined || mayBeParked(trail, idsOfKey)) continue
      const message = `it was claimed at ${latest(claim)} and to wait until ${waitsUntil(settle)} at the least`
      yield violation('G8', trail.id, message, [settle, claim])
    }
  }
}

/** What has expired may have done so before it was due; a redrive wants it run all the same, and keeps its time. */
function mayBeRedriven({ pushes, controls }: Trail, by: Span): boolean {
  if (!pushes.some(({ job }) => job.expiresAt !== undefined)) return false
  return controls.some(({ method, status, ...span }) => {
    return method === 'redrive' && (status === undefined || status === 'redriven') && mayPrecede(span, by)
  })
}

/** The next claim, if it came before the delay had passed and nobody may have asked for an earlier time. */
function claimedEarly(trail: Trail, settle: Settle): Claim | undefined {
  if (settle.outcome?.status !== 'settled' || !['scheduled', 'ready'].includes(settle.outcome.state)) return undefined
  const { generation, claim: number } = settle.fence
  const [next] = leaseOf(trail, { generation, claim: number + 1 }).claims
  if (next === undefined || latest(next) >= waitsUntil(settle) || isBefore(next, settle)) return undefined
  const isMoved = trail.controls.some(
    (one) => one.method === 'reschedule' && mayPrecede(settle, one) && mayPrecede(one, next),
  )
  return isMoved ? undefined : next
}

/** One that comes back and finds its unique key held waits for that, and not for its delay. */
function mayBeParked({ pushes }: Trail, idsOfKey: Evidence['idsOfKey']): boolean {
  return pushes.some(({ job }) => {
    return job.unique?.until === 'started' && (idsOfKey.get(uniqueKeyOf(job) ?? '')?.size ?? 0) > 1
  })
}

function waitsUntil({ settlement, fromAt }: Settle): number {
  return fromAt + ('delayMs' in settlement ? settlement.delayMs : 0)
}

/** When it was claimed at the latest, by what the store says and by what was seen. */
function latest({ job, untilAt }: Claim): number {
  return Math.min(job.claimedAt, untilAt)
}
