import type { JobState, StoredJob } from '@goscheds/core'

/** Where a command finds a job: its state, which of a scheduled one may be that it is parked. */
export type Place = JobState | 'parked' | 'absent'

/** Counts that a command of this row found a job in this place, and what came of it. */
export type Note = (row: string, column: Place | '', outcome: string) => void

export function placeOf(job: StoredJob | null | undefined): Place {
  if (job === null || job === undefined) return 'absent'
  return job.state === 'scheduled' && job.dueAt === undefined ? 'parked' : job.state
}
