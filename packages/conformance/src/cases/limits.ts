import assert from 'node:assert/strict'
import type { ClaimedJob, NameLimits, StoreHint } from '@goscheds/core'
import { aJob, HOUR, manyJobs } from '../a-job.js'
import type { CaseContext, ConformanceCase } from '../conformance-case.js'
import { claim, claimOne, enqueue, finish, idsOf, LEASE_MS, look, only } from '../moves.js'
import { completed } from '../settlements.js'
import { soon } from '../waiting.js'
import { expectClaim, limit, limitsCase } from './a-limited-name.js'

/** `setLimits`, and what no limit changes. */
export const limitsCases: readonly ConformanceCase[] = [
  limitsCase('names-apart', 'a name is held to its own limits, and no other is', async ({ store }) => {
    await limit(store, { concurrency: 1 })
    await limit(store, { concurrency: 2 }, 'fax')
    for (const name of ['email', 'fax', 'sms']) {
      await enqueue(
        store,
        manyJobs(4, () => ({ name })),
      )
    }
    await expectClaim(store, 4, undefined, { name: 'sms' })
    await expectClaim(store, 2, 'concurrency', { name: 'fax' })
    await expectClaim(store, 1, 'concurrency')
  }),

  limitsCase('change-while-running', 'what is active stays when a limit changes, and counts', async ({ store }) => {
    await enqueue(store, manyJobs(8))
    const running = await claim(store, { limit: 3 })
    await limit(store, { concurrency: 2 })
    await expectClaim(store, 0, 'concurrency')
    assert.deepEqual(await store.extend({ leases: running, leaseMs: LEASE_MS }), ['held', 'held', 'held'])
    const [first, second, third] = running as [ClaimedJob, ClaimedJob, ClaimedJob]
    await finish(store, first, completed)
    await expectClaim(store, 0, 'concurrency')
    await finish(store, second, completed)
    await expectClaim(store, 1, 'concurrency')
    await limit(store, { concurrency: 4 })
    await expectClaim(store, 2, 'concurrency')
    await finish(store, third, completed)
    await limit(store, null)
    await expectClaim(store, 2, undefined)
  }),

  limitsCase('replaced', 'new limits take the place of all that were there', async ({ store }) => {
    await enqueue(store, manyJobs(9))
    await limit(store, { concurrency: 1 })
    await expectClaim(store, 1, 'concurrency')
    await limit(store, { rate: { limit: 1, perMs: HOUR, burst: 2 } })
    await expectClaim(store, 2, 'rate')
    await limit(store, { concurrency: 4 })
    await expectClaim(store, 1, 'concurrency')
    await limit(store, {})
    await expectClaim(store, 5, undefined)
  }),

  limitsCase('counts', 'the counts tell the limits as they were set, also where there is no job', async ({ store }) => {
    const shown = async (): Promise<readonly (NameLimits | undefined)[]> =>
      (await store.counts({ names: ['email', 'fax'] })).map(({ limits }) => limits)
    assert.deepEqual(await shown(), [undefined, undefined])
    const all: NameLimits = {
      concurrency: 5,
      rate: { limit: 7, perMs: 1_000, burst: 3 },
      perGroup: { concurrency: 1, rate: { limit: 1, perMs: 60_000, burst: 2 }, ordered: true },
    }
    for (const limits of [{ concurrency: 1_000_000 }, all, { perGroup: { concurrency: 2 } }]) {
      await limit(store, limits, 'fax')
      assert.deepEqual(await shown(), [undefined, limits])
    }
    assert.deepEqual(await store.counts({}), [], 'limits make no name known')
    await limit(store, null, 'fax')
    assert.deepEqual(await shown(), [undefined, undefined])
  }),

  limitsCase(
    'before-jobs',
    'limits that were set before a name had jobs hold, and stay when it has none',
    async (c) => {
      const { store } = c
      await limit(store, { concurrency: 1 })
      for (let round = 0; round < 2; round++) {
        await enqueue(store, manyJobs(2))
        const taken = only((await expectClaim(store, 1, 'concurrency')).jobs)
        await finish(store, taken, completed)
        await finish(store, await claimOne(store), completed)
        await c.harness.advance(HOUR)
        await store.prune({ limit: 100, maxDeadPerName: 0 })
      }
    },
  ),

  limitsCase('hint', 'a `control` hint comes with the name', async (context) => {
    for (const limits of [{ concurrency: 1 }, null]) {
      assert.deepEqual(await hintOf(context, () => limit(context.store, limits)), { type: 'control', name: 'email' })
    }
  }),

  limitsCase(
    'priority',
    'the order of priorities holds under a limit',
    async ({ store }) => {
      await limit(store, { concurrency: 2 })
      await enqueue(
        store,
        [3, -3, 0, 3, -3, 0].map((priority) => aJob({ priority })),
      )
      const order: (number | undefined)[] = []
      for (let turn = 0; turn < 3; turn++) {
        const taken = await claim(store)
        for (const job of taken) {
          order.push((await look(store, job.id)).priority)
          await finish(store, job, completed)
        }
      }
      assert.deepEqual(order, [-3, -3, undefined, undefined, 3, 3])
    },
    'job-options',
  ),

  limitsCase(
    'priority-turns',
    'a claim that is held uses up no turn of a priority',
    async ({ store }) => {
      await enqueue(store, [...manyJobs(40, () => ({ priority: -1 })), aJob({ priority: 9 })])
      await limit(store, { concurrency: 10 })
      await expectClaim(store, 10, 'concurrency')
      for (let time = 0; time < 10; time++) await expectClaim(store, 0, 'concurrency')
      await limit(store, null)
      // Of turns, the first is that of -1; the 32nd job is the first of the next.
      const ids = idsOf(await claim(store, { limit: 22 }))
      const priorities = (await store.get({ ids })).map((job) => job?.priority)
      assert.equal(priorities.indexOf(9), 21)
    },
    'job-options',
  ),

  limitsCase(
    'expired',
    'a job that expires takes neither a slot nor a token',
    async ({ store, harness }) => {
      for (const [name, limits] of [
        ['email', { concurrency: 1 }],
        ['fax', { rate: { limit: 1, perMs: HOUR, burst: 1 } }],
      ] as const) {
        await limit(store, limits, name)
        const expiresAt = (await harness.now()) + 1_000
        const live = aJob({ name })
        await enqueue(store, [...manyJobs(3, () => ({ name, expiresAt })), live])
        await harness.advance(1_000)
        assert.deepEqual(idsOf(await claim(store, { name })), [live.id])
      }
    },
    'job-options',
  ),
]

async function hintOf(context: CaseContext, act: () => Promise<void>): Promise<StoreHint> {
  let hear = (_hint: StoreHint): void => {}
  const heard = new Promise<StoreHint>((resolve) => (hear = resolve))
  const unsubscribe = await context.store.subscribe(hear)
  await act()
  const hint = await soon(context, 'the hint', heard)
  await unsubscribe()
  return hint
}
