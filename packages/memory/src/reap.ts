import type { ReapedJob, ReapResult, StoreInput } from '@goscheds/core'
import { leaseOf, type MemoryJob } from './memory-job.js'
import type { MemoryState } from './memory-state.js'
import type { Transitions } from './transitions.js'

/** `MemoryStore.reap`. */
export function reap(
  state: MemoryState,
  transitions: Transitions,
  { limit, maxRecoveries }: StoreInput<'reap'>,
  now: number,
): ReapResult {
  const reaped = reapLeases(state, transitions, limit, maxRecoveries, now)
  return { reaped, returned: 0, expired: expire(state, transitions, limit, now) }
}

function reapLeases(
  { names }: MemoryState,
  transitions: Transitions,
  limit: number,
  maxRecoveries: number,
  now: number,
): ReapedJob[] {
  const reaped: ReapedJob[] = []
  for (const { active } of names.values()) {
    for (let first = active.first(); first !== undefined && first.at <= now; first = active.first()) {
      if (reaped.length === limit) return reaped
      reaped.push(reapOne(transitions, first.value, maxRecoveries, now))
    }
  }
  return reaped
}

function reapOne(transitions: Transitions, job: MemoryJob, maxRecoveries: number, now: number): ReapedJob {
  const lease = leaseOf(job)
  const recoveries = ++job.recoveries
  if (job.cancelRequested) {
    return { ...lease, outcome: transitions.finishOwn(job, 'cancelled'), recoveries }
  }
  if (recoveries > maxRecoveries) {
    return { ...lease, outcome: transitions.finishOwn(job, 'dead', 'recoveries'), recoveries }
  }
  const state = transitions.comeBack(job, now, now)
  return { ...lease, outcome: state === 'parked' ? 'parked' : 'ready', recoveries }
}

function expire(
  { expiring }: MemoryState,
  transitions: Transitions,
  limit: number,
  now: number,
): { readonly id: string; readonly name: string }[] {
  const expired = []
  for (let first = expiring.first(); first !== undefined && first.at <= now; first = expiring.first()) {
    if (expired.length === limit) break
    const { id, name } = first.value
    transitions.finishOwn(first.value, 'dead', 'expired')
    expired.push({ id, name })
  }
  return expired
}
