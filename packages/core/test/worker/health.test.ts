import { describe, expect, it } from 'vitest'
import { NotSupportedError } from '../../src/index.js'
import { aWorld } from '../support/a-world.js'
import { deferred } from '../support/deferred.js'
import { endless } from '../support/handlers.js'
import { failing, hanging } from '../support/with-faults.js'

describe('the health of a worker', () => {
  it('says how late the job was that was claimed for the first time, by the store’s clock', async () => {
    const world = aWorld()
    const worker = world.worker()
    worker.registerHandler('email', () => {})
    await world.scheduler().push('email', {}, { id: 'a' })
    await world.pass(2_500)
    expect(worker.health().lagMs).toBeNull()
    worker.start()
    await world.clock.advance(0)
    expect(worker.health().lagMs).toBe(2_500)
    await world.scheduler().push('email', {}, { id: 'b' })
    await world.clock.advance(0)
    expect(worker.health().lagMs).toBe(0)
    await world.until(worker.stop())
  })

  it('is not made worse by a job that comes back from a run: it was not late', async () => {
    const world = aWorld()
    const keeper = world.scheduler()
    keeper.start()
    const worker = world.worker()
    worker.registerHandler('email', ({ attempt }) => {
      if (attempt === 1) throw new Error('once')
    })
    worker.start()
    await keeper.push('email', {}, { id: 'a', backoff: { type: 'fixed', delayMs: 5_000 } })
    await world.pass(6_000)
    expect(world.calls('claim').length).toBeGreaterThan(1)
    expect(worker.health()).toMatchObject({ lagMs: 0, inFlight: 0 })
    await world.until(Promise.all([worker.stop(), keeper.stop()]))
  })

  it('counts what runs in all lanes', async () => {
    const world = aWorld()
    const worker = world.worker()
    worker.registerHandler('email', endless)
    worker.registerHandler('report', endless)
    worker.start()
    await world.scheduler().pushMany([
      { name: 'email', args: 1 },
      { name: 'email', args: 2 },
      { name: 'report', args: 3 },
    ])
    await world.clock.advance(0)
    expect(worker.health().inFlight).toBe(3)
    await world.until(worker.stop({ graceMs: 0 }))
    expect(worker.health()).toMatchObject({ inFlight: 0, running: false })
  })

  it.each([
    ['fails', failing],
    ['hangs', hanging],
  ])('is disconnected while the store %s, and connected once it answers', async (_, fault) => {
    const world = aWorld()
    const worker = world.worker()
    worker.on('error', () => {})
    worker.registerHandler('email', () => {})
    expect(worker.health()).toMatchObject({ connected: false, lastSuccessAt: null })
    worker.start()
    await world.clock.advance(0)
    const connectedAt = new Date(world.clock.now())
    expect(worker.health()).toMatchObject({ connected: true, lastSuccessAt: connectedAt })
    for (const method of ['claim', 'heartbeat', 'waitForReady', 'extend'] as const) world.faults.set(method, fault)
    await world.pass(40_000)
    const { connected, lastSuccessAt } = worker.health()
    expect(connected).toBe(false)
    expect((lastSuccessAt?.getTime() ?? 0) - connectedAt.getTime()).toBeLessThanOrEqual(5_000)
    world.faults.clear()
    await world.pass(20_000)
    expect(worker.health().connected).toBe(true)
    await world.until(worker.stop())
  })
})

describe('the health of a scheduler', () => {
  it('counts the pushes that are under way', async () => {
    const world = aWorld()
    const scheduler = world.scheduler()
    const gate = deferred()
    world.faults.set('enqueue', (run) => gate.promise.then(run))
    const pushes = Promise.all([scheduler.push('email', 1), scheduler.push('email', 2)])
    await world.clock.advance(0)
    expect(scheduler.health()).toMatchObject({ inFlight: 2, running: false, connected: false })
    gate.resolve()
    await world.until(pushes)
    expect(scheduler.health()).toMatchObject({ inFlight: 0, connected: true })
  })

  it('says by how much a look at the scheduled set was late, and nothing of one that was woken for', async () => {
    const world = aWorld()
    const scheduler = world.scheduler()
    scheduler.on('error', () => {})
    expect(scheduler.health().lagMs).toBeNull()
    scheduler.start()
    await world.clock.advance(0)
    expect(scheduler.health().lagMs).toBe(0)
    const gate = deferred()
    world.faults.set('promote', async (run) => {
      const answer = await run()
      await gate.promise
      return answer
    })
    await world.pass(7_000)
    gate.resolve()
    await world.clock.advance(0)
    // Planned after at most five seconds, and at least four.
    const { lagMs } = scheduler.health()
    expect(lagMs).toBeGreaterThanOrEqual(2_000)
    expect(lagMs).toBeLessThanOrEqual(3_000)
    world.faults.clear()
    await scheduler.pushScheduled('email', {}, { delayMs: 50 })
    await world.clock.advance(0)
    expect(scheduler.health().lagMs).toBe(0)
    await world.until(scheduler.stop())
  })

  it('is connected when a store refuses a call: it was answered', async () => {
    const world = aWorld()
    const scheduler = world.scheduler()
    await scheduler.push('email', {})
    expect(scheduler.health().connected).toBe(true)
    world.faults.set('enqueue', failing)
    await expect(scheduler.push('email', {})).rejects.toMatchObject({ code: 'STORE_FAILED' })
    expect(scheduler.health().connected).toBe(false)
    world.faults.set('enqueue', () => Promise.reject(new NotSupportedError('test', 'enqueue')))
    await expect(scheduler.push('email', {})).rejects.toMatchObject({ code: 'NOT_SUPPORTED' })
    expect(scheduler.health().connected).toBe(true)
  })

  it('is not said to be away by the answer of a call that was given up long ago', async () => {
    const world = aWorld()
    const scheduler = world.scheduler()
    const gate = deferred()
    world.faults.set('enqueue', async () => {
      await gate.promise
      throw new Error('ECONNRESET')
    })
    const given = scheduler.push('email', {})
    given.catch(() => {})
    await expect(world.until(given)).rejects.toMatchObject({ code: 'STORE_TIMEOUT' })
    expect(scheduler.health().connected).toBe(false)
    world.faults.clear()
    await scheduler.push('email', {})
    expect(scheduler.health().connected).toBe(true)
    gate.resolve()
    await world.clock.advance(0)
    expect(scheduler.health().connected).toBe(true)
  })
})
