import assert from 'node:assert/strict'
import type { JobState, Lease, NewJob } from '@goscheds/core'
import { aJob, HOUR, keptForAnHour } from './a-job.js'
import type { CaseContext } from './conformance-case.js'
import { claimNew, claimOne, finish, leaseOf } from './moves.js'
import {
  cancelledKept,
  completed,
  completedKept,
  dead,
  releasedForAMinute,
  releasedNow,
  retryNow,
} from './settlements.js'

/** Where a job without a unique key can be. */
export type PlainPlace = JobState | 'absent' | 'active, cancel requested'

/** A column of the command table: where a command finds the job. */
export type Place = PlainPlace | 'parked'

/** The columns of jobs without a unique key, in the order of the table. */
export const plainPlaces: readonly PlainPlace[] = [
  'absent',
  'scheduled',
  'ready',
  'active',
  'active, cancel requested',
  'completed',
  'dead',
  'cancelled',
]

/** Every column. */
export const everyPlace: readonly Place[] = [...plainPlaces, 'parked']

/** Has the key `k`, as those must have of which one is parked behind the other. */
export const heldUntilStarted: Partial<NewJob> = {
  unique: { key: 'k', until: 'started', onConflict: 'ignore' },
}

/** A job that stands where a command is to find it. */
export interface Subject extends CaseContext {
  readonly job: NewJob
  /** Its last lease: current when it is active. */
  readonly lease: Lease
  /** The lease before, which is never current. */
  readonly oldLease: Lease
}

/**
 * Brings a job to a place by way of two claims: it has one attempt, is kept for an hour when it ends, and is
 * due in a minute when it is scheduled. `parked`: behind a job that is active for a day.
 */
export async function bringTo(place: Place, context: CaseContext, more: Partial<NewJob> = {}): Promise<Subject> {
  const { store } = context
  const job = aJob({ retention: keptForAnHour, ...(place === 'parked' && heldUntilStarted), ...more })
  const first = await claimNew(store, job)
  await finish(store, first, retryNow)
  const second = await claimOne(store)
  const moves: Readonly<Record<Place, () => Promise<unknown>>> = {
    absent: () => finish(store, second, completed),
    scheduled: () => finish(store, second, releasedForAMinute),
    ready: () => finish(store, second, releasedNow),
    active: async () => {},
    'active, cancel requested': async () => {
      assert.deepEqual(await store.cancel({ ids: [job.id] }), [{ status: 'requested' }])
    },
    completed: () => finish(store, second, completedKept),
    dead: () => finish(store, second, dead),
    cancelled: () => finish(store, second, cancelledKept),
    async parked() {
      const holder = aJob({ unique: { key: 'k', until: 'finished', onConflict: 'ignore' } })
      await claimNew(store, holder, { leaseMs: 24 * HOUR })
      await finish(store, second, releasedNow)
    },
  }
  await moves[place]()
  return { ...context, job, lease: leaseOf(second), oldLease: leaseOf(first) }
}
