import assert from 'node:assert/strict'
import { aJob, HOUR, keptForAnHour, manyJobs } from '../a-job.js'
import { coreCase, fullCase, type ConformanceCase } from '../conformance-case.js'
import { claim, claimNew, claimOne, enqueue, finish, idsOf, isHeld, look, promote, reap, settle } from '../moves.js'
import { cancelledKept, completed, completedKept, dead } from '../settlements.js'
import { releasedForAMinute, releasedNow, retryInAMinute, retryNow } from '../settlements.js'

/** `settle` with a current lease. Lost leases are in `settle-lost.ts`, cancel requests in `cancel-request.ts`. */
export const settleCases: readonly ConformanceCase[] = [
  coreCase('settle/completed', 'a completed job is not handed out again', async ({ store, harness }) => {
    const job = await claimNew(store, aJob())
    assert.deepEqual(await settle(store, job, completed), { status: 'settled', state: 'completed' })
    await harness.advance(HOUR)
    assert.deepEqual([await promote(store), await reap(store), await claim(store)], [0, [], []])
  }),

  coreCase('settle/leaves-no-trace', 'a retention of 0 leaves no trace, however a job ends', async ({ store }) => {
    for (const settlement of [completedKept, dead, cancelledKept]) {
      const job = await claimNew(store, aJob({ retention: keptForAnHour }))
      await finish(store, job, { ...settlement, retentionMs: 0 })
      assert.equal(await isHeld(store, job.id), false, settlement.type)
    }
  }),

  coreCase('settle/retention', 'the retention of the settlement counts, not that of the job', async ({ store }) => {
    for (const settlement of [completedKept, dead, cancelledKept]) {
      const job = await claimNew(store, aJob())
      await finish(store, job, settlement)
      assert.equal(await isHeld(store, job.id), true, settlement.type)
    }
  }),

  coreCase('settle/retry-now', 'a retry without delay is ready at once and uses an attempt', async ({ store }) => {
    const job = await claimNew(store, aJob())
    assert.deepEqual(await settle(store, job, retryNow), { status: 'settled', state: 'ready' })
    const again = await claimOne(store)
    assert.deepEqual([again.id, again.attempts, again.recoveries], [job.id, 1, 0])
  }),

  coreCase('settle/retry-later', 'a retry with a delay is scheduled from the moment of the call', async (context) => {
    const { store, harness } = context
    const job = await claimNew(store, aJob())
    await harness.advance(20_000)
    assert.deepEqual(await settle(store, job, retryInAMinute), { status: 'settled', state: 'scheduled' })
    await harness.advance(50_000)
    assert.equal(await promote(store), 0)
    assert.deepEqual(await claim(store), [], 'it is not due before its delay is over')
    await harness.advance(10_000)
    assert.equal(await promote(store), 1)
    assert.equal((await claimOne(store)).attempts, 1)
  }),

  coreCase('settle/to-the-tail', 'a job that is retried at once goes to the tail', async ({ store }) => {
    const [first, second] = [aJob(), aJob()]
    await enqueue(store, [first, second])
    await finish(store, await claimOne(store), retryNow)
    assert.deepEqual(idsOf(await claim(store)), [second.id, first.id])
  }),

  coreCase('settle/attempts-add-up', 'each retry uses one attempt', async ({ store }) => {
    await enqueue(store, [aJob()])
    for (let attempts = 0; attempts < 5; attempts += 1) {
      const job = await claimOne(store)
      assert.equal(job.attempts, attempts)
      await finish(store, job, retryNow)
    }
  }),

  coreCase('settle/released', 'a released job is ready at once and uses no attempt', async ({ store }) => {
    const job = await claimNew(store, aJob())
    assert.deepEqual(await settle(store, job, releasedNow), { status: 'settled', state: 'ready' })
    const again = await claimOne(store)
    assert.deepEqual([again.id, again.attempts, again.recoveries], [job.id, 0, 0])
  }),

  coreCase('settle/released-for-later', 'a job released with a delay is scheduled', async ({ store, harness }) => {
    const job = await claimNew(store, aJob())
    assert.deepEqual(await settle(store, job, releasedForAMinute), { status: 'settled', state: 'scheduled' })
    await harness.advance(50_000)
    assert.deepEqual([await promote(store), await claim(store)], [0, []])
    await harness.advance(10_000)
    assert.equal(await promote(store), 1)
    assert.equal((await claimOne(store)).attempts, 0)
  }),

  coreCase('settle/next-due', 'a retry with a delay counts for the next due time', async ({ store }) => {
    await finish(store, await claimNew(store, aJob()), retryInAMinute)
    const { nextDueInMs } = await store.promote({ limit: 10 })
    assert.ok(nextDueInMs !== null && nextDueInMs > 50_000 && nextDueInMs <= 60_000, `next due in ${nextDueInMs}`)
  }),

  coreCase('settle/dead', 'a dead job is not handed out again', async ({ store, harness }) => {
    const job = await claimNew(store, aJob())
    assert.deepEqual(await settle(store, job, dead), { status: 'settled', state: 'dead' })
    await harness.advance(50_000)
    assert.deepEqual([await promote(store), await reap(store), await claim(store)], [0, [], []])
  }),

  coreCase('settle/late', 'a lease past its deadline that nobody has reaped may still be settled', async (context) => {
    const { store, harness } = context
    const job = await claimNew(store, aJob())
    await harness.advance(300_000)
    assert.deepEqual(await settle(store, job, completed), { status: 'settled', state: 'completed' })
    assert.deepEqual(await reap(store), [])
  }),

  coreCase('settle/in-the-order-given', 'entries take effect in the order given', async ({ store }) => {
    await enqueue(store, manyJobs(5))
    const jobs = await claim(store)
    const order = [3, 0, 4, 2, 1].map((index) => jobs[index]).filter((job) => job !== undefined)
    await store.settle({ entries: order.map((lease) => ({ lease, settlement: retryNow })) })
    assert.deepEqual(idsOf(await claim(store)), idsOf(order))
  }),

  coreCase('settle/mixed-batch', 'a batch may end each lease in another way', async ({ store }) => {
    const settlements = [completed, retryNow, retryInAMinute, dead, releasedNow, releasedForAMinute, cancelledKept]
    await enqueue(
      store,
      settlements.map(() => aJob()),
    )
    const jobs = await claim(store)
    const entries = settlements.flatMap((settlement, index) => {
      const lease = jobs[index]
      return lease === undefined ? [] : [{ lease, settlement }]
    })
    assert.deepEqual(
      (await store.settle({ entries })).map((outcome) => (outcome.status === 'settled' ? outcome.state : 'lost')),
      ['completed', 'ready', 'scheduled', 'dead', 'ready', 'scheduled', 'cancelled'],
    )
    assert.deepEqual(idsOf(await claim(store)), [jobs[1]?.id, jobs[4]?.id])
  }),

  coreCase('settle/many', 'thousands of leases are settled in one call', async ({ store, harness }) => {
    await enqueue(store, manyJobs(2_500))
    const jobs = await claim(store, { limit: 2_500 })
    const entries = jobs.map((lease, index) => ({ lease, settlement: index % 5 === 0 ? retryNow : completed }))
    const outcomes = await store.settle({ entries })
    assert.equal(outcomes.filter((outcome) => outcome.status === 'settled' && outcome.state === 'ready').length, 500)
    assert.equal(outcomes.length, 2_500)
    await harness.advance(HOUR)
    assert.deepEqual(await reap(store), [])
    assert.deepEqual(idsOf(await claim(store, { limit: 2_500 })), idsOf(jobs.filter((_, index) => index % 5 === 0)))
  }),

  coreCase('settle/nothing', 'no entries, no outcomes', async ({ store }) => {
    assert.deepEqual(await store.settle({ entries: [] }), [])
  }),

  fullCase('settle/result-is-kept', 'a retained job keeps its result and says when it ended', async (context) => {
    const { store, harness, slackMs } = context
    const job = await claimNew(store, aJob())
    await harness.advance(7_000)
    const endedAt = await harness.now()
    await finish(store, job, completedKept)
    const { state, result, attempts, finishedAt } = await look(store, job.id)
    assert.deepEqual([state, result, attempts], ['completed', '"done"', 0])
    const off = (finishedAt ?? Number.NaN) - endedAt
    assert.ok(off >= 0 && off <= slackMs, `finishedAt is off by ${off} ms`)
  }),

  fullCase(
    'settle/dead-uses-an-attempt',
    'ending as dead uses an attempt, except as undecodable',
    async ({ store }) => {
      for (const [reason, attempts] of [
        ['attempts', 1],
        ['non-retryable', 1],
        ['undecodable', 0],
      ] as const) {
        const job = await claimNew(store, aJob())
        await finish(store, job, { type: 'dead', reason, error: `because of ${reason}`, retentionMs: HOUR })
        const seen = await look(store, job.id)
        assert.deepEqual(
          [seen.state, seen.deadReason, seen.attempts, seen.error],
          ['dead', reason, attempts, `because of ${reason}`],
        )
      }
    },
  ),

  fullCase(
    'settle/error-is-kept',
    'the error of the last failed attempt is kept, through a release',
    async (context) => {
      const { store } = context
      const job = await claimNew(store, aJob())
      await finish(store, job, { ...retryNow, error: 'the first' })
      assert.equal((await look(store, job.id)).error, 'the first')
      await finish(store, await claimOne(store), { type: 'retry', delayMs: 0, error: 'the second' })
      assert.equal((await look(store, job.id)).error, 'the second')
      await finish(store, await claimOne(store), releasedNow)
      assert.equal((await look(store, job.id)).error, 'the second')
    },
  ),
]
