import assert from 'node:assert/strict'
import type { ClaimedJob, Store } from '@goscheds/core'
import { aJob, keptForAnHour, manyJobs } from '../a-job.js'
import { fullCase, type ConformanceCase } from '../conformance-case.js'
import { claim, claimNew, claimOne, enqueue, finish, idsOf, LEASE_MS, look, prune, reap, settle } from '../moves.js'
import { completedKept, dead, retryNow } from '../settlements.js'

/** `redrive`. */
export const redriveCases: readonly ConformanceCase[] = [
  fullCase('redrive/ready-again', 'a dead job goes to the tail of its work queue', async ({ store }) => {
    const job = await died(store)
    const other = aJob()
    await enqueue(store, [other])
    assert.deepEqual(await store.redrive({ ids: [job.id] }), [{ status: 'redriven' }])
    const after = aJob()
    await enqueue(store, [after])
    assert.deepEqual(idsOf(await claim(store)), [other.id, job.id, after.id])
  }),

  fullCase('redrive/counters', 'attempts and recoveries start at zero, the claim number goes on', async (context) => {
    const { store, harness } = context
    await finish(store, await claimNew(store, aJob({ retention: keptForAnHour })), retryNow)
    await claimOne(store)
    await harness.advance(LEASE_MS)
    await reap(store)
    const third = await claimOne(store)
    assert.deepEqual([third.attempts, third.recoveries], [1, 1])
    await finish(store, third, dead)
    await store.redrive({ ids: [third.id] })
    const fourth = await claimOne(store)
    assert.deepEqual([fourth.attempts, fourth.recoveries], [0, 0])
    assert.deepEqual(fourth.fence, { generation: third.fence.generation, claim: 4 })
  }),

  fullCase('redrive/recoveries', 'a job that died of its recoveries gets them all again', async (context) => {
    const { store, harness } = context
    const job = await claimNew(store, aJob({ retention: keptForAnHour }))
    await harness.advance(LEASE_MS)
    await reap(store, 0)
    await store.redrive({ ids: [job.id] })
    await claimOne(store)
    await harness.advance(LEASE_MS)
    assert.deepEqual(
      (await reap(store, 1)).map(({ outcome, recoveries }) => [outcome, recoveries]),
      [['ready', 1]],
    )
  }),

  fullCase('redrive/kept', 'the last error, the payload and the executeAt are kept', async ({ store, harness }) => {
    const executeAt = (await harness.now()) - 5_000
    const job = await claimNew(store, aJob({ executeAt, payload: 'kept', retention: keptForAnHour }))
    await finish(store, job, dead)
    await harness.advance(10_000)
    await store.redrive({ ids: [job.id] })
    const seen = await look(store, job.id)
    assert.deepEqual(
      [seen.state, seen.error, seen.payload, seen.executeAt],
      ['ready', 'the last error', 'kept', executeAt],
    )
    assert.deepEqual([seen.deadReason, seen.finishedAt], [undefined, undefined], 'it is no longer finished')
  }),

  fullCase('redrive/not-pruned', 'its old retention no longer counts', async ({ store, harness }) => {
    const job = await died(store)
    await store.redrive({ ids: [job.id] })
    await harness.advance(2 * 3_600_000)
    assert.equal(await prune(store, 0), 0)
    assert.equal((await claimOne(store)).id, job.id)
  }),

  fullCase('redrive/old-lease', 'the lease that ended it stays lost', async ({ store }) => {
    const job = await died(store)
    await store.redrive({ ids: [job.id] })
    assert.deepEqual(await settle(store, job, retryNow), { status: 'lost' })
    await claimOne(store)
    assert.deepEqual(await settle(store, job, retryNow), { status: 'lost' })
  }),

  fullCase('redrive/outcome-per-id', 'each id has its outcome, in the order of the input', async ({ store }) => {
    const first = await died(store)
    const second = await died(store)
    const ended = await claimNew(store, aJob())
    await finish(store, ended, completedKept)
    const ready = aJob()
    await enqueue(store, [ready])
    assert.deepEqual(await store.redrive({ ids: ['unknown', second.id, ready.id, ended.id, first.id, first.id] }), [
      { status: 'not-found' },
      { status: 'redriven' },
      { status: 'not-dead', state: 'ready' },
      { status: 'not-dead', state: 'completed' },
      { status: 'redriven' },
      { status: 'not-dead', state: 'ready' },
    ])
    assert.deepEqual(idsOf(await claim(store)), [ready.id, second.id, first.id])
  }),

  fullCase('redrive/many', 'thousands are redriven in one call', async ({ store }) => {
    const jobs = manyJobs(2_500)
    await enqueue(store, jobs)
    await store.settle({
      entries: (await claim(store, { limit: 2_500 })).map((lease) => ({ lease, settlement: dead })),
    })
    const outcomes = await store.redrive({ ids: idsOf(jobs) })
    assert.equal(outcomes.filter(({ status }) => status === 'redriven').length, 2_500)
    assert.deepEqual(idsOf(await claim(store, { limit: 2_500 })), idsOf(jobs))
  }),
]

async function died(store: Store): Promise<ClaimedJob> {
  const job = await claimNew(store, aJob({ retention: keptForAnHour }))
  await finish(store, job, dead)
  return job
}
