import type { DeadReason, FailedAttempt, JobState, StoredJob, UniqueKey } from '../contract/job.js'
import type { JobGroup } from '../contract/limits.js'
import type { Codec } from '../job/codec.js'
import type { JobSchedule } from '../job/handler.js'
import { decodeOptions, decodePayload, toGroup } from '../job/record.js'
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
  /** The lower runs first. */
  readonly priority: number
  /** Without a claim by then it is dead; absent when it does not expire. */
  readonly expiresAt?: Date
  readonly unique?: UniqueKey
  /** Absent when it has none. */
  readonly group?: Required<JobGroup>
  /** The fire that made it, by its nominal time; absent when no schedule did. */
  readonly schedule?: Pick<JobSchedule, 'id' | 'fireAt'>
  /** When it is due next; in state `scheduled`. Absent while it is parked behind another holder of its unique key. */
  readonly dueAt?: Date
  /** When its lease runs out unless it is renewed; in state `active`. */
  readonly leaseUntil?: Date
  readonly cancelRequested: boolean
  readonly finishedAt?: Date
  readonly deadReason?: DeadReason
  /** The error of the last failed attempt. */
  readonly error?: JobFailure
  /** The last failed attempts, at most ten, the latest last. Only from `get`. */
  readonly failures?: readonly AttemptFailure[]
  /** The last progress that its handler reported. */
  readonly progress?: unknown
  /** What its next attempt will have as `job.checkpoint`. */
  readonly checkpoint?: unknown
  /** The last lines of its log, at most a hundred, the latest last. Only from `get`. */
  readonly log?: readonly string[]
  /** What the handler returned; in state `completed`. */
  readonly result?: unknown
  /** Why the stored record, or a part of it that is left out here, cannot be read. */
  readonly undecodable?: string
}

/** One failed attempt of a job. */
export interface AttemptFailure {
  /** Which attempt it was, from 1. */
  readonly attempt: number
  /** When it was settled, by the store's clock. */
  readonly at: Date
  readonly error: JobFailure
}

/** Decodes what a store shows. A record that cannot be read comes out with the reason, never as an error. */
export function toJobView(stored: StoredJob, codec: Codec): JobView {
  const { dueAt, leaseUntil, finishedAt, deadReason, error, expiresAt, unique, failures, log } = stored
  const group = toGroup(stored.group)
  return {
    id: stored.id,
    name: stored.name,
    state: stored.state,
    ...decoded(stored, codec),
    executeAt: new Date(stored.executeAt),
    enqueuedAt: new Date(stored.enqueuedAt),
    attempts: stored.attempts,
    recoveries: stored.recoveries,
    priority: stored.priority ?? 0,
    ...(expiresAt !== undefined && { expiresAt: new Date(expiresAt) }),
    ...(unique !== undefined && { unique }),
    ...(group !== undefined && { group }),
    cancelRequested: stored.cancelRequested ?? false,
    ...(dueAt !== undefined && { dueAt: new Date(dueAt) }),
    ...(leaseUntil !== undefined && { leaseUntil: new Date(leaseUntil) }),
    ...(finishedAt !== undefined && { finishedAt: new Date(finishedAt) }),
    ...(deadReason !== undefined && { deadReason }),
    ...(error !== undefined && { error: parseFailure(error) }),
    ...(failures !== undefined && { failures: failures.map(toAttemptFailure) }),
    ...(log !== undefined && { log }),
  }
}

function toAttemptFailure({ attempt, at, error }: FailedAttempt): AttemptFailure {
  return { attempt, at: new Date(at), error: parseFailure(error) }
}

type Pushed = Pick<JobView, 'args' | 'maxAttempts' | 'metadata' | 'schedule'>
type Decoded = Pushed & Pick<JobView, 'result' | 'progress' | 'checkpoint' | 'undecodable'>

/** Each part by itself: what a later release, or another codec, wrote does not hide the rest. */
function decoded(stored: StoredJob, codec: Codec): Decoded {
  let undecodable: string | undefined
  const noteWhy = (error: unknown): void => {
    undecodable ??= error instanceof Error ? error.message : String(error)
  }
  let pushed: Pushed = UNREAD
  try {
    const { maxAttempts, metadata, schedule } = decodeOptions(stored.options)
    pushed = {
      ...{ args: decodePayload(stored.payload, codec), maxAttempts, metadata },
      ...(schedule !== undefined && { schedule: { id: schedule.id, fireAt: new Date(schedule.at) } }),
    }
  } catch (error) {
    noteWhy(error)
  }
  const reported: { result?: unknown; progress?: unknown; checkpoint?: unknown } = {}
  for (const key of ['result', 'progress', 'checkpoint'] as const) {
    const text = stored[key]
    if (text === undefined) continue
    try {
      reported[key] = decodePayload(text, codec, key)
    } catch (error) {
      noteWhy(error)
    }
  }
  return { ...pushed, ...reported, ...(undecodable !== undefined && { undecodable }) }
}

const UNREAD = { args: undefined, maxAttempts: decodeOptions('').maxAttempts, metadata: {} }
