import assert from 'node:assert/strict'
import type { RateLimit, Store } from '@goscheds/core'
import { aJob, HOUR, manyJobs } from '../a-job.js'
import type { ConformanceCase } from '../conformance-case.js'
import { claimOne, enqueue, finish, LEASE_MS, reap } from '../moves.js'
import { completed, dead, releasedNow, retryNow } from '../settlements.js'
import { claimOnce, expectClaim, expectHeldFor, limit, limitsCase } from './a-limited-name.js'

/** The bucket of a name. */
export const limitsRateCases: readonly ConformanceCase[] = [
  limitsCase('rate', 'a bucket gives what it holds at once, and then what it gains', async (context) => {
    const { store, harness } = context
    await rate(store, { limit: 2, perMs: 2 * HOUR, burst: 3 })
    await enqueue(store, manyJobs(9))
    expectHeldFor(context, await expectClaim(store, 3, 'rate'), HOUR)
    expectHeldFor(context, await expectClaim(store, 0, 'rate'), HOUR)
    await harness.advance(HOUR)
    expectHeldFor(context, await expectClaim(store, 1, 'rate'), HOUR)
    await harness.advance(2 * HOUR)
    await expectClaim(store, 2, 'rate')
  }),

  limitsCase('rate-one-by-one', 'tokens are counted from claim to claim and over all workers', async ({ store }) => {
    await rate(store, { limit: 1, perMs: HOUR, burst: 3 })
    await enqueue(store, manyJobs(9))
    for (const worker of ['worker-a', 'worker-b', 'worker-a']) {
      await expectClaim(store, 1, undefined, { worker, limit: 1 })
    }
    for (const worker of ['worker-a', 'worker-b']) await expectClaim(store, 0, 'rate', { worker, limit: 1 })
  }),

  limitsCase(
    'rate-over-a-minute',
    'what begins within a minute is exact, however it is asked for',
    async ({ store, harness }) => {
      await rate(store, { limit: 7, perMs: 1_000, burst: 3 })
      await enqueue(store, manyJobs(430))
      let total = 0
      // Ends a little later, when the last token of the minute has been there for long.
      for (let passed = 0; passed <= 60_100; passed += 100) {
        total += (await claimOnce(store, { limit: 10 })).jobs.length
        assert.equal(total, 3 + Math.floor((7 * passed) / 1_000), `after ${passed} ms`)
        await harness.advance(100)
      }
      assert.equal(total, 3 + 7 * 60)
    },
    'still-clock',
  ),

  limitsCase(
    'rate-evenly',
    'tokens come one by one, evenly, each at its time',
    async (context) => {
      const { store, harness } = context
      await rate(store, { limit: 4, perMs: 1_000, burst: 2 })
      await enqueue(store, manyJobs(9))
      expectHeldFor(context, await expectClaim(store, 2, 'rate'), 250)
      for (let token = 0; token < 4; token++) {
        await harness.advance(249)
        expectHeldFor(context, await expectClaim(store, 0, 'rate'), 1)
        await harness.advance(1)
        expectHeldFor(context, await expectClaim(store, 1, 'rate'), 250)
      }
    },
    'still-clock',
  ),

  limitsCase(
    'rate-in-parts',
    'what is not a whole token yet is not lost',
    async ({ store, harness }) => {
      await rate(store, { limit: 1, perMs: 1_000, burst: 2 })
      await enqueue(store, manyJobs(9))
      await expectClaim(store, 2, 'rate')
      for (const [passed, count] of [
        [600, 0],
        [600, 1],
        [600, 0],
        [200, 1],
        [1_500, 1],
        [500, 1],
      ] as const) {
        await harness.advance(passed)
        await expectClaim(store, count, 'rate')
      }
    },
    'still-clock',
  ),

  limitsCase(
    'rate-held-for',
    'how long a bucket holds the name may be a fraction, and is enough',
    async (context) => {
      const { store, harness } = context
      await rate(store, { limit: 3, perMs: 1_000, burst: 1 })
      await enqueue(store, manyJobs(9))
      expectHeldFor(context, await expectClaim(store, 1, 'rate'), 1_000 / 3)
      for (let token = 0; token < 6; token++) {
        const { heldForMs = NaN } = await expectClaim(store, 0, 'rate')
        await harness.advance(Math.floor(heldForMs - 0.01))
        const { heldForMs: rest = NaN } = await expectClaim(store, 0, 'rate')
        await harness.advance(Math.ceil(rest - 0.01))
        await expectClaim(store, 1, 'rate')
      }
    },
    'still-clock',
  ),

  limitsCase('rate-full', 'a bucket holds no more than its burst, however long nothing is claimed', async (context) => {
    const { store, harness } = context
    await rate(store, { limit: 1, perMs: HOUR, burst: 2 })
    await enqueue(store, manyJobs(9))
    for (let round = 0; round < 2; round++) {
      await harness.advance(100 * HOUR)
      expectHeldFor(context, await expectClaim(store, 2, 'rate'), HOUR)
    }
  }),

  limitsCase('rate-each-claim', 'each time that a job is handed out takes a token', async ({ store, harness }) => {
    await rate(store, { limit: 1, perMs: 1_000 * HOUR, burst: 5 })
    const job = aJob({ retention: { completedMs: HOUR, deadMs: HOUR } })
    await enqueue(store, [job])
    await finish(store, await claimOne(store), retryNow)
    await finish(store, await claimOne(store), releasedNow)
    await claimOne(store)
    await harness.advance(LEASE_MS)
    await reap(store)
    await finish(store, await claimOne(store), dead)
    await store.redrive({ ids: [job.id] })
    await finish(store, await claimOne(store), completed)
    await enqueue(store, [aJob()])
    await expectClaim(store, 0, 'rate')
  }),

  limitsCase('rate-names-apart', 'each name has a bucket of its own', async ({ store }) => {
    for (const name of ['email', 'fax']) {
      await rate(store, { limit: 1, perMs: HOUR, burst: 2 }, name)
      await enqueue(
        store,
        manyJobs(3, () => ({ name })),
      )
    }
    await expectClaim(store, 2, 'rate')
    await expectClaim(store, 2, 'rate', { name: 'fax' })
  }),

  limitsCase('rate-not-refilled', 'limits that are set again do not fill the bucket', async ({ store }) => {
    for (let time = 0; time < 3; time++) {
      await rate(store, { limit: 1, perMs: HOUR, burst: 2 })
      if (time === 0) await enqueue(store, manyJobs(9))
      await expectClaim(store, time === 0 ? 2 : 0, 'rate')
    }
  }),

  limitsCase('rate-more-burst', 'a bucket that grows lacks what it lacked before', async (context) => {
    const { store } = context
    await rate(store, { limit: 1, perMs: HOUR, burst: 3 })
    await enqueue(store, manyJobs(20))
    await expectClaim(store, 2, undefined, { limit: 2 })
    await rate(store, { limit: 1, perMs: HOUR, burst: 5 })
    expectHeldFor(context, await expectClaim(store, 3, 'rate'), HOUR)
    await rate(store, { limit: 1, perMs: HOUR, burst: 7 })
    await expectClaim(store, 2, 'rate')
  }),

  limitsCase('rate-by-time', 'at another rate a bucket is full when it would have been', async (context) => {
    const { store } = context
    // Full in two hours. At two tokens an hour, that is four that it lacks.
    await rate(store, { limit: 1, perMs: HOUR, burst: 10 })
    await enqueue(store, manyJobs(20))
    await expectClaim(store, 2, undefined, { limit: 2 })
    await rate(store, { limit: 2, perMs: HOUR, burst: 10 })
    expectHeldFor(context, await expectClaim(store, 6, 'rate'), HOUR / 2)
  }),

  limitsCase(
    'rate-emptied',
    'a bucket that has given its last token holds the name, whatever its rate',
    async ({ store }) => {
      for (let count = 1; count <= 12; count++) {
        const name = `email-${count}`
        await rate(store, { limit: count, perMs: 333, burst: 1 }, name)
        await enqueue(
          store,
          manyJobs(2, () => ({ name })),
        )
        await expectClaim(store, 1, 'rate', { name })
        await expectClaim(store, 0, 'rate', { name })
      }
    },
    'still-clock',
  ),

  limitsCase('rate-never-emptier', 'a bucket never lacks more than all that it can hold', async (context) => {
    const { store, harness } = context
    await rate(store, { limit: 1, perMs: HOUR, burst: 2 })
    await enqueue(store, manyJobs(9))
    await expectClaim(store, 2, 'rate')
    await rate(store, { limit: 1, perMs: 10_000, burst: 2 })
    expectHeldFor(context, await expectClaim(store, 0, 'rate'), 10_000)
    await harness.advance(10_000)
    expectHeldFor(context, await expectClaim(store, 1, 'rate'), 10_000)
    await harness.advance(20_000)
    await expectClaim(store, 2, 'rate')
  }),
]

function rate(store: Store, bucket: RateLimit, name = 'email'): Promise<void> {
  return limit(store, { rate: bucket }, name)
}
