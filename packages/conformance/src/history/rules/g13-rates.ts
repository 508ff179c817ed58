import type { NameLimits, RateLimit } from '@goscheds/core'
import { type Call, mayPrecede } from '../calls.js'
import type { Evidence } from '../gather-evidence.js'
import { limitsSet, possibleLimits, type SetLimits } from '../limits.js'
import type { Violation } from '../violation.js'
import { violation } from './rule.js'

/** A claim that began so many jobs of what is held to a rate, at some time from the one to the other. */
interface Begun {
  readonly call: Call<'claim'>
  readonly count: number
  readonly id: string
  readonly earliestAt: number
  readonly latestAt: number
}

/** A bucket as full as it may have been. */
interface Bucket {
  /** When it will be full again. */
  fullAt: number
  /** Since when it has not been full. */
  since: number
  begun: Begun[]
}

type RateOf = (limits: NameLimits | undefined) => RateLimit | undefined

/** G13: in any span of t ms no more than `burst + limit · t / perMs` jobs begin, of a name or of each of its groups. */
export function* rates(evidence: Evidence): Iterable<Violation> {
  for (const name of new Set(evidence.callsOf('setLimits').map(({ input }) => input.name))) {
    const sets = limitsSet(evidence, name)
    if (!sets.some(({ input: { limits } }) => limits?.rate ?? limits?.perGroup?.rate)) continue
    const claims = evidence.callsOf('claim').filter(({ input, output }) => input.name === name && output !== undefined)
    const found = tooFast(
      `'${name}'`,
      claims.flatMap((call) => begunBy(call)),
      sets,
      (given) => given?.rate,
    )
    if (found !== undefined) yield found
    for (const key of groupsOf(claims)) {
      const begun = claims.flatMap((call) => begunBy(call, key))
      const ofGroup = tooFast(`the group '${key}' of '${name}'`, begun, sets, (given) => given?.perGroup?.rate)
      if (ofGroup !== undefined) yield ofGroup
    }
  }
}

function groupsOf(claims: readonly Call<'claim'>[]): Set<string> {
  return new Set(claims.flatMap(({ output }) => output?.jobs.flatMap(({ group }) => group?.key ?? []) ?? []))
}

function begunBy(call: Call<'claim'>, key?: string): Begun[] {
  const jobs = call.output?.jobs.filter(({ group }) => key === undefined || group?.key === key) ?? []
  const [first] = jobs
  if (first === undefined) return []
  const { claimedAt, id } = first
  // The store's own word for when it was, where that can be.
  const isCredible = claimedAt >= call.fromAt && claimedAt <= call.untilAt
  const [earliestAt, latestAt] = isCredible ? [claimedAt, claimedAt] : [call.fromAt, call.untilAt]
  return [{ call, count: jobs.length, id, earliestAt, latestAt }]
}

/**
 * Each stretch in which one rate is certainly in force begins with a full bucket, at the most: a change of the rate may
 * give tokens.
 */
function tooFast(
  what: string,
  all: readonly Begun[],
  sets: readonly SetLimits[],
  rateOf: RateOf,
): Violation | undefined {
  const buckets = new Map<string, Bucket>()
  for (const begun of all.toSorted((a, b) => a.latestAt - b.latestAt || a.call.from - b.call.from)) {
    const rate = onlyRate(sets, begun.call, rateOf)
    if (rate === undefined) continue
    const others = sets.filter(
      (set) => mayPrecede(set, begun.call) && !isSame(rateOf(set.input.limits ?? undefined), rate),
    )
    const stretch = `${JSON.stringify(inOrder(rate))} ${others.length}`
    const bucket = buckets.get(stretch) ?? { fullAt: -Infinity, since: -Infinity, begun: [] }
    buckets.set(stretch, bucket)
    if (!take(bucket, begun, rate)) continue
    const { limit, perMs, burst } = rate
    const count = bucket.begun.reduce((sum, one) => sum + one.count, 0)
    const message = `${count} jobs of ${what} began within ${begun.latestAt - bucket.since} ms; the rate is ${limit} in ${perMs} ms and ${burst} at once`
    const set = sets.filter((one) => mayPrecede(one, begun.call)).slice(-1)
    return violation('G13', begun.id, message, [...set, ...bucket.begun.map(({ call }) => call)])
  }
  return undefined
}

/** Takes the tokens. → whether there were certainly too few */
function take(bucket: Bucket, begun: Begun, { limit, perMs, burst }: RateLimit): boolean {
  const msPerToken = perMs / limit
  if (bucket.fullAt <= begun.earliestAt) {
    bucket.since = bucket.fullAt = begun.earliestAt
    bucket.begun = []
  } else if (begun.earliestAt < bucket.since) return false
  bucket.fullAt += begun.count * msPerToken
  bucket.begun.push(begun)
  // A clock that counts fractions of a millisecond is up to one ahead of what is shown.
  return bucket.fullAt - (begun.latestAt + 1) > burst * msPerToken + 1e-6
}

function onlyRate(sets: readonly SetLimits[], call: Call<'claim'>, rateOf: RateOf): RateLimit | undefined {
  const [first, ...others] = possibleLimits(sets, call).map(rateOf)
  return others.every((other) => isSame(first, other)) ? first : undefined
}

function isSame(a: RateLimit | undefined, b: RateLimit | undefined): boolean {
  return JSON.stringify(inOrder(a)) === JSON.stringify(inOrder(b))
}

function inOrder(rate: RateLimit | undefined): unknown {
  return rate && [rate.limit, rate.perMs, rate.burst]
}
