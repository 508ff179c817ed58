import assert from 'node:assert/strict'
import type { ClaimedJob, EnqueueOutcome, NewJob, Store, UniqueKey } from '@goscheds/core'
import { aJob, keptForAnHour } from '../a-job.js'
import { type CaseContext, type ConformanceCase, fullCase } from '../conformance-case.js'
import { LEASE_MS, only } from '../moves.js'

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

/** Pushes one job and expects this outcome of it. */
export async function push(store: Store, job: NewJob, status: EnqueueOutcome['status']): Promise<void> {
  const outcome = only(await store.enqueue({ jobs: [job] }))
  assert.equal(outcome.status, status)
}

/** Claims once, so that what the claim itself makes ready stays where it is. */
export async function claimOnce(store: Store): Promise<readonly ClaimedJob[]> {
  return (await store.claim({ name: 'email', worker: 'worker-a', limit: 100, leaseMs: LEASE_MS })).jobs
}
