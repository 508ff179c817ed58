import { GoschedsError } from '../errors.js'

/** Why the signal of a running attempt was aborted; the `code` of the signal's reason. */
export type AbortCode = 'JOB_TIMED_OUT' | 'LEASE_LOST' | 'CANCELLED' | 'WORKER_STOPPING'

const MESSAGES: Readonly<Record<AbortCode, string>> = {
  JOB_TIMED_OUT: 'the attempt ran longer than its timeoutMs',
  LEASE_LOST: 'the lease of the attempt has run out or another worker has the job',
  CANCELLED: 'the job was cancelled',
  WORKER_STOPPING: 'the worker stops, and its grace period is over',
}

/** The reason that an attempt's signal is aborted with. */
export function abortReason(code: AbortCode): GoschedsError {
  return new GoschedsError(code, MESSAGES[code])
}
