import type { DeadReason, Lease } from '../contract/job.js'
import type { Job } from '../job/handler.js'
import type { ErrorEvent } from '../service/emitter.js'

/** What a Worker emits. An end is emitted once the store has it, so a listener never hears of what did not last. */
export interface WorkerEvents extends ErrorEvent {
  /** A handler is about to be called. */
  started: { readonly job: Job }
  completed: { readonly job: Job; readonly result: unknown }
  /** The attempt failed. Beside it `retrying`, `dead` or `cancelled` says what becomes of the job. */
  failed: { readonly job: Job; readonly error: Error; readonly willRetry: boolean }
  /** The attempt failed; another one will follow, `delayMs` from now. */
  retrying: { readonly job: Job; readonly error: Error; readonly delayMs: number }
  /** The job is dead. `job` is `null` when its record could not be read. */
  dead: { readonly lease: Lease; readonly job: Job | null; readonly error: Error; readonly reason: DeadReason }
  /** The job was cancelled while it was active. `job` is `null` when its record could not be read. */
  cancelled: { readonly lease: Lease; readonly job: Job | null }
  /**
   * The job went back without an attempt being used: the worker stopped, it was snoozed, its name is rate limited, it is
   * to run alone and has to wait, or a newer release wrote its record.
   */
  released: { readonly lease: Lease }
  /** The outcome was not accepted: the lease had run out and another worker has, or will have, the job. */
  lost: { readonly lease: Lease }
  /** A claim found the end of the queue of this name, after jobs had been taken from it; some of them may still run. */
  drained: { readonly name: string }
  /** Nothing runs any more, all that ran is settled, and the last claim of every handler found the end of its queue. */
  idle: Readonly<Record<string, never>>
}

/** Every event of a Worker. */
export const WORKER_EVENT_NAMES: readonly (keyof WorkerEvents)[] = [
  'started',
  'completed',
  'failed',
  'retrying',
  'dead',
  'cancelled',
  'released',
  'lost',
  'drained',
  'idle',
  'error',
]
