import assert from 'node:assert/strict'
import type { ClaimedJob, Store } from '@goscheds/core'
import { aJob, HOUR } from '../a-job.js'
import type { CaseContext, ConformanceCase } from '../conformance-case.js'
import { claim, claimNew, claimOne, enqueue, finish, idsOf, LEASE_MS, look, only, promote, reap } from '../moves.js'
import { completed, releasedForAMinute, releasedNow, retryNow } from '../settlements.js'
import { aUniqueJob, claimOnce, push, uniqueCase } from './a-unique-job.js'

/** Jobs that are parked until their unique key is free, and those that find it free when they come back. */
export const uniqueParkedCases: readonly ConformanceCase[] = [
  ...(['retry', 'release', 'delayed release', 'reap'] as const).map((way) =>
    uniqueCase(
      `started-${way.replace(' ', '-')}`,
      `until it has started: a ${way} takes the key again, or is parked`,
      async (context) => {
        const { store } = context
        const first = aUniqueJob({ until: 'started' })
        await push(store, first, 'added')
        assert.equal(
          await comeBack(context, await claimOne(store), way),
          way === 'delayed release' ? 'scheduled' : 'ready',
        )
        await push(store, aUniqueJob({ until: 'started' }), 'duplicate')
        await ready(context)
        const lease = await claimOne(store)
        const second = aUniqueJob({ until: 'started' })
        await push(store, second, 'added')
        await comeBack(context, lease, way)
        const { state, dueAt } = await look(store, first.id)
        assert.deepEqual([state, dueAt], ['scheduled', undefined], 'parked')
        await ready(context)
        assert.deepEqual(idsOf(await claimOnce(store)), [second.id], 'whose claim frees the key')
        assert.deepEqual(idsOf(await claimOnce(store)), [first.id], 'for the parked one')
      },
    ),
  ),

  uniqueCase('reap-parked', 'the reaper says that it has parked a job', async ({ store, harness }) => {
    const first = aUniqueJob({ until: 'started' })
    await push(store, first, 'added')
    await claimOne(store)
    await push(store, aUniqueJob({ until: 'started' }), 'added')
    await harness.advance(LEASE_MS)
    const [reaped] = await reap(store)
    assert.deepEqual([reaped?.id, reaped?.outcome, reaped?.recoveries], [first.id, 'parked', 1])
  }),

  uniqueCase('behind-ttl', 'behind a key held for a time a job that comes back is not parked', async ({ store }) => {
    const first = aUniqueJob({ until: 'started' })
    await push(store, first, 'added')
    const lease = await claimOne(store)
    await push(store, aUniqueJob({ until: { ttlMs: 60_000 } }, { delayMs: 60_000 }), 'added')
    await finish(store, lease, retryNow)
    assert.equal((await look(store, first.id)).state, 'ready')
  }),

  uniqueCase('parked-fifo', 'of several parked ones the one that was pushed first is the next', async (context) => {
    const { store } = context
    const jobs = [1, 2, 3].map(() => aUniqueJob({ until: 'started' }))
    const leases = []
    for (const job of jobs) {
      await push(store, job, 'added')
      leases.push(await claimOne(store))
    }
    const holder = aUniqueJob({ until: 'started' })
    await push(store, holder, 'added')
    // Neither the first nor the last to be parked is the first that was pushed.
    for (const place of [1, 0, 2]) await finish(store, leases[place] as ClaimedJob, retryNow)
    const order = []
    for (let turn = 0; turn < 4; turn++) order.push(...idsOf(await claimOnce(store)))
    assert.deepEqual(order, idsOf([holder, ...jobs]))
  }),

  uniqueCase('parked-later', 'a parked job whose time has not come waits for it, as the holder', async (context) => {
    const { store, harness } = context
    const holder = await claimNew(store, aUniqueJob())
    const executeAt = (await harness.now()) + 60_000
    const parked = aUniqueJob({ onConflict: 'runAgain' }, { executeAt })
    await push(store, parked, 'queuedAgain')
    await finish(store, holder, completed)
    const { state, dueAt } = await look(store, parked.id)
    assert.deepEqual([state, dueAt], ['scheduled', executeAt])
    await push(store, aUniqueJob(), 'duplicate')
    await harness.advance(60_000)
    await promote(store)
    assert.equal((await claimOne(store)).id, parked.id)
  }),

  uniqueCase(
    'parked-never-due',
    'a parked job is not promoted, and is no next due time',
    async ({ store, harness }) => {
      await claimNew(store, aUniqueJob())
      const parked = aUniqueJob({ onConflict: 'runAgain' }, { delayMs: 1_000 })
      await push(store, parked, 'queuedAgain')
      await harness.advance(10 * HOUR)
      assert.deepEqual(await store.promote({ limit: 10 }), { promoted: 0, nextDueInMs: null })
      await enqueue(store, [aJob({ delayMs: 1_000 })])
      const { nextDueInMs } = await store.promote({ limit: 10 })
      assert.ok(nextDueInMs !== null && nextDueInMs <= 1_000)
      assert.equal(only(await store.counts({ names: ['email'] })).scheduled, 2)
    },
  ),

  uniqueCase('parked-listed', 'parked jobs are listed behind the other scheduled ones', async ({ store }) => {
    await claimNew(store, aUniqueJob())
    await claimNew(store, aUniqueJob({ key: 'other' }))
    const parked = [aUniqueJob({ onConflict: 'runAgain' }), aUniqueJob({ key: 'other', onConflict: 'runAgain' })]
    for (const job of parked) await push(store, job, 'queuedAgain')
    const scheduled = aJob({ delayMs: HOUR })
    await enqueue(store, [scheduled])
    const listed = []
    let cursor: string | null = null
    do {
      const page: Awaited<ReturnType<Store['list']>> = await store.list({
        name: 'email',
        state: 'scheduled',
        limit: 1,
        cursor,
      })
      listed.push(...page.jobs)
      cursor = page.cursor
    } while (cursor !== null)
    assert.deepEqual(idsOf(listed), idsOf([scheduled, ...parked]))
  }),

  ...(['cancel', 'remove'] as const).map((method) =>
    uniqueCase(`parked-${method}`, `${method} of a parked job leaves the next its turn`, async ({ store }) => {
      const leases = []
      for (let turn = 0; turn < 2; turn++) {
        await push(store, aUniqueJob({ until: 'started' }), 'added')
        leases.push(await claimOne(store))
      }
      const holder = aUniqueJob({ until: 'started' })
      await push(store, holder, 'added')
      for (const lease of leases) await finish(store, lease, retryNow)
      const [first, second] = leases
      await store[method]({ ids: [first?.id ?? ''] })
      assert.deepEqual(idsOf(await claimOnce(store)), [holder.id])
      assert.deepEqual(idsOf(await claimOnce(store)), [second?.id ?? ''])
    }),
  ),

  uniqueCase('parked-rescheduled', 'a reschedule leaves a parked job alone, and says so', async ({ store }) => {
    const holder = await claimNew(store, aUniqueJob())
    const parked = aUniqueJob({ onConflict: 'runAgain' })
    await push(store, parked, 'queuedAgain')
    const before = await look(store, parked.id)
    assert.deepEqual(await store.reschedule({ entries: [{ id: parked.id, delayMs: 0 }] }), [{ status: 'parked' }])
    assert.deepEqual(await look(store, parked.id), before)
    await finish(store, holder, completed)
    assert.deepEqual(idsOf(await claim(store)), [parked.id])
  }),

  uniqueCase('parked-expires', 'a parked job expires', async ({ store, harness }) => {
    await claimNew(store, aUniqueJob(), { leaseMs: HOUR })
    const parked = aUniqueJob({ onConflict: 'runAgain' }, { expiresAt: (await harness.now()) + 1_000 })
    await push(store, parked, 'queuedAgain')
    await harness.advance(1_000)
    assert.deepEqual(idsOf((await store.reap({ limit: 10, maxRecoveries: 3 })).expired), [parked.id])
    await push(store, aUniqueJob({ onConflict: 'runAgain' }), 'queuedAgain')
  }),
]

async function comeBack({ store, harness }: CaseContext, lease: ClaimedJob, way: string): Promise<string> {
  if (way === 'reap') {
    await harness.advance(LEASE_MS)
    await reap(store)
  } else await finish(store, lease, way === 'retry' ? retryNow : way === 'release' ? releasedNow : releasedForAMinute)
  return (await look(store, lease.id)).state
}

async function ready({ store, harness }: CaseContext): Promise<void> {
  await harness.advance(60_000)
  await promote(store)
}
