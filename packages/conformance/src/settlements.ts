import type { Settlement } from '@goscheds/core'
import { HOUR } from './a-job.js'

/** Ends well and leaves no trace. */
export const completed: Settlement = { type: 'completed', retentionMs: 0 }

/** Ends well and stays for an hour. */
export const completedKept: Settlement = { type: 'completed', retentionMs: HOUR, result: '"done"' }

/** Fails and is ready again at once. */
export const retryNow: Settlement = { type: 'retry', delayMs: 0, error: 'the first error' }

/** Fails and is due again in a minute. */
export const retryInAMinute: Settlement = { type: 'retry', delayMs: 60_000, error: 'the first error' }

/** Fails for the last time and stays for an hour. */
export const dead: Settlement = { type: 'dead', reason: 'attempts', error: 'the last error', retentionMs: HOUR }

/** Is given back. */
export const releasedNow: Settlement = { type: 'released', delayMs: 0 }

/** Is given back, to be due in a minute. */
export const releasedForAMinute: Settlement = { type: 'released', delayMs: 60_000 }

/** Ends as cancelled and stays for an hour. */
export const cancelledKept: Settlement = { type: 'cancelled', retentionMs: HOUR }
