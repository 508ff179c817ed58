import type { ClaimedJob, ClaimResult, StoreInput } from '@goscheds/core'
import { hasExpired, type MemoryJob, toClaimedJob } from './memory-job.js'
import type { MemoryState } from './memory-state.js'
import type { Transitions } from './transitions.js'

/** `MemoryStore.claim`. */
export function claim(
  state: MemoryState,
  transitions: Transitions,
  { name, limit, leaseMs }: StoreInput<'claim'>,
  now: number,
): ClaimResult {
  if (state.holdsClaims(name)) return { jobs: [], more: false, held: 'paused' }
  const taken: MemoryJob[] = []
  const ready = state.names.get(name)?.ready
  for (let left = limit; left > 0;) {
    const job = ready?.next()
    if (job === undefined) break
    transitions.leave(job)
    taken.push(job)
    if (!hasExpired(job, now)) left--
  }
  // Only now, so that what a freed unique key makes ready is for the next claim.
  const jobs: ClaimedJob[] = []
  for (const job of taken) {
    if (hasExpired(job, now)) {
      transitions.finishOwn(job, 'dead', 'expired')
      continue
    }
    transitions.toActive(job, now + leaseMs)
    transitions.started(job)
    jobs.push(toClaimedJob(job, now))
  }
  return { jobs, more: false }
}
