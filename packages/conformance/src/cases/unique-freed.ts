import assert from 'node:assert/strict'
import type { ClaimedJob, NewJob, Store } from '@goscheds/core'
import { aJob, HOUR } from '../a-job.js'
import type { CaseContext, ConformanceCase } from '../conformance-case.js'
import { claim, claimNew, claimOne, enqueue, finish, idsOf, LEASE_MS, look, only, promote, reap } from '../moves.js'
import {
  cancelledKept,
  completed,
  completedKept,
  dead,
  releasedForAMinute,
  releasedNow,
  retryNow,
} from '../settlements.js'
import { aUniqueJob, uniqueCase } from './a-unique-job.js'

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

/** How unique keys free, and who is parked behind them. */
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

  ...(['retry', 'release', 'delayed release', 'reap'] as const).map((way) =>
    uniqueCase(
      `started-${slugOf(way)}`,
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

async function push(store: Store, job: NewJob, status: string): Promise<void> {
  const outcome = only(await store.enqueue({ jobs: [job] }))
  assert.equal(outcome.status, status)
}

async function claimOnce(store: Store): Promise<readonly ClaimedJob[]> {
  return (await store.claim({ name: 'email', worker: 'worker-a', limit: 100, leaseMs: LEASE_MS })).jobs
}

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

function slugOf(text: string): string {
  return text.replaceAll(' ', '-')
}
