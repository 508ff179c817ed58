import assert from 'node:assert/strict'
import { aJob, HOUR, manyJobs } from '../a-job.js'
import { fullCase, type ConformanceCase } from '../conformance-case.js'
import { claim, claimNew, claimOne, enqueue, finish, idsOf, look, promote } from '../moves.js'
import { completedKept, retryInAMinute, retryNow } from '../settlements.js'

/** `reschedule`. */
export const rescheduleCases: readonly ConformanceCase[] = [
  fullCase('reschedule/sooner', 'a scheduled job may be due sooner', async ({ store, harness }) => {
    const job = aJob({ delayMs: 60_000 })
    await enqueue(store, [job])
    const executeAt = (await harness.now()) + 10_000
    assert.deepEqual(await store.reschedule({ entries: [{ id: job.id, executeAt }] }), [
      { status: 'rescheduled', state: 'scheduled' },
    ])
    await harness.advance(10_000)
    assert.equal(await promote(store), 1)
    assert.equal((await claimOne(store)).executeAt, executeAt)
    await harness.advance(60_000)
    assert.equal(await promote(store), 0, 'the first due time no longer counts')
  }),

  fullCase('reschedule/later', 'a scheduled job may be due later', async ({ store, harness }) => {
    const job = aJob({ delayMs: 10_000 })
    await enqueue(store, [job])
    await harness.advance(5_000)
    await store.reschedule({ entries: [{ id: job.id, delayMs: 60_000 }] })
    await harness.advance(50_000)
    assert.deepEqual([await promote(store), await claim(store)], [0, []])
    await harness.advance(10_000)
    assert.equal(await promote(store), 1)
    assert.equal((await claim(store)).length, 1)
  }),

  fullCase('reschedule/ready-to-later', 'a ready job may be put off', async ({ store, harness }) => {
    const [job, other] = [aJob(), aJob()]
    await enqueue(store, [job, other])
    assert.deepEqual(await store.reschedule({ entries: [{ id: job.id, delayMs: 60_000 }] }), [
      { status: 'rescheduled', state: 'scheduled' },
    ])
    assert.deepEqual(idsOf(await claim(store)), [other.id])
    await harness.advance(60_000)
    assert.equal(await promote(store), 1)
    assert.deepEqual(idsOf(await claim(store)), [job.id], 'and is handed out once, at its new time')
  }),

  fullCase('reschedule/to-the-tail', 'one whose time has come goes to the tail of its queue', async (context) => {
    const { store, harness } = context
    const [first, scheduled, last] = [aJob(), aJob({ delayMs: 60_000 }), aJob()]
    await enqueue(store, [first, scheduled, last])
    const executeAt = (await harness.now()) - 1_000
    const outcomes = await store.reschedule({
      entries: [
        { id: scheduled.id, executeAt },
        { id: first.id, delayMs: 0 },
      ],
    })
    const moved = { status: 'rescheduled', state: 'ready' }
    assert.deepEqual(outcomes, [moved, moved])
    assert.deepEqual(idsOf(await claim(store)), idsOf([last, scheduled, first]))
  }),

  fullCase(
    'reschedule/exactly-now',
    'this very instant has come, the next millisecond has not',
    async ({ store, harness }) => {
      const jobs = manyJobs(2, () => ({ delayMs: 60_000 }))
      await enqueue(store, jobs)
      const now = await harness.now()
      const entries = jobs.map(({ id }, index) => ({ id, executeAt: now + index }))
      assert.deepEqual(
        (await store.reschedule({ entries })).map((outcome) => 'state' in outcome && outcome.state),
        ['ready', 'scheduled'],
      )
    },
    'still-clock',
  ),

  fullCase('reschedule/epoch', 'an executeAt of 0 is an instant, not an absence', async ({ store }) => {
    const job = aJob({ delayMs: 60_000 })
    await enqueue(store, [job])
    assert.deepEqual(await store.reschedule({ entries: [{ id: job.id, executeAt: 0 }] }), [
      { status: 'rescheduled', state: 'ready' },
    ])
    assert.equal((await claimOne(store)).executeAt, 0)
  }),

  fullCase(
    'reschedule/keeps-the-rest',
    'attempts, error and payload are kept, and the next fence is the greater',
    async ({ store }) => {
      const failed = await claimNew(store, aJob({ payload: 'kept', options: '{"kept":true}' }))
      await finish(store, failed, retryNow)
      const before = await look(store, failed.id)
      await store.reschedule({ entries: [{ id: failed.id, delayMs: HOUR }] })
      const { state, executeAt, dueAt, generation, ...after } = await look(store, failed.id)
      assert.deepEqual({ ...before, ...after }, before)
      assert.ok(generation >= failed.fence.generation)
      assert.deepEqual([after.attempts, after.error, after.claims], [1, 'the first error', 1])
      assert.deepEqual([state, dueAt], ['scheduled', executeAt])
      await store.reschedule({ entries: [{ id: failed.id, delayMs: 0 }] })
      assert.equal((await claimOne(store)).fence.claim, 2)
    },
  ),

  fullCase('reschedule/retried', 'a job that waits for its retry may be called earlier', async ({ store }) => {
    const failed = await claimNew(store, aJob())
    await finish(store, failed, retryInAMinute)
    await store.reschedule({ entries: [{ id: failed.id, delayMs: 0 }] })
    const again = await claimOne(store)
    assert.deepEqual([again.id, again.attempts], [failed.id, 1])
    assert.deepEqual(await store.promote({ limit: 10 }), { promoted: 0, nextDueInMs: null })
  }),

  fullCase(
    'reschedule/next-due',
    'the new time counts for the next due time, the old one does not',
    async (context) => {
      const { store, slackMs } = context
      const [first, second] = [aJob({ delayMs: 10_000 }), aJob({ delayMs: 50_000 })]
      await enqueue(store, [first, second])
      const expectNext = async (expected: number): Promise<void> => {
        const { nextDueInMs } = await store.promote({ limit: 10 })
        const off = expected - (nextDueInMs ?? Number.NaN)
        assert.ok(off >= 0 && off <= slackMs, `next due in ${nextDueInMs} ms, not ${expected}`)
      }
      await store.reschedule({ entries: [{ id: first.id, delayMs: 90_000 }] })
      await expectNext(50_000)
      await store.reschedule({ entries: [{ id: first.id, delayMs: 20_000 }] })
      await expectNext(20_000)
    },
  ),

  fullCase('reschedule/outcome-per-entry', 'each entry has its outcome, in the order of the input', async (context) => {
    const { store } = context
    const ended = await claimNew(store, aJob())
    await finish(store, ended, completedKept)
    const active = await claimNew(store, aJob())
    const [ready, scheduled] = [aJob(), aJob({ delayMs: 60_000 })]
    await enqueue(store, [ready, scheduled])
    assert.deepEqual(
      await store.reschedule({
        entries: [
          { id: 'unknown', delayMs: 0 },
          { id: scheduled.id, delayMs: 0 },
          { id: ended.id, delayMs: 0 },
          { id: active.id, delayMs: 0 },
          { id: ready.id, delayMs: HOUR },
          { id: scheduled.id, delayMs: HOUR },
        ],
      }),
      [
        { status: 'not-found' },
        { status: 'rescheduled', state: 'ready' },
        { status: 'finished', state: 'completed' },
        { status: 'active' },
        { status: 'rescheduled', state: 'scheduled' },
        { status: 'rescheduled', state: 'scheduled' },
      ],
    )
    assert.deepEqual(await claim(store), [], 'of the same id twice, both count, one after the other')
  }),

  fullCase('reschedule/many', 'thousands are rescheduled in one call', async ({ store, harness }) => {
    const jobs = manyJobs(2_500, (index) => (index % 2 === 0 ? {} : { delayMs: HOUR }))
    await enqueue(store, jobs)
    await store.reschedule({ entries: jobs.map(({ id }) => ({ id, delayMs: 1_000 })) })
    assert.deepEqual(await claim(store), [])
    await harness.advance(5_000)
    assert.equal(await promote(store), 2_500)
    assert.equal((await claim(store, { limit: 5_000 })).length, 2_500)
  }),
]
