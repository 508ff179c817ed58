import assert from 'node:assert/strict'
import { aJob, manyJobs } from '../a-job.js'
import { fullCase, type ConformanceCase } from '../conformance-case.js'
import { claim, claimNew, enqueue, finish, idsOf, LEASE_MS, promote, prune, reap } from '../moves.js'
import { cancelledKept, completed, completedKept, dead } from '../settlements.js'

/** `remove`. */
export const removeCases: readonly ConformanceCase[] = [
  fullCase('remove/without-a-trace', 'a removed job is gone from every view', async ({ store, harness }) => {
    const [ready, scheduled] = [aJob(), aJob({ delayMs: 1_000 })]
    await enqueue(store, [ready, scheduled])
    assert.deepEqual(await store.remove({ ids: idsOf([ready, scheduled]) }), [
      { status: 'removed', state: 'ready' },
      { status: 'removed', state: 'scheduled' },
    ])
    assert.deepEqual(await store.get({ ids: idsOf([ready, scheduled]) }), [null, null])
    assert.deepEqual(await store.counts({}), [])
    assert.deepEqual(await store.promote({ limit: 10 }), { promoted: 0, nextDueInMs: null })
    await harness.advance(1_000)
    assert.deepEqual([await promote(store), await claim(store)], [0, []])
  }),

  fullCase('remove/finished', 'finished jobs can be removed before their retention ends', async (context) => {
    const { store, harness } = context
    for (const settlement of [completedKept, dead, cancelledKept]) {
      const job = await claimNew(store, aJob())
      await finish(store, job, settlement)
      assert.deepEqual(await store.remove({ ids: [job.id] }), [{ status: 'removed', state: settlement.type }])
      assert.deepEqual(await store.get({ ids: [job.id] }), [null])
    }
    assert.deepEqual(await store.counts({}), [])
    await harness.advance(3_600_000)
    assert.equal(await prune(store), 0)
  }),

  fullCase('remove/active', 'an active job is not removed under its worker', async ({ store, harness }) => {
    const job = await claimNew(store, aJob())
    assert.deepEqual(await store.remove({ ids: [job.id] }), [{ status: 'active' }])
    assert.deepEqual(await store.extend({ leases: [job], leaseMs: LEASE_MS }), ['held'])
    await harness.advance(LEASE_MS)
    assert.deepEqual(idsOf(await reap(store)), [job.id])
    const again = await claim(store)
    assert.equal(again.length, 1)
  }),

  fullCase('remove/id-free-again', 'the id is free at once, and the old job does not come back', async (context) => {
    const { store, harness } = context
    for (const delayMs of [0, 1_000]) {
      const old = aJob({ payload: 'old', delayMs })
      await enqueue(store, [old, aJob({ id: `between-${delayMs}` })])
      await store.remove({ ids: [old.id] })
      await enqueue(store, [aJob({ id: old.id, payload: 'new' })])
      await harness.advance(1_000)
      await promote(store)
      const claimed = await claim(store)
      assert.deepEqual(idsOf(claimed), [`between-${delayMs}`, old.id], 'once, at its new place')
      assert.equal(claimed[1]?.payload, 'new')
      for (const job of claimed) await finish(store, job, completed)
    }
  }),

  fullCase('remove/outcome-per-id', 'each id has its outcome, in the order of the input', async ({ store }) => {
    const active = await claimNew(store, aJob())
    const ready = aJob()
    await enqueue(store, [ready])
    assert.deepEqual(await store.remove({ ids: ['unknown', active.id, ready.id, ready.id] }), [
      { status: 'not-found' },
      { status: 'active' },
      { status: 'removed', state: 'ready' },
      { status: 'not-found' },
    ])
  }),

  fullCase('remove/many', 'thousands are removed in one call', async ({ store }) => {
    const jobs = manyJobs(2_500, (index) => (index % 2 === 0 ? {} : { delayMs: 60_000 }))
    const left = aJob()
    await enqueue(store, [...jobs, left])
    const outcomes = await store.remove({ ids: idsOf(jobs) })
    assert.equal(outcomes.filter(({ status }) => status === 'removed').length, 2_500)
    assert.deepEqual(await store.promote({ limit: 1 }), { promoted: 0, nextDueInMs: null })
    assert.deepEqual(idsOf(await claim(store)), [left.id])
  }),
]
