import {
  type ClaimedJob,
  type DeadReason,
  type EpochMs,
  type FailedAttempt,
  type FinishedState,
  type JobGroup,
  type JobState,
  KEPT_FAILURES,
  type Lease,
  type NewJob,
  type Settlement,
  type StoredJob,
  type UniqueKey,
} from '@goscheds/core'
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
  readonly priority: number
  readonly unique: UniqueKey | undefined
  readonly group: JobGroup | undefined
  /** Absent again once it has been redriven. */
  expiresAt: EpochMs | undefined
  /** Where it stands among those that may expire, until it is claimed or ends. */
  expiry: TimedNode<MemoryJob> | undefined
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
  progress?: string
  checkpoint?: string
  failures?: FailedAttempt[]
  log?: string[]
}

/** Whether it is scheduled without a due time, behind the holder of its unique key. */
export function isParked({ home }: MemoryJob): boolean {
  return home?.state === 'scheduled' && home.node.at === Infinity
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
    ...(job.checkpoint !== undefined && { checkpoint: job.checkpoint }),
    ...(job.group !== undefined && { group: job.group }),
  }
}

/** What `get` shows. */
export function toFullJob(job: MemoryJob, home: Home): StoredJob {
  return {
    ...toStoredJob(job, home),
    ...(job.failures !== undefined && { failures: [...job.failures] }),
    ...(job.log !== undefined && { log: [...job.log] }),
  }
}

/** What `list` shows. */
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
    ...(job.priority !== 0 && { priority: job.priority }),
    ...(job.expiresAt !== undefined && { expiresAt: job.expiresAt }),
    ...(job.unique !== undefined && { unique: job.unique }),
    ...(job.group !== undefined && { group: job.group }),
    ...(home.state === 'scheduled' && !isParked(job) && { dueAt: home.node.at }),
    ...(home.state === 'active' && { leaseUntil: home.node.at }),
    ...(job.cancelRequested && { cancelRequested: true }),
    ...('finishedAt' in home && { finishedAt: home.finishedAt }),
    ...(job.deadReason !== undefined && { deadReason: job.deadReason }),
    ...(job.error !== undefined && { error: job.error }),
    ...(job.result !== undefined && { result: job.result }),
    ...(job.progress !== undefined && { progress: job.progress }),
    ...(job.checkpoint !== undefined && { checkpoint: job.checkpoint }),
  }
}

/** Whether it is one of the states that a job ends in. */
export function isFinished(state: JobState): state is FinishedState {
  return state === 'completed' || state === 'dead' || state === 'cancelled'
}

/** Whether its `expiresAt` has come before its first claim. */
export function hasExpired({ claims, expiresAt }: MemoryJob, now: number): boolean {
  return claims === 0 && expiresAt !== undefined && expiresAt <= now
}

/** Keeps the error of an attempt that failed. A record that cannot be read was not tried. */
export function noteFailure(
  job: MemoryJob,
  settlement: Extract<Settlement, { readonly error: string }>,
  at: number,
): void {
  job.error = settlement.error
  if (settlement.type === 'dead' && settlement.reason === 'undecodable') return
  job.attempts++
  const failure = { attempt: job.attempts, at, error: settlement.error }
  job.failures = [...(job.failures ?? []), failure].slice(-KEPT_FAILURES)
}
