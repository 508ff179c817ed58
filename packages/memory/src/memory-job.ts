import type { ClaimedJob, DeadReason, FinishedState, Lease, NewJob, StoredJob } from '@goscheds/core'
import type { TimedNode } from './time-ordered-set.js'
import type { QueueNode } from './work-queue.js'

/** The one place a job is in: guarantee G2 holds because a job has one `home` and moving replaces it. */
export type Home =
  | { readonly state: 'scheduled'; readonly node: TimedNode<MemoryJob> }
  | { readonly state: 'ready'; readonly node: QueueNode<MemoryJob> }
  | { readonly state: 'active'; readonly node: TimedNode<MemoryJob> }
  | { readonly state: FinishedState; readonly node: TimedNode<MemoryJob>; readonly finishedAt: number }

/** A job as the memory store keeps it. */
export interface MemoryJob extends Pick<NewJob, 'id' | 'name' | 'payload' | 'options' | 'retention'> {
  readonly enqueuedAt: number
  generation: number
  executeAt: number
  claims: number
  attempts: number
  recoveries: number
  cancelRequested: boolean
  home: Home | undefined
  error?: string
  result?: string
  deadReason?: DeadReason
}

/** Whether this lease is the one under which the job is active now: the fence. */
export function holdsLease(job: MemoryJob | undefined, { name, fence }: Lease): job is MemoryJob {
  return (
    job?.home?.state === 'active' &&
    job.name === name &&
    job.generation === fence.generation &&
    job.claims === fence.claim
  )
}

/** The lease of an active job. */
export function leaseOf(job: MemoryJob): Lease {
  return { id: job.id, name: job.name, fence: { generation: job.generation, claim: job.claims } }
}

/** What a claim hands out. */
export function toClaimedJob(job: MemoryJob, now: number): ClaimedJob {
  return {
    id: job.id,
    name: job.name,
    fence: { generation: job.generation, claim: job.claims },
    payload: job.payload,
    options: job.options,
    executeAt: job.executeAt,
    enqueuedAt: job.enqueuedAt,
    claimedAt: now,
    attempts: job.attempts,
    recoveries: job.recoveries,
  }
}

/** What `get` and `list` show. */
export function toStoredJob(job: MemoryJob, home: Home): StoredJob {
  return {
    id: job.id,
    name: job.name,
    state: home.state,
    payload: job.payload,
    options: job.options,
    executeAt: job.executeAt,
    enqueuedAt: job.enqueuedAt,
    generation: job.generation,
    claims: job.claims,
    attempts: job.attempts,
    recoveries: job.recoveries,
    ...(home.state === 'scheduled' && { dueAt: home.node.at }),
    ...(home.state === 'active' && { leaseUntil: home.node.at }),
    ...(job.cancelRequested && { cancelRequested: true }),
    ...('finishedAt' in home && { finishedAt: home.finishedAt }),
    ...(job.deadReason !== undefined && { deadReason: job.deadReason }),
    ...(job.error !== undefined && { error: job.error }),
    ...(job.result !== undefined && { result: job.result }),
  }
}
