import assert from 'node:assert/strict'
import type { NameCounts, Settlement } from '@goscheds/core'
import { aJob, manyJobs } from '../a-job.js'
import { fullCase, type ConformanceCase } from '../conformance-case.js'
import { claim, claimNew, claimOne, enqueue, finish, idsOf, LEASE_MS, only, promote, reap } from '../moves.js'
import { cancelledKept, completed, completedKept, dead, retryInAMinute, retryNow } from '../settlements.js'

const none = { scheduled: 0, ready: 0, active: 0, completed: 0, dead: 0, cancelled: 0, paused: false, groups: 0 }

/** `counts`. */
export const countsCases: readonly ConformanceCase[] = [
  fullCase('counts/each-state', 'each job is counted in its state', async ({ store }) => {
    const ends: readonly [Settlement, number][] = [
      [completedKept, 4],
      [dead, 5],
      [cancelledKept, 6],
    ]
    for (const [settlement, count] of ends) {
      await enqueue(store, manyJobs(count))
      for (const job of await claim(store)) await finish(store, job, settlement)
    }
    await enqueue(store, manyJobs(3))
    await claim(store)
    await enqueue(store, manyJobs(2))
    await enqueue(
      store,
      manyJobs(1, () => ({ delayMs: 60_000 })),
    )
    const { oldestReadyMs, ...counted } = only(await store.counts({ names: ['email'] }))
    assert.ok(oldestReadyMs !== null)
    const states = { scheduled: 1, ready: 2, active: 3, completed: 4, dead: 5, cancelled: 6 }
    assert.deepEqual(counted, { name: 'email', ...states, paused: false, groups: 0 })
  }),

  fullCase('counts/every-move', 'the counts follow every move', async ({ store, harness }) => {
    const expectCounts = async (expected: Partial<NameCounts>): Promise<void> => {
      const { oldestReadyMs, ...counted } = only(await store.counts({ names: ['email'] }))
      assert.deepEqual(counted, { name: 'email', ...none, ...expected })
      assert.equal(oldestReadyMs === null, (expected.ready ?? 0) === 0)
    }
    const id = 'moving'
    await enqueue(store, [aJob({ id, delayMs: 1_000 })])
    await expectCounts({ scheduled: 1 })
    await harness.advance(1_000)
    await promote(store)
    await expectCounts({ ready: 1 })
    await finish(store, await claimOne(store), retryInAMinute)
    await expectCounts({ scheduled: 1 })
    await store.reschedule({ entries: [{ id, delayMs: 0 }] })
    await expectCounts({ ready: 1 })
    await store.reschedule({ entries: [{ id, delayMs: 60_000 }] })
    await expectCounts({ scheduled: 1 })
    await store.reschedule({ entries: [{ id, delayMs: 0 }] })
    await claimOne(store)
    await expectCounts({ active: 1 })
    await harness.advance(LEASE_MS)
    await reap(store)
    await expectCounts({ ready: 1 })
    await finish(store, await claimOne(store), dead)
    await expectCounts({ dead: 1 })
    await store.redrive({ ids: [id] })
    await expectCounts({ ready: 1 })
    await store.remove({ ids: [id] })
    await expectCounts({})
  }),

  fullCase('counts/without-names', 'without names: every name that has a job in any state, sorted', async (context) => {
    const { store } = context
    await finish(store, await claimNew(store, aJob({ name: 'b-completed' })), completedKept)
    await finish(store, await claimNew(store, aJob({ name: 'B-dead' })), dead)
    await claimNew(store, aJob({ name: 'a-active' }))
    await finish(store, await claimNew(store, aJob({ name: 'gone' })), completed)
    await enqueue(store, [aJob({ name: 'é-ready' }), aJob({ name: 'c-scheduled', delayMs: 60_000 })])
    const cancelled = aJob({ name: '10-cancelled', retention: { completedMs: 60_000, deadMs: 0 } })
    await enqueue(store, [cancelled, aJob({ name: '9' })])
    await store.cancel({ ids: [cancelled.id] })
    assert.deepEqual(
      (await store.counts({})).map(({ name }) => name),
      ['10-cancelled', '9', 'B-dead', 'a-active', 'b-completed', 'c-scheduled', 'é-ready'],
    )
  }),

  fullCase('counts/empty', 'a store without jobs counts no names', async ({ store }) => {
    assert.deepEqual(await store.counts({}), [])
    await finish(store, await claimNew(store, aJob()), completed)
    assert.deepEqual(await store.counts({}), [], 'nor does one whose jobs have left no trace')
  }),

  fullCase('counts/names-asked', 'a name asked for that has no job comes back with zeros, once', async ({ store }) => {
    await enqueue(store, [aJob({ name: 'sms' }), aJob({ name: 'mail' })])
    const counted = await store.counts({ names: ['sms', 'fax', 'sms', '__proto__'] })
    assert.deepEqual(
      counted.map(({ name, ready }) => [name, ready]),
      [
        ['__proto__', 0],
        ['fax', 0],
        ['sms', 1],
      ],
    )
    assert.deepEqual(counted[1], { name: 'fax', ...none, oldestReadyMs: null })
    assert.deepEqual(await store.counts({ names: [] }), [], 'no names asked for, none counted')
  }),

  fullCase('counts/oldest-ready', 'the age is that of the head of the queue since it was due', async (context) => {
    const { store, harness, slackMs } = context
    const expectAge = async (expected: number | null): Promise<void> => {
      const { oldestReadyMs } = only(await store.counts({ names: ['email'] }))
      if (expected === null || oldestReadyMs === null) assert.equal(oldestReadyMs, expected)
      else assert.ok(oldestReadyMs - expected >= 0 && oldestReadyMs - expected <= slackMs, `${oldestReadyMs} ms`)
    }
    await expectAge(null)
    await enqueue(store, [aJob()])
    await harness.advance(5_000)
    await enqueue(store, [aJob()])
    await harness.advance(1_000)
    await expectAge(6_000)
    await claimOne(store)
    await expectAge(1_000)
    await claimOne(store)
    await expectAge(null)
    await enqueue(store, [aJob({ delayMs: 1_000 })])
    await harness.advance(8_000)
    await expectAge(null)
    await promote(store)
    await expectAge(7_000)
  }),

  fullCase('counts/add-up', 'every job is counted once', async ({ store, harness }) => {
    const jobs = manyJobs(300, (index) => (index % 3 === 0 ? { delayMs: 1_000 } : {}))
    await enqueue(store, jobs)
    await store.cancel({ ids: idsOf(jobs.slice(0, 30)) })
    const claimed = await claim(store, { limit: 60 })
    await store.settle({
      entries: claimed.map((lease, index) => ({
        lease,
        settlement: [completedKept, retryNow, retryInAMinute, dead, cancelledKept][index % 5] ?? completedKept,
      })),
    })
    await claim(store, { limit: 50 })
    await harness.advance(1_000)
    await promote(store, 30)
    const { scheduled, ready, active, ...ended } = only(await store.counts({ names: ['email'] }))
    const finished = ended.completed + ended.dead + ended.cancelled
    assert.deepEqual([scheduled + ready + active + finished, active, finished], [270, 50, 36])
  }),
]
