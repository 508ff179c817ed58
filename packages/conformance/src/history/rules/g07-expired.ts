import { isBefore } from '../calls.js'
import type { Evidence } from '../gather-evidence.js'
import { type Claim, isSameFence, type Trail } from '../trails.js'
import type { Violation } from '../violation.js'
import { violation } from './rule.js'

/** G7, its other side: what was not claimed by its `expiresAt` is not run any more, unless it has been redriven. */
export function* expired({ trails }: Evidence): Iterable<Violation> {
  for (const trail of trails.values()) {
    const claim = trail.claims.find((one) => one.fence.claim === 1 && isTooLate(trail, one))
    if (claim === undefined) continue
    yield violation('G7', trail.id, 'it was claimed for the first time after it had expired', [claim])
  }
}

/** Only where one push explains the job, and nothing may have brought it back. */
function isTooLate({ pushes, controls, claims }: Trail, claim: Claim): boolean {
  const [push, ...others] = pushes
  const expiresAt = push?.job.expiresAt
  if (expiresAt === undefined || others.length > 0) return false
  if (controls.some(({ method, status }) => method === 'redrive' && status !== 'not-dead')) return false
  if (claims.some((other) => !isSameFence(other.fence, claim.fence) && isBefore(other, claim))) return false
  return Math.min(claim.job.claimedAt, claim.fromAt) >= expiresAt
}
