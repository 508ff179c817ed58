import { spanOf } from '../calls.js'
import { allows, isLegible, talliesOf } from '../accounting.js'
import type { Evidence } from '../gather-evidence.js'
import { type Claim, leaseOf, type Reaped, type Trail } from '../trails.js'
import type { Violation } from '../violation.js'
import { violation } from './rule.js'

/** G18: each reap counts one recovery, and what has more of them than `maxRecoveries` ends as dead, and not before. */
export function* recoveries({ history, callsOf, trails, snapshots }: Evidence): Iterable<Violation> {
  let most = -1
  let fewest = Infinity
  for (const { input } of callsOf('reap')) {
    most = Math.max(most, input.maxRecoveries)
    fewest = Math.min(fewest, input.maxRecoveries)
  }
  if (most < 0) most = fewest = history.header.maxRecoveries ?? 3

  for (const trail of trails.values()) {
    for (const reaped of trail.reaps) yield* checkReap(trail, reaped)
    for (const [index, claim] of trail.claims.entries()) yield* checkClaim(trail, trail.claims[index - 1], claim, most)
  }
  for (const snapshot of snapshots.slice(-1)) {
    for (const { id, deadReason, recoveries: count } of snapshot.jobs) {
      if (deadReason !== 'recoveries' || count > fewest) continue
      const message = `it is dead for its recoveries, and ${count} of ${fewest} were used`
      yield violation('G18', id, message, [spanOf(snapshot)])
    }
  }
}

function* checkReap(trail: Trail, reaped: Reaped): Iterable<Violation> {
  const { outcome, recoveries: count } = reaped.job
  const { maxRecoveries } = reaped.call.input
  if (count > maxRecoveries && (outcome === 'ready' || outcome === 'parked')) {
    yield violation('G18', trail.id, `it went on after ${count} recoveries, and ${maxRecoveries} are the most`, [
      reaped,
    ])
  }
  if (count <= maxRecoveries && outcome === 'dead') {
    yield violation('G18', trail.id, `it ended after ${count} of ${maxRecoveries} recoveries`, [reaped])
  }
  const [claim] = leaseOf(trail, reaped.fence).claims
  if (claim === undefined || !isLegible(claim) || count === claim.job.recoveries + 1) return
  const message = `it was claimed with ${claim.job.recoveries} recoveries, and its reap made them ${count}`
  yield violation('G18', trail.id, message, [claim, reaped])
}

function* checkClaim(trail: Trail, before: Claim | undefined, claim: Claim, most: number): Iterable<Violation> {
  if (!isLegible(claim) || (before !== undefined && !isLegible(before))) return
  const count = claim.job.recoveries
  if (count > most) {
    yield violation('G18', trail.id, `it was claimed after ${count} recoveries, and ${most} are the most`, [claim])
    return
  }
  // With claims between that nobody saw, the claim number is in doubt, not the recoveries: G6.
  if (claim.fence.claim !== (before?.fence.claim ?? 0) + 1) return
  const tallies = talliesOf(trail, before, claim)
  if (tallies.length === 0 || tallies.some((tally) => allows(tally, count))) return
  const message = `it was claimed with ${count} recoveries, and had ${tallies[0]?.fewestRecoveries}`
  yield violation('G18', trail.id, message, before === undefined ? [claim] : [before, claim])
}
