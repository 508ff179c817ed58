import assert from 'node:assert/strict'
import type { ClaimedJob, NameLimits, Settlement, Store } from '@goscheds/core'
import { aJob, HOUR, manyJobs } from '../a-job.js'
import type { ConformanceCase } from '../conformance-case.js'
import { claimNew, claimOne, enqueue, finish, idsOf, LEASE_MS, leaseOf, look, only, settle } from '../moves.js'
import { completed } from '../settlements.js'
import { beginWait, soon } from '../waiting.js'
import { claimOnce, expectClaim, expectHeldFor, limit, limitsCase } from './a-limited-name.js'

const rateOfOne: NameLimits = { rate: { limit: 1, perMs: HOUR, burst: 1 } }

/** What holds a name back: also a job that is released with a hold, and what a claim says of it. */
export const limitsHeldCases: readonly ConformanceCase[] = [
  limitsCase('hold', 'nothing of a name is claimed while a hold lasts, and no attempt is used', async (context) => {
    const { store, harness } = context
    const job = aJob()
    const lease = await claimNew(store, job)
    await enqueue(store, [aJob(), aJob({ name: 'fax' })])
    assert.deepEqual(await settle(store, lease, holding(60_000)), { status: 'settled', state: 'ready' })
    expectHeldFor(context, await expectClaim(store, 0, 'hold'), 60_000)
    await expectClaim(store, 1, undefined, { name: 'fax' })
    await harness.advance(50_000)
    expectHeldFor(context, await expectClaim(store, 0, 'hold'), 10_000)
    await harness.advance(10_000)
    await expectClaim(store, 2, undefined)
    assert.equal((await look(store, job.id)).attempts, 0)
  }),

  limitsCase(
    'hold-exactly',
    'a hold ends at its time, and not a millisecond earlier',
    async ({ store, harness }) => {
      await hold(store, 1_000)
      await harness.advance(999)
      await expectClaim(store, 0, 'hold')
      await harness.advance(1)
      await expectClaim(store, 1, undefined)
    },
    'still-clock',
  ),

  limitsCase('hold-and-delay', 'a hold and the delay of the job are apart', async (context) => {
    const { store, harness } = context
    const lease = await claimNew(store, aJob())
    await enqueue(store, [aJob()])
    assert.deepEqual(await settle(store, lease, holding(60_000, HOUR)), { status: 'settled', state: 'scheduled' })
    await harness.advance(60_000)
    const taken = only((await expectClaim(store, 1, undefined)).jobs)
    assert.notEqual(taken.id, lease.id)
  }),

  limitsCase('hold-later-stays', 'of two holds the one that ends later stays', async (context) => {
    const { store, harness } = context
    await enqueue(store, manyJobs(3))
    const leases = [await claimOne(store), await claimOne(store), await claimOne(store)]
    const [first, second, third] = leases as [ClaimedJob, ClaimedJob, ClaimedJob]
    await finish(store, first, holding(60_000))
    await finish(store, second, holding(10_000))
    await finish(store, third, { type: 'released', delayMs: 0 })
    await harness.advance(20_000)
    expectHeldFor(context, await expectClaim(store, 0, 'hold'), 40_000)
  }),

  limitsCase('hold-longer', 'a hold that ends later takes the place of one before', async (context) => {
    const { store } = context
    await enqueue(store, manyJobs(2))
    const leases = [await claimOne(store), await claimOne(store)]
    for (const [place, ms] of [10_000, 60_000].entries()) {
      await finish(store, leases[place] as ClaimedJob, holding(ms))
    }
    expectHeldFor(context, await expectClaim(store, 0, 'hold'), 60_000)
  }),

  limitsCase('hold-when-cancelled', 'a name is held whatever becomes of the job that asks for it', async (context) => {
    const { store } = context
    const lease = await claimNew(store, aJob())
    await store.cancel({ ids: [lease.id] })
    assert.deepEqual(await settle(store, lease, holding(60_000)), { status: 'settled', state: 'cancelled' })
    expectHeldFor(context, await expectClaim(store, 0, 'hold'), 60_000)
  }),

  limitsCase('hold-lost', 'a lease that is not current holds nothing', async ({ store }) => {
    const lease = await claimNew(store, aJob())
    await finish(store, lease, completed)
    await enqueue(store, [aJob()])
    assert.deepEqual(await settle(store, lease, holding(60_000)), { status: 'lost' })
    await expectClaim(store, 1, undefined)
  }),

  limitsCase('hold-running', 'what runs goes on while a hold lasts', async ({ store }) => {
    const other = await claimNew(store, aJob())
    await hold(store, HOUR)
    assert.deepEqual(await store.extend({ leases: [leaseOf(other)], leaseMs: LEASE_MS }), ['held'])
    await finish(store, other, completed)
  }),

  limitsCase('hold-and-limits', 'a hold and limits are apart', async ({ store }) => {
    await hold(store, HOUR)
    for (const limits of [{ concurrency: 5 }, null]) {
      await limit(store, limits)
      await expectClaim(store, 0, 'hold')
    }
  }),

  limitsCase('held-order', 'of what holds a name: paused, on hold, at its concurrency, without a token', async (c) => {
    const { store, harness } = c
    await limit(store, { concurrency: 2, ...rateOfOne, rate: { limit: 1, perMs: 2 * HOUR, burst: 3 } })
    await enqueue(store, manyJobs(9))
    const { jobs } = await expectClaim(store, 2, 'concurrency', { leaseMs: 9 * HOUR })
    await finish(store, jobs[0] as ClaimedJob, holding(HOUR))
    await store.setPaused({ names: ['email'], paused: true })
    expectHeldFor(c, await expectClaim(store, 0, 'paused'), undefined)
    await limit(store, { concurrency: 1, rate: { limit: 1, perMs: 2 * HOUR, burst: 2 } })
    await store.setPaused({ names: ['email'], paused: false })
    expectHeldFor(c, await expectClaim(store, 0, 'hold'), HOUR)
    await harness.advance(HOUR)
    expectHeldFor(c, await expectClaim(store, 0, 'concurrency'), undefined)
    await finish(store, jobs[1] as ClaimedJob, completed)
    expectHeldFor(c, await expectClaim(store, 0, 'rate'), HOUR)
    await harness.advance(HOUR)
    await expectClaim(store, 1, 'concurrency')
  }),

  limitsCase(
    'held-both',
    'what ends the claim first holds it, and at the same job the concurrency',
    async (context) => {
      const { store } = context
      for (const [name, concurrency, burst, count, held] of [
        ['a', 2, 2, 2, 'concurrency'],
        ['b', 2, 3, 2, 'concurrency'],
        ['c', 3, 2, 2, 'rate'],
      ] as const) {
        await limit(store, { concurrency, rate: { limit: 1, perMs: HOUR, burst } }, name)
        await enqueue(
          store,
          manyJobs(4, () => ({ name })),
        )
        const result = await expectClaim(store, count, held, { name })
        expectHeldFor(context, result, held === 'rate' ? HOUR : undefined)
      }
    },
  ),

  limitsCase('not-held', 'a claim that its limit or the queue ends is not held', async ({ store }) => {
    for (const [name, limits] of [
      ['a', { concurrency: 3 }],
      ['b', { rate: { limit: 1, perMs: HOUR, burst: 3 } }],
    ] as const) {
      await limit(store, limits, name)
      assert.deepEqual(await claimOnce(store, { name }), { jobs: [], more: false }, 'nothing is there')
      await enqueue(
        store,
        manyJobs(5, () => ({ name })),
      )
      const { jobs, heldForMs } = await expectClaim(store, 3, undefined, { name, limit: 3 })
      assert.equal(heldForMs, undefined, 'the limit of the call')
      if (name === 'b') continue
      for (const job of jobs) await finish(store, job, completed)
      await expectClaim(store, 2, undefined, { name })
    }
  }),

  limitsCase(
    'held-at-the-end',
    'a claim that takes all it may is held, also if it empties the queue',
    async (context) => {
      const { store } = context
      await limit(store, { concurrency: 2 })
      await enqueue(store, manyJobs(2))
      await expectClaim(store, 2, 'concurrency')
      await limit(store, rateOfOne, 'fax')
      await enqueue(store, [aJob({ name: 'fax' })])
      expectHeldFor(context, await expectClaim(store, 1, 'rate', { name: 'fax' }), HOUR)
    },
  ),

  limitsCase('held-without-jobs', 'a name is held whatever is ready', async ({ store }) => {
    await limit(store, { concurrency: 1 })
    await claimNew(store, aJob())
    await expectClaim(store, 0, 'concurrency')
    await limit(store, rateOfOne, 'fax')
    await claimNew(store, aJob({ name: 'fax' }))
    await expectClaim(store, 0, 'rate', { name: 'fax' })
  }),

  ...(['hold', 'concurrency', 'rate'] as const).map((reason) =>
    limitsCase(
      `not-stranded-${reason}`,
      `what a wait had popped goes back when the name is held (${reason})`,
      async (c) => {
        const { store } = c
        if (reason === 'rate') await limit(store, { rate: { limit: 1, perMs: HOUR, burst: 2 } })
        const lease = await claimNew(store, aJob(), { worker: 'worker-b', leaseMs: 24 * HOUR })
        const jobs = manyJobs(3)
        const wait = await beginWait(store)
        await enqueue(store, jobs)
        await soon(c, 'the wait', wait.returned)
        if (reason === 'hold') await finish(store, lease, holding(HOUR, 24 * HOUR))
        else await limit(store, reason === 'rate' ? rateOfOne : { concurrency: 1 })
        await expectClaim(store, 0, reason)
        assert.equal(only(await store.counts({ names: ['email'] })).ready, 3)
        await limit(store, null)
        await c.harness.advance(HOUR)
        const { jobs: taken } = await claimOnce(store, { worker: 'worker-c' })
        assert.deepEqual(idsOf(taken), idsOf(jobs), 'another worker may have them')
      },
    ),
  ),
]

/** Gives the job back, and holds its name for a while. */
function holding(holdNameMs: number, delayMs = 0): Settlement {
  return { type: 'released', delayMs, holdNameMs }
}

/** Holds the name by way of a job, which is ready afterwards. */
async function hold(store: Store, ms: number): Promise<void> {
  await finish(store, await claimNew(store, aJob()), holding(ms))
}
