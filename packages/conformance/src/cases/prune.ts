import assert from 'node:assert/strict'
import { aJob, keptForAnHour, manyJobs } from '../a-job.js'
import { fullCase, type ConformanceCase } from '../conformance-case.js'
import { claim, claimNew, claimOne, enqueue, finish, idsOf, look, prune, reap } from '../moves.js'
import { cancelledKept, completedKept, dead } from '../settlements.js'

/** `prune`. */
export const pruneCases: readonly ConformanceCase[] = [
  fullCase('prune/at-its-time', 'a finished job goes when its retention has passed', async ({ store, harness }) => {
    const ids = []
    for (const settlement of [completedKept, dead, cancelledKept]) {
      const job = await claimNew(store, aJob())
      await finish(store, job, { ...settlement, retentionMs: 60_000 })
      ids.push(job.id)
    }
    await harness.advance(50_000)
    assert.equal(await prune(store), 0)
    assert.ok(
      (await store.get({ ids })).every((job) => job !== null),
      'none goes before its time',
    )
    await harness.advance(10_000)
    assert.equal(await prune(store), 3)
    assert.deepEqual(await store.get({ ids }), [null, null, null])
  }),

  fullCase(
    'prune/exactly',
    'it goes at the very end of its retention and not one millisecond before',
    async ({ store, harness }) => {
      const job = await claimNew(store, aJob())
      await finish(store, job, { type: 'completed', retentionMs: 1_000 })
      await harness.advance(999)
      assert.equal(await prune(store), 0)
      await harness.advance(1)
      assert.equal(await prune(store), 1)
    },
    'still-clock',
  ),

  fullCase('prune/live-jobs', 'jobs that have not ended are never pruned', async ({ store, harness }) => {
    await enqueue(
      store,
      manyJobs(2, () => ({ retention: { completedMs: 1, deadMs: 1 } })),
    )
    await claimOne(store)
    await enqueue(store, [aJob({ delayMs: 1_000 })])
    await harness.advance(10 * 3_600_000)
    assert.equal(await prune(store, 0), 0)
    const { scheduled, ready, active } = (await store.counts({ names: ['email'] }))[0] ?? {}
    assert.deepEqual([scheduled, ready, active], [1, 1, 1])
  }),

  fullCase('prune/newest-dead', 'the newest `maxDeadPerName` dead jobs of each name stay', async (context) => {
    const { store, harness } = context
    const ids: Record<string, string[]> = { mail: [], sms: [] }
    for (let turn = 0; turn < 5; turn += 1) {
      for (const name of ['mail', 'sms']) {
        const job = await claimNew(store, aJob({ name }))
        await finish(store, job, dead)
        ids[name]?.push(job.id)
      }
      await harness.advance(1_000)
    }
    assert.equal(await prune(store, 3), 4)
    for (const name of ['mail', 'sms']) {
      const left = (await store.get({ ids: ids[name] ?? [] })).map((job) => job !== null)
      assert.deepEqual(left, [false, false, true, true, true], name)
    }
  }),

  fullCase('prune/only-dead-are-capped', 'the cap is for dead jobs only', async ({ store }) => {
    for (const settlement of [completedKept, cancelledKept]) {
      await finish(store, await claimNew(store, aJob()), settlement)
    }
    assert.equal(await prune(store, 0), 0)
  }),

  fullCase('prune/by-the-reaper', 'jobs that the reaper and a cancel ended go, too', async ({ store, harness }) => {
    const job = aJob({ retention: keptForAnHour })
    const cancelled = aJob({ retention: keptForAnHour })
    await claimNew(store, job)
    await enqueue(store, [cancelled])
    await store.cancel({ ids: [cancelled.id] })
    await harness.advance(60_000)
    await reap(store, 0)
    await harness.advance(3_600_000)
    assert.equal(await prune(store), 2)
    assert.deepEqual(await store.get({ ids: [job.id, cancelled.id] }), [null, null])
  }),

  fullCase('prune/batches', 'batch after batch, everything that is past its time goes', async ({ store, harness }) => {
    const jobs = manyJobs(700)
    await enqueue(store, jobs)
    const entries = (await claim(store, { limit: 700 })).map((lease) => ({ lease, settlement: completedKept }))
    await store.settle({ entries })
    await harness.advance(3_600_000)
    assert.equal(await prune(store, 10_000, 100), 700)
    assert.deepEqual(await store.counts({}), [])
  }),

  fullCase('prune/id-free-again', 'the id of a pruned job is free again', async ({ store, harness }) => {
    const job = aJob()
    await finish(store, await claimNew(store, job), completedKept)
    await harness.advance(3_600_000)
    await prune(store)
    assert.equal((await claimNew(store, job)).attempts, 0)
  }),

  fullCase('prune/second-life', 'the end of a first life does not prune the second', async ({ store, harness }) => {
    const job = aJob()
    await finish(store, await claimNew(store, job), { type: 'completed', retentionMs: 60_000 })
    await store.remove({ ids: [job.id] })
    await finish(store, await claimNew(store, job), completedKept)
    await harness.advance(60_000)
    assert.equal(await prune(store), 0)
    assert.equal((await look(store, job.id)).state, 'completed')
  }),

  fullCase('prune/repeated', 'pruning again removes nothing more', async ({ store, harness }) => {
    await finish(store, await claimNew(store, aJob()), completedKept)
    const live = aJob()
    await enqueue(store, [live])
    await harness.advance(3_600_000)
    assert.deepEqual([await prune(store), await prune(store)], [1, 0])
    assert.deepEqual(idsOf(await claim(store)), [live.id])
  }),
]
