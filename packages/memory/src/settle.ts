import type { JobState, SettleEntry, Settlement, SettleOutcome } from '@goscheds/core'
import { holdsLease, type MemoryJob, noteFailure } from './memory-job.js'
import type { MemoryState } from './memory-state.js'
import type { Transitions } from './transitions.js'

/** `MemoryStore.settle` of one lease. */
export function settleOne(
  state: MemoryState,
  transitions: Transitions,
  { lease, settlement }: SettleEntry,
  now: number,
): SettleOutcome {
  const job = state.jobs.get(lease.id)
  if (!holdsLease(job, lease)) return { status: 'lost' }
  if (settlement.type === 'released' && settlement.holdNameMs !== undefined) {
    const control = state.control(job.name)
    control.heldUntil = Math.max(control.heldUntil, now + settlement.holdNameMs)
  }
  return { status: 'settled', state: end(transitions, job, settlement, now) }
}

function end(
  transitions: Transitions,
  job: MemoryJob,
  settlement: Settlement,
  now: number,
): Exclude<JobState, 'active'> {
  const { type } = settlement
  if (type === 'completed' && settlement.result !== undefined) job.result = settlement.result
  if (type === 'dead') job.deadReason = settlement.reason
  if (type === 'retry' || type === 'dead') noteFailure(job, settlement, now)
  if (type !== 'retry' && type !== 'released') {
    return transitions.finish(job, type, settlement.retentionMs, settlement.maxCount)
  }
  if (job.cancelRequested) return transitions.finishOwn(job, 'cancelled')
  const state = transitions.comeBack(job, now + settlement.delayMs, now)
  return state === 'parked' ? 'scheduled' : state
}
