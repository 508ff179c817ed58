import assert from 'node:assert/strict'
import { aJob, keptForAnHour, manyJobs } from '../a-job.js'
import { coreCase, fullCase, type ConformanceCase } from '../conformance-case.js'
import { claim, claimOne, enqueue, finish, idsOf, LEASE_MS, promote, reap } from '../moves.js'
import { completed, dead } from '../settlements.js'
import { beginWait, soon } from '../waiting.js'

/** Several handles on the same jobs, as several processes have them. */
export const handleCases: readonly ConformanceCase[] = [
  coreCase(
    'handles/same-jobs',
    'what one handle enqueues another claims and a third ends',
    async (context) => {
      const [one, two, three] = [context.store, await context.connect(), await context.connect()]
      const jobs = [aJob(), aJob({ delayMs: 1_000 })]
      await enqueue(one, jobs)
      assert.deepEqual(
        (await two.enqueue({ jobs })).map(({ status }) => status),
        ['duplicate', 'duplicate'],
      )
      await context.harness.advance(1_000)
      assert.equal(await promote(three), 1)
      const claimed = await claim(two)
      assert.deepEqual(idsOf(claimed), idsOf(jobs))
      assert.deepEqual(await one.extend({ leases: claimed, leaseMs: LEASE_MS }), ['held', 'held'])
      for (const job of claimed) await finish(three, job, completed)
      assert.deepEqual(await one.extend({ leases: claimed, leaseMs: LEASE_MS }), ['lost', 'lost'])
    },
    'connect',
  ),

  coreCase(
    'handles/one-closes',
    'a handle that closes leaves jobs and leases to the others',
    async (context) => {
      const other = await context.connect()
      await enqueue(other, manyJobs(2))
      const held = await claimOne(other)
      await other.close()
      assert.deepEqual(await context.store.extend({ leases: [held], leaseMs: LEASE_MS }), ['held'])
      await claimOne(context.store)
      await context.harness.advance(LEASE_MS)
      assert.equal((await reap(context.store)).length, 2)
    },
    'connect',
  ),

  coreCase(
    'handles/promote-concurrently',
    'schedulers on several handles promote each job once',
    async (context) => {
      const handles = [context.store, await context.connect(), await context.connect()]
      const jobs = manyJobs(300, () => ({ delayMs: 1_000 }))
      await enqueue(context.store, jobs)
      await context.harness.advance(1_000)
      const promoted = await Promise.all(handles.map((handle) => promote(handle, 20)))
      assert.equal(
        promoted.reduce((sum, count) => sum + count, 0),
        300,
      )
      assert.deepEqual(idsOf(await claim(context.store, { limit: 500 })), idsOf(jobs), 'and in order')
    },
    'connect',
  ),

  coreCase(
    'handles/enqueue-concurrently',
    'of the same job pushed through several handles at once, one is added',
    async (context) => {
      const handles = [context.store, await context.connect(), await context.connect()]
      const jobs = manyJobs(100)
      const outcomes = await Promise.all(handles.map((handle) => handle.enqueue({ jobs })))
      assert.equal(outcomes.flat().filter(({ status }) => status === 'added').length, 100)
      assert.deepEqual(idsOf(await claim(context.store, { limit: 500 })).sort(), idsOf(jobs).sort())
    },
    'connect',
  ),

  coreCase(
    'handles/settle-concurrently',
    'of several settlements of one lease at once, one counts',
    async (context) => {
      const handles = [context.store, await context.connect(), await context.connect()]
      await enqueue(context.store, [aJob()])
      const lease = await claimOne(context.store)
      const settlement = { type: 'retry', delayMs: 0, error: 'once' } as const
      const outcomes = await Promise.all(handles.map((handle) => handle.settle({ entries: [{ lease, settlement }] })))
      assert.equal(outcomes.flat().filter(({ status }) => status === 'settled').length, 1)
      const claimed = await claim(context.store)
      assert.deepEqual([claimed.length, claimed[0]?.attempts], [1, 1])
    },
    'connect',
  ),

  coreCase(
    'handles/vanished-waiter',
    'what a worker of a closed handle had popped comes back',
    async (context) => {
      const { store, harness } = context
      const other = await context.connect()
      const wait = await beginWait(other, { worker: 'worker-b', timeoutMs: 1_000 })
      const job = aJob()
      await enqueue(other, [job])
      await soon(context, 'the return of the wait', wait.returned)
      await other.close()
      await harness.advance(120_000)
      await reap(store)
      assert.deepEqual(idsOf(await claim(store)), [job.id])
    },
    'connect',
  ),

  fullCase(
    'handles/control',
    'control and reading through one handle see what the others did',
    async (context) => {
      const { store } = context
      const other = await context.connect()
      const [cancelled, died] = [aJob({ retention: keptForAnHour, delayMs: 60_000 }), aJob()]
      await enqueue(store, [cancelled, died])
      await finish(store, await claimOne(store), dead)
      assert.deepEqual(await other.cancel({ ids: [cancelled.id] }), [{ status: 'cancelled' }])
      assert.deepEqual(await other.redrive({ ids: [died.id] }), [{ status: 'redriven' }])
      assert.deepEqual(
        (await store.get({ ids: idsOf([cancelled, died]) })).map((job) => job?.state),
        ['cancelled', 'ready'],
      )
      await other.heartbeat({ report: { worker: 'w-1', lanes: [] }, ttlMs: 10_000 })
      assert.equal((await store.workers()).length, 1)
    },
    'connect',
  ),
]
