import type { Subject } from '../adapters/adapter.js'
import { benchJob } from '../payload.js'

/** Pushes jobs 0 to below `jobs`, each by a call of its own, with up to `inFlight` calls unanswered. */
export async function pushInFlight(subject: Subject, jobs: number, inFlight: number): Promise<void> {
  let next = 0
  await Promise.all(
    Array.from({ length: inFlight }, async () => {
      while (next < jobs) await subject.push(benchJob(next++))
    }),
  )
}
