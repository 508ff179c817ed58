import assert from 'node:assert/strict'
import type { StoredJob } from '@goscheds/core'
import { aJob, HOUR, keptForAnHour, manyJobs } from '../a-job.js'
import { fullCase, type ConformanceCase } from '../conformance-case.js'
import { claim, claimNew, claimOne, enqueue, finish, idsOf, LEASE_MS, look, reap } from '../moves.js'
import { cancelledKept, completedKept, dead, retryInAMinute, retryNow } from '../settlements.js'

/** `get`. */
export const getCases: readonly ConformanceCase[] = [
  fullCase('get/unknown', 'an id that is not known is `null`, in its place', async ({ store }) => {
    const [one, two] = [aJob(), aJob()]
    await enqueue(store, [one, two])
    const seen = await store.get({ ids: [two.id, 'unknown', one.id, two.id] })
    assert.deepEqual(
      seen.map((job) => job?.id ?? null),
      [two.id, null, one.id, two.id],
    )
    assert.deepEqual(await store.get({ ids: [] }), [])
  }),

  fullCase('get/scheduled', 'a scheduled job shows when it is due', async (context) => {
    const { store, harness } = context
    const executeAt = (await harness.now()) + HOUR
    const job = aJob({ executeAt, options: '{"a":1}' })
    await enqueue(store, [job])
    await sees(context, job.id, { state: 'scheduled', options: '{"a":1}', executeAt, dueAt: executeAt })
  }),

  fullCase('get/ready', 'a ready job shows what it was pushed with', async (context) => {
    const { store, harness } = context
    const executeAt = (await harness.now()) - HOUR
    const job = aJob({ executeAt, payload: '[1]' })
    await enqueue(store, [job])
    await sees(context, job.id, { state: 'ready', payload: '[1]', executeAt })
  }),

  fullCase('get/active', 'an active job shows when its lease runs out', async (context) => {
    const { store, harness } = context
    const now = await harness.now()
    const job = await claimNew(store, aJob({ executeAt: now }))
    await sees(context, job.id, { state: 'active', executeAt: now, claims: 1, leaseUntil: now + LEASE_MS })
    await harness.advance(10_000)
    await store.extend({ leases: [job], leaseMs: LEASE_MS })
    await sees(context, job.id, { state: 'active', executeAt: now, claims: 1, leaseUntil: now + 10_000 + LEASE_MS })
  }),

  fullCase('get/retried', 'a job that waits for a retry shows when, and what went wrong', async (context) => {
    const { store, harness } = context
    const now = await harness.now()
    const job = await claimNew(store, aJob({ executeAt: now }))
    await finish(store, job, retryInAMinute)
    await sees(context, job.id, {
      state: 'scheduled',
      executeAt: now,
      claims: 1,
      attempts: 1,
      dueAt: now + 60_000,
      error: 'the first error',
    })
  }),

  fullCase('get/finished', 'a finished job shows how and when it ended', async (context) => {
    const { store, harness } = context
    const now = await harness.now()
    const shape = { executeAt: now, claims: 1, finishedAt: now }
    const one = await claimNew(store, aJob({ executeAt: now }))
    await finish(store, one, completedKept)
    await sees(context, one.id, { ...shape, state: 'completed', result: '"done"' })
    const two = await claimNew(store, aJob({ executeAt: now }))
    await finish(store, two, dead)
    await sees(context, two.id, {
      ...shape,
      state: 'dead',
      attempts: 1,
      deadReason: 'attempts',
      error: 'the last error',
    })
    const three = await claimNew(store, aJob({ executeAt: now }))
    await finish(store, three, cancelledKept)
    await sees(context, three.id, { ...shape, state: 'cancelled' })
  }),

  fullCase('get/result-only-of-completed', 'a retry that succeeds keeps the error, and no lease', async (context) => {
    const { store, harness } = context
    const executeAt = await harness.now()
    const job = await claimNew(store, aJob({ executeAt, retention: keptForAnHour }))
    await finish(store, job, retryNow)
    await finish(store, await claimOne(store), { type: 'completed', retentionMs: HOUR })
    await sees(context, job.id, {
      state: 'completed',
      executeAt,
      claims: 2,
      attempts: 1,
      finishedAt: executeAt,
      error: 'the first error',
    })
  }),

  fullCase('get/claims-and-recoveries', 'claims and recoveries are counted', async ({ store, harness }) => {
    await enqueue(store, [aJob({ id: 'counted' })])
    for (let turn = 1; turn <= 2; turn += 1) {
      await claimOne(store)
      await harness.advance(LEASE_MS)
      await reap(store)
      const seen = await look(store, 'counted')
      assert.deepEqual([seen.claims, seen.recoveries, seen.attempts], [turn, turn, 0])
    }
  }),

  fullCase('get/generation', 'the generation is that of the fence', async ({ store }) => {
    const job = aJob()
    await enqueue(store, [job])
    const { generation } = await look(store, job.id)
    assert.equal((await claimOne(store)).fence.generation, generation)
  }),

  fullCase('get/cancel-requested', 'a cancel that was asked for shows on the active job only', async ({ store }) => {
    const jobs = manyJobs(2)
    await enqueue(store, jobs)
    await claim(store)
    await store.cancel({ ids: [jobs[0]?.id ?? ''] })
    const seen = await store.get({ ids: idsOf(jobs) })
    assert.deepEqual(
      seen.map((job) => job?.cancelRequested === true),
      [true, false],
    )
  }),

  fullCase('get/many', 'thousands are shown in one call', async ({ store }) => {
    const jobs = manyJobs(2_500)
    await enqueue(store, jobs)
    const seen = await store.get({ ids: idsOf(jobs) })
    assert.deepEqual(
      seen.map((job) => job?.id),
      idsOf(jobs),
    )
  }),

  fullCase(
    'get/damaged-record',
    'a record that cannot be decoded does not keep its neighbours from being shown',
    async ({ store, harness }) => {
      const jobs = manyJobs(3)
      await enqueue(store, jobs)
      await harness.damage?.(jobs[1]?.id ?? '')
      const seen = await store.get({ ids: idsOf(jobs) })
      assert.deepEqual([seen.length, seen[0]?.id, seen[2]?.id], [3, jobs[0]?.id, jobs[2]?.id])
      const page = await store.list({ name: 'email', state: 'ready', limit: 10 })
      assert.ok(page.jobs.length >= 2, 'nor from being listed')
      assert.equal((await store.counts({ names: ['email'] }))[0]?.ready, 3)
    },
    'damage',
  ),
]

type Seen = Parameters<ConformanceCase['run']>[0]

/** Compares the whole job, so that no field shows in a state to which it does not belong. */
async function sees(context: Seen, id: string, expected: Partial<StoredJob>): Promise<void> {
  const { generation, enqueuedAt, failures, ...seen } = await look(context.store, id)
  assert.equal(failures?.length ?? 0, seen.attempts, 'a failure is kept for each attempt')
  assert.ok(Number.isSafeInteger(generation) && Number.isInteger(enqueuedAt))
  const whole = {
    id,
    name: 'email',
    payload: '{"to":"ada@example.com"}',
    options: '',
    claims: 0,
    attempts: 0,
    recoveries: 0,
    ...expected,
  }
  for (const instant of ['dueAt', 'leaseUntil', 'finishedAt'] as const) {
    const off = (seen[instant] ?? 0) - (expected[instant] ?? 0)
    assert.ok(off >= 0 && off <= context.slackMs, `${instant} is off by ${off} ms`)
  }
  // Instants have been compared, with what a running clock may add; absent and `undefined` are the same.
  const known = Object.fromEntries(Object.entries(seen).filter(([, value]) => value !== undefined))
  const instants = { dueAt: seen.dueAt, leaseUntil: seen.leaseUntil, finishedAt: seen.finishedAt }
  const shown = Object.fromEntries(Object.entries(instants).filter(([, value]) => value !== undefined))
  assert.deepEqual(known, { ...whole, ...shown })
}
