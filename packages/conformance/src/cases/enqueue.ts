import assert from 'node:assert/strict'
import { aJob, HOUR, keptForAnHour, manyJobs } from '../a-job.js'
import { coreCase, type ConformanceCase } from '../conformance-case.js'
import { claim, claimNew, claimOne, enqueue, finish, idsOf, promote, reap } from '../moves.js'
import { completed, completedKept } from '../settlements.js'

/** `enqueue`: where a job goes, and what is a duplicate. What jobs may contain is in `texts.ts`. */
export const enqueueCases: readonly ConformanceCase[] = [
  coreCase('enqueue/due-now', 'with neither executeAt nor delayMs a job is due now', async ({ store }) => {
    const job = aJob()
    await enqueue(store, [job])
    assert.deepEqual(idsOf(await claim(store)), [job.id])
  }),

  coreCase('enqueue/due-in-the-past', 'a job whose time has come is ready at once', async ({ store, harness }) => {
    const jobs = [aJob({ executeAt: (await harness.now()) - HOUR }), aJob({ executeAt: 0 }), aJob({ delayMs: 0 })]
    await enqueue(store, jobs)
    assert.deepEqual(idsOf(await claim(store)), idsOf(jobs), 'in the order given, whatever their executeAt')
  }),

  coreCase(
    'enqueue/due-exactly-now',
    'a job due at this very instant is ready',
    async ({ store, harness }) => {
      const job = aJob({ executeAt: await harness.now() })
      await enqueue(store, [job])
      assert.deepEqual(idsOf(await claim(store)), [job.id])
    },
    'still-clock',
  ),

  coreCase(
    'enqueue/due-in-a-millisecond',
    'a job due one millisecond from now is scheduled, not ready',
    async ({ store, harness }) => {
      await enqueue(store, [aJob({ executeAt: (await harness.now()) + 1 })])
      assert.deepEqual(await claim(store), [])
      assert.deepEqual(await store.promote({ limit: 10 }), { promoted: 0, nextDueInMs: 1 })
    },
    'still-clock',
  ),

  coreCase('enqueue/scheduled', 'a job that is due later is not handed out before', async ({ store, harness }) => {
    const job = aJob({ executeAt: (await harness.now()) + 60_000 })
    await enqueue(store, [job])
    assert.deepEqual(await claim(store), [])
    assert.equal(await promote(store), 0)
    await harness.advance(60_000)
    await promote(store)
    assert.deepEqual(idsOf(await claim(store)), [job.id])
  }),

  coreCase('enqueue/delay', 'delayMs is a span from the moment of the call', async ({ store, harness }) => {
    await harness.advance(60_000)
    const job = aJob({ delayMs: 60_000 })
    await enqueue(store, [job])
    await harness.advance(50_000)
    assert.equal(await promote(store), 0)
    assert.deepEqual(await claim(store), [], 'it is not due before its delay is over')
    await harness.advance(10_000)
    assert.equal(await promote(store), 1)
    assert.deepEqual(idsOf(await claim(store)), [job.id])
  }),

  coreCase('enqueue/order-given', 'jobs are accepted in the order given, call after call', async ({ store }) => {
    const jobs = manyJobs(60, (index) => ({ id: `job-${(index * 37) % 60}` }))
    await enqueue(store, jobs.slice(0, 20))
    await enqueue(store, jobs.slice(20))
    assert.deepEqual(idsOf(await claim(store)), idsOf(jobs))
  }),

  coreCase('enqueue/names-apart', 'each name has a work queue of its own', async ({ store }) => {
    const [mail, sms] = [aJob({ name: 'mail' }), aJob({ name: 'sms' })]
    await enqueue(store, [mail, sms])
    assert.deepEqual(idsOf(await claim(store, { name: 'sms' })), [sms.id])
    assert.deepEqual(idsOf(await claim(store, { name: 'mail' })), [mail.id])
  }),

  coreCase('enqueue/duplicate-outcome', 'an id that is held answers `duplicate` with the id', async ({ store }) => {
    const job = aJob()
    await enqueue(store, [job])
    assert.deepEqual(await store.enqueue({ jobs: [job] }), [{ status: 'duplicate', id: job.id }])
    assert.deepEqual(await store.enqueue({ jobs: [aJob({ id: job.id, name: 'other' })] }), [
      { status: 'duplicate', id: job.id },
    ])
  }),

  coreCase('enqueue/duplicate-changes-nothing', 'a duplicate changes nothing', async ({ store, harness }) => {
    const job = aJob({ payload: 'the first' })
    await enqueue(store, [job])
    const later = (await harness.now()) + HOUR
    await store.enqueue({ jobs: [aJob({ id: job.id, payload: 'the second', options: '{}', executeAt: later })] })
    const claimed = await claim(store)
    assert.deepEqual(
      claimed.map(({ id, payload, options }) => ({ id, payload, options })),
      [{ id: job.id, payload: 'the first', options: '' }],
    )
    await harness.advance(HOUR)
    assert.equal(await promote(store), 0, 'nor is it scheduled a second time')
  }),

  coreCase('enqueue/duplicate-of-active', 'a job that a worker holds keeps its id held', async ({ store, harness }) => {
    const job = aJob()
    const held = await claimNew(store, job)
    assert.deepEqual(await store.enqueue({ jobs: [job] }), [{ status: 'duplicate', id: job.id }])
    assert.deepEqual(await claim(store), [])
    await finish(store, held, completed)
    await harness.advance(HOUR)
    assert.deepEqual(await reap(store), [])
  }),

  coreCase('enqueue/duplicate-of-finished', 'a finished job that is retained keeps its id held', async ({ store }) => {
    const job = aJob({ retention: keptForAnHour })
    await finish(store, await claimNew(store, job), completedKept)
    assert.deepEqual(await store.enqueue({ jobs: [job] }), [{ status: 'duplicate', id: job.id }])
    assert.deepEqual(await claim(store), [])
  }),

  coreCase('enqueue/id-free-again', 'an id is free again when its job left no trace', async ({ store }) => {
    const job = aJob()
    await finish(store, await claimNew(store, job), completed)
    await enqueue(store, [job])
    assert.deepEqual(idsOf(await claim(store)), [job.id])
  }),

  coreCase('enqueue/twice-in-one-call', 'of the same id twice, the first is added', async ({ store }) => {
    const [first, second] = [aJob({ id: 'same', payload: 'the first' }), aJob({ id: 'same', payload: 'the second' })]
    assert.deepEqual(await store.enqueue({ jobs: [first, second] }), [
      { status: 'added', id: 'same' },
      { status: 'duplicate', id: 'same' },
    ])
    assert.deepEqual(
      (await claim(store)).map(({ payload }) => payload),
      ['the first'],
    )
  }),

  coreCase('enqueue/duplicate-among-neighbours', 'a duplicate does not fail its neighbours', async ({ store }) => {
    const [one, two, three] = [aJob(), aJob(), aJob()]
    await enqueue(store, [two])
    assert.deepEqual(await store.enqueue({ jobs: [one, two, three] }), [
      { status: 'added', id: one.id },
      { status: 'duplicate', id: two.id },
      { status: 'added', id: three.id },
    ])
    assert.deepEqual(idsOf(await claim(store)), idsOf([two, one, three]))
  }),

  coreCase('enqueue/repeated', 'a repeated call whose reply was lost doubles no job', async ({ store }) => {
    const jobs = [aJob(), aJob({ delayMs: 60_000 })]
    await store.enqueue({ jobs })
    assert.deepEqual(
      (await store.enqueue({ jobs })).map(({ status }) => status),
      ['duplicate', 'duplicate'],
    )
    assert.equal((await claim(store)).length, 1)
  }),

  coreCase('enqueue/nothing', 'no jobs, no outcomes', async ({ store }) => {
    assert.deepEqual(await store.enqueue({ jobs: [] }), [])
  }),

  coreCase('enqueue/many', 'a batch may be of thousands: each job is added, in order', async ({ store, harness }) => {
    const jobs = manyJobs(2_500, (index) => (index % 2 === 0 ? {} : { delayMs: 1_000 + index }))
    await enqueue(store, jobs)
    const due = await claim(store, { limit: 2_500 })
    assert.deepEqual(idsOf(due), idsOf(jobs.filter(({ delayMs }) => delayMs === undefined)))
    await harness.advance(10_000)
    assert.equal(await promote(store), 1_250)
  }),

  coreCase('enqueue/instants', 'a claimed job says from when it was due and when accepted', async (context) => {
    const { store, harness, slackMs } = context
    const accepted = await harness.now()
    await enqueue(store, [aJob({ id: 'now' }), aJob({ id: 'past', executeAt: accepted - 5_000 })])
    await enqueue(store, [aJob({ id: 'delayed', delayMs: 40_000 }), aJob({ id: 'at', executeAt: accepted + 50_000 })])
    await harness.advance(60_000)
    await promote(store)
    const jobs = await claim(store)
    const expected: Record<string, number> = { now: 0, past: -5_000, delayed: 40_000, at: 50_000 }
    assert.equal(jobs.length, 4)
    for (const { id, executeAt, enqueuedAt } of jobs) {
      const off = executeAt - accepted - (expected[id] ?? Number.NaN)
      assert.ok(off >= 0 && off <= slackMs, `executeAt of ${id} is off by ${off} ms`)
      const acceptedOff = enqueuedAt - accepted
      assert.ok(acceptedOff >= 0 && acceptedOff <= slackMs, `enqueuedAt of ${id} is off by ${acceptedOff} ms`)
    }
  }),

  coreCase('enqueue/far-future', 'a due time may be centuries ahead', async ({ store, harness }) => {
    const executeAt = Date.UTC(3000, 0, 1)
    await enqueue(store, [aJob({ executeAt })])
    const { nextDueInMs } = await store.promote({ limit: 1 })
    const left = executeAt - (await harness.now())
    assert.ok(nextDueInMs !== null && Math.abs(nextDueInMs - left) <= 3_000, `next due in ${nextDueInMs}, not ${left}`)
    await harness.advance(left + 1)
    assert.equal(await promote(store), 1)
    assert.equal((await claimOne(store)).executeAt, executeAt)
  }),
]
