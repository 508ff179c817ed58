import assert from 'node:assert/strict'
import { type JobState, jobStates, type Store, type StoredJob } from '@goscheds/core'
import { aJob, manyJobs } from '../a-job.js'
import { everyPage } from '../every-page.js'
import { fullCase, type ConformanceCase } from '../conformance-case.js'
import { claim, claimNew, enqueue, finish, idsOf } from '../moves.js'
import { cancelledKept, completedKept, dead } from '../settlements.js'

/** `list`. */
export const listCases: readonly ConformanceCase[] = [
  fullCase('list/scheduled', 'scheduled jobs are listed by due time', async ({ store }) => {
    const jobs = manyJobs(20, (index) => ({ id: `job-${index}`, delayMs: 1_000 + ((index * 7) % 20) * 1_000 }))
    await enqueue(store, jobs)
    const byDueTime = [...jobs].sort((a, b) => (a.delayMs ?? 0) - (b.delayMs ?? 0))
    assert.deepEqual(idsOf(await listAll(store, 'scheduled')), idsOf(byDueTime))
  }),

  fullCase('list/ready', 'ready jobs are listed in queue order', async ({ store }) => {
    const jobs = manyJobs(20, (index) => ({ id: `job-${(index * 7) % 20}` }))
    await enqueue(store, jobs)
    assert.deepEqual(idsOf(await listAll(store, 'ready')), idsOf(jobs))
    assert.deepEqual(idsOf(await claim(store)), idsOf(jobs), 'which is the order in which they are claimed')
  }),

  fullCase('list/active', 'active jobs are listed by the deadline of their lease', async ({ store }) => {
    for (const leaseMs of [30_000, 10_000, 40_000, 20_000]) {
      await claimNew(store, aJob({ id: `until-${leaseMs}` }), { leaseMs })
    }
    assert.deepEqual(idsOf(await listAll(store, 'active')), [
      'until-10000',
      'until-20000',
      'until-30000',
      'until-40000',
    ])
  }),

  fullCase('list/finished', 'finished jobs are listed by the end of their retention', async ({ store }) => {
    for (const settlement of [completedKept, dead, cancelledKept]) {
      for (const retentionMs of [30_000, 10_000, 40_000, 20_000]) {
        const job = await claimNew(store, aJob({ id: `${settlement.type}-${retentionMs}` }))
        await finish(store, job, { ...settlement, retentionMs })
      }
      const state = settlement.type as JobState
      assert.deepEqual(
        idsOf(await listAll(store, state)),
        [10_000, 20_000, 30_000, 40_000].map((retentionMs) => `${state}-${retentionMs}`),
      )
    }
  }),

  fullCase('list/pages', 'paging by cursor shows each job once when nothing moves', async ({ store }) => {
    const scheduled = manyJobs(137, (index) => ({ delayMs: 60_000 + Math.floor(index / 50) }))
    const ready = manyJobs(137)
    await enqueue(store, [...scheduled, ...ready])
    for (const limit of [1, 10, 137, 1_000]) {
      assert.deepEqual(idsOf(await listAll(store, 'scheduled', limit)).sort(), idsOf(scheduled).sort())
      assert.deepEqual(idsOf(await listAll(store, 'ready', limit)), idsOf(ready), `pages of ${limit}`)
    }
    const taken = await claim(store, { limit: 200 })
    assert.deepEqual(idsOf(await listAll(store, 'active', 10)).sort(), idsOf(taken).sort())
    await store.settle({ entries: taken.map((lease) => ({ lease, settlement: completedKept })) })
    assert.deepEqual(idsOf(await listAll(store, 'completed', 10)).sort(), idsOf(taken).sort())
  }),

  fullCase('list/limit', 'a page holds at most `limit` jobs', async ({ store }) => {
    await enqueue(store, manyJobs(5))
    const first = await store.list({ name: 'email', state: 'ready', limit: 2, cursor: null })
    assert.ok(first.jobs.length <= 2)
    assert.notEqual(first.cursor, null, 'there is more')
    const nothing = await store.list({ name: 'email', state: 'dead', limit: 2 })
    assert.deepEqual(nothing.jobs, [])
  }),

  fullCase('list/name-and-state', 'only jobs of the name and in the state are listed', async ({ store }) => {
    const [ready, other, scheduled] = [aJob(), aJob({ name: 'sms' }), aJob({ delayMs: 60_000 })]
    const otherScheduled = aJob({ name: 'sms', delayMs: 30_000 })
    await enqueue(store, [ready, other, scheduled, otherScheduled])
    assert.deepEqual(idsOf(await listAll(store, 'ready')), [ready.id])
    assert.deepEqual(idsOf(await listAll(store, 'scheduled')), [scheduled.id])
    for (const state of ['active', 'completed', 'dead', 'cancelled'] as const) {
      assert.deepEqual(await listAll(store, state), [], state)
    }
  }),

  fullCase('list/same-as-get', 'a listed job is what `get` shows', async ({ store }) => {
    await finish(store, await claimNew(store, aJob()), completedKept)
    await finish(store, await claimNew(store, aJob()), dead)
    await finish(store, await claimNew(store, aJob()), cancelledKept)
    await claimNew(store, aJob())
    await enqueue(store, [aJob(), aJob({ delayMs: 60_000 })])
    for (const state of jobStates) {
      const listed = await listAll(store, state)
      assert.equal(listed.length, 1, state)
      const [shown] = await store.get({ ids: idsOf(listed) })
      assert.ok(shown)
      const { failures: _detail, ...inShort } = shown
      assert.deepEqual([inShort], listed)
    }
  }),

  fullCase('list/without-the-cancelled', 'jobs that left the queue are not listed in it', async ({ store }) => {
    const jobs = manyJobs(300)
    await enqueue(store, jobs)
    const gone = idsOf(jobs).filter((_, index) => index % 3 !== 0)
    await store.cancel({ ids: gone })
    assert.deepEqual(
      idsOf(await listAll(store, 'ready', 25)),
      idsOf(jobs).filter((id) => !gone.includes(id)),
    )
  }),
]

async function listAll(store: Store, state: JobState, limit = 100): Promise<StoredJob[]> {
  const { jobs, isWithinLimit } = await everyPage(store, { name: 'email', state, limit })
  assert.ok(isWithinLimit, `a page has more than its limit of ${limit}`)
  return jobs
}
