import type { Fence } from '../contract/job.js'
import type { JobGroup } from '../contract/limits.js'

/** The job as its handler sees it. */
export interface Job<Args = unknown> {
  readonly id: string
  readonly name: string
  readonly args: Args
  /** Which attempt this is, from 1. Recoveries after a crash and releases at a shutdown do not count. */
  readonly attempt: number
  readonly maxAttempts: number
  /** How often a worker vanished while it ran this job. */
  readonly recoveries: number
  /** The time it was meant for. */
  readonly executeAt: Date
  /** When the store accepted it, by the store's clock. */
  readonly enqueuedAt: Date
  /** When this attempt was claimed, by the store's clock. */
  readonly startedAt: Date
  readonly metadata: Readonly<Record<string, unknown>>
  /** Whose job it is, if it was pushed with a group. */
  readonly group: Required<JobGroup> | undefined
  /** Which fire of which schedule it is, if a schedule made it. */
  readonly schedule: JobSchedule | undefined
  /** What an earlier run of it last kept with `context.checkpoint`, or yielded; `undefined` when there is nothing. */
  readonly checkpoint: unknown
  /** Greater at each further claim: store it with your own writes and refuse those with an older one. */
  readonly fence: Fence
}

/** The fire that made a job. */
export interface JobSchedule {
  /** Of the schedule. */
  readonly id: string
  /** The nominal time: the one that the rule names, however late it has become. */
  readonly fireAt: Date
  /** By how many milliseconds this attempt began later than that. */
  readonly lateMs: number
}

/** What a handler can use while it runs. */
export interface HandlerContext {
  /**
   * Aborts when the attempt should end early. Its `reason` is a `GoschedsError` whose `code` says why:
   * `JOB_TIMED_OUT`, `LEASE_LOST`, `CANCELLED` or `WORKER_STOPPING`. A handler that gives up because of it
   * must throw (`signal.throwIfAborted()`); returning means that the work is done.
   */
  readonly signal: AbortSignal
  /**
   * Keeps how far the job is, for whoever looks at it; the last value counts. Resolves when the store has it; need not
   * be awaited.
   * @throws `PROGRESS_NOT_SERIALIZABLE`, `PROGRESS_TOO_LARGE` (above 64 KiB), `LEASE_LOST`, `STORE_FAILED`,
   * `STORE_TIMEOUT`, `INVALID_STATE` after the attempt
   */
  progress(value: unknown): Promise<void>
  /**
   * Keeps where to go on: the next attempt gets it as `job.checkpoint`, after a crash as well. Await it before you go
   * on, or the work in between is not covered.
   * @throws as `progress`, with `CHECKPOINT_NOT_SERIALIZABLE` and `CHECKPOINT_TOO_LARGE` (above 256 KiB)
   */
  checkpoint(value: unknown): Promise<void>
  /**
   * Adds a line to the job's log, of which the last hundred are kept; one above 1,000 characters is cut. What cannot be
   * stored is an `error` event of the worker.
   * @throws `INVALID_ARGUMENT` when it is no string
   */
  log(line: string): void
  /**
   * Ends the attempt, by throwing: the job is due again after `ms` milliseconds, and the attempt does not count.
   * @throws `INVALID_ARGUMENT` when that is no span
   */
  snooze(ms: number): never
  /**
   * Ends the attempt, by throwing, and holds the whole name back: no worker begins a job of it for `ms` milliseconds. For an
   * upstream that is overloaded (a 429 and its `Retry-After`). The attempt does not count, the job goes back to the
   * tail of its queue at once, and what runs goes on; a hold that ends later stays. On a store without
   * `capabilities.limits` only this job waits, as by `snooze`.
   * @throws `INVALID_ARGUMENT` when that is no span
   */
  rateLimited(ms: number): never
}

/**
 * Runs one attempt of a job. Returning (or resolving) completes the job; throwing (or rejecting) fails the
 * attempt, and the job is retried while it has attempts left. A job may run more than once (after a crash,
 * or a lost lease), so make its effects idempotent.
 *
 * An async generator checkpoints each value that it yields, and is resumed once the store has it; when its worker
 * stops, it ends at its next `yield`, and goes on from there in another.
 */
export type Handler<Args = unknown, Result = unknown> = (
  job: Job<Args>,
  context: HandlerContext,
) => Result | Promise<Result> | AsyncGenerator<unknown, Result, void>
