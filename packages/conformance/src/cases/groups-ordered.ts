import assert from 'node:assert/strict'
import type { ClaimedJob, NewJob, Store } from '@goscheds/core'
import type { CaseContext, ConformanceCase } from '../conformance-case.js'
import { claim, claimOne, enqueue, finish, idsOf, LEASE_MS, look, only, promote, reap } from '../moves.js'
import { completed, dead, releasedForAMinute, releasedNow, retryInAMinute, retryNow } from '../settlements.js'
import { beginWait, soon } from '../waiting.js'
import { expectListed, expectServed, inGroup, push } from './a-grouped-job.js'
import { expectClaim, expectHeldFor, limit } from './a-limited-name.js'
import { limitedCase, limitGroups } from './a-limited-group.js'

/** Groups whose jobs run strictly in order. */
export const groupsOrderedCases: readonly ConformanceCase[] = [
  limitedCase('ordered', 'the jobs of an ordered group run one after the other, in their order', async ({ store }) => {
    await order(store)
    const jobs = await push(store, 'aaaa')
    for (const { id } of jobs) {
      const lease = only(await claim(store))
      assert.equal(lease.id, id)
      await finish(store, lease, completed)
    }
  }),

  ...(['retry', 'release', 'reap'] as const).map((way) =>
    limitedCase(`ordered-${way}`, `after a ${way} a job is the first of its ordered group`, async (context) => {
      const { store } = context
      await order(store)
      const [first, second] = await push(store, 'aaa')
      for (let time = 0; time < 2; time++) {
        const lease = only(await claim(store))
        assert.equal(lease.id, first?.id)
        await comeBack(context, lease, way)
        await expectListed(store, 'aaa')
      }
      await finish(store, await claimOne(store), completed)
      assert.equal((await claimOne(store)).id, second?.id)
    }),
  ),

  ...(['delayed retry', 'delayed release'] as const).map((way) =>
    limitedCase(
      `ordered-${way.replace(' ', '-')}`,
      `after a ${way} a job keeps its place, and what is behind it in its group waits`,
      async (context) => {
        const { store, harness } = context
        await order(store)
        const [first, second] = await push(store, 'aaabb')
        const [lease] = await claim(store, { limit: 1 })
        await comeBack(context, lease as ClaimedJob, way)
        await expectServed(store, 'b', { limit: 100 })
        await push(store, 'a')
        await harness.advance(50_000)
        await promote(store)
        expectHeldFor(context, await expectClaim(store, 0, undefined), undefined)
        await harness.advance(10_000)
        await expectServed(store, '', { limit: 1 })
        await promote(store)
        const again = await claimOne(store)
        assert.equal(again.id, first?.id)
        await finish(store, again, completed)
        assert.equal((await claimOne(store)).id, second?.id)
      },
    ),
  ),

  ...(['cancel', 'remove', 'reschedule'] as const).map((method) =>
    limitedCase(`ordered-${method}`, `${method} of a job that keeps its place gives it up`, async (context) => {
      const { store, harness } = context
      await order(store)
      const [first, second, third] = await push(store, 'aaa')
      const id = first?.id ?? ''
      await finish(store, await claimOne(store), retryInAMinute)
      await expectServed(store, '', { limit: 1 })
      if (method === 'reschedule') await store.reschedule({ entries: [{ id, delayMs: 1_000 }] })
      else await store[method]({ ids: [id] })
      const next = await claimOne(store)
      assert.equal(next.id, second?.id)
      await harness.advance(60_000)
      await promote(store)
      await finish(store, next, completed)
      assert.equal((await claimOne(store)).id, third?.id)
    }),
  ),

  limitedCase('ordered-dead', 'a job that ends leaves the next its turn', async ({ store }) => {
    await order(store)
    const [, second] = await push(store, 'aa')
    await finish(store, await claimOne(store), dead)
    assert.equal((await claimOne(store)).id, second?.id)
  }),

  limitedCase('ordered-wakes', 'a job that gives up its place wakes one who waits', async (context) => {
    const { store } = context
    await order(store)
    const [first] = await push(store, 'aa')
    await finish(store, await claimOne(store, { worker: 'worker-b' }), retryInAMinute)
    await expectServed(store, '', { limit: 1 })
    const wait = await beginWait(store)
    await store.cancel({ ids: [first?.id ?? ''] })
    await soon(context, 'the wait', wait.returned)
    await expectServed(store, 'a')
  }),

  limitedCase(
    'ordered-others',
    'groups whose first job waits hold up neither others nor plain jobs',
    async ({ store }) => {
      await order(store)
      await push(store, 'aab')
      await finish(store, await claimOne(store), retryInAMinute)
      await push(store, '-bc')
      await expectServed(store, 'b-c', { limit: 100 })
    },
  ),

  limitedCase('ordered-new-job', 'a new job that is due later keeps no place', async ({ store, harness }) => {
    await order(store)
    await push(store, 'a', { delayMs: 60_000 })
    const [second] = await push(store, 'a')
    const lease = await claimOne(store)
    assert.equal(lease.id, second?.id)
    await harness.advance(60_000)
    await promote(store)
    const [third] = await push(store, 'b')
    assert.deepEqual(idsOf(await claim(store)), [third?.id])
    await finish(store, lease, completed)
    await expectServed(store, 'a')
  }),

  limitedCase('ordered-redrive', 'a dead job that is redriven goes to the tail', async ({ store }) => {
    await order(store)
    const [first, second] = await push(store, 'aa')
    await finish(store, await claimOne(store), dead)
    await store.redrive({ ids: [first?.id ?? ''] })
    assert.equal((await claimOne(store)).id, second?.id)
  }),

  limitedCase(
    'not-ordered',
    'without that, a job that waits for its time holds up nothing of its group',
    async (context) => {
      const { store, harness } = context
      await limitGroups(store, { concurrency: 1 })
      const [first, second, third] = await push(store, 'aaa')
      await finish(store, await claimOne(store), retryInAMinute)
      const next = await claimOne(store)
      assert.equal(next.id, second?.id)
      await harness.advance(60_000)
      await promote(store)
      await reap(store)
      await store.remove({ ids: [second?.id ?? ''] })
      assert.deepEqual([(await claimOne(store)).id, (await look(store, first?.id ?? '')).state], [third?.id, 'ready'])
    },
  ),

  limitedCase('ordered-no-more', 'once the order is given up, kept places hold up nothing', async ({ store }) => {
    await order(store)
    const [, second] = await push(store, 'aa')
    await finish(store, await claimOne(store), retryInAMinute)
    await expectServed(store, '', { limit: 1 })
    await limit(store, null)
    assert.equal((await claimOne(store)).id, second?.id)
  }),

  limitedCase(
    'ordered-parked',
    'a job that has to wait for its key keeps no place: the holder may be behind it',
    async ({ store }) => {
      await order(store)
      const unique: NonNullable<NewJob['unique']> = { key: 'k', until: 'started', onConflict: 'ignore' }
      const [first, second, third] = [inGroup('a', { unique }), inGroup('a', { unique }), inGroup('a')]
      await enqueue(store, [first])
      const lease = await claimOne(store)
      await enqueue(store, [second, third])
      await finish(store, lease, retryNow)
      const holder = await claimOne(store)
      assert.equal(holder.id, second.id)
      await finish(store, holder, completed)
      assert.deepEqual([(await claimOne(store)).id, (await look(store, first.id)).state], [third.id, 'ready'])
    },
    'job-options',
  ),
]

function order(store: Store): Promise<void> {
  return limitGroups(store, { concurrency: 1, ordered: true })
}

async function comeBack({ store, harness }: CaseContext, lease: ClaimedJob, way: string): Promise<void> {
  if (way === 'reap') {
    await harness.advance(LEASE_MS)
    await reap(store)
  } else {
    const settlements = { retry: retryNow, release: releasedNow, 'delayed retry': retryInAMinute } as const
    await finish(store, lease, settlements[way as keyof typeof settlements] ?? releasedForAMinute)
  }
}
