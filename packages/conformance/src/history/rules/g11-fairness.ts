import type { JobGroup } from '@goscheds/core'
import { type Call, isBefore, type Span, spanOf } from '../calls.js'
import type { Evidence } from '../gather-evidence.js'
import { limitsSet } from '../limits.js'
import type { Push, Trail } from '../trails.js'
import type { Violation } from '../violation.js'
import { violation } from './rule.js'

/** A job that certainly was ready all the time: from its push until its first claim, or to the end. */
interface Waiting {
  readonly id: string
  readonly push: Push
  readonly until: Call<'claim'> | undefined
}

/** Places in a history between which something may have been so. */
interface Stretch {
  readonly from: number
  readonly until: number
}

/** What takes turns: a group by its key, or all jobs without one. */
type Lane = string | undefined

/**
 * G11: while a group has a ready job and is not served, each other one is served no more often than the ratio of their
 * weights, rounded up, plus one. The jobs without a group count as one of weight 1. Where groups may be at limits of
 * their own, nothing is said.
 */
export function* fairness(evidence: Evidence): Iterable<Violation> {
  const { history, callsOf, trails } = evidence
  const byName = new Map<string, Call<'claim'>[]>()
  for (const call of callsOf('claim')) byName.set(call.input.name, [...(byName.get(call.input.name) ?? []), call])
  for (const [name, calls] of byName) {
    if (!calls.some(({ output }) => output?.jobs.some(({ group }) => group !== undefined))) continue
    const firstUnseen = calls.find(({ output }) => output === undefined)?.from ?? Infinity
    const turns = new Turns(
      calls.filter(({ output, until }) => output !== undefined && output.jobs.length > 0 && until < firstUnseen),
      weightsOf(evidence, name),
      limitedStretches(evidence, name),
      history.header.setsAside !== false,
    )
    for (const trail of trails.values()) {
      const waiting = waitingOf(trail, name)
      const found = waiting && turns.overtaken(waiting)
      if (found === undefined) continue
      yield found
      break
    }
  }
}

class Turns {
  readonly #calls: readonly Call<'claim'>[]
  readonly #weights: Weights
  readonly #limited: readonly Stretch[]
  /** A job that is set aside for a worker comes out of turn; those of groups are not. */
  readonly #leavesOutUngrouped: boolean

  constructor(calls: readonly Call<'claim'>[], weights: Weights, limited: readonly Stretch[], setsAside: boolean) {
    this.#calls = calls.toSorted((a, b) => a.from - b.from)
    this.#weights = weights
    this.#limited = limited
    this.#leavesOutUngrouped = setsAside
  }

  /** Goes through the turns while that waits, and begins anew whenever it is the turn of its own lane. */
  overtaken({ id, push, until: end }: Waiting): Violation | undefined {
    const own = push.job.group?.key
    if (own === undefined && this.#leavesOutUngrouped) return undefined
    const serving = this.#calls.filter((call) => call.output?.jobs.some(({ group }) => group?.key === own))
    const served = new Map<Lane, Call<'claim'>[]>()
    let since: number = push.until
    for (const call of this.#calls) {
      if (call.from < push.until) continue
      if (end !== undefined && call !== end && call.until > end.from) break
      const isUnclear = serving.some((other) => other !== call && other.from < call.until && call.from < other.until)
      if (isUnclear || this.#limited.some(({ from, until }) => from < call.until && since < until)) {
        served.clear()
        since = call.until
        continue
      }
      for (const job of call.output?.jobs ?? []) {
        const lane = job.group?.key
        if (lane === own) {
          if (job.id === id && call === end) return undefined
          served.clear()
          since = call.until
          continue
        }
        if (lane === undefined && this.#leavesOutUngrouped) continue
        const turns = [...(served.get(lane) ?? []), call]
        served.set(lane, turns)
        const most = this.#weights.mostTurns(lane, own)
        if (turns.length <= most) continue
        const message = `${nameOf(lane)} was served ${turns.length} times while ${nameOf(own)} waited, and ${most} are the most`
        return violation('G11', id, message, [push, ...turns])
      }
    }
    return undefined
  }
}

/** The least and the greatest weight that jobs of each group have. */
class Weights {
  readonly #least = new Map<Lane, number>()
  readonly #greatest = new Map<Lane, number>()

  add({ key, weight = 1 }: JobGroup): void {
    this.#least.set(key, Math.min(weight, this.#least.get(key) ?? weight))
    this.#greatest.set(key, Math.max(weight, this.#greatest.get(key) ?? weight))
  }

  /** How often the one is served at the most while the other waits. */
  mostTurns(lane: Lane, waiting: Lane): number {
    const ratio = (this.#greatest.get(lane) ?? 1) / (this.#least.get(waiting) ?? 1)
    return Math.ceil(ratio - 1e-9) + 1
  }
}

/** Of all that a history says of groups: of two weights, either may have counted. */
function weightsOf({ trails }: Evidence, name: string): Weights {
  const weights = new Weights()
  const add = (job: { readonly name: string; readonly group?: JobGroup }): void => {
    if (job.name === name && job.group !== undefined) weights.add(job.group)
  }
  for (const { pushes, claims, sightings } of trails.values())
    for (const { job } of [...pushes, ...claims, ...sightings]) add(job)
  return weights
}

/** Where groups of the name may have been held to limits of their own. */
function limitedStretches(evidence: Evidence, name: string): Stretch[] {
  const sets = limitsSet(evidence, name)
  const isLoose = (limits: { readonly perGroup?: unknown } | null | undefined): boolean =>
    limits?.perGroup === undefined
  const liftings = sets.filter(({ input, until }) => isLoose(input.limits) && until < Infinity)
  const untilLifted = (since: Span | undefined): number =>
    liftings.reduce(
      (least, one) => (since === undefined || isBefore(since, one) ? Math.min(least, one.until) : least),
      Infinity,
    )
  const stretches = sets
    .filter(({ input }) => !isLoose(input.limits))
    .map((set): Stretch => ({ from: set.from, until: untilLifted(set) }))
  // What was set before the history began is in force until something else is, unless a snapshot shows that there was nothing.
  const first = sets.reduce((least, { from }) => Math.min(least, from), Infinity)
  const isKnown = evidence.snapshots.some((snapshot) => {
    return (
      spanOf(snapshot).until < first && snapshot.counts.some((counts) => counts.name === name && isLoose(counts.limits))
    )
  })
  return isKnown ? stretches : [{ from: -1, until: untilLifted(undefined) }, ...stretches]
}

function waitingOf({ id, pushes, claims, controls }: Trail, name: string): Waiting | undefined {
  const [push, ...others] = pushes
  if (push?.outcome !== 'added' || push.isParked || others.length > 0 || controls.length > 0) return undefined
  const { executeAt, delayMs = 0, expiresAt, unique } = push.job
  const isDue = executeAt === undefined ? delayMs <= 0 : executeAt <= push.fromAt
  const claim = claims.find(({ fence }) => fence.claim === 1)
  if (!isDue || push.job.name !== name) return undefined
  // One that was never claimed may have expired, or given way to another of its key.
  const mayHaveLeft = claims.length > 0 || expiresAt !== undefined || unique !== undefined
  if (claim === undefined && mayHaveLeft) return undefined
  return { id, push, until: claim?.call }
}

function nameOf(lane: Lane): string {
  return lane === undefined ? 'what has no group' : `the group '${lane}'`
}
