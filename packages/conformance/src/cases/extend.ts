import assert from 'node:assert/strict'
import { aJob, manyJobs } from '../a-job.js'
import { coreCase, fullCase, type ConformanceCase } from '../conformance-case.js'
import { claim, claimNew, claimOne, enqueue, finish, idsOf, leaseOf, LEASE_MS, reap } from '../moves.js'
import { completed, retryNow } from '../settlements.js'

/** `extend`. */
export const extendCases: readonly ConformanceCase[] = [
  coreCase('extend/held', 'a current lease gets a new deadline', async ({ store, harness }) => {
    const job = await claimNew(store, aJob())
    await harness.advance(20_000)
    assert.deepEqual(await store.extend({ leases: [leaseOf(job)], leaseMs: LEASE_MS }), ['held'])
    await harness.advance(20_000)
    assert.deepEqual(await reap(store), [], 'the first deadline no longer counts')
    await harness.advance(10_000)
    assert.deepEqual(idsOf(await reap(store)), [job.id], 'the new one does')
  }),

  coreCase(
    'extend/from-now',
    'the new deadline is `leaseMs` from now, not from the old deadline',
    async ({ store, harness }) => {
      const job = await claimNew(store, aJob())
      await harness.advance(10_000)
      assert.deepEqual(await store.extend({ leases: [job], leaseMs: 5_000 }), ['held'])
      await harness.advance(4_999)
      assert.deepEqual(await reap(store), [])
      await harness.advance(1)
      assert.deepEqual(idsOf(await reap(store)), [job.id])
    },
    'still-clock',
  ),

  coreCase('extend/late', 'a lease past its deadline that nobody has reaped is still current', async (context) => {
    const { store, harness } = context
    const job = await claimNew(store, aJob())
    await harness.advance(LEASE_MS + 10_000)
    assert.deepEqual(await store.extend({ leases: [job], leaseMs: LEASE_MS }), ['held'])
    assert.deepEqual(await reap(store), [])
    await finish(store, job, completed)
  }),

  coreCase('extend/after-settle', 'a lease that has ended is lost', async ({ store }) => {
    const job = await claimNew(store, aJob())
    await finish(store, job, completed)
    assert.deepEqual(await store.extend({ leases: [job], leaseMs: LEASE_MS }), ['lost'])
  }),

  coreCase('extend/after-reap', 'a lease that was reaped is lost, and the job stays ready', async (context) => {
    const { store, harness } = context
    const job = await claimNew(store, aJob())
    await harness.advance(LEASE_MS)
    await reap(store)
    assert.deepEqual(await store.extend({ leases: [job], leaseMs: LEASE_MS }), ['lost'])
    assert.equal((await claimOne(store)).id, job.id)
  }),

  coreCase('extend/stale', 'a stale lease does not lengthen the lease of the next worker', async (context) => {
    const { store, harness } = context
    const stale = await claimNew(store, aJob())
    await finish(store, stale, retryNow)
    const current = await claimOne(store, { worker: 'worker-b' })
    assert.deepEqual(await store.extend({ leases: [stale], leaseMs: 300_000 }), ['lost'])
    await harness.advance(LEASE_MS)
    assert.deepEqual(idsOf(await reap(store)), [current.id])
  }),

  coreCase('extend/unknown', 'a lease of an unknown job is lost', async ({ store }) => {
    const unknown = { id: 'unknown', name: 'email', fence: { generation: 1, claim: 1 } }
    assert.deepEqual(await store.extend({ leases: [unknown], leaseMs: LEASE_MS }), ['lost'])
  }),

  coreCase('extend/outcome-per-lease', 'each lease has its outcome, in the order of the input', async (context) => {
    const { store, harness } = context
    await enqueue(store, manyJobs(4))
    const jobs = await claim(store)
    const [one, two, three, four] = jobs
    assert.ok(one && two && three && four)
    await finish(store, two, completed)
    await harness.advance(20_000)
    const outcomes = await store.extend({ leases: [four, two, one, three], leaseMs: LEASE_MS })
    assert.deepEqual(outcomes, ['held', 'lost', 'held', 'held'])
    await harness.advance(20_000)
    assert.deepEqual(await reap(store), [], 'a lost lease among them does not keep the others from being extended')
  }),

  coreCase('extend/only-those-named', 'leases that are not named keep their deadline', async ({ store, harness }) => {
    await enqueue(store, manyJobs(2))
    const [kept, left] = await claim(store)
    assert.ok(kept && left)
    await store.extend({ leases: [kept], leaseMs: 300_000 })
    await harness.advance(LEASE_MS)
    assert.deepEqual(idsOf(await reap(store)), [left.id])
  }),

  coreCase('extend/counts-nothing', 'an extension counts neither attempt nor recovery nor claim', async (context) => {
    const { store } = context
    const job = await claimNew(store, aJob())
    await store.extend({ leases: [job, job], leaseMs: LEASE_MS })
    await finish(store, job, { type: 'released', delayMs: 0 })
    const next = await claimOne(store)
    assert.deepEqual([next.attempts, next.recoveries, next.fence.claim], [0, 0, 2])
  }),

  coreCase('extend/nothing', 'no leases, no outcomes', async ({ store }) => {
    assert.deepEqual(await store.extend({ leases: [], leaseMs: LEASE_MS }), [])
  }),

  coreCase('extend/many', 'thousands of leases are extended in one call', async ({ store, harness }) => {
    await enqueue(store, manyJobs(2_500))
    const leases = await claim(store, { limit: 2_500 })
    assert.equal(leases.length, 2_500)
    await harness.advance(20_000)
    const outcomes = await store.extend({ leases, leaseMs: LEASE_MS })
    assert.deepEqual(
      outcomes,
      leases.map(() => 'held'),
    )
    await harness.advance(20_000)
    assert.deepEqual(await reap(store), [])
  }),

  fullCase('extend/cancel-requested', '`cancel-requested` is held and extended, too', async ({ store, harness }) => {
    await enqueue(store, manyJobs(2))
    const leases = await claim(store)
    await store.cancel({ ids: [leases[0]?.id ?? ''] })
    await harness.advance(20_000)
    assert.deepEqual(await store.extend({ leases, leaseMs: LEASE_MS }), ['cancel-requested', 'held'])
    assert.deepEqual(await store.extend({ leases, leaseMs: LEASE_MS }), ['cancel-requested', 'held'], 'again and again')
    await harness.advance(20_000)
    assert.deepEqual(await reap(store), [])
  }),
]
