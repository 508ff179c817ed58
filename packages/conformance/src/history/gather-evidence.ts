import type { NewJob } from '@goscheds/core'
import { type AnyCall, type Call, joinCalls } from './calls.js'
import type { History, RecordedMethod, SnapshotEvent } from './event.js'
import { gatherSchedules, type ScheduleTrail } from './schedule-trails.js'
import { TrailGatherer } from './trail-gatherer.js'
import { type Claim, compareFences, leaseOf, type Trail } from './trails.js'

/** A history, sorted for the rules. */
export interface Evidence {
  readonly history: History
  readonly calls: readonly AnyCall[]
  readonly trails: ReadonlyMap<string, Trail>
  /** By the ids of schedules. */
  readonly schedules: ReadonlyMap<string, ScheduleTrail>
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
  const schedules = gatherSchedules(calls)
  gatherer.addFires(schedules.values())
  gatherer.addPossibleConflicts()
  for (const event of history.events) gatherer.addEvent(event)
  const { trails, idsOfKey } = gatherer
  for (const trail of trails.values()) sortClaims(trail)
  const snapshots = history.events.filter((event): event is SnapshotEvent => event.type === 'snapshot')
  const callsOf = <Method extends RecordedMethod>(method: Method): readonly Call<Method>[] =>
    (byMethod.get(method) ?? []) as unknown as readonly Call<Method>[]
  const trimmedFrom = trimmedNames(callsOf('enqueue'), callsOf('fireSchedule'))
  return { history, calls, trails, schedules, snapshots, trimmedFrom, idsOfKey, callsOf }
}

function trimmedNames(pushes: readonly Call<'enqueue'>[], fires: readonly Call<'fireSchedule'>[]): Map<string, number> {
  const trimmedFrom = new Map<string, number>()
  const add = (from: number, { name, retention }: NewJob): void => {
    if (retention.maxCount === undefined) return
    trimmedFrom.set(name, Math.min(from, trimmedFrom.get(name) ?? from))
  }
  for (const { input, from } of pushes) for (const job of input.jobs) add(from, job)
  for (const { input, from } of fires) for (const { run } of input.fires) if (run !== undefined) add(from, run.job)
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
