import { isBefore, type Span } from '../calls.js'
import { heldUntil, possibleSettles } from '../leases.js'
import type { Evidence } from '../gather-evidence.js'
import { type Claim, leaseOf, type Trail } from '../trails.js'
import type { Violation } from '../violation.js'
import { violation } from './rule.js'

/** G3: while a lease is valid by the store's clock, nobody else gets the job, and the reaper leaves it alone. */
export function* leaseExclusion({ trails }: Evidence): Iterable<Violation> {
  for (const trail of trails.values()) {
    const broken = new Set<Claim>()
    for (const reaped of trail.reaps) {
      const [claim] = leaseOf(trail, reaped.fence).claims
      const found = claim && brokenBy(trail, claim, reaped, 'it was reaped')
      if (claim === undefined || found === undefined) continue
      broken.add(claim)
      yield found
    }
    for (const [index, claim] of trail.claims.entries()) {
      const next = trail.claims[index + 1]
      if (next === undefined || next.call === claim.call) continue
      const [first, second] = isBefore(next, claim) ? [next, claim] : [claim, next]
      if (broken.has(first)) continue
      const found = brokenBy(trail, first, second, 'it was claimed again')
      if (found === undefined) continue
      broken.add(first)
      yield found
    }
    yield* runsUnderOneLease(trail, broken)
  }
}

/** The end of the lease of a claim by something that must not happen while it is valid. */
function brokenBy(trail: Trail, claim: Claim, taken: Span, how: string): Violation | undefined {
  if (possibleSettles(trail, claim.fence, taken).length > 0) return undefined
  const { at, shownBy } = heldUntil(trail, claim, taken)
  // Of two claims whose order is unknown, the second came by then.
  const takenAt = Math.max(taken.untilAt, claim.untilAt)
  if (takenAt >= at) return undefined
  const message = `${how} at ${takenAt} at the latest, while its lease was valid until ${at} at the least`
  return violation('G3', trail.id, message, [claim, shownBy, taken])
}

function* runsUnderOneLease(trail: Trail, broken: ReadonlySet<Claim>): Iterable<Violation> {
  for (const { claims, runs } of trail.leases.values()) {
    const [claim] = claims
    if (claim === undefined || broken.has(claim)) continue
    for (const [index, run] of runs.entries()) {
      const other = runs.slice(0, index).find(({ until }) => until > run.from)
      if (other === undefined) continue
      if (possibleSettles(trail, claim.fence, run).length > 0 || heldUntil(trail, claim, run).at <= run.fromAt) continue
      const message = 'a handler began while another ran under the same valid lease'
      yield violation('G3', trail.id, message, [claim, other, run])
    }
  }
}
