import assert from 'node:assert/strict'
import { KEPT_FAILURES } from '@goscheds/core'
import { aJob, keptForAnHour } from '../a-job.js'
import { type ConformanceCase, fullCase } from '../conformance-case.js'
import { claimNew, claimOne, enqueue, finish, look } from '../moves.js'
import { dead, retryNow } from '../settlements.js'

/** The failed attempts that `settle` keeps with a job. */
export const failuresCases: readonly ConformanceCase[] = [
  fullCase('failures/history', 'each failed attempt is kept with its time, the latest last', async (context) => {
    const { store, harness } = context
    const job = aJob()
    await enqueue(store, [job])
    const times = []
    for (let attempt = 1; attempt <= 3; attempt++) {
      const lease = await claimOne(store)
      await harness.advance(1_000)
      times.push(await harness.now())
      await finish(store, lease, { type: 'retry', delayMs: 0, error: `failure ${attempt}\t☃` })
      await harness.advance(1_000)
    }
    const { failures = [], error } = await look(store, job.id)
    assert.equal(error, 'failure 3\t☃')
    assert.deepEqual(
      failures.map(({ attempt, error: text }) => [attempt, text]),
      [1, 2, 3].map((attempt) => [attempt, `failure ${attempt}\t☃`]),
    )
    for (const [index, { at }] of failures.entries()) {
      assert.ok(Math.abs(at - (times[index] ?? 0)) <= context.slackMs + 1, 'at the time of its settlement')
    }
  }),

  fullCase('failures/bounded', 'the last ten are kept', async ({ store }) => {
    const job = aJob({ retention: keptForAnHour })
    await enqueue(store, [job])
    const attempts = KEPT_FAILURES + 3
    for (let attempt = 1; attempt < attempts; attempt++) {
      await finish(store, await claimOne(store), { type: 'retry', delayMs: 0, error: String(attempt) })
    }
    await finish(store, await claimOne(store), { ...dead, error: 'the end' })
    const { failures = [] } = await look(store, job.id)
    assert.deepEqual(
      failures.map(({ attempt }) => attempt),
      Array.from({ length: KEPT_FAILURES }, (_, index) => attempts - KEPT_FAILURES + 1 + index),
    )
    assert.equal(failures.at(-1)?.error, 'the end')
  }),

  fullCase('failures/not-undecodable', 'a record that cannot be read is no failed attempt', async ({ store }) => {
    const lease = await claimNew(store, aJob({ retention: keptForAnHour }))
    await finish(store, lease, { ...dead, reason: 'undecodable', error: 'unread' })
    const { failures, error } = await look(store, lease.id)
    assert.deepEqual([failures, error], [undefined, 'unread'])
  }),

  fullCase('failures/redriven', 'a redrive keeps them, and counts attempts from one', async ({ store }) => {
    const job = aJob({ retention: keptForAnHour })
    await finish(store, await claimNew(store, job), dead)
    await store.redrive({ ids: [job.id] })
    await finish(store, await claimOne(store), { ...retryNow, error: 'again' })
    const { failures = [] } = await look(store, job.id)
    assert.deepEqual(
      failures.map(({ attempt, error }) => [attempt, error]),
      [
        [1, dead.error],
        [1, 'again'],
      ],
    )
  }),
]
