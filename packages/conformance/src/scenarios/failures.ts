import assert from 'node:assert/strict'
import type { ReapedJob } from '@goscheds/core'
import { aJob, manyJobs } from '../a-job.js'
import { coreCase, fullCase, type ConformanceCase } from '../conformance-case.js'
import { claim, claimOne, enqueue, idsOf, settle } from '../moves.js'
import { completed, retryNow } from '../settlements.js'
import { soon } from '../waiting.js'
import { Log, withCrew } from './crew.js'

const SHORT_LEASE_MS = 1_000
// Past the deadline by more than the time between two looks of the reaper.
const PAST_IT_MS = SHORT_LEASE_MS + 100

/** Whole systems in which handlers fail, and workers die or freeze. */
export const failureScenarios: readonly ConformanceCase[] = [
  coreCase('scenario/crashed-worker', 'the jobs of a worker that died are run by another', (context) =>
    withCrew(context, async (crew) => {
      const { store, harness } = context
      const jobs = manyJobs(20, () => ({ payload: 'null' }))
      await enqueue(store, jobs)
      const held = await claim(store, { worker: 'crashed', limit: 20, leaseMs: SHORT_LEASE_MS })
      const [scheduler, worker] = [await crew.scheduler(), await crew.worker()]
      const runs = new Log<{ readonly id: string; readonly recoveries: number; readonly attempt: number }>()
      worker.registerHandler('email', (job) => Promise.resolve(runs.add(job)))
      scheduler.start()
      worker.start()
      await harness.advance(PAST_IT_MS)
      await soon(context, 'the run of all jobs of the crashed worker', runs.reaches(20))
      assert.deepEqual(runs.entries.map(({ id }) => id).sort(), idsOf(jobs).sort())
      assert.ok(runs.entries.every(({ recoveries, attempt }) => recoveries === 1 && attempt === 1))
      const outcomes = await store.settle({ entries: held.map((lease) => ({ lease, settlement: retryNow })) })
      assert.ok(
        outcomes.every(({ status }) => status === 'lost'),
        'the crashed worker changes nothing',
      )
    }),
  ),

  coreCase('scenario/frozen-worker', 'a worker that was frozen past its lease changes nothing', (context) =>
    withCrew(context, async (crew) => {
      const { store, harness } = context
      await enqueue(store, [aJob({ payload: 'null' })])
      const frozen = await claimOne(store, { worker: 'frozen', leaseMs: SHORT_LEASE_MS })
      const [scheduler, worker] = [await crew.scheduler(), await crew.worker()]
      const [started, ended] = [new Log<string>(), new Log<string>()]
      let letGo = (): void => {}
      const gate = new Promise<void>((resolve) => {
        letGo = resolve
      })
      worker.registerHandler('email', (job, { signal }) => {
        started.add(job.id)
        signal.addEventListener('abort', letGo)
        return gate
      })
      worker.on('completed', () => ended.add('completed'))
      worker.on('lost', () => ended.add('lost'))
      scheduler.start()
      worker.start()
      await harness.advance(PAST_IT_MS)
      await soon(context, 'the start of the job with another worker', started.reaches(1))
      assert.deepEqual(await store.extend({ leases: [frozen], leaseMs: 60_000 }), ['lost'])
      assert.deepEqual(await settle(store, frozen, retryNow), { status: 'lost' })
      letGo()
      await soon(context, 'the end of the job', ended.reaches(1))
      assert.deepEqual(ended.entries, ['completed'])
      assert.deepEqual(await settle(store, frozen, completed), { status: 'lost' })
      assert.equal(started.entries.length, 1)
    }),
  ),

  coreCase('scenario/killer-job', 'a job that kills its process ends as dead after maxRecoveries', (context) =>
    withCrew(context, async (crew) => {
      const { store, harness } = context
      await enqueue(store, [aJob()])
      const scheduler = await crew.scheduler({ maxRecoveries: 2 })
      const reaped = new Log<ReapedJob>()
      scheduler.on('reaped', (job) => reaped.add(job))
      scheduler.start()
      for (let crash = 1; crash <= 3; crash += 1) {
        await claimOne(store, { worker: `crashed-${crash}`, leaseMs: SHORT_LEASE_MS })
        await harness.advance(PAST_IT_MS)
        await soon(context, `the reaping of crash ${crash}`, reaped.reaches(crash))
      }
      assert.deepEqual(
        reaped.entries.map(({ outcome, recoveries }) => [outcome, recoveries]),
        [
          ['ready', 1],
          ['ready', 2],
          ['dead', 3],
        ],
      )
      assert.deepEqual(await claim(store), [])
    }),
  ),

  coreCase('scenario/retried-once', 'a job that fails once is retried at once and completes', (context) =>
    withCrew(context, async (crew) => {
      const [scheduler, worker] = [await crew.scheduler(), await crew.worker()]
      const attempts = new Log<number>()
      const completions = new Log<string>()
      worker.registerHandler('email', async (job) => {
        attempts.add(job.attempt)
        if (job.attempt === 1) throw new Error('not yet')
      })
      worker.on('completed', ({ job }) => completions.add(job.id))
      worker.start()
      const { id } = await scheduler.push('email', null)
      await soon(context, 'the completion', completions.reaches(1))
      assert.deepEqual([attempts.entries, completions.entries], [[1, 2], [id]])
    }),
  ),

  coreCase(
    'scenario/retried-until-dead',
    'a job that always fails is retried with its back-off until it is dead',
    (context) =>
      withCrew(context, async (crew) => {
        const { harness } = context
        const [scheduler, worker] = [await crew.scheduler(), await crew.worker()]
        const runs = new Log<{ readonly attempt: number; readonly at: number }>()
        const ends = new Log<string>()
        worker.registerHandler('email', async (job) => {
          runs.add({ attempt: job.attempt, at: await harness.now() })
          throw new Error('never')
        })
        worker.on('retrying', ({ delayMs }) => ends.add(`retrying after ${delayMs}`))
        worker.on('dead', ({ reason }) => ends.add(`dead of ${reason}`))
        scheduler.start()
        worker.start()
        await scheduler.push('email', null, { maxAttempts: 3, backoff: { type: 'fixed', delayMs: 1_000 } })
        for (let failed = 1; failed <= 3; failed += 1) {
          await soon(context, `the end of attempt ${failed}`, ends.reaches(failed))
          await harness.advance(1_000)
        }
        assert.deepEqual(ends.entries, ['retrying after 1000', 'retrying after 1000', 'dead of attempts'])
        assert.deepEqual(
          runs.entries.map(({ attempt }) => attempt),
          [1, 2, 3],
        )
        const gaps = runs.entries.slice(1).map(({ at }, index) => at - (runs.entries[index]?.at ?? 0))
        assert.ok(
          gaps.every((gap) => gap >= 1_000),
          `an attempt came early: ${gaps.join(', ')} ms after the one before`,
        )
      }),
  ),

  coreCase(
    'scenario/damaged-record',
    'a worker ends a job that cannot be decoded as dead, and runs its neighbours',
    (context) =>
      withCrew(
        context,
        async (crew) => {
          const { store, harness } = context
          await enqueue(
            store,
            ['one', 'broken', 'three'].map((id) => aJob({ id, payload: 'null' })),
          )
          await harness.damage?.('broken')
          const worker = await crew.worker()
          const ends = new Log<string>()
          worker.registerHandler('email', async () => {})
          worker.on('completed', ({ job }) => ends.add(`${job.id} completed`))
          worker.on('dead', ({ lease, reason }) => ends.add(`${lease.id} dead: ${reason}`))
          worker.start()
          await soon(context, 'the end of all three', ends.reaches(3))
          assert.deepEqual(ends.entries.sort(), ['broken dead: undecodable', 'one completed', 'three completed'])
        },
        1,
      ),
    'damage',
  ),

  fullCase(
    'scenario/cancelled-while-running',
    'the handler of a job that is cancelled hears of it, and the job ends as cancelled',
    (context) =>
      withCrew(context, async (crew) => {
        const [scheduler, worker] = [await crew.scheduler(), await crew.worker()]
        const log = new Log<string>()
        worker.registerHandler('email', async (_job, { signal }) => {
          log.add('started')
          await new Promise((_resolve, reject) => {
            signal.addEventListener('abort', () => reject(signal.reason as Error))
          })
        })
        worker.on('cancelled', () => log.add('cancelled'))
        worker.start()
        const { id } = await scheduler.push('email', null)
        await soon(context, 'the start of the job', log.reaches(1))
        assert.deepEqual(await context.store.cancel({ ids: [id] }), [{ status: 'requested' }])
        await soon(context, 'the end of the job', log.reaches(2))
        assert.deepEqual(log.entries, ['started', 'cancelled'])
      }),
    'notifications',
  ),
]
