import assert from 'node:assert/strict'
import type { ClaimedJob, Store } from '@goscheds/core'
import { aJob, keptForAnHour } from '../a-job.js'
import { fullCase, type ConformanceCase } from '../conformance-case.js'
import { claim, claimNew, claimOne, finish, LEASE_MS, look, promote, reap, settle } from '../moves.js'
import { cancelledKept, completedKept, dead, releasedForAMinute, releasedNow } from '../settlements.js'
import { retryInAMinute, retryNow } from '../settlements.js'

/** What a cancel request does to a running job: to `settle` and to `reap`. */
export const cancelRequestCases: readonly ConformanceCase[] = [
  fullCase('cancel-request/retry', 'a requested cancel turns a retry into cancelled', async ({ store, harness }) => {
    for (const settlement of [retryNow, retryInAMinute]) {
      const job = await requested(store)
      assert.deepEqual(await settle(store, job, settlement), { status: 'settled', state: 'cancelled' })
      const seen = await look(store, job.id)
      assert.deepEqual([seen.state, seen.attempts, seen.error], ['cancelled', 1, 'the first error'])
    }
    await harness.advance(60_000)
    assert.deepEqual([await promote(store), await claim(store)], [0, []])
  }),

  fullCase('cancel-request/released', 'a requested cancel turns a release into cancelled', async (context) => {
    const { store, harness } = context
    for (const settlement of [releasedNow, releasedForAMinute]) {
      const job = await requested(store)
      assert.deepEqual(await settle(store, job, settlement), { status: 'settled', state: 'cancelled' })
      const seen = await look(store, job.id)
      assert.deepEqual([seen.state, seen.attempts], ['cancelled', 0])
    }
    await harness.advance(60_000)
    assert.deepEqual([await promote(store), await claim(store)], [0, []])
  }),

  fullCase('cancel-request/no-trace', 'it is kept as its own retention says: 0 leaves no trace', async ({ store }) => {
    const job = await claimNew(store, aJob({ retention: { completedMs: 0, deadMs: 3_600_000 } }))
    await store.cancel({ ids: [job.id] })
    assert.deepEqual(await settle(store, job, retryNow), { status: 'settled', state: 'cancelled' })
    assert.deepEqual(await store.get({ ids: [job.id] }), [null])
  }),

  fullCase('cancel-request/completed-wins', 'a completion wins over a requested cancel', async ({ store }) => {
    const job = await requested(store)
    assert.deepEqual(await settle(store, job, completedKept), { status: 'settled', state: 'completed' })
    assert.equal((await look(store, job.id)).state, 'completed')
  }),

  fullCase('cancel-request/dead-wins', 'an end as dead wins over a requested cancel', async ({ store }) => {
    const job = await requested(store)
    assert.deepEqual(await settle(store, job, dead), { status: 'settled', state: 'dead' })
    assert.equal((await look(store, job.id)).deadReason, 'attempts')
  }),

  fullCase('cancel-request/followed', 'the worker that follows the request ends it as cancelled', async ({ store }) => {
    const job = await requested(store)
    assert.deepEqual(await settle(store, job, cancelledKept), { status: 'settled', state: 'cancelled' })
  }),

  fullCase('cancel-request/crash', 'the request survives a crash: the reaper cancels the job', async (context) => {
    const { store, harness } = context
    const job = await requested(store)
    await harness.advance(LEASE_MS)
    const reaped = await reap(store)
    assert.deepEqual(
      reaped.map(({ id, outcome, recoveries }) => ({ id, outcome, recoveries })),
      [{ id: job.id, outcome: 'cancelled', recoveries: 1 }],
    )
    assert.deepEqual(await claim(store), [])
    assert.equal((await look(store, job.id)).state, 'cancelled')
  }),

  fullCase(
    'cancel-request/before-recoveries',
    'it is cancelled even when its recoveries are spent',
    async (context) => {
      const { store, harness } = context
      await requested(store)
      await harness.advance(LEASE_MS)
      assert.deepEqual(
        (await reap(store, 0)).map(({ outcome }) => outcome),
        ['cancelled'],
      )
    },
  ),

  fullCase('cancel-request/own-job-only', 'a request ends with the job it was made for', async ({ store }) => {
    const job = aJob()
    const first = await claimNew(store, job)
    await store.cancel({ ids: [job.id] })
    await settle(store, first, retryNow)
    const second = await claimNew(store, job)
    assert.deepEqual(await store.extend({ leases: [second], leaseMs: LEASE_MS }), ['held'])
    await finish(store, second, retryNow)
    assert.equal((await claimOne(store)).id, job.id, 'the next job with the same id is not cancelled')
  }),
]

/** A running job of which a cancel is asked. */
async function requested(store: Store): Promise<ClaimedJob> {
  const job = await claimNew(store, aJob({ retention: keptForAnHour }))
  assert.deepEqual(await store.cancel({ ids: [job.id] }), [{ status: 'requested' }])
  return job
}
