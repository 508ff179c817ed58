import type { BackoffFunction } from '@goscheds/core'
import type { SeededRandom } from '../clock/seeded-random.js'
import type { Occurrence } from './occurrences.js'

/** What a back-off function throws that fails on purpose. */
export const BACKOFF_FAILURE = 'this back-off function fails'

/** A user's back-off function, which now and then throws or returns what is no span. */
export function drawBackoff(random: SeededRandom, note: (kind: Occurrence) => void): BackoffFunction {
  return (attempt) => {
    note('backoff function called')
    if (random.chance(0.85)) return random.int(0, 1_000) * attempt
    note('backoff function failed')
    if (random.chance(0.5)) throw new Error(BACKOFF_FAILURE)
    return random.pick([-1, Number.NaN, 0.5])
  }
}
