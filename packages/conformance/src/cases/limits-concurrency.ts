import assert from 'node:assert/strict'
import { aJob, HOUR, keptForAnHour, manyJobs } from '../a-job.js'
import type { ConformanceCase } from '../conformance-case.js'
import { claim, claimNew, enqueue, finish, idsOf, LEASE_MS, leaseOf, look, only, reap } from '../moves.js'
import { completed, everyEnd, retryNow } from '../settlements.js'
import { claimOnce, expectClaim, limit, limitsCase } from './a-limited-name.js'

/** How many jobs of a name may be active across all workers, and what frees a slot. */
export const limitsConcurrencyCases: readonly ConformanceCase[] = [
  limitsCase('concurrency', 'no more jobs of a name are active than it says, whoever claims', async ({ store }) => {
    await limit(store, { concurrency: 3 })
    await enqueue(store, manyJobs(5))
    await expectClaim(store, 2, undefined, { limit: 2 })
    await expectClaim(store, 1, 'concurrency', { worker: 'worker-b' })
    for (const worker of ['worker-a', 'worker-b', 'worker-c']) {
      assert.deepEqual(await claimOnce(store, { worker }), { jobs: [], more: false, held: 'concurrency' })
    }
  }),

  limitsCase('concurrency-at-once', 'claims that are made at the same time share what is free', async ({ store }) => {
    await limit(store, { concurrency: 3 })
    await enqueue(store, manyJobs(8))
    const workers = ['worker-a', 'worker-b', 'worker-c', 'worker-d']
    const taken = await Promise.all(workers.map((worker) => claim(store, { worker, limit: 2 })))
    assert.equal(new Set(idsOf(taken.flat())).size, 3)
    assert.equal(only(await store.counts({ names: ['email'] })).active, 3)
  }),

  limitsCase('order', 'of a limited name the jobs leave in their order', async ({ store }) => {
    await limit(store, { concurrency: 2 })
    const jobs = manyJobs(5)
    await enqueue(store, jobs)
    const order = []
    for (let turn = 0; turn < 5; turn++) {
      const taken = await claim(store)
      order.push(...taken)
      for (const job of taken) await finish(store, job, completed)
    }
    assert.deepEqual(idsOf(order), idsOf(jobs))
  }),

  ...Object.entries(everyEnd).map(([way, settlement]) =>
    limitsCase(`freed-by-${way.replaceAll(' ', '-')}`, `a job that ends as ${way} leaves its slot`, async (context) => {
      const { store } = context
      await limit(store, { concurrency: 2 })
      const lease = await claimNew(store, aJob())
      await enqueue(store, [aJob(), aJob()])
      await expectClaim(store, 1, 'concurrency')
      await finish(store, lease, settlement)
      await expectClaim(store, 1, 'concurrency')
    }),
  ),

  limitsCase(
    'crash-leaks-nothing',
    'a job whose lease has run out keeps its slot until it is reaped, and no longer',
    async ({ store, harness }) => {
      await limit(store, { concurrency: 2 })
      const lost = aJob({ retention: keptForAnHour })
      await claimNew(store, lost)
      await claimNew(store, aJob(), { leaseMs: HOUR })
      await enqueue(store, manyJobs(2))
      await harness.advance(10 * LEASE_MS)
      await expectClaim(store, 0, 'concurrency')
      assert.deepEqual(idsOf(await reap(store, 0)), [lost.id])
      assert.equal((await look(store, lost.id)).state, 'dead')
      const [next] = (await expectClaim(store, 1, 'concurrency', { limit: 2 })).jobs
      await harness.advance(LEASE_MS)
      await expectClaim(store, 0, 'concurrency')
      assert.deepEqual(idsOf(await reap(store)), [next?.id], 'which is ready again')
      await expectClaim(store, 1, 'concurrency', { limit: 2 })
    },
  ),

  limitsCase('repeated-settle', 'a settlement that is repeated frees one slot, and no more', async ({ store }) => {
    await limit(store, { concurrency: 2 })
    const first = await claimNew(store, aJob())
    await claimNew(store, aJob())
    await enqueue(store, manyJobs(3))
    for (let time = 0; time < 3; time++) {
      await store.settle({ entries: [{ lease: leaseOf(first), settlement: completed }] })
    }
    await expectClaim(store, 1, 'concurrency')
  }),

  limitsCase('cancel-request', 'a job that is to be cancelled keeps its slot until it has ended', async ({ store }) => {
    await limit(store, { concurrency: 1 })
    const lease = await claimNew(store, aJob())
    await enqueue(store, [aJob()])
    await store.cancel({ ids: [lease.id] })
    await expectClaim(store, 0, 'concurrency')
    await finish(store, lease, retryNow)
    await expectClaim(store, 1, 'concurrency')
  }),
]
