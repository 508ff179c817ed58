import type { Settlement } from '@goscheds/core'
import { HOUR } from './a-job.js'

/** Ends well and leaves no trace. */
export const completed = { type: 'completed', retentionMs: 0 } as const satisfies Settlement

/** Ends well and stays for an hour. */
export const completedKept = { type: 'completed', retentionMs: HOUR, result: '"done"' } as const satisfies Settlement

/** Fails and is ready again at once. */
export const retryNow = { type: 'retry', delayMs: 0, error: 'the first error' } as const satisfies Settlement

/** Fails and is due again in a minute. */
export const retryInAMinute = { type: 'retry', delayMs: 60_000, error: 'the first error' } as const satisfies Settlement

/** Fails for the last time and stays for an hour. */
export const dead = {
  type: 'dead',
  reason: 'attempts',
  error: 'the last error',
  retentionMs: HOUR,
} as const satisfies Settlement

/** Is given back. */
export const releasedNow = { type: 'released', delayMs: 0 } as const satisfies Settlement

/** Is given back, to be due in a minute. */
export const releasedForAMinute = { type: 'released', delayMs: 60_000 } as const satisfies Settlement

/** Ends as cancelled and stays for an hour. */
export const cancelledKept = { type: 'cancelled', retentionMs: HOUR } as const satisfies Settlement

/** Every way to end a lease, by a name for it. */
export const everyEnd = {
  completed,
  'completed and kept': completedKept,
  retry: retryNow,
  'delayed retry': retryInAMinute,
  dead,
  release: releasedNow,
  'delayed release': releasedForAMinute,
  cancelled: cancelledKept,
} as const satisfies Readonly<Record<string, Settlement>>
