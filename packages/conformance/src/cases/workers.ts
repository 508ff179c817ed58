import assert from 'node:assert/strict'
import type { WorkerReport } from '@goscheds/core'
import { aJob } from '../a-job.js'
import { fullCase, type ConformanceCase } from '../conformance-case.js'
import { claimNew, finish, LEASE_MS, prune, reap } from '../moves.js'
import { completed } from '../settlements.js'

/** `heartbeat`, `leave` and `workers`. */
export const workersCases: readonly ConformanceCase[] = [
  fullCase('workers/none', 'without heartbeats there are no workers', async ({ store }) => {
    await claimNew(store, aJob())
    assert.deepEqual(await store.workers(), [])
  }),

  fullCase('workers/heartbeat', 'a heartbeat records what the worker says, and when', async (context) => {
    const { store, harness, slackMs } = context
    const report = reportOf('w-1', 3)
    const now = await harness.now()
    await store.heartbeat({ report, ttlMs: 15_000 })
    const [record, ...others] = await store.workers()
    assert.ok(record !== undefined && others.length === 0)
    const { seenAt, expiresAt, ...said } = record
    assert.deepEqual(said, report)
    assert.ok(seenAt - now >= 0 && seenAt - now <= slackMs, `seen at ${seenAt}, the clock is at ${now}`)
    assert.equal(expiresAt, seenAt + 15_000)
  }),

  fullCase('workers/again', 'another heartbeat replaces the one before', async ({ store, harness }) => {
    await store.heartbeat({ report: reportOf('w-1', 1), ttlMs: 15_000 })
    await harness.advance(10_000)
    await store.heartbeat({ report: reportOf('w-1', 2), ttlMs: 15_000 })
    await harness.advance(10_000)
    const records = await store.workers()
    assert.deepEqual(
      records.map(({ lanes }) => lanes),
      [reportOf('w-1', 2).lanes],
    )
  }),

  fullCase('workers/expiry', 'a worker that stopped reporting is left out', async ({ store, harness }) => {
    await store.heartbeat({ report: reportOf('w-1', 1), ttlMs: 10_000 })
    await store.heartbeat({ report: reportOf('w-2', 1), ttlMs: 60_000 })
    await harness.advance(10_000)
    assert.deepEqual(
      (await store.workers()).map(({ worker }) => worker),
      ['w-2'],
    )
    await prune(store)
    assert.equal((await store.workers()).length, 1, 'and prune takes only what is past its time')
  }),

  fullCase('workers/sorted', 'workers are sorted by id', async ({ store }) => {
    for (const worker of ['w-b', 'w-a', 'w-_', 'w-B', 'w-10', 'w-9']) {
      await store.heartbeat({ report: reportOf(worker, 1), ttlMs: 10_000 })
    }
    assert.deepEqual(
      (await store.workers()).map(({ worker }) => worker),
      ['w-10', 'w-9', 'w-B', 'w-_', 'w-a', 'w-b'],
    )
  }),

  fullCase('workers/lanes', 'a worker may have any lanes, or none', async ({ store }) => {
    const lanes = ['__proto__', 'a:b', 'with spaces', 'ключ'].map((name) => ({ name, active: 0, concurrency: 1 }))
    await store.heartbeat({ report: { worker: 'w-1', lanes }, ttlMs: 10_000 })
    await store.heartbeat({ report: { worker: 'w-2', lanes: [] }, ttlMs: 10_000 })
    assert.deepEqual(
      (await store.workers()).map((record) => record.lanes),
      [lanes, []],
    )
  }),

  fullCase('workers/leave', 'a worker that signs off is gone at once, and only that one', async ({ store }) => {
    await store.heartbeat({ report: reportOf('w-1', 1), ttlMs: 10_000 })
    await store.heartbeat({ report: reportOf('w-2', 1), ttlMs: 10_000 })
    await store.leave({ worker: 'w-1' })
    await store.leave({ worker: 'w-1' })
    await store.leave({ worker: 'never-seen' })
    assert.deepEqual(
      (await store.workers()).map(({ worker }) => worker),
      ['w-2'],
    )
  }),

  fullCase('workers/leave-keeps-leases', 'leases that a leaving worker holds are not touched', async (context) => {
    const { store, harness } = context
    const job = await claimNew(store, aJob(), { worker: 'w-1' })
    await store.leave({ worker: 'w-1' })
    await harness.advance(LEASE_MS - 10_000)
    assert.deepEqual(await reap(store), [])
    assert.deepEqual(await store.extend({ leases: [job], leaseMs: LEASE_MS }), ['held'])
    await finish(store, job, completed)
  }),
]

function reportOf(worker: string, active: number): WorkerReport {
  return { worker, lanes: [{ name: 'email', active, concurrency: 10 }] }
}
