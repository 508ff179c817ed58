import assert from 'node:assert/strict'
import { aJob, keptForAnHour, manyJobs } from '../a-job.js'
import { coreCase, fullCase, type ConformanceCase } from '../conformance-case.js'
import { claim, claimNew, claimOne, enqueue, finish, idsOf, isHeld, leaseOf, LEASE_MS, look, reap } from '../moves.js'
import { completed } from '../settlements.js'

/** `reap`. What it does to jobs that were set aside is in `set-aside.ts`. */
export const reapCases: readonly ConformanceCase[] = [
  coreCase('reap/nothing', 'where no lease has run out nothing is reaped', async ({ store, harness }) => {
    assert.deepEqual(await store.reap({ limit: 10, maxRecoveries: 3 }), { reaped: [], returned: 0, expired: [] })
    await enqueue(store, [aJob(), aJob({ delayMs: 1_000 })])
    await harness.advance(LEASE_MS)
    assert.deepEqual(await store.reap({ limit: 10, maxRecoveries: 3 }), { reaped: [], returned: 0, expired: [] })
  }),

  coreCase(
    'reap/deadline-exactly-now',
    'a lease has run out at its deadline and not one millisecond before',
    async ({ store, harness }) => {
      const job = await claimNew(store, aJob(), { leaseMs: 1_000 })
      await harness.advance(999)
      assert.deepEqual(await reap(store), [])
      await harness.advance(1)
      assert.deepEqual(idsOf(await reap(store)), [job.id])
    },
    'still-clock',
  ),

  coreCase('reap/valid-lease', 'a lease that is valid is not touched', async ({ store, harness }) => {
    const job = await claimNew(store, aJob())
    await harness.advance(LEASE_MS - 10_000)
    assert.deepEqual(await reap(store), [])
    assert.deepEqual(await claim(store), [])
    await finish(store, job, completed)
  }),

  coreCase('reap/back-to-the-queue', 'a job whose worker vanished is ready again', async ({ store, harness }) => {
    const job = await claimNew(store, aJob())
    await harness.advance(LEASE_MS)
    assert.deepEqual(await store.reap({ limit: 10, maxRecoveries: 3 }), {
      reaped: [{ ...leaseOf(job), outcome: 'ready', recoveries: 1 }],
      ...{ returned: 0, expired: [] },
    })
    const again = await claimOne(store, { worker: 'worker-b' })
    assert.deepEqual([again.id, again.attempts, again.recoveries, again.fence.claim], [job.id, 0, 1, 2])
  }),

  coreCase('reap/to-the-tail', 'a reaped job goes to the tail of its work queue', async ({ store, harness }) => {
    const [first, second] = [aJob(), aJob()]
    await claimNew(store, first)
    await enqueue(store, [second])
    await harness.advance(LEASE_MS)
    await reap(store)
    assert.deepEqual(idsOf(await claim(store)), [second.id, first.id])
  }),

  coreCase('reap/earliest-first', 'within a name the earliest deadline is reaped first', async (context) => {
    const { store, harness } = context
    const lengths = [9_000, 3_000, 12_000, 6_000]
    for (const leaseMs of lengths) await claimNew(store, aJob({ id: `after-${leaseMs}` }), { leaseMs })
    await harness.advance(LEASE_MS)
    const inOrder = ['after-3000', 'after-6000', 'after-9000', 'after-12000']
    assert.deepEqual(idsOf(await reap(store, 3, 3)), inOrder)
    assert.deepEqual(idsOf(await claim(store)), inOrder, 'and goes back to the queue in that order')
  }),

  coreCase('reap/limit', 'at most `limit` leases are ended by one call', async ({ store, harness }) => {
    await enqueue(store, manyJobs(5))
    await claim(store)
    await harness.advance(LEASE_MS)
    const counts = []
    for (let call = 0; call < 4; call += 1) {
      counts.push((await store.reap({ limit: 2, maxRecoveries: 3 })).reaped.length)
    }
    assert.deepEqual(counts, [2, 2, 1, 0])
  }),

  coreCase('reap/every-name', 'leases of every name are reaped', async ({ store, harness }) => {
    const names = ['mail', 'sms', 'push', 'fax']
    for (const name of names) await claimNew(store, aJob({ name }))
    await harness.advance(LEASE_MS)
    assert.deepEqual((await reap(store, 3, 3)).map(({ name }) => name).sort(), [...names].sort())
    for (const name of names) await claimOne(store, { name })
  }),

  coreCase('reap/recoveries-add-up', 'each time a worker vanishes one more recovery is counted', async (context) => {
    const { store, harness } = context
    await enqueue(store, [aJob()])
    for (let recoveries = 0; recoveries < 3; recoveries += 1) {
      const job = await claimOne(store)
      assert.deepEqual([job.recoveries, job.attempts], [recoveries, 0])
      await harness.advance(LEASE_MS)
      const reaped = await reap(store)
      assert.deepEqual(
        reaped.map((entry) => [entry.outcome, entry.recoveries]),
        [['ready', recoveries + 1]],
      )
    }
  }),

  coreCase('reap/too-many-recoveries', 'a job with more than `maxRecoveries` recoveries is dead', async (context) => {
    const { store, harness } = context
    await enqueue(store, [aJob({ retention: keptForAnHour })])
    const outcomes = []
    for (let turn = 0; turn < 3; turn += 1) {
      await claimOne(store)
      await harness.advance(LEASE_MS)
      outcomes.push(...(await reap(store, 2)).map(({ outcome, recoveries }) => [outcome, recoveries]))
    }
    assert.deepEqual(outcomes, [
      ['ready', 1],
      ['ready', 2],
      ['dead', 3],
    ])
    assert.deepEqual(await claim(store), [])
  }),

  coreCase('reap/no-recoveries', 'with `maxRecoveries` 0 the first lost worker ends the job', async (context) => {
    const { store, harness } = context
    await claimNew(store, aJob())
    await harness.advance(LEASE_MS)
    const reaped = await reap(store, 0)
    assert.deepEqual(
      reaped.map(({ outcome, recoveries }) => [outcome, recoveries]),
      [['dead', 1]],
    )
    assert.deepEqual(await claim(store), [])
  }),

  coreCase('reap/retention', 'a job that the reaper ends is kept as its own retention says', async (context) => {
    const { store, harness } = context
    const [kept, gone] = [aJob({ retention: { completedMs: 0, deadMs: 3_600_000 } }), aJob()]
    await enqueue(store, [kept, gone])
    await claim(store)
    await harness.advance(LEASE_MS)
    await reap(store, 0)
    assert.deepEqual([await isHeld(store, kept.id), await isHeld(store, gone.id)], [true, false])
  }),

  coreCase('reap/repeated', 'reaping again ends nothing twice', async ({ store, harness }) => {
    await claimNew(store, aJob())
    await harness.advance(LEASE_MS)
    assert.equal((await reap(store)).length, 1)
    assert.deepEqual(await reap(store), [])
    assert.equal((await claimOne(store)).recoveries, 1)
    assert.deepEqual(await claim(store), [])
  }),

  coreCase('reap/concurrently', 'two reapers at the same time put each job back once', async ({ store, harness }) => {
    const jobs = manyJobs(200)
    await enqueue(store, jobs)
    await claim(store, { limit: 200 })
    await harness.advance(LEASE_MS)
    const reaped = await Promise.all([reap(store, 3, 20), reap(store, 3, 20), reap(store, 3, 20)])
    assert.deepEqual(reaped.flatMap((part) => idsOf(part)).sort(), idsOf(jobs).sort())
    assert.deepEqual(idsOf(await claim(store, { limit: 500 })).sort(), idsOf(jobs).sort())
  }),

  coreCase('reap/many', 'thousands of lost leases are reaped, batch by batch', async ({ store, harness }) => {
    const jobs = manyJobs(2_500)
    await enqueue(store, jobs)
    await claim(store, { limit: 2_500 })
    await harness.advance(LEASE_MS)
    assert.equal((await reap(store, 3, 1_000)).length, 2_500)
    assert.deepEqual(idsOf(await claim(store, { limit: 2_500 })).sort(), idsOf(jobs).sort())
  }),

  fullCase('reap/dead-reason', 'the reaper says why a job is dead', async ({ store, harness }) => {
    const job = await claimNew(store, aJob({ retention: keptForAnHour }))
    await harness.advance(LEASE_MS)
    await reap(store, 0)
    const { state, deadReason, attempts, recoveries } = await look(store, job.id)
    assert.deepEqual([state, deadReason, attempts, recoveries], ['dead', 'recoveries', 0, 1])
  }),
]
