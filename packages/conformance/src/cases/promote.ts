import assert from 'node:assert/strict'
import { aJob, manyJobs } from '../a-job.js'
import { coreCase, type ConformanceCase } from '../conformance-case.js'
import { claim, claimNew, enqueue, finish, idsOf, promote } from '../moves.js'
import { retryInAMinute } from '../settlements.js'

/** `promote`. */
export const promoteCases: readonly ConformanceCase[] = [
  coreCase('promote/nothing', 'an empty scheduled set has no next due time', async ({ store }) => {
    assert.deepEqual(await store.promote({ limit: 10 }), { promoted: 0, nextDueInMs: null })
    await enqueue(store, [aJob()])
    assert.deepEqual(await store.promote({ limit: 10 }), { promoted: 0, nextDueInMs: null })
  }),

  coreCase(
    'promote/due-exactly-now',
    'a job is due at its instant and not one millisecond before',
    async ({ store, harness }) => {
      await enqueue(store, [aJob({ delayMs: 1_000 })])
      await harness.advance(999)
      assert.deepEqual(await store.promote({ limit: 10 }), { promoted: 0, nextDueInMs: 1 })
      assert.deepEqual(await claim(store), [])
      await harness.advance(1)
      assert.deepEqual(await store.promote({ limit: 10 }), { promoted: 1, nextDueInMs: null })
      assert.equal((await claim(store)).length, 1)
    },
    'still-clock',
  ),

  coreCase('promote/earliest-first', 'the earliest is promoted first', async ({ store, harness }) => {
    const jobs = manyJobs(40, (index) => ({ id: `job-${index}`, delayMs: 1_000 + ((index * 17) % 40) * 1_000 }))
    await enqueue(store, jobs)
    await harness.advance(60_000)
    await promote(store)
    const byDueTime = [...jobs].sort((a, b) => (a.delayMs ?? 0) - (b.delayMs ?? 0))
    assert.deepEqual(idsOf(await claim(store)), idsOf(byDueTime))
  }),

  coreCase('promote/equals-in-enqueue-order', 'among equals, first enqueued is first', async ({ store, harness }) => {
    const executeAt = (await harness.now()) + 5_000
    const jobs = manyJobs(40, (index) => ({ id: `job-${(index * 17) % 40}`, executeAt }))
    await enqueue(store, jobs.slice(0, 15))
    await enqueue(store, jobs.slice(15))
    await harness.advance(5_000)
    await promote(store)
    assert.deepEqual(idsOf(await claim(store)), idsOf(jobs))
  }),

  coreCase('promote/order-across-batches', 'the order holds from one batch to the next', async ({ store, harness }) => {
    const executeAt = (await harness.now()) + 5_000
    const jobs = manyJobs(30, (index) => ({ id: `job-${(index * 7) % 30}`, executeAt }))
    await enqueue(store, jobs)
    await harness.advance(5_000)
    assert.equal(await promote(store, 7), 30)
    assert.deepEqual(idsOf(await claim(store)), idsOf(jobs))
  }),

  coreCase('promote/limit', 'at most `limit` jobs are moved', async ({ store, harness }) => {
    const jobs = manyJobs(5, () => ({ delayMs: 1_000 }))
    await enqueue(store, jobs)
    await harness.advance(2_000)
    assert.equal((await store.promote({ limit: 3 })).promoted, 3)
    assert.deepEqual(idsOf(await claim(store)), idsOf(jobs.slice(0, 3)))
    assert.equal((await store.promote({ limit: 3 })).promoted, 2)
    assert.deepEqual(idsOf(await claim(store)), idsOf(jobs.slice(3)))
  }),

  coreCase('promote/to-the-tail', 'promoted jobs go behind those that are ready', async ({ store, harness }) => {
    const [scheduled, ready] = [aJob({ delayMs: 1_000 }), aJob()]
    await enqueue(store, [scheduled, ready])
    await harness.advance(1_000)
    await promote(store)
    const after = aJob()
    await enqueue(store, [after])
    assert.deepEqual(idsOf(await claim(store)), idsOf([ready, scheduled, after]))
  }),

  coreCase('promote/next-due', 'it says how long until the earliest job is due', async (context) => {
    const { store, harness, slackMs } = context
    await enqueue(store, [aJob({ delayMs: 50_000 }), aJob({ delayMs: 20_000 }), aJob({ delayMs: 30_000 })])
    const expectNext = async (expected: number): Promise<void> => {
      const { nextDueInMs } = await store.promote({ limit: 10 })
      assert.ok(nextDueInMs !== null, 'the scheduled set is not empty')
      const off = expected - nextDueInMs
      assert.ok(off >= 0 && off <= slackMs, `next due in ${nextDueInMs} ms, not ${expected}`)
    }
    await expectNext(20_000)
    await harness.advance(5_000)
    await expectNext(15_000)
    await harness.advance(15_000)
    await expectNext(10_000)
  }),

  coreCase('promote/next-due-at-once', 'the next due time is 0 when one is due already', async ({ store, harness }) => {
    await enqueue(store, [aJob({ delayMs: 1_000 }), aJob({ delayMs: 2_000 })])
    await harness.advance(5_000)
    assert.deepEqual(await store.promote({ limit: 1 }), { promoted: 1, nextDueInMs: 0 })
    assert.deepEqual(await store.promote({ limit: 1 }), { promoted: 1, nextDueInMs: null })
  }),

  coreCase('promote/retried', 'a retry with a delay is promoted like any other', async ({ store, harness }) => {
    const failed = await claimNew(store, aJob())
    await finish(store, failed, retryInAMinute)
    const sooner = aJob({ delayMs: 30_000 })
    await enqueue(store, [sooner])
    await harness.advance(60_000)
    assert.equal(await promote(store), 2)
    assert.deepEqual(idsOf(await claim(store)), [sooner.id, failed.id])
  }),

  coreCase('promote/every-name', 'one scheduled set serves all names', async ({ store, harness }) => {
    const jobs = ['mail', 'sms', 'mail'].map((name) => aJob({ name, delayMs: 1_000 }))
    await enqueue(store, jobs)
    await harness.advance(1_000)
    assert.equal((await store.promote({ limit: 10 })).promoted, 3)
    assert.equal((await claim(store, { name: 'mail' })).length, 2)
    assert.equal((await claim(store, { name: 'sms' })).length, 1)
  }),

  coreCase('promote/repeated', 'promoting again moves nothing twice', async ({ store, harness }) => {
    await enqueue(store, [aJob({ delayMs: 1_000 })])
    await harness.advance(1_000)
    await store.promote({ limit: 10 })
    assert.deepEqual(await store.promote({ limit: 10 }), { promoted: 0, nextDueInMs: null })
    assert.equal((await claim(store)).length, 1)
    assert.equal((await store.promote({ limit: 10 })).promoted, 0)
    assert.deepEqual(await claim(store), [])
  }),

  coreCase('promote/many', 'thousands that are due at once are all promoted, once', async ({ store, harness }) => {
    const jobs = manyJobs(2_500, () => ({ delayMs: 1_000 }))
    await enqueue(store, jobs)
    await harness.advance(1_000)
    assert.equal(await promote(store, 1_000), 2_500)
    assert.deepEqual(idsOf(await claim(store, { limit: 2_500 })), idsOf(jobs))
  }),
]
