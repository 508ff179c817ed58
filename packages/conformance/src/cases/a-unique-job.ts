import type { NewJob, UniqueKey } from '@goscheds/core'
import { aJob, keptForAnHour } from '../a-job.js'
import { type CaseContext, type ConformanceCase, fullCase } from '../conformance-case.js'

/** A job with the key `k` until it has finished, kept for an hour; override what matters. */
export function aUniqueJob(unique: Partial<UniqueKey> = {}, more: Partial<NewJob> = {}): NewJob {
  return aJob({
    retention: keptForAnHour,
    unique: { key: 'k', until: 'finished', onConflict: 'ignore', ...unique },
    ...more,
  })
}

/** A case about unique keys. */
export function uniqueCase(
  slug: string,
  title: string,
  run: (context: CaseContext) => Promise<void>,
  ...requires: readonly 'still-clock'[]
): ConformanceCase {
  return fullCase(`unique/${slug}`, title, run, 'job-options', ...requires)
}
