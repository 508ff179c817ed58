import type { DeadReason, JobState, StoredJob } from '../contract/job.js'
import type { Codec } from '../job/codec.js'
import { decodeOptions, decodePayload } from '../job/record.js'
import { type JobFailure, parseFailure } from '../job/failure.js'

/** A job as the Inspector shows it: a snapshot, which may have moved by the time it is read. */
export interface JobView {
  readonly id: string
  readonly name: string
  readonly state: JobState
  /** `undefined` when they cannot be decoded; `undecodable` then says why. */
  readonly args: unknown
  readonly executeAt: Date
  readonly enqueuedAt: Date
  /** Attempts used, out of `maxAttempts`. */
  readonly attempts: number
  readonly maxAttempts: number
  /** How often its worker vanished while it ran. */
  readonly recoveries: number
  readonly metadata: Readonly<Record<string, unknown>>
  /** When it is due next; in state `scheduled`. */
  readonly dueAt?: Date
  /** When its lease runs out unless it is renewed; in state `active`. */
  readonly leaseUntil?: Date
  readonly cancelRequested: boolean
  readonly finishedAt?: Date
  readonly deadReason?: DeadReason
  /** The error of the last failed attempt. */
  readonly error?: JobFailure
  /** What the handler returned; in state `completed`. */
  readonly result?: unknown
  /** Why the stored record cannot be read. */
  readonly undecodable?: string
}

/** Decodes what a store shows. A record that cannot be read comes out with the reason, never as an error. */
export function toJobView(stored: StoredJob, codec: Codec): JobView {
  const { dueAt, leaseUntil, finishedAt, deadReason, error } = stored
  return {
    id: stored.id,
    name: stored.name,
    state: stored.state,
    ...decoded(stored, codec),
    executeAt: new Date(stored.executeAt),
    enqueuedAt: new Date(stored.enqueuedAt),
    attempts: stored.attempts,
    recoveries: stored.recoveries,
    cancelRequested: stored.cancelRequested ?? false,
    ...(dueAt !== undefined && { dueAt: new Date(dueAt) }),
    ...(leaseUntil !== undefined && { leaseUntil: new Date(leaseUntil) }),
    ...(finishedAt !== undefined && { finishedAt: new Date(finishedAt) }),
    ...(deadReason !== undefined && { deadReason }),
    ...(error !== undefined && { error: parseFailure(error) }),
  }
}

function decoded(
  stored: StoredJob,
  codec: Codec,
): Pick<JobView, 'args' | 'maxAttempts' | 'metadata' | 'result' | 'undecodable'> {
  try {
    const { maxAttempts, metadata } = decodeOptions(stored.options)
    const args = decodePayload(stored.payload, codec)
    if (stored.result === undefined) return { args, maxAttempts, metadata }
    return { args, maxAttempts, metadata, result: decodePayload(stored.result, codec) }
  } catch (error) {
    return { args: undefined, ...UNREAD, undecodable: error instanceof Error ? error.message : String(error) }
  }
}

const UNREAD = { maxAttempts: decodeOptions('').maxAttempts, metadata: {} }
