import { describe, expect, it } from 'vitest'
import { MemoryStore } from '@goscheds/memory'
import { Scheduler } from '../../src/index.js'
import { aWorld, type World } from '../support/a-world.js'
import { untilAborted } from '../support/handlers.js'
import { failing, hanging } from '../support/with-faults.js'

/** What a worker of another process does: claims one job and is never heard of again. */
async function vanishWithJob({ memory }: World, leaseMs = 1_000): Promise<void> {
  await memory.claim({ name: 'email', worker: 'vanished', limit: 1, leaseMs })
}

/** A store that never sends a hint. */
const deaf = async (): Promise<() => Promise<void>> => async () => {}

describe('a scheduler', () => {
  it.each([
    [{}, 'store must be a Store'],
    [{ store: {} }, 'store must be a Store'],
    [{ store: new MemoryStore(), reapIntervalMs: 0 }, 'reapIntervalMs must be a number from 1'],
    [{ store: new MemoryStore(), promotionCapMs: -1 }, 'promotionCapMs must be a number from 1'],
    [{ store: new MemoryStore(), maxRecoveries: 1.5 }, 'maxRecoveries must be a whole number from 0'],
    [{ store: new MemoryStore(), maxDeadPerName: NaN }, 'maxDeadPerName must be a whole number from 0'],
    [{ store: new MemoryStore(), storeTimeoutMs: 'soon' }, 'storeTimeoutMs must be a number from 1'],
    [{ store: new MemoryStore(), concurrency: 5 }, "Scheduler options has no option 'concurrency'"],
    [undefined, 'Scheduler options must be an object, got undefined'],
  ])('refuses bad options %#', (options, message) => {
    expect(() => new Scheduler(options as never)).toThrow(message)
    expect(() => new Scheduler(options as never)).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }))
  })

  it('promotes a job at its time and not before (G8)', async () => {
    const world = aWorld()
    const scheduler = world.scheduler()
    scheduler.start()
    await scheduler.pushScheduled('email', {}, { delayMs: 3_600_000, id: 'a' })
    await world.clock.advance(3_599_999)
    expect(await world.inspector.get('a')).toMatchObject({ state: 'scheduled' })
    await world.clock.advance(1)
    expect(await world.inspector.get('a')).toMatchObject({ state: 'ready' })
    await scheduler.stop()
  })

  it('is woken for a job that is due before the one it sleeps for', async () => {
    const world = aWorld()
    const scheduler = world.scheduler()
    scheduler.start()
    await scheduler.pushScheduled('email', {}, { delayMs: 4_000, id: 'late' })
    await world.clock.advance(10)
    await scheduler.pushScheduled('email', {}, { delayMs: 20, id: 'early' })
    await world.clock.advance(20)
    expect(await world.inspector.get('early')).toMatchObject({ state: 'ready' })
    await scheduler.stop()
  })

  it('finds an earlier job within the cap when no hint comes', async () => {
    const world = aWorld()
    world.faults.set('subscribe', deaf)
    const scheduler = world.scheduler({ promotionCapMs: 5_000 })
    scheduler.start()
    await world.clock.advance(0)
    await scheduler.pushScheduled('email', {}, { delayMs: 20, id: 'early' })
    await world.clock.advance(5_000)
    expect(await world.inspector.get('early')).toMatchObject({ state: 'ready' })
    await scheduler.stop()
  })

  it('calls the store no more than needed while nothing is due', async () => {
    const world = aWorld()
    const scheduler = world.scheduler()
    scheduler.start()
    await world.clock.advance(60_000)
    expect(world.calls('promote').length).toBeLessThanOrEqual(16)
    expect(world.calls('reap').length).toBeLessThanOrEqual(16)
    expect(world.calls('prune').length).toBeLessThanOrEqual(3)
    await scheduler.stop()
  })

  it('promotes 2,500 jobs that are due together without sleeping in between', async () => {
    const world = aWorld()
    const scheduler = world.scheduler()
    scheduler.start()
    const entries = Array.from({ length: 2_500 }, (_, n) => ({ name: 'email', args: n, delayMs: 1_000 }))
    await scheduler.pushMany(entries)
    await world.clock.advance(1_000)
    expect(await world.inspector.counts()).toMatchObject([{ ready: 2_500, scheduled: 0 }])
    // None is so large that a store would not answer others for long.
    for (const input of world.calls('promote')) expect((input as { limit: number }).limit).toBeLessThanOrEqual(500)
    await scheduler.stop()
  })

  it('puts back the job of a worker that vanished, and says so', async () => {
    const world = aWorld()
    const scheduler = world.scheduler()
    const reaped: unknown[] = []
    scheduler.on('reaped', (job) => reaped.push([job.id, job.outcome, job.recoveries]))
    await scheduler.push('email', {}, { id: 'a' })
    await vanishWithJob(world)
    scheduler.start()
    await world.pass(6_000)
    expect(reaped).toEqual([['a', 'ready', 1]])
    expect(await world.inspector.get('a')).toMatchObject({ state: 'ready', recoveries: 1, attempts: 0 })
    await scheduler.stop()
  })

  it('ends as dead a job whose worker vanishes more often than maxRecoveries (G18)', async () => {
    const world = aWorld()
    const scheduler = world.scheduler({ maxRecoveries: 2 })
    scheduler.start()
    await scheduler.push('email', {}, { id: 'a' })
    for (let crash = 0; crash < 3; crash++) {
      await vanishWithJob(world)
      await world.pass(6_000)
    }
    expect(await world.inspector.get('a')).toMatchObject({ state: 'dead', deadReason: 'recoveries', recoveries: 3 })
    await scheduler.stop()
  })

  it('removes finished jobs past their retention', async () => {
    const world = aWorld()
    const scheduler = world.scheduler()
    scheduler.start()
    await scheduler.pushScheduled('email', {}, { id: 'a', delayMs: 1e6, retain: { completedMs: 1_000 } })
    await world.inspector.cancel('a')
    expect(await world.inspector.get('a')).toMatchObject({ state: 'cancelled' })
    await world.pass(62_000, 1_000)
    expect(await world.inspector.get('a')).toBeNull()
    await scheduler.stop()
  })

  it('keeps no more than maxDeadPerName dead jobs of a name, the newest', async () => {
    const world = aWorld()
    const scheduler = world.scheduler({ maxDeadPerName: 2, maxRecoveries: 0, reapIntervalMs: 100 })
    scheduler.start()
    for (const id of ['a', 'b', 'c']) {
      await scheduler.push('email', {}, { id })
      await vanishWithJob(world, 100)
      await world.pass(300)
    }
    await world.pass(61_000, 1_000)
    const { jobs } = await world.inspector.list({ name: 'email', state: 'dead' })
    expect(jobs.map(({ id }) => id)).toEqual(['b', 'c'])
    await scheduler.stop()
  })

  it('may be started twice and stopped twice, and then holds nothing (G16)', async () => {
    const world = aWorld()
    const scheduler = world.scheduler()
    scheduler.start()
    scheduler.start()
    await world.clock.advance(20_000)
    await Promise.all([scheduler.stop(), scheduler.stop()])
    await scheduler.stop()
    expect(world.clock.pendingTimers).toBe(0)
    const promotions = world.calls('promote').length
    await scheduler.push('email', {}).catch(() => {})
    await world.memory.enqueue({ jobs: [] })
    await world.clock.advance(60_000)
    expect(world.calls('promote')).toHaveLength(promotions)
  })

  it('may be stopped before it was started', async () => {
    const scheduler = aWorld().scheduler()
    await scheduler.stop()
    expect(scheduler.health().running).toBe(false)
  })

  it('unsubscribes from hints when it stops (G16)', async () => {
    const world = aWorld()
    let listening = 0
    world.faults.set('subscribe', async (run) => {
      const unsubscribe = (await run()) as () => Promise<void>
      listening++
      return async () => (listening--, unsubscribe())
    })
    const scheduler = world.scheduler()
    scheduler.start()
    await world.clock.advance(0)
    expect(listening).toBe(1)
    await scheduler.stop()
    expect(listening).toBe(0)
  })

  it('unsubscribes also when the subscription comes after its time-out', async () => {
    const world = aWorld()
    let listening = 0
    let calls = 0
    world.faults.set('subscribe', async (run) => {
      const isFirst = calls++ === 0
      const unsubscribe = (await run()) as () => Promise<void>
      if (isFirst) await new Promise<void>((resolve) => void world.clock.setTimer(15_000, resolve))
      listening++
      return async () => (listening--, unsubscribe())
    })
    const scheduler = world.scheduler()
    scheduler.on('error', () => {})
    scheduler.start()
    await world.pass(20_000)
    expect(calls).toBe(2)
    expect(listening).toBe(1)
    await scheduler.stop()
    expect(listening).toBe(0)
  })

  it('is disposed of by stopping', async () => {
    const world = aWorld()
    {
      await using scheduler = world.scheduler()
      scheduler.start()
      await world.clock.advance(0)
    }
    expect(world.clock.pendingTimers).toBe(0)
  })

  it('tells whether it runs and when the store last answered', async () => {
    const world = aWorld()
    const scheduler = world.scheduler()
    expect(scheduler.health()).toEqual({
      ...{ running: false, connected: false, lastSuccessAt: null, inFlight: 0, lagMs: null },
    })
    scheduler.start()
    await world.clock.advance(0)
    expect(scheduler.health()).toEqual({
      ...{ running: true, connected: true, lastSuccessAt: new Date(world.clock.now()), inFlight: 0, lagMs: 0 },
    })
    await scheduler.stop()
    expect(scheduler.health().running).toBe(false)
  })

  it.each(['open', 'promote', 'reap', 'prune', 'subscribe'] as const)(
    'survives a failing %s, emits each error, and goes on when the store is back',
    async (method) => {
      const world = aWorld()
      world.faults.set(method, failing)
      const scheduler = world.scheduler()
      const errors: unknown[] = []
      scheduler.on('error', (error) => errors.push(error))
      scheduler.start()
      await world.pass(30_000)
      expect(errors.length).toBeGreaterThan(3)
      expect(errors[0]).toMatchObject({ code: 'STORE_FAILED' })
      world.faults.clear()
      await world.pass(6_000)
      await scheduler.pushScheduled('email', {}, { delayMs: 50, id: 'a' })
      await world.pass(100)
      expect(await world.inspector.get('a')).toMatchObject({ state: 'ready' })
      await scheduler.stop()
      expect(world.clock.pendingTimers).toBe(0)
    },
  )

  it('survives a store that hangs and promotes when it is back', async () => {
    const world = aWorld()
    world.faults.set('promote', hanging)
    const scheduler = world.scheduler()
    const codes: unknown[] = []
    scheduler.on('error', (error) => codes.push((error as { code?: unknown }).code))
    scheduler.start()
    await world.pass(25_000)
    expect(codes.slice(0, 2)).toEqual(['STORE_TIMEOUT', 'STORE_TIMEOUT'])
    world.faults.clear()
    await scheduler.pushScheduled('email', {}, { delayMs: 50, id: 'a' })
    await world.pass(16_000)
    expect(await world.inspector.get('a')).toMatchObject({ state: 'ready' })
    await scheduler.stop()
  })

  it('stops within the time-out while the store hangs', async () => {
    const world = aWorld()
    const scheduler = world.scheduler({ storeTimeoutMs: 1_000 })
    for (const method of ['promote', 'reap', 'prune', 'subscribe'] as const) world.faults.set(method, hanging)
    scheduler.start()
    await world.clock.advance(0)
    let stopped = false
    const stopping = scheduler.stop().then(() => (stopped = true))
    await world.clock.advance(1_000)
    expect(stopped).toBe(true)
    await stopping
    expect(world.clock.pendingTimers).toBe(0)
  })

  it('lets workers come first after an outage of the store: what they could not renew is no recovery', async () => {
    const world = aWorld()
    const scheduler = world.scheduler().on('error', () => {})
    const worker = world.worker().on('error', () => {})
    worker.registerHandler('email', untilAborted)
    scheduler.start()
    worker.start()
    await scheduler.push('email', {}, { id: 'a' })
    await world.clock.advance(0)
    const methods = ['promote', 'reap', 'prune', 'claim', 'waitForReady', 'extend', 'settle', 'heartbeat'] as const
    for (const method of methods) world.faults.set(method, failing)
    await world.pass(60_000, 500)
    // The schedulers reach the store again before the worker does.
    for (const method of ['promote', 'reap', 'prune'] as const) world.faults.delete(method)
    await world.pass(5_000, 500)
    world.faults.clear()
    await world.pass(10_000, 500)
    expect(await world.inspector.get('a')).toMatchObject({ attempts: 0, recoveries: 0 })
    await world.until(Promise.all([worker.stop(), scheduler.stop()]))
  })

  it('goes on reaping over a store that is slow and answers', async () => {
    const world = aWorld()
    const slow = (run: () => Promise<unknown>): Promise<unknown> =>
      new Promise((resolve) => world.clock.setTimer(7_000, () => resolve(run())))
    for (const method of ['promote', 'reap', 'prune'] as const) world.faults.set(method, slow)
    const scheduler = world.scheduler({ promotionCapMs: 1 })
    scheduler.start()
    await world.pass(600_000, 1_000)
    // One every twelve seconds: seven for the call, five until the next.
    expect(world.calls('reap').length).toBeGreaterThan(20)
    await world.until(scheduler.stop())
  })

  it('sends an error that nobody listens to to the logger', async () => {
    const world = aWorld()
    world.faults.set('promote', failing)
    const scheduler = world.scheduler()
    scheduler.start()
    await world.clock.advance(0)
    expect(world.logger.lines[0]?.[0]).toMatch(/STORE_FAILED: .*promote/)
    await scheduler.stop()
  })

  it('does not call a listener that was taken off', async () => {
    const world = aWorld()
    world.faults.set('promote', failing)
    const scheduler = world.scheduler()
    const errors: unknown[] = []
    const listener = (error: Error): void => void errors.push(error)
    scheduler.on('error', listener).off('error', listener)
    scheduler.start()
    await world.clock.advance(0)
    expect(errors).toEqual([])
    await scheduler.stop()
  })

  it('shares the work with another one on the same store: each job is promoted once', async () => {
    const world = aWorld()
    const schedulers = [world.scheduler(), world.scheduler()]
    for (const scheduler of schedulers) scheduler.start()
    await schedulers[0]?.pushMany(Array.from({ length: 100 }, (_, n) => ({ name: 'email', args: n, delayMs: 500 })))
    await world.clock.advance(500)
    expect(await world.inspector.counts()).toMatchObject([{ ready: 100 }])
    await Promise.all(schedulers.map((scheduler) => scheduler.stop()))
    expect(world.clock.pendingTimers).toBe(0)
  })
})
