import assert from 'node:assert/strict'
import { aJob, keptForAnHour, manyJobs } from '../a-job.js'
import { fullCase, type ConformanceCase } from '../conformance-case.js'
import { claim, claimNew, claimOne, enqueue, finish, idsOf, LEASE_MS, look, promote } from '../moves.js'
import { completed, completedKept } from '../settlements.js'

/** `cancel` of jobs that wait. What a request does to a running one is in `cancel-request.ts`. */
export const cancelCases: readonly ConformanceCase[] = [
  fullCase('cancel/scheduled', 'a scheduled job that is cancelled is never promoted', async ({ store, harness }) => {
    const job = aJob({ delayMs: 1_000 })
    await enqueue(store, [job])
    assert.deepEqual(await store.cancel({ ids: [job.id] }), [{ status: 'cancelled' }])
    assert.deepEqual(await store.promote({ limit: 10 }), { promoted: 0, nextDueInMs: null })
    await harness.advance(1_000)
    assert.deepEqual([await promote(store), await claim(store)], [0, []])
  }),

  fullCase('cancel/ready', 'a ready job that is cancelled is never handed out', async ({ store }) => {
    const [first, gone, kept, last] = [aJob(), aJob(), aJob({ retention: { completedMs: 60_000, deadMs: 0 } }), aJob()]
    await enqueue(store, [first, gone, kept, last])
    const outcomes = await store.cancel({ ids: idsOf([gone, kept]) })
    assert.deepEqual(outcomes, [{ status: 'cancelled' }, { status: 'cancelled' }])
    assert.deepEqual(idsOf(await claim(store)), idsOf([first, last]))
  }),

  fullCase('cancel/retention', 'it is kept as its own retention says', async ({ store, harness }) => {
    const [kept, gone] = [aJob({ retention: { completedMs: 60_000, deadMs: 0 } }), aJob()]
    await enqueue(store, [kept, gone])
    const now = await harness.now()
    await store.cancel({ ids: idsOf([kept, gone]) })
    const [seen, absent] = await store.get({ ids: idsOf([kept, gone]) })
    assert.equal(absent, null)
    assert.equal(seen?.state, 'cancelled')
    assert.ok(seen.finishedAt !== undefined && Math.abs(seen.finishedAt - now) <= 3_000)
    await harness.advance(60_000)
    assert.equal((await store.prune({ limit: 10, maxDeadPerName: 10 })).pruned, 1)
  }),

  fullCase('cancel/active', 'a request for an active job can be repeated and leaves it running', async ({ store }) => {
    const job = await claimNew(store, aJob())
    assert.deepEqual(await store.cancel({ ids: [job.id] }), [{ status: 'requested' }])
    assert.deepEqual(await store.cancel({ ids: [job.id, job.id] }), [{ status: 'requested' }, { status: 'requested' }])
    assert.deepEqual(await store.extend({ leases: [job], leaseMs: LEASE_MS }), ['cancel-requested'])
    const seen = await look(store, job.id)
    assert.deepEqual([seen.state, seen.cancelRequested], ['active', true])
  }),

  fullCase('cancel/outcome-per-id', 'each id has its outcome, in the order of the input', async ({ store }) => {
    const ended = await claimNew(store, aJob())
    await finish(store, ended, completedKept)
    const active = await claimNew(store, aJob())
    const [ready, scheduled] = [aJob({ retention: keptForAnHour }), aJob({ delayMs: 1_000 })]
    await enqueue(store, [ready, scheduled])
    assert.deepEqual(
      await store.cancel({ ids: ['unknown', ready.id, ended.id, active.id, scheduled.id, ready.id, scheduled.id] }),
      [
        { status: 'not-found' },
        { status: 'cancelled' },
        { status: 'finished', state: 'completed' },
        { status: 'requested' },
        { status: 'cancelled' },
        { status: 'finished', state: 'cancelled' },
        { status: 'not-found' },
      ],
    )
  }),

  fullCase('cancel/id-free-again', 'the id of a job cancelled without trace is free at once', async ({ store }) => {
    const job = aJob({ payload: 'the first' })
    await enqueue(store, [job])
    await store.cancel({ ids: [job.id] })
    await enqueue(store, [aJob({ id: job.id, payload: 'the second' })])
    const claimed = await claim(store)
    assert.deepEqual(
      claimed.map(({ payload }) => payload),
      ['the second'],
      'the second job is handed out once, the first never',
    )
  }),

  fullCase('cancel/many', 'thousands are cancelled in one call', async ({ store }) => {
    const jobs = manyJobs(2_500, (index) => (index % 2 === 0 ? {} : { delayMs: 60_000 }))
    await enqueue(store, jobs)
    const outcomes = await store.cancel({ ids: idsOf(jobs) })
    assert.equal(outcomes.filter(({ status }) => status === 'cancelled').length, 2_500)
    assert.deepEqual(await store.counts({}), [])
    assert.deepEqual(await store.promote({ limit: 1 }), { promoted: 0, nextDueInMs: null })
    assert.deepEqual(await claim(store), [])
  }),

  fullCase('cancel/next-due', 'a cancelled job no longer counts for the next due time', async ({ store, harness }) => {
    const [soon, later] = [aJob({ delayMs: 10_000 }), aJob({ delayMs: 60_000 })]
    await enqueue(store, [soon, later])
    await store.cancel({ ids: [soon.id] })
    const { nextDueInMs } = await store.promote({ limit: 10 })
    assert.ok(nextDueInMs !== null && nextDueInMs > 50_000, `next due in ${nextDueInMs} ms`)
    await harness.advance(60_000)
    await promote(store)
    await finish(store, await claimOne(store), completed)
  }),
]
