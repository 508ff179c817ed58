import { describe, expect, it } from 'vitest'
import type { Job } from '../../src/index.js'
import { aWorld, eventsOf } from '../support/a-world.js'
import { type Deferred, deferred } from '../support/deferred.js'
import { endless } from '../support/handlers.js'

describe('a worker', () => {
  it('gives the handler the job as it was pushed, and leaves no trace of it when it is done', async () => {
    const world = aWorld()
    const start = new Date(world.clock.now())
    await world.scheduler().push('email', { to: 'ada' }, { id: 'a', maxAttempts: 3, metadata: { trace: 't' } })
    await world.clock.advance(50)
    const seen: Job[] = []
    const worker = world.worker()
    worker.registerHandler('email', (job) => void seen.push(job))
    worker.start()
    await world.clock.advance(0)
    expect(seen).toEqual([
      {
        ...{ id: 'a', name: 'email', args: { to: 'ada' }, attempt: 1, maxAttempts: 3, recoveries: 0 },
        ...{ executeAt: start, enqueuedAt: start, startedAt: new Date(world.clock.now()), metadata: { trace: 't' } },
        fence: { generation: expect.any(Number), claim: 1 },
      },
    ])
    expect(await world.inspector.get('a')).toBeNull()
    await world.until(worker.stop())
  })

  it('never starts a job before its time by the clock of the store (G8)', async () => {
    const world = aWorld()
    const scheduler = world.scheduler()
    scheduler.start()
    const early: number[] = []
    const worker = world.worker()
    worker.registerHandler('email', (job) => {
      if (world.clock.now() < job.executeAt.getTime()) early.push(world.clock.now())
    })
    worker.start()
    let ran = 0
    worker.on('completed', () => ran++)
    await scheduler.pushMany(Array.from({ length: 50 }, (_, n) => ({ name: 'email', args: n, delayMs: n * 37 })))
    await world.pass(2_000, 13)
    expect(early).toEqual([])
    expect(ran).toBe(50)
    await world.until(Promise.all([worker.stop(), scheduler.stop()]))
  })

  it('never runs more jobs of a handler at once than its concurrency, and uses all of it (G13)', async () => {
    const world = aWorld()
    const running = { email: 0, report: 0 }
    const most = { email: 0, report: 0 }
    const worker = world.worker({ concurrency: 7 })
    const run = async (job: Job): Promise<void> => {
      const name = job.name as 'email' | 'report'
      most[name] = Math.max(most[name], ++running[name])
      await new Promise<void>((resolve) => void world.clock.setTimer(1 + (job.args as number), resolve))
      running[name]--
    }
    worker.registerHandler('email', run)
    worker.registerHandler('report', run, { concurrency: 3 })
    let done = 0
    worker.on('completed', () => done++)
    worker.start()
    const entries = Array.from({ length: 100 }, (_, n) => ({ name: n % 2 ? 'email' : 'report', args: n % 5 }))
    await world.scheduler().pushMany(entries)
    await world.pass(500, 1)
    expect(done).toBe(100)
    expect(most).toEqual({ email: 7, report: 3 })
    await world.until(worker.stop())
  })

  it('claims as many jobs as it has free slots, and no more', async () => {
    const world = aWorld()
    await world.scheduler().pushMany(Array.from({ length: 20 }, (_, n) => ({ name: 'email', args: n })))
    const gates: Deferred<void>[] = []
    const worker = world.worker({ concurrency: 4 })
    worker.registerHandler('email', () => {
      const gate = deferred()
      gates.push(gate)
      return gate.promise
    })
    worker.start()
    await world.clock.advance(0)
    expect(await world.inspector.counts()).toMatchObject([{ active: 4, ready: 16 }])
    gates[0]?.resolve()
    gates[1]?.resolve()
    await world.clock.advance(0)
    expect(await world.inspector.counts()).toMatchObject([{ active: 4, ready: 14 }])
    for (let n = 0; n < gates.length; n++) {
      gates[n]?.resolve()
      await world.clock.advance(0)
    }
    expect(gates).toHaveLength(20)
    await world.until(worker.stop())
  })

  it('lets no handler that blocks hold up the jobs of another', async () => {
    const world = aWorld()
    const worker = world.worker({ concurrency: 1 })
    let done = 0
    worker.registerHandler('stuck', endless)
    worker.registerHandler('email', () => void done++)
    worker.start()
    await world.scheduler().pushMany([1, 2].map((n) => ({ name: 'stuck', args: n })))
    await world.clock.advance(0)
    await world.scheduler().pushMany(Array.from({ length: 10 }, (_, n) => ({ name: 'email', args: n })))
    await world.pass(10, 1)
    expect(done).toBe(10)
    await world.until(worker.stop({ graceMs: 0 }))
  })

  it('starts a job that is pushed while it waits at once', async () => {
    const world = aWorld()
    const worker = world.worker()
    let ran = false
    worker.registerHandler('email', () => void (ran = true))
    worker.start()
    await world.clock.advance(1_234)
    await world.scheduler().push('email', {})
    await world.clock.advance(0)
    expect(ran).toBe(true)
    await world.until(worker.stop())
  })

  it('leaves a job whose name has no handler in its queue, for a worker that has one', async () => {
    const world = aWorld()
    await world.scheduler().push('report', {}, { id: 'r' })
    const worker = world.worker()
    worker.registerHandler('email', () => {})
    worker.start()
    await world.pass(10_000, 1_000)
    expect(await world.inspector.get('r')).toMatchObject({ state: 'ready', attempts: 0 })
    const other = world.worker()
    other.registerHandler('report', () => {})
    other.start()
    await world.clock.advance(0)
    expect(await world.inspector.get('r')).toBeNull()
    await world.until(Promise.all([worker.stop(), other.stop()]))
  })

  it('runs each of many jobs once, together with a second worker (G3, G7)', async () => {
    const world = aWorld()
    const runs = new Map<number, number>()
    const workers = [world.worker({ concurrency: 5 }), world.worker({ concurrency: 5 })]
    for (const worker of workers) {
      worker.registerHandler<number>('email', async ({ args }) => {
        runs.set(args, (runs.get(args) ?? 0) + 1)
        await new Promise<void>((resolve) => void world.clock.setTimer(args % 3, resolve))
      })
      worker.start()
    }
    await world.scheduler().pushMany(Array.from({ length: 200 }, (_, n) => ({ name: 'email', args: n })))
    await world.pass(200, 1)
    expect(runs.size).toBe(200)
    expect(new Set(runs.values())).toEqual(new Set([1]))
    expect(await world.inspector.counts()).toEqual([])
    await world.until(Promise.all(workers.map((worker) => worker.stop())))
  })

  it('keeps what the handler returns when the job is retained', async () => {
    const world = aWorld()
    await world.scheduler().push('email', {}, { id: 'a', retain: { completedMs: 60_000 } })
    const worker = world.worker()
    worker.registerHandler('email', async () => ({ messageId: 'm1' }))
    worker.start()
    await world.clock.advance(0)
    expect(await world.inspector.get('a')).toMatchObject({ state: 'completed', result: { messageId: 'm1' } })
    await world.until(worker.stop())
  })

  it('emits started and completed in order, with the job and the result', async () => {
    const world = aWorld()
    const worker = world.worker()
    const events = eventsOf(worker)
    const results: unknown[] = []
    worker.on('completed', ({ job, result }) => results.push([job.id, result]))
    worker.registerHandler('email', () => 5)
    worker.start()
    await world.scheduler().push('email', {}, { id: 'a' })
    await world.clock.advance(0)
    expect(events).toEqual(['started', 'completed'])
    expect(results).toEqual([['a', 5]])
    await world.until(worker.stop())
  })

  it('is not harmed by a listener that throws', async () => {
    const world = aWorld()
    const worker = world.worker()
    let ran = 0
    for (const name of ['started', 'completed'] as const) {
      worker.on(name, () => {
        throw new Error('a bad listener')
      })
    }
    worker.registerHandler('email', () => void ran++)
    worker.start()
    await world.scheduler().pushMany([1, 2, 3].map((n) => ({ name: 'email', args: n })))
    await world.clock.advance(0)
    expect(ran).toBe(3)
    expect(world.logger.lines).toHaveLength(6)
    await world.until(worker.stop())
  })

  it('tells its health: what it runs, what it has not settled, and when the store last answered', async () => {
    const world = aWorld()
    const worker = world.worker({ concurrency: 4 })
    worker.registerHandler('email', endless)
    expect(worker.health()).toEqual({
      ...{ id: worker.id, running: false, connected: false, lastSuccessAt: null, unsettled: 0 },
      ...{ inFlight: 0, lagMs: null },
      lanes: [{ name: 'email', active: 0, concurrency: 4 }],
    })
    await world.scheduler().push('email', {})
    worker.start()
    await world.clock.advance(0)
    expect(worker.health()).toMatchObject({
      ...{ running: true, connected: true, lastSuccessAt: new Date(world.clock.now()), inFlight: 1, lagMs: 0 },
      lanes: [{ name: 'email', active: 1, concurrency: 4 }],
    })
    await world.until(worker.stop({ graceMs: 0 }))
    expect(worker.health()).toMatchObject({ running: false, unsettled: 0, lanes: [{ active: 0 }] })
  })

  it('reports that it is alive with what it runs, and leaves when it stops', async () => {
    const world = aWorld()
    const worker = world.worker({ concurrency: 4 })
    worker.registerHandler('email', endless)
    worker.start()
    await world.scheduler().push('email', {})
    await world.pass(60_000, 1_000)
    expect(await world.inspector.workers()).toMatchObject([
      { id: worker.id, lanes: [{ name: 'email', active: 1, concurrency: 4 }] },
    ])
    await world.until(worker.stop({ graceMs: 0 }))
    expect(await world.inspector.workers()).toEqual([])
  })

  it('gives way to timers and I/O while it drains a queue of handlers that do nothing', async () => {
    const world = aWorld()
    await world.scheduler().pushMany(Array.from({ length: 20_000 }, (_, n) => ({ name: 'email', args: n })))
    const worker = world.worker({ concurrency: 100 })
    let done = 0
    worker.registerHandler('email', () => void done++)
    worker.start()
    const after: number[] = []
    while (done < 20_000) {
      await new Promise<void>((resolve) => setTimeout(resolve, 0))
      after.push(done)
    }
    expect(after.length).toBeGreaterThan(5)
    await world.until(worker.stop())
  })
})
