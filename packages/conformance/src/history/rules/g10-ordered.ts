import { isBefore, mayPrecede } from '../calls.js'
import type { Evidence } from '../gather-evidence.js'
import { isSettled } from '../leases.js'
import { limitsSet, possibleLimits, type SetLimits } from '../limits.js'
import { type Claim, compareFences, leaseOf, type Reaped, type Settle, type Trail } from '../trails.js'
import type { Violation } from '../violation.js'
import { violation } from './rule.js'

/**
 * G10: in an ordered group a job that comes back from a run keeps its place; none that has not been claimed before is
 * claimed until that one is.
 */
export function* ordered(evidence: Evidence): Iterable<Violation> {
  for (const name of new Set(evidence.callsOf('setLimits').map(({ input }) => input.name))) {
    const sets = limitsSet(evidence, name)
    if (!sets.some(({ input }) => isOrdered(input.limits))) continue
    yield* overtakings(evidence, name, sets)
  }
}

function* overtakings(evidence: Evidence, name: string, sets: readonly SetLimits[]): Iterable<Violation> {
  const { callsOf, trails } = evidence
  const firsts = firstClaims(evidence, name)
  const unseen = callsOf('claim').filter(({ input, output }) => input.name === name && output === undefined)
  const loosenings = sets.filter(({ input }) => !isOrdered(input.limits))
  for (const trail of trails.values()) {
    if (trail.pushes.length === 0 || mayBeParked(trail)) continue
    for (const claim of trail.claims) {
      const key = claim.call.input.name === name ? claim.job.group?.key : undefined
      const back = key === undefined ? undefined : comingBack(trail, claim)
      if (key === undefined || back === undefined || !possibleLimits(sets, back).every(isOrdered)) continue
      const again = trail.claims.filter((other) => compareFences(other.fence, claim.fence) > 0)
      const isFree = (by: Claim): boolean => {
        const isBetween = (one: { readonly from: number; readonly until: number }): boolean =>
          back.from < one.until && one.from < by.until
        if ([...loosenings, ...unseen, ...trail.controls].some(isBetween)) return true
        return again.some((other) => mayPrecede(other, by))
      }
      const overtaker = (firsts.get(key) ?? []).find((one) => isBefore(back, one) && !isFree(one))
      if (overtaker === undefined) continue
      const message = `it was claimed before ${trail.id}, which had come back and keeps its place in the group '${key}'`
      yield violation('G10', overtaker.job.id, message, [
        ...sets.filter((set) => isBefore(set, back)).slice(-1),
        claim,
        back,
        overtaker,
      ])
      return
    }
  }
}

/** Of each group, the claims of jobs that were never claimed before, in their order. */
function firstClaims({ trails }: Evidence, name: string): Map<string, Claim[]> {
  const firsts = new Map<string, Claim[]>()
  for (const { claims } of trails.values()) {
    for (const claim of claims) {
      const key = claim.job.group?.key
      if (claim.call.input.name !== name || claim.fence.claim !== 1 || key === undefined) continue
      const others = firsts.get(key)
      if (others === undefined) firsts.set(key, [claim])
      else others.push(claim)
    }
  }
  for (const claims of firsts.values()) claims.sort((a, b) => a.from - b.from)
  return firsts
}

/** What says that the job went back to be run again. */
function comingBack(trail: Trail, { fence }: Claim): Settle | Reaped | undefined {
  const { settles, reaps } = leaseOf(trail, fence)
  const settle = settles.find(isSettled)
  const state = settle?.outcome?.status === 'settled' ? settle.outcome.state : undefined
  if (state === 'ready' || state === 'scheduled') return settle
  return reaps.find(({ job }) => job.outcome === 'ready')
}

/** Behind its unique key, which it has given up at its start. */
function mayBeParked({ pushes }: Trail): boolean {
  return pushes.some(({ job }) => job.unique?.until === 'started')
}

function isOrdered(limits: SetLimits['input']['limits'] | undefined): boolean {
  return limits?.perGroup?.ordered === true
}
