import type { Fence } from '../contract/job.js'

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
  /** Greater at each further claim: store it with your own writes and refuse those with an older one. */
  readonly fence: Fence
}

/** What a handler can use while it runs. */
export interface HandlerContext {
  /**
   * Aborts when the attempt should end early. Its `reason` is a `GoschedsError` whose `code` says why:
   * `JOB_TIMED_OUT`, `LEASE_LOST`, `CANCELLED` or `WORKER_STOPPING`. A handler that gives up because of it
   * must throw (`signal.throwIfAborted()`); returning means that the work is done.
   */
  readonly signal: AbortSignal
}

/**
 * Runs one attempt of a job. Returning (or resolving) completes the job; throwing (or rejecting) fails the
 * attempt, and the job is retried while it has attempts left. A job may run more than once (after a crash,
 * or a lost lease), so make its effects idempotent.
 */
export type Handler<Args = unknown, Result = unknown> = (
  job: Job<Args>,
  context: HandlerContext,
) => Result | Promise<Result>
