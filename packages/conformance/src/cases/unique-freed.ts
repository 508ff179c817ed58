import assert from 'node:assert/strict'
import type { ClaimedJob } from '@goscheds/core'
import type { CaseContext, ConformanceCase } from '../conformance-case.js'
import { claim, claimNew, claimOne, enqueue, finish, idsOf, LEASE_MS, look, reap } from '../moves.js'
import { cancelledKept, completed, completedKept, dead, releasedNow, retryNow } from '../settlements.js'
import { aUniqueJob, claimOnce, push, uniqueCase } from './a-unique-job.js'

type End = (context: CaseContext, lease: ClaimedJob) => Promise<unknown>

/** The ways in which an active job ends. */
const ends: Readonly<Record<string, End>> = {
  completed: ({ store }, lease) => finish(store, lease, completed),
  kept: ({ store }, lease) => finish(store, lease, completedKept),
  dead: ({ store }, lease) => finish(store, lease, dead),
  cancelled: ({ store }, lease) => finish(store, lease, cancelledKept),
  'cancelled by request': async ({ store }, lease) => {
    await store.cancel({ ids: [lease.id] })
    await finish(store, lease, retryNow)
  },
  'dead by the reaper': async ({ store, harness }) => {
    await harness.advance(LEASE_MS)
    await reap(store, 0)
  },
  'cancelled by the reaper': async ({ store, harness }, lease) => {
    await store.cancel({ ids: [lease.id] })
    await harness.advance(LEASE_MS)
    await reap(store)
  },
}

/** How unique keys free. Who is parked behind them is in `unique-parked.ts`. */
export const uniqueFreedCases: readonly ConformanceCase[] = [
  ...Object.entries(ends).map(([way, end]) =>
    uniqueCase(
      `freed-${slugOf(way)}`,
      `a key is free when its job is ${way}, and the parked one takes it`,
      async (context) => {
        const { store } = context
        const holder = await claimNew(store, aUniqueJob())
        const parked = aUniqueJob({ onConflict: 'runAgain' })
        await push(store, parked, 'queuedAgain')
        await end(context, holder)
        assert.equal((await look(store, parked.id)).state, 'ready')
        await push(store, aUniqueJob(), 'duplicate')
        await finish(store, await claimOne(store), completed)
        await push(store, aUniqueJob(), 'added')
      },
    ),
  ),

  ...(['cancel', 'remove'] as const).flatMap((method) =>
    (['scheduled', 'ready'] as const).map((state) =>
      uniqueCase(`freed-${method}-${state}`, `${method} of a ${state} holder frees the key`, async ({ store }) => {
        for (const until of ['finished', 'started'] as const) {
          const holder = aUniqueJob({ until }, state === 'scheduled' ? { delayMs: 60_000 } : {})
          await push(store, holder, 'added')
          await store[method]({ ids: [holder.id] })
          const next = aUniqueJob({ until })
          await push(store, next, 'added')
          await store.remove({ ids: [next.id] })
        }
      }),
    ),
  ),

  uniqueCase('freed-expired', 'expiry frees the key, at a claim and by the reaper', async ({ store, harness }) => {
    for (const byClaim of [true, false]) {
      await push(store, aUniqueJob({}, { expiresAt: (await harness.now()) + 1_000 }), 'added')
      await harness.advance(1_000)
      if (byClaim) assert.deepEqual(await claim(store), [])
      else await reap(store)
      const next = aUniqueJob()
      await push(store, next, 'added')
      await store.remove({ ids: [next.id] })
    }
  }),

  uniqueCase('held-by-return', 'until it has finished: a job that goes back keeps its key', async (context) => {
    const { store, harness } = context
    await enqueue(store, [aUniqueJob()])
    for (const settlement of [retryNow, releasedNow]) {
      await finish(store, await claimOne(store), settlement)
      await push(store, aUniqueJob(), 'duplicate')
    }
    await claimOne(store)
    await harness.advance(LEASE_MS)
    await reap(store)
    await push(store, aUniqueJob(), 'duplicate')
    assert.equal((await claim(store)).length, 1)
  }),

  uniqueCase('started', 'until it has started: the claim frees the key', async ({ store }) => {
    const [first, second] = [aUniqueJob({ until: 'started' }), aUniqueJob({ until: 'started' })]
    await push(store, first, 'added')
    assert.deepEqual(idsOf(await claim(store)), [first.id])
    await push(store, second, 'added')
    await push(store, aUniqueJob({ until: 'started' }), 'duplicate')
    assert.deepEqual(idsOf(await claim(store)), [second.id], 'two of them run at once')
  }),

  uniqueCase(
    'started-not-freed-twice',
    'until it has started: the end of a job that has started frees no key',
    async ({ store }) => {
      for (const settlement of [completed, completedKept, dead, cancelledKept]) {
        const lease = await claimNew(store, aUniqueJob({ until: 'started' }))
        const next = aUniqueJob({ until: 'started' })
        await push(store, next, 'added')
        await finish(store, lease, settlement)
        await push(store, aUniqueJob({ until: 'started' }), 'duplicate')
        await store.remove({ ids: [next.id] })
      }
    },
  ),

  uniqueCase('rescheduled-holder', 'a holder that is rescheduled holds its key on, and frees it', async ({ store }) => {
    const holder = aUniqueJob()
    await push(store, holder, 'added')
    await store.reschedule({ entries: [{ id: holder.id, delayMs: 0 }] })
    await push(store, aUniqueJob(), 'duplicate')
    await finish(store, await claimOne(store), completed)
    await push(store, aUniqueJob(), 'added')
  }),

  uniqueCase('redrive', 'a redrive takes the key again, or says who holds it', async ({ store }) => {
    for (const until of ['finished', 'started'] as const) {
      const job = aUniqueJob({ until })
      await finish(store, await claimNew(store, job), dead)
      const other = aUniqueJob({ until })
      await push(store, other, 'added')
      assert.deepEqual(await store.redrive({ ids: [job.id] }), [{ status: 'duplicate', id: other.id }])
      assert.equal((await look(store, job.id)).state, 'dead')
      await finish(store, await claimOne(store), completed)
      assert.deepEqual(await store.redrive({ ids: [job.id] }), [{ status: 'redriven' }])
      await push(store, aUniqueJob({ until }), 'duplicate')
      await finish(store, await claimOne(store), completed)
    }
  }),

  uniqueCase('redrive-batch', 'of two dead jobs of a key one is redriven', async ({ store }) => {
    const jobs = [aUniqueJob(), aUniqueJob()]
    for (const job of jobs) await finish(store, await claimNew(store, job), dead)
    assert.deepEqual(await store.redrive({ ids: idsOf(jobs) }), [
      { status: 'redriven' },
      { status: 'duplicate', id: jobs[0]?.id },
    ])
  }),

  uniqueCase(
    'settled-together',
    'in one call of settle each end frees its key for those behind it',
    async ({ store }) => {
      const leases = []
      for (const key of ['a', 'b', 'c']) leases.push(await claimNew(store, aUniqueJob({ key })))
      const parked = ['a', 'b', 'c'].map((key) => aUniqueJob({ key, onConflict: 'runAgain' }))
      for (const job of parked) await push(store, job, 'queuedAgain')
      await store.settle({ entries: leases.map((lease) => ({ lease, settlement: completed })) })
      assert.deepEqual(idsOf(await claim(store)), idsOf(parked))
    },
  ),

  uniqueCase(
    'claimed-together',
    'one claim of many frees all their keys, and takes no job that it frees',
    async ({ store }) => {
      const first = aUniqueJob({ key: 'a', until: 'started' })
      await push(store, first, 'added')
      const lease = await claimOne(store)
      const jobs = [aUniqueJob({ key: 'a', until: 'started' }), aUniqueJob({ key: 'b', until: 'started' })]
      await enqueue(store, jobs)
      await finish(store, lease, retryNow)
      assert.deepEqual(idsOf(await claimOnce(store)), idsOf(jobs))
      assert.deepEqual(idsOf(await claimOnce(store)), [first.id])
      for (const key of ['a', 'b']) await push(store, aUniqueJob({ key, until: 'started' }), 'added')
    },
  ),
]

function slugOf(text: string): string {
  return text.replaceAll(' ', '-')
}
