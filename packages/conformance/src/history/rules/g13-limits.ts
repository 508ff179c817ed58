import type { NameLimits } from '@goscheds/core'
import { type Call, mayPrecede } from '../calls.js'
import type { Evidence } from '../gather-evidence.js'
import { heldUntil, mayHaveSettled } from '../leases.js'
import { laxest, limitsSet, possibleLimits, type SetLimits } from '../limits.js'
import { type Claim, compareFences, leaseOf, type Trail } from '../trails.js'
import type { Violation } from '../violation.js'
import { violation } from './rule.js'

/** A lease, and where in the history it may have ended at the earliest, but for a reap that did not tell of it. */
interface Active {
  readonly claim: Claim
  readonly trail: Trail
  readonly endsFrom: number
}

/** Of what so many may be active at a time. */
interface Lane {
  readonly what: string
  readonly mostOf: (limits: NameLimits | undefined) => number | undefined
  readonly leases: Active[]
}

/** G13: of a name, and of each of its groups, no job begins while as many are active as the limit allows. */
export function* limits(evidence: Evidence): Iterable<Violation> {
  for (const name of new Set(evidence.callsOf('setLimits').map(({ input }) => input.name))) {
    const sets = limitsSet(evidence, name)
    const reaps = evidence.callsOf('reap')
    for (const lane of lanesOf(evidence, name)) {
      const found = tooMany(lane, sets, reaps)
      if (found !== undefined) yield found
    }
  }
}

function lanesOf({ trails }: Evidence, name: string): Iterable<Lane> {
  const all: Lane = { what: `'${name}'`, mostOf: (given) => given?.concurrency, leases: [] }
  const groups = new Map<string, Lane>()
  for (const trail of trails.values()) {
    for (const claim of trail.claims) {
      // One that was handed out twice is one.
      if (claim.call.input.name !== name || leaseOf(trail, claim.fence).claims[0] !== claim) continue
      const lease = { claim, trail, endsFrom: endsFrom(trail, claim) }
      all.leases.push(lease)
      const key = claim.job.group?.key
      if (key === undefined) continue
      const what = `the group '${key}' of '${name}'`
      const group = groups.get(key) ?? { what, mostOf: (given) => given?.perGroup?.concurrency, leases: [] }
      groups.set(key, group)
      group.leases.push(lease)
    }
  }
  return [all, ...groups.values()]
}

/**
 * Looks at what was active when each claim had been answered. All of it was when the last of it began, so the limit of
 * that moment counts, which lets stay what was active when it was lowered.
 */
function tooMany(
  { what, mostOf, leases }: Lane,
  sets: readonly SetLimits[],
  reaps: readonly Call<'reap'>[],
): Violation | undefined {
  const begun = leases.toSorted((a, b) => a.claim.until - b.claim.until)
  const most = new Map<Call<'claim'>, number>()
  const mostAt = ({ call }: Claim): number => {
    const known = most.get(call) ?? laxest(possibleLimits(sets, call), mostOf)
    most.set(call, known)
    return known
  }
  let active: Active[] = []
  for (const [index, lease] of begun.entries()) {
    const { claim } = lease
    active.push(lease)
    // The other jobs of the same claim began with it.
    if (begun[index + 1]?.claim.call === claim.call) continue
    active = active.filter(({ endsFrom }) => endsFrom > claim.until)
    if (active.length <= mostOfLast(active, mostAt)) continue
    const certain = active.filter((one) => !mayBeReaped(one, claim, reaps))
    const allowed = mostOfLast(certain, mostAt)
    if (certain.length <= allowed) continue
    const message = `${certain.length} jobs of ${what} were active at once, and ${allowed} are the most`
    return violation('G13', claim.job.id, message, [
      ...sets.filter((set) => mayPrecede(set, claim)).slice(-1),
      ...certain.map((one) => one.claim),
    ])
  }
  return undefined
}

/** The laxest limit of those that may have begun last. */
function mostOfLast(active: readonly Active[], mostAt: (claim: Claim) => number): number {
  const lastFrom = active.reduce((last, { claim }) => Math.max(last, claim.from), -1)
  return active.reduce((most, { claim }) => (claim.until >= lastFrom ? Math.max(most, mostAt(claim)) : most), 0)
}

function endsFrom(trail: Trail, claim: Claim): number {
  const { settles, reaps } = leaseOf(trail, claim.fence)
  const ends = [
    ...settles.filter((settle) => mayHaveSettled(trail, settle)),
    ...reaps,
    ...trail.claims.filter((other) => compareFences(other.fence, claim.fence) > 0),
  ]
  return ends.reduce((least, end) => (mayPrecede(claim, end) ? Math.min(least, end.from) : least), Infinity)
}

/** Whether a reap that did not tell of it may have ended the lease by then: without one it is active, although it has run out. */
function mayBeReaped({ claim, trail }: Active, by: Claim, reaps: readonly Call<'reap'>[]): boolean {
  const { at } = heldUntil(trail, claim, by)
  return reaps.some((reap) => {
    return mayPrecede(claim, reap) && mayPrecede(reap, by) && Math.min(reap.untilAt, by.untilAt) >= at
  })
}
