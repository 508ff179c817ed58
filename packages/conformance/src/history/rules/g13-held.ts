import type { NameLimits } from '@goscheds/core'
import { type Call, isBefore, mayPrecede, type Span, spanOf } from '../calls.js'
import type { Evidence } from '../gather-evidence.js'
import { endedBefore, isSettled } from '../leases.js'
import { limitsSet, nameHolds, possibleLimits, type SetLimits } from '../limits.js'
import { leaseOf } from '../trails.js'
import type { Violation } from '../violation.js'
import { violation } from './rule.js'

/** G13: while a name is on hold nothing of it is handed out; and it is held only for a reason that is there. */
export function* held(evidence: Evidence): Iterable<Violation> {
  const claims = evidence.callsOf('claim').filter(({ output }) => output !== undefined)
  const names = new Set(claims.map(({ input }) => input.name))
  const isWhole = claims.some(({ output }) => output?.held === 'concurrency') && isComplete(evidence)
  for (const name of names) {
    const ofName = claims.filter(({ input }) => input.name === name).toSorted((a, b) => a.until - b.until)
    yield* claimedOnHold(evidence, name, ofName)
    yield* heldForNothing(evidence, name, ofName)
    const reasons = new Set(ofName.map(({ output }) => output?.held))
    const sets = limitsSet(evidence, name)
    for (const reason of ['concurrency', 'rate'] as const) {
      if (reasons.has(reason)) yield* heldWithoutLimit(ofName, sets, reason)
    }
    if (isWhole) yield* heldWithRoom(evidence, name, ofName, sets)
  }
  for (const name of new Set(evidence.callsOf('setLimits').map(({ input }) => input.name))) {
    yield* wronglyShown(evidence, name, limitsSet(evidence, name))
  }
}

function* claimedOnHold(evidence: Evidence, name: string, claims: readonly Call<'claim'>[]): Iterable<Violation> {
  const holds = nameHolds(evidence, name).filter(({ isCertain }) => isCertain)
  if (holds.length === 0) return
  for (const claim of claims) {
    const [job] = claim.output?.jobs ?? []
    if (job === undefined) continue
    const at = Math.min(job.claimedAt, claim.untilAt)
    const hold = holds.find((one) => isBefore(one, claim) && at < one.fromAt + one.ms)
    if (hold === undefined) continue
    const message = `it was claimed ${at - hold.fromAt} ms after its name was put on hold for ${hold.ms} ms`
    yield violation('G13', job.id, message, [hold, claim])
  }
}

/** An answer by name that shows that it was not on hold shows as well that no hold from before is in force. */
function* heldForNothing(evidence: Evidence, name: string, claims: readonly Call<'claim'>[]): Iterable<Violation> {
  if (!claims.some(({ output }) => output?.held === 'hold')) return
  const holds = nameHolds(evidence, name)
  let open: Span | undefined
  for (const claim of claims) {
    if (claim.output?.held !== 'hold') {
      if (claim.output?.held !== 'paused') open = claim
      continue
    }
    const since = open
    if (since === undefined || !isBefore(since, claim)) continue
    const mayBeHeld = holds.some((hold) => {
      return mayPrecede(since, hold) && mayPrecede(hold, claim) && hold.untilAt + hold.ms + 1 > claim.fromAt
    })
    if (!mayBeHeld)
      yield violation('G13', undefined, `'${name}' was held, and nothing had put it on hold`, [since, claim])
  }
}

function* heldWithoutLimit(
  claims: readonly Call<'claim'>[],
  sets: readonly SetLimits[],
  reason: 'concurrency' | 'rate',
): Iterable<Violation> {
  for (const claim of claims) {
    if (claim.output?.held !== reason) continue
    const last = sets.findLast((set) => isBefore(set, claim))
    if (last === undefined || possibleLimits(sets, claim).some((limits) => limits?.[reason] !== undefined)) continue
    yield violation('G13', undefined, `'${claim.input.name}' was held for its ${reason}, and has no such limit`, [
      last,
      claim,
    ])
  }
}

/** A slot that has leaked: fewer are active than the limit allows, and yet none more is handed out. */
function* heldWithRoom(
  { callsOf, trails }: Evidence,
  name: string,
  claims: readonly Call<'claim'>[],
  sets: readonly SetLimits[],
): Iterable<Violation> {
  const unseen = callsOf('claim').filter(({ input, output }) => input.name === name && output === undefined)
  const leases = [...trails.values()].flatMap((trail) => {
    return trail.claims.filter(({ call }) => call.input.name === name).map((claim) => ({ trail, claim }))
  })
  for (const claim of claims) {
    if (claim.output?.held !== 'concurrency' || unseen.some((one) => mayPrecede(one, claim))) continue
    const least = possibleLimits(sets, claim).reduce(
      (low, limits) => Math.min(low, limits?.concurrency ?? Infinity),
      Infinity,
    )
    const active = leases.filter(({ trail, claim: one }) => {
      return mayPrecede(one, claim) && endedBefore(trail, one.fence, claim) === undefined
    })
    if (least === Infinity || active.length >= least) continue
    const last = sets.filter((set) => mayPrecede(set, claim)).slice(-1)
    const message = `'${name}' was held for its concurrency of ${least}, and ${active.length} of its jobs were active`
    yield violation('G13', undefined, message, [...last, ...active.map((one) => one.claim), claim])
    return
  }
}

/** Whether every lease of the history was claimed in it, as far as one can see: none is older, and no claim went unseen. */
function isComplete({ trails, snapshots }: Evidence): boolean {
  const last = snapshots.at(-1)
  if (last === undefined) return false
  for (const trail of trails.values()) {
    for (const { claims, settles, reaps, extensions } of trail.leases.values()) {
      const isCurrent = settles.some(isSettled) || reaps.length > 0 || extensions.some((one) => one.outcome === 'held')
      if (claims.length === 0 && isCurrent) return false
    }
    for (const { fence } of trail.claims) {
      if (fence.claim > 1 && !trail.claims.some((other) => other.fence.claim === fence.claim - 1)) return false
    }
  }
  return last.jobs.every(({ id, state, generation, claims }) => {
    const trail = trails.get(id)
    if (state !== 'active' || trail === undefined) return state !== 'active'
    return leaseOf(trail, { generation, claim: claims }).claims.length > 0
  })
}

function* wronglyShown({ snapshots }: Evidence, name: string, sets: readonly SetLimits[]): Iterable<Violation> {
  for (const snapshot of snapshots) {
    const shown = snapshot.counts.find((counts) => counts.name === name)
    const seen = spanOf(snapshot)
    const last = sets.findLast((set) => isBefore(set, seen))
    if (shown === undefined || last === undefined) continue
    if (possibleLimits(sets, seen).some((limits) => isSame(limits, shown.limits))) continue
    yield violation('G13', undefined, `'${name}' is shown with other limits than were set`, [last, seen])
  }
}

function isSame(a: NameLimits | undefined, b: NameLimits | undefined): boolean {
  return JSON.stringify(inOrder(a)) === JSON.stringify(inOrder(b))
}

function inOrder(limits: NameLimits | undefined): unknown {
  const parts = (one: NameLimits | NameLimits['perGroup']): unknown =>
    one && [one.concurrency, one.rate && [one.rate.limit, one.rate.perMs, one.rate.burst]]
  return limits && [parts(limits), parts(limits.perGroup), limits.perGroup?.ordered ?? false]
}
