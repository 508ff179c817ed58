import { type AnyCall, type Call, joinCalls } from './calls.js'
import type { History, RecordedMethod, SnapshotEvent } from './event.js'
import { TrailGatherer } from './trail-gatherer.js'
import { type Claim, compareFences, leaseOf, type Trail } from './trails.js'

/** A history, sorted for the rules. */
export interface Evidence {
  readonly history: History
  readonly calls: readonly AnyCall[]
  readonly trails: ReadonlyMap<string, Trail>
  readonly snapshots: readonly SnapshotEvent[]
  /** Of each name of which finished jobs may be removed as some ask for a `maxCount`, the place from which on. */
  readonly trimmedFrom: ReadonlyMap<string, number>
  /** The ids that were pushed with a unique key, by the key with its name. */
  readonly idsOfKey: ReadonlyMap<string, ReadonlySet<string>>
  /** The calls of one method. */
  readonly callsOf: <Method extends RecordedMethod>(method: Method) => readonly Call<Method>[]
}

/** Sorts what a history says by the job that it says it of. */
export function gatherEvidence(history: History): Evidence {
  const calls = joinCalls(history.events)
  const byMethod = new Map<RecordedMethod, AnyCall[]>()
  const gatherer = new TrailGatherer()
  for (const call of calls) {
    gatherer.addCall(call)
    const others = byMethod.get(call.method)
    if (others === undefined) byMethod.set(call.method, [call])
    else others.push(call)
  }
  gatherer.addPossibleConflicts()
  for (const event of history.events) gatherer.addEvent(event)
  const { trails, idsOfKey } = gatherer
  for (const trail of trails.values()) sortClaims(trail)
  const snapshots = history.events.filter((event): event is SnapshotEvent => event.type === 'snapshot')
  const callsOf = <Method extends RecordedMethod>(method: Method): readonly Call<Method>[] =>
    (byMethod.get(method) ?? []) as unknown as readonly Call<Method>[]
  return { history, calls, trails, snapshots, trimmedFrom: trimmedNames(callsOf('enqueue')), idsOfKey, callsOf }
}

function trimmedNames(pushes: readonly Call<'enqueue'>[]): Map<string, number> {
  const trimmedFrom = new Map<string, number>()
  for (const { input, from } of pushes) {
    for (const { name, retention } of input.jobs) {
      if (retention.maxCount !== undefined && !trimmedFrom.has(name)) trimmedFrom.set(name, from)
    }
  }
  return trimmedFrom
}

/** By their fences; and to each lease, which of the claims behind it was the soonest. */
function sortClaims(trail: Trail): void {
  const claims = trail.claims.sort((a, b) => compareFences(a.fence, b.fence) || a.from - b.from)
  let soonest: Claim | undefined
  for (const claim of claims.toReversed()) {
    if (soonest !== undefined && compareFences(soonest.fence, claim.fence) > 0) {
      leaseOf(trail, claim.fence).overtakenBy ??= soonest
    }
    if (soonest === undefined || claim.until <= soonest.until) soonest = claim
  }
}
