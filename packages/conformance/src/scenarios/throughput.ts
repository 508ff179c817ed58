import assert from 'node:assert/strict'
import { coreCase, type ConformanceCase } from '../conformance-case.js'
import { claim } from '../moves.js'
import { soon } from '../waiting.js'
import { Log, withCrew } from './crew.js'

/** Whole systems in which nothing goes wrong. */
export const throughputScenarios: readonly ConformanceCase[] = [
  coreCase('scenario/every-job-once', 'a worker runs every job that is pushed, once', (context) =>
    withCrew(context, async (crew) => {
      const scheduler = await crew.scheduler()
      const worker = await crew.worker({ concurrency: 20 })
      const runs = new Log<unknown>()
      const completed = new Log<string>()
      for (const name of ['mail', 'sms']) worker.registerHandler(name, (job) => Promise.resolve(runs.add(job.args)))
      worker.on('completed', ({ job }) => completed.add(job.id))
      worker.start()
      await scheduler.push('mail', 0)
      await soon(context, 'the run of a job pushed to an idle worker', completed.reaches(1))
      const numbers = Array.from({ length: 200 }, (_, index) => index + 1)
      await scheduler.pushMany(numbers.map((args) => ({ name: args % 2 === 0 ? 'mail' : 'sms', args })))
      await soon(context, 'the end of all jobs', completed.reaches(201))
      await scheduler.pushMany(['mail', 'sms'].map((name) => ({ name, args: 201 })))
      await soon(context, 'the end of the last jobs', completed.reaches(203))
      await soon(context, 'the stop of the worker', worker.stop())
      assert.deepEqual(
        runs.entries.map(Number).sort((a, b) => a - b),
        [0, ...numbers, 201, 201],
      )
    }),
  ),

  coreCase('scenario/two-workers', 'two workers share a queue, and each job runs once', (context) =>
    withCrew(context, async (crew) => {
      const scheduler = await crew.scheduler()
      const runs = new Log<unknown>()
      const workers = [await crew.worker({ concurrency: 3 }), await crew.worker({ concurrency: 5 })]
      for (const worker of workers) {
        worker.registerHandler('mail', (job) => Promise.resolve(runs.add(job.args)))
        worker.start()
      }
      const numbers = Array.from({ length: 200 }, (_, index) => index)
      await scheduler.pushMany(numbers.map((args) => ({ name: 'mail', args })))
      await soon(context, 'the run of all jobs', runs.reaches(200))
      await scheduler.push('mail', 'the last')
      await soon(context, 'the run of the last job', runs.reaches(201))
      await soon(context, 'the stop of the workers', Promise.all(workers.map((worker) => worker.stop())))
      assert.equal(new Set(runs.entries).size, 201)
      assert.equal(runs.entries.length, 201, 'no job ran twice')
    }),
  ),

  coreCase('scenario/in-time-and-order', 'scheduled jobs run in order, once, and never early', (context) =>
    withCrew(context, async (crew) => {
      const { harness } = context
      const schedulers = [await crew.scheduler(), await crew.scheduler()]
      const worker = await crew.worker()
      const runs = new Log<{ readonly id: string; readonly at: number }>()
      worker.registerHandler('mail', async (job) => runs.add({ id: job.id, at: await harness.now() }), {
        concurrency: 1,
      })
      const start = await harness.now()
      const entries = Array.from({ length: 30 }, (_, index) => ({
        name: 'mail',
        args: null,
        id: `after-${1 + ((index * 11) % 30)}00`,
        executeAt: new Date(start + (1 + ((index * 11) % 30)) * 100),
      }))
      await schedulers[0]?.pushMany(entries)
      for (const scheduler of schedulers) scheduler.start()
      worker.start()
      for (let due = 5; due <= 30; due += 5) {
        await harness.advance(500)
        await soon(context, `the run of ${due} jobs`, runs.reaches(due))
      }
      assert.deepEqual(
        runs.entries.map(({ id }) => id),
        Array.from({ length: 30 }, (_, index) => `after-${index + 1}00`),
      )
      const dueAt = new Map(entries.map(({ id, executeAt }) => [id, executeAt.getTime()]))
      assert.deepEqual(
        runs.entries.filter(({ id, at }) => at < (dueAt.get(id) ?? 0)),
        [],
        'none ran before its time',
      )
    }),
  ),

  coreCase('scenario/stop', 'after stop nothing is held: interrupted jobs are released, attempts kept', (context) =>
    withCrew(context, async (crew) => {
      const { store, harness } = context
      const scheduler = await crew.scheduler()
      const worker = await crew.worker({ concurrency: 5 })
      const started = new Log<string>()
      worker.registerHandler('email', async (job, { signal }) => {
        started.add(job.id)
        await new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => reject(signal.reason as Error))
        })
      })
      worker.start()
      await scheduler.pushMany(Array.from({ length: 7 }, () => ({ name: 'email', args: null })))
      await soon(context, 'the start of five jobs', started.reaches(5))
      await soon(context, 'the stop of the worker', worker.stop({ graceMs: 0 }))
      const left = await claim(store)
      assert.deepEqual(
        left.map(({ attempts, recoveries }) => [attempts, recoveries]),
        left.map(() => [0, 0]),
      )
      assert.equal(left.length, 7, 'all are there for the next worker, at once')
      assert.equal(started.entries.length, 5)
      await harness.advance(2 * 3_600_000)
      assert.equal((await store.reap({ limit: 100, maxRecoveries: 3 })).reaped.length, 7, 'and no lease but theirs')
    }),
  ),

  coreCase('scenario/stop-while-idle', 'a worker that stops while it waits takes no job with it', (context) =>
    withCrew(context, async (crew) => {
      const scheduler = await crew.scheduler()
      for (let turn = 0; turn < 5; turn += 1) {
        const worker = await crew.worker()
        const runs = new Log<string>()
        const completed = new Log<string>()
        worker.registerHandler('email', (job) => Promise.resolve(runs.add(job.id)))
        worker.on('completed', ({ job }) => completed.add(job.id))
        worker.start()
        await scheduler.push('email', 'first')
        await soon(context, 'the end of a job', completed.reaches(1))
        // Meanwhile the worker, which has found the queue empty, begins to wait.
        await context.harness.advance(1)
        const pushed = scheduler.push('email', 'second')
        await soon(context, 'the stop of the worker', worker.stop())
        const { id } = await pushed
        const left = await claim(context.store)
        assert.deepEqual([...runs.entries.slice(1), ...left.map((job) => job.id)], [id])
        await context.store.settle({
          entries: left.map((lease) => ({ lease, settlement: { type: 'completed', retentionMs: 0 } })),
        })
      }
    }),
  ),
]
