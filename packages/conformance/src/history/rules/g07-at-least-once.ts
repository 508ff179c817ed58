import type { StoredJob } from '@goscheds/core'
import { mayPrecede, type Span, spanOf } from '../calls.js'
import { mayHaveSettled } from '../leases.js'
import type { Evidence } from '../gather-evidence.js'
import { limitsSet, mayBeOnHold, possibleLimits } from '../limits.js'
import { mayBePaused } from '../pauses.js'
import { leaseOf, type Trail } from '../trails.js'
import type { Violation } from '../violation.js'
import { violation } from './rule.js'

/** G7: once faults stop, all that is due has been run, and what ended has ended for a reason that was seen. */
export function* atLeastOnce(evidence: Evidence): Iterable<Violation> {
  const { snapshots, trails } = evidence
  const last = snapshots.at(-1)
  for (const snapshot of snapshots) {
    const seen = spanOf(snapshot)
    for (const job of snapshot.jobs) {
      const trail = trails.get(job.id)
      if (snapshot.drained && isLeft(job, snapshot.at) && !mayBeHeld(evidence, job, seen)) {
        yield violation('G7', job.id, `it is still ${job.state}, and was due at ${job.executeAt}`, [
          ...pushed(trail),
          seen,
        ])
      }
      // What is older than the history has its reasons there.
      if (snapshot !== last || trail === undefined || trail.pushes.length === 0) continue
      const message = unfoundedEnd(trail, job, seen)
      if (message !== undefined)
        yield violation('G7', job.id, message, [...trail.pushes.slice(0, 1), ...lastSettle(trail), seen])
    }
  }
}

/** By what was asked for: a pause, a hold, or the place that an ordered group keeps for one that is due later. */
function mayBeHeld(evidence: Evidence, { state, name, group }: StoredJob, seen: Span): boolean {
  if (state !== 'ready') return false
  if (mayBePaused(evidence.callsOf('setPaused'), name, seen) || mayBeOnHold(evidence, name, seen)) return true
  if (group === undefined) return false
  return possibleLimits(limitsSet(evidence, name), seen).some((limits) => limits?.perGroup?.ordered === true)
}

function isLeft({ state, unique, executeAt, dueAt }: StoredJob, at: number): boolean {
  // Behind a holder of its unique key it waits for that, and has no due time: G12.
  if (state === 'scheduled') return (dueAt ?? (unique === undefined ? executeAt : Infinity)) <= at
  return state === 'ready' || state === 'active'
}

/** Why a job should not have ended as it did. */
function unfoundedEnd(trail: Trail, job: StoredJob, seen: Span): string | undefined {
  const settlements = trail.settles
    .filter((settle) => mayPrecede(settle, seen) && mayHaveSettled(trail, settle))
    .map(({ settlement }) => settlement)
  if (job.state === 'completed' && !settlements.some(({ type }) => type === 'completed')) {
    return 'it is completed, and no worker said so'
  }
  if (job.state !== 'dead' || job.deadReason === 'recoveries' || job.deadReason === 'expired') return undefined
  const { deadReason, attempts } = job
  if (!settlements.some((one) => one.type === 'dead' && one.reason === deadReason)) {
    return `it is dead (${deadReason}), and no worker said so`
  }
  if (deadReason !== 'attempts') return undefined
  const failed = settlements.filter(({ type }) => type === 'retry' || type === 'dead').length
  if (failed < attempts) return `it is dead after ${attempts} attempts, and ${failed} runs of it failed`
  const { runs } = leaseOf(trail, { generation: job.generation, claim: job.claims })
  const maxAttempts = runs.at(-1)?.start.maxAttempts ?? 0
  return attempts < maxAttempts ? `it is dead after ${attempts} of ${maxAttempts} attempts` : undefined
}

function pushed(trail: Trail | undefined): Span[] {
  return trail?.pushes.slice(0, 1) ?? []
}

function lastSettle({ settles }: Trail): Span[] {
  return settles.slice(-1)
}
