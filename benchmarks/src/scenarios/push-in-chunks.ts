import type { Subject } from '../adapters/adapter.js'
import { benchJobs } from '../payload.js'

const CHUNK = 1_000

/** Pushes jobs 0 to below `jobs` by calls of 1,000 each, one after the other, all due at the same instant. */
export async function pushInChunks(subject: Subject, jobs: number, executeAt?: Date): Promise<void> {
  for (let from = 0; from < jobs; from += CHUNK) {
    await subject.pushMany(benchJobs(from, Math.min(jobs, from + CHUNK), executeAt))
  }
}
