import { isBefore } from '../calls.js'
import { allows, isLegible, mayBeNewLife, mayBeOneLife, talliesOf } from '../accounting.js'
import type { Evidence } from '../gather-evidence.js'
import { type Claim, isSameFence, type Trail } from '../trails.js'
import type { Violation } from '../violation.js'
import { violation } from './rule.js'

/** G6: the claim number grows by one, attempts are what failed runs used, and never exceed `maxAttempts`. */
export function* counters({ trails }: Evidence): Iterable<Violation> {
  for (const trail of trails.values()) {
    for (const [index, claim] of trail.claims.entries()) {
      const before = trail.claims[index - 1]
      const message = (before && wrongOrder(trail, before, claim)) ?? wrongCount(trail, before, claim)
      if (message !== undefined) yield violation('G6', trail.id, message, before ? [before, claim] : [claim])
    }
    for (const run of trail.runs) {
      const { attempt, maxAttempts } = run.start
      if (attempt <= maxAttempts) continue
      yield violation('G6', trail.id, `a handler began attempt ${attempt} of ${maxAttempts}`, [run])
    }
  }
}

function wrongOrder(trail: Trail, before: Claim, claim: Claim): string | undefined {
  if (isSameFence(before.fence, claim.fence)) return 'one fence was handed out twice'
  if (isBefore(claim, before)) return 'a fence was handed out that is lower than one before it'
  if (mayBeOneLife(trail, before, claim) || mayBeNewLife(trail, before, claim)) return undefined
  return 'the fence is that of another job of this id, which nobody pushed'
}

function wrongCount(trail: Trail, before: Claim | undefined, claim: Claim): string | undefined {
  if (!isLegible(claim) || (before !== undefined && !isLegible(before))) return undefined
  const tallies = talliesOf(trail, before, claim)
  const { attempts, recoveries } = claim.job
  if (tallies.length === 0) return undefined
  const number = claim.fence.claim
  const expected = before === undefined ? 1 : before.fence.claim + 1
  const hasGap = number > expected && !mayStartAnew(trail, before, claim)
  if (hasGap && !tallies.some((tally) => allows(tally, recoveries))) {
    return `the claim number is ${number} after ${expected - 1}, and nothing explains the claims between`
  }
  if (tallies.some((tally) => tally.attempts === attempts)) return undefined
  return `it was claimed with ${attempts} attempts used, and ${tallies[0]?.attempts} were`
}

function mayStartAnew(trail: Trail, before: Claim | undefined, claim: Claim): boolean {
  return before !== undefined && claim.fence.claim === 1 && mayBeNewLife(trail, before, claim)
}
