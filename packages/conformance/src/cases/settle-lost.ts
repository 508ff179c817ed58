import assert from 'node:assert/strict'
import type { Settlement } from '@goscheds/core'
import { aJob, manyJobs } from '../a-job.js'
import { coreCase, fullCase, type ConformanceCase } from '../conformance-case.js'
import { claim, claimNew, claimOne, enqueue, finish, idsOf, LEASE_MS, look, promote, reap, settle } from '../moves.js'
import { cancelledKept, completed, completedKept, dead, retryInAMinute, retryNow } from '../settlements.js'
import { releasedForAMinute, releasedNow } from '../settlements.js'

const everySettlement: readonly Settlement[] = [
  completedKept,
  retryNow,
  retryInAMinute,
  dead,
  releasedNow,
  releasedForAMinute,
  cancelledKept,
]

/** `settle` with a lease that is not current. */
export const settleLostCases: readonly ConformanceCase[] = [
  coreCase('settle/lost-after-reap', 'the worker of a reaped job changes nothing', async ({ store, harness }) => {
    const stale = await claimNew(store, aJob())
    await harness.advance(LEASE_MS)
    await reap(store)
    for (const settlement of everySettlement) {
      assert.deepEqual(await settle(store, stale, settlement), { status: 'lost' }, settlement.type)
    }
    const next = await claimOne(store)
    assert.deepEqual([next.id, next.attempts, next.recoveries], [stale.id, 0, 1])
  }),

  coreCase('settle/lost-to-another', 'nor does it when another worker has the job', async ({ store, harness }) => {
    const stale = await claimNew(store, aJob())
    await harness.advance(LEASE_MS)
    await reap(store)
    const current = await claimOne(store, { worker: 'worker-b' })
    for (const settlement of everySettlement) {
      assert.deepEqual(await settle(store, stale, settlement), { status: 'lost' }, settlement.type)
    }
    assert.deepEqual([await promote(store), await claim(store)], [0, []], 'the job is still with its new worker')
    assert.deepEqual(await store.extend({ leases: [current], leaseMs: LEASE_MS }), ['held'])
    assert.deepEqual(await settle(store, current, completed), { status: 'settled', state: 'completed' })
  }),

  coreCase(
    'settle/repeated',
    'a repeated call whose reply was lost is lost, and doubles nothing',
    async ({ store }) => {
      const job = await claimNew(store, aJob())
      const entries = [{ lease: job, settlement: retryNow }]
      assert.deepEqual(await store.settle({ entries }), [{ status: 'settled', state: 'ready' }])
      assert.deepEqual(await store.settle({ entries }), [{ status: 'lost' }])
      const claimed = await claim(store)
      assert.deepEqual(idsOf(claimed), [job.id])
      assert.equal(claimed[0]?.attempts, 1)
    },
  ),

  coreCase('settle/twice-in-one-call', 'of the same lease twice, the first counts', async ({ store, harness }) => {
    const job = await claimNew(store, aJob())
    const entries = [
      { lease: job, settlement: retryNow },
      { lease: job, settlement: completed },
    ]
    assert.deepEqual(await store.settle({ entries }), [{ status: 'settled', state: 'ready' }, { status: 'lost' }])
    assert.deepEqual(idsOf(await claim(store)), [job.id])
    await harness.advance(LEASE_MS)
    assert.equal((await reap(store)).length, 1)
  }),

  coreCase('settle/unknown', 'a lease of an unknown job is lost and makes no job', async ({ store }) => {
    const unknown = { id: 'unknown', name: 'email', fence: { generation: 1, claim: 1 } }
    for (const settlement of everySettlement) {
      assert.deepEqual(await settle(store, unknown, settlement), { status: 'lost' }, settlement.type)
    }
    assert.deepEqual(await claim(store), [])
    assert.deepEqual(await store.promote({ limit: 1 }), { promoted: 0, nextDueInMs: null })
    await enqueue(store, [aJob({ id: 'unknown' })])
  }),

  coreCase('settle/lost-among-neighbours', 'a lost lease does not fail its neighbours', async ({ store, harness }) => {
    await enqueue(store, manyJobs(3))
    const jobs = await claim(store)
    const [one, two, three] = jobs
    assert.ok(one && two && three)
    await finish(store, two, completed)
    const unknown = { id: 'unknown', name: 'email', fence: { generation: 1, claim: 1 } }
    const outcomes = await store.settle({
      entries: [one, two, three, unknown].map((lease) => ({ lease, settlement: completed })),
    })
    assert.deepEqual(
      outcomes.map(({ status }) => status),
      ['settled', 'lost', 'settled', 'lost'],
    )
    await harness.advance(LEASE_MS)
    assert.deepEqual(await reap(store), [], 'both neighbours have ended')
  }),

  fullCase('settle/lost-changes-nothing', 'a finished job is not changed by its own lease again', async ({ store }) => {
    const job = await claimNew(store, aJob())
    await finish(store, job, completedKept)
    const before = await look(store, job.id)
    for (const settlement of everySettlement) {
      assert.deepEqual(await settle(store, job, settlement), { status: 'lost' }, settlement.type)
      assert.deepEqual(await look(store, job.id), before)
    }
  }),
]
