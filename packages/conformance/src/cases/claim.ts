import assert from 'node:assert/strict'
import type { ClaimedJob, Store } from '@goscheds/core'
import { aJob, keptForAnHour, manyJobs } from '../a-job.js'
import { coreCase, fullCase, type ConformanceCase } from '../conformance-case.js'
import { claim, claimNew, claimOne, enqueue, finish, idsOf, LEASE_MS, promote, reap, settle } from '../moves.js'
import { releasedNow, retryInAMinute, retryNow } from '../settlements.js'

/** `claim`: what is handed out, in which order. Fences are in `fence.ts`. */
export const claimCases: readonly ConformanceCase[] = [
  coreCase('claim/nothing', 'an empty work queue hands out nothing', async ({ store }) => {
    const input = { name: 'email', worker: 'worker-a', limit: 10, leaseMs: LEASE_MS }
    assert.deepEqual(await store.claim(input), { jobs: [], more: false })
  }),

  coreCase('claim/what-is-handed-out', 'a claim hands out the whole job and its lease', async (context) => {
    const { store, harness, slackMs } = context
    const job = aJob({ payload: '{"a":1}', options: '{"maxAttempts":3}' })
    const acceptedAt = await harness.now()
    await enqueue(store, [job])
    await harness.advance(5_000)
    const claimed = await claimOne(store)
    const { executeAt, enqueuedAt, claimedAt, fence, ...rest } = claimed
    assert.deepEqual(rest, {
      id: job.id,
      name: job.name,
      payload: job.payload,
      options: job.options,
      attempts: 0,
      recoveries: 0,
    })
    assert.equal(fence.claim, 1)
    assert.ok(Number.isSafeInteger(fence.generation), 'a generation is a whole number')
    for (const [instant, expected] of [
      [executeAt, acceptedAt],
      [enqueuedAt, acceptedAt],
      [claimedAt, acceptedAt + 5_000],
    ] as const) {
      assert.ok(Number.isInteger(instant) && instant - expected >= 0 && instant - expected <= slackMs, `${instant}`)
    }
  }),

  coreCase('claim/limit', 'at most `limit` jobs are taken, from the head', async ({ store }) => {
    const jobs = manyJobs(5)
    await enqueue(store, jobs)
    const first = await store.claim({ name: 'email', worker: 'worker-a', limit: 3, leaseMs: LEASE_MS })
    assert.deepEqual(idsOf(first.jobs), idsOf(jobs.slice(0, 3)))
    assert.deepEqual(idsOf(await claim(store)), idsOf(jobs.slice(3)))
  }),

  coreCase('claim/once', 'a claimed job is not claimed again', async ({ store }) => {
    await enqueue(store, manyJobs(3))
    assert.equal((await claim(store)).length, 3)
    assert.deepEqual(await claim(store), [])
    assert.deepEqual(await claim(store, { worker: 'worker-b' }), [])
  }),

  coreCase('claim/fifo', 'jobs leave in the order in which they became due', async ({ store, harness }) => {
    const [early, late, now] = [aJob({ delayMs: 1_000 }), aJob({ delayMs: 2_000 }), aJob()]
    await enqueue(store, [late, early, now])
    await harness.advance(1_500)
    await promote(store)
    const between = aJob()
    await enqueue(store, [between])
    await harness.advance(1_000)
    await promote(store)
    assert.deepEqual(idsOf(await claim(store)), idsOf([now, early, between, late]))
  }),

  coreCase('claim/fifo-one-by-one', 'the order holds from one claim to the next', async ({ store }) => {
    const jobs = manyJobs(20)
    await enqueue(store, jobs)
    const taken: string[] = []
    for (let turn = 0; turn < 20; turn += 1) {
      taken.push((await claimOne(store, { worker: turn % 2 === 0 ? 'worker-a' : 'worker-b' })).id)
    }
    assert.deepEqual(taken, idsOf(jobs))
  }),

  coreCase('claim/attempts-and-recoveries', 'a claim says what earlier attempts left', async ({ store, harness }) => {
    await finish(store, await claimNew(store, aJob()), retryNow)
    await finish(store, await claimOne(store), releasedNow)
    const third = await claimOne(store)
    assert.deepEqual([third.attempts, third.recoveries], [1, 0])
    await harness.advance(LEASE_MS)
    await reap(store)
    const fourth = await claimOne(store)
    assert.deepEqual([fourth.attempts, fourth.recoveries], [1, 1])
  }),

  coreCase(
    'claim/execute-at-is-kept',
    'a retry keeps the instant from which it was due',
    async ({ store, harness }) => {
      const executeAt = (await harness.now()) - 7_000
      await finish(store, await claimNew(store, aJob({ executeAt })), retryInAMinute)
      await harness.advance(60_000)
      await promote(store)
      assert.equal((await claimOne(store)).executeAt, executeAt)
    },
  ),

  coreCase('claim/lease-of-its-own', 'each claim gets the lease it asked for', async ({ store, harness }) => {
    const [short, long] = [aJob(), aJob()]
    await claimNew(store, short, { leaseMs: 10_000 })
    await claimNew(store, long, { leaseMs: 40_000 })
    await harness.advance(20_000)
    assert.deepEqual(idsOf(await reap(store)), [short.id])
    await harness.advance(20_000)
    assert.deepEqual(idsOf(await reap(store)), [long.id])
  }),

  coreCase('claim/many', 'one claim may take thousands', async ({ store }) => {
    const jobs = manyJobs(2_500)
    await enqueue(store, jobs)
    assert.deepEqual(idsOf(await claim(store, { limit: 2_500 })), idsOf(jobs))
  }),

  coreCase('claim/concurrently', 'workers that claim at the same time never get the same job', async (context) => {
    const { store } = context
    const jobs = manyJobs(400)
    await enqueue(store, jobs)
    assert.deepEqual((await drainInParallel([store, store])).sort(), idsOf(jobs).sort())
  }),

  coreCase(
    'claim/concurrently-over-handles',
    'nor do workers on several handles, and none is left over',
    async (context) => {
      const jobs = manyJobs(400)
      await enqueue(context.store, jobs)
      const handles = [context.store, await context.connect(), await context.connect()]
      assert.deepEqual((await drainInParallel(handles)).sort(), idsOf(jobs).sort())
    },
    'connect',
  ),

  coreCase(
    'claim/damaged-record',
    'a record that cannot be decoded is handed out with `damage`, and its neighbours flow',
    async ({ store, harness }) => {
      const jobs = manyJobs(3)
      const broken = jobs[1] ?? aJob()
      await enqueue(store, jobs)
      await harness.damage?.(broken.id)
      const claimed = await claim(store)
      assert.deepEqual(idsOf(claimed), idsOf(jobs))
      for (const job of claimed) {
        assert.equal(job.damage === undefined, job.id !== broken.id, `damage of ${job.id}: ${job.damage}`)
        assert.equal(typeof job.payload, 'string')
      }
    },
    'damage',
  ),

  coreCase(
    'claim/damaged-record-ends',
    'a damaged job can be settled as dead',
    async ({ store, harness }) => {
      await enqueue(store, [aJob({ id: 'broken', retention: keptForAnHour })])
      await harness.damage?.('broken')
      const claimed = await claimOne(store)
      assert.deepEqual(await settle(store, claimed, undecodable), { status: 'settled', state: 'dead' })
      await harness.advance(LEASE_MS)
      assert.deepEqual(await reap(store), [], 'nothing of it is still active')
      assert.deepEqual(await claim(store), [])
    },
    'damage',
  ),

  fullCase(
    'claim/damaged-record-removed',
    'a damaged job that is dead can be read and removed',
    async ({ store, harness }) => {
      await enqueue(store, [aJob({ id: 'broken', retention: keptForAnHour }), aJob({ id: 'sound' })])
      await harness.damage?.('broken')
      const broken = (await claim(store)).find(({ id }) => id === 'broken')
      assert.ok(broken !== undefined, 'the damaged job is handed out')
      await settle(store, broken, undecodable)
      const [seen, sound] = await store.get({ ids: ['broken', 'sound'] })
      assert.deepEqual([seen?.state, seen?.deadReason, sound?.state], ['dead', 'undecodable', 'active'])
      assert.deepEqual(await store.remove({ ids: ['broken'] }), [{ status: 'removed', state: 'dead' }])
      assert.deepEqual(await store.get({ ids: ['broken'] }), [null])
    },
    'damage',
  ),

  fullCase('claim/past-cancelled', 'hundreds of cancelled jobs ahead do not hide a live one', async ({ store }) => {
    const cancelled = manyJobs(700)
    const live = aJob()
    await enqueue(store, [...cancelled, live])
    await store.cancel({ ids: idsOf(cancelled) })
    assert.deepEqual(idsOf(await claim(store, { limit: 10 })), [live.id])
  }),
]

const undecodable = { type: 'dead', reason: 'undecodable', error: 'cannot be read', retentionMs: 3_600_000 } as const

async function drainInParallel(handles: readonly Store[]): Promise<string[]> {
  const takeAll = async (store: Store, worker: string): Promise<ClaimedJob[]> => {
    const taken: ClaimedJob[] = []
    for (;;) {
      const jobs = await claim(store, { worker, limit: 7 })
      taken.push(...jobs)
      if (jobs.length === 0) return taken
    }
  }
  const taken = await Promise.all(
    handles.flatMap((store, index) => [takeAll(store, `worker-${index}-a`), takeAll(store, `worker-${index}-b`)]),
  )
  return taken.flatMap((jobs) => idsOf(jobs))
}
