import type { Subject } from '../adapters/adapter.js'
import { type BenchJob, benchJob } from '../payload.js'

const CHUNK = 1_000

/** Pushes jobs 0 to below `jobs` by calls of 1,000 each, one after the other. */
export async function pushInChunks(
  subject: Subject,
  jobs: number,
  toJob: (n: number) => BenchJob = (n) => benchJob(n),
): Promise<void> {
  for (let from = 0; from < jobs; from += CHUNK) {
    await subject.pushMany(Array.from({ length: Math.min(CHUNK, jobs - from) }, (_, index) => toJob(from + index)))
  }
}
