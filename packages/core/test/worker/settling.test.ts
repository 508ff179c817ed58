import { describe, expect, it } from 'vitest'
import type { WorkerOptions } from '../../src/index.js'
import { aWorld, eventsOf, type World } from '../support/a-world.js'
import { deferred } from '../support/deferred.js'
import { answeredAfter, failing, hanging, replyLost } from '../support/with-faults.js'

/** A worker that runs the job `a`, whose handler does nothing, and counts how often it ran. */
async function finishing(world: World, options: Partial<WorkerOptions> = {}) {
  const worker = world.worker({ leaseMs: 3_000, ...options })
  const events = eventsOf(worker)
  let ran = 0
  worker.registerHandler('email', () => void ran++)
  worker.start()
  await world.scheduler().push('email', {}, { id: 'a', retain: { completedMs: 1e9 } })
  await world.clock.advance(0)
  return { worker, events, runs: () => ran }
}

const withoutErrors = (events: readonly string[]): string[] => events.filter((event) => !event.startsWith('error'))

describe('settling', () => {
  it('is repeated while it fails, and the job does not run twice', async () => {
    const world = aWorld()
    const scheduler = world.scheduler({ reapIntervalMs: 100 })
    scheduler.start()
    world.faults.set('settle', failing)
    const { worker, events, runs } = await finishing(world)
    await world.pass(4_000)
    expect(worker.health().unsettled).toBe(1)
    world.faults.clear()
    await world.pass(6_000)
    expect(runs()).toBe(1)
    expect(withoutErrors(events)).toEqual(['started', 'completed'])
    expect(await world.inspector.get('a')).toMatchObject({ state: 'completed', recoveries: 0 })
    await world.until(Promise.all([worker.stop(), scheduler.stop()]))
  })

  it('is given up after two lease lengths; the reaper then puts the job back (G7)', async () => {
    const world = aWorld()
    const scheduler = world.scheduler({ reapIntervalMs: 100 })
    scheduler.start()
    world.faults.set('settle', failing)
    const { worker, events, runs } = await finishing(world)
    await world.pass(12_000)
    expect(withoutErrors(events)).toContain('lost')
    world.faults.clear()
    await world.pass(10_000)
    expect(runs()).toBeGreaterThanOrEqual(2)
    expect(await world.inspector.get('a')).toMatchObject({ state: 'completed', attempts: 0 })
    await world.until(Promise.all([worker.stop(), scheduler.stop()]))
  })

  it('whose reply was lost is repeated, says lost, and the job has run once (G15)', async () => {
    const world = aWorld()
    world.faults.set('settle', replyLost)
    const { worker, events, runs } = await finishing(world)
    world.faults.clear()
    await world.pass(5_000)
    expect(runs()).toBe(1)
    expect(withoutErrors(events)).toEqual(['started', 'lost'])
    expect(await world.inspector.get('a')).toMatchObject({ state: 'completed' })
    expect(worker.health().unsettled).toBe(0)
    await world.until(worker.stop())
    expect(world.clock.pendingTimers).toBe(0)
  })

  it('that hangs is timed out and repeated', async () => {
    const world = aWorld()
    world.faults.set('settle', hanging)
    const { worker, runs } = await finishing(world, { storeTimeoutMs: 1_000 })
    await world.pass(500)
    world.faults.clear()
    await world.pass(2_000)
    expect(runs()).toBe(1)
    expect(await world.inspector.get('a')).toMatchObject({ state: 'completed' })
    await world.until(worker.stop())
  })

  it('does not hold up claiming', async () => {
    const world = aWorld()
    world.faults.set('settle', failing)
    await world.scheduler().pushMany(Array.from({ length: 50 }, (_, n) => ({ name: 'email', args: n })))
    const worker = world.worker({ concurrency: 2 })
    worker.on('error', () => {})
    let ran = 0
    worker.registerHandler('email', () => void ran++)
    worker.start()
    await world.pass(1_000)
    expect(ran).toBe(50)
    expect(worker.health().unsettled).toBe(50)
    world.faults.clear()
    await world.pass(6_000)
    expect(worker.health().unsettled).toBe(0)
    expect(await world.inspector.counts()).toEqual([])
    await world.until(worker.stop())
  })

  it('that lags far behind stops the claiming of more: what is unsettled stays bounded', async () => {
    const world = aWorld()
    world.faults.set('settle', failing)
    await world.scheduler().pushMany(Array.from({ length: 12_000 }, (_, n) => ({ name: 'email', args: n })))
    const worker = world.worker({ concurrency: 1_000, leaseMs: 600_000 })
    worker.on('error', () => {})
    let ran = 0
    worker.registerHandler('email', () => void ran++)
    worker.start()
    await world.pass(3_000)
    expect(ran).toBeGreaterThan(1_000)
    expect(ran).toBeLessThanOrEqual(6_000)
    world.faults.clear()
    await world.pass(10_000)
    expect(ran).toBe(12_000)
    await world.until(worker.stop())
  })

  it('goes in batches while a settle is under way', async () => {
    const world = aWorld()
    const gate = deferred()
    world.faults.set('settle', answeredAfter(gate.promise))
    const { worker } = await finishing(world)
    await world.scheduler().pushMany(Array.from({ length: 30 }, (_, n) => ({ name: 'email', args: n })))
    await world.pass(10, 1)
    world.faults.clear()
    gate.resolve()
    await world.pass(10, 1)
    const sizes = world.calls('settle').map((input) => (input as { entries: unknown[] }).entries.length)
    expect(sizes).toEqual([1, 30])
    await world.until(worker.stop())
  })

  it('keeps the lease alive until the store has the outcome', async () => {
    const world = aWorld()
    world.faults.set('settle', failing)
    const { worker } = await finishing(world)
    await world.pass(5_000)
    expect((await world.memory.reap({ limit: 10, maxRecoveries: 3 })).reaped).toEqual([])
    world.faults.clear()
    await world.until(worker.stop())
  })

  it('leaves the signal of a handler that has returned alone, also when the store stays away', async () => {
    const world = aWorld()
    let signal: AbortSignal | undefined
    const worker = world.worker({ leaseMs: 3_000 })
    worker.on('error', () => {})
    worker.registerHandler('email', (_job, context) => void (signal = context.signal))
    for (const method of ['settle', 'extend'] as const) world.faults.set(method, failing)
    worker.start()
    await world.scheduler().push('email', {})
    await world.pass(5_000)
    expect(signal?.aborted).toBe(false)
    await world.until(worker.stop())
    expect(world.clock.pendingTimers).toBe(0)
  })
})

describe('a claim', () => {
  it('that fails is repeated after a pause, with an error event', async () => {
    const world = aWorld()
    world.faults.set('claim', failing)
    const { worker, events, runs } = await finishing(world)
    expect(events).toEqual(['error STORE_FAILED'])
    world.faults.clear()
    await world.pass(1_000)
    expect(runs()).toBe(1)
    await world.until(worker.stop())
  })

  it('that is answered after its time-out gives the jobs back, which then run once (G7)', async () => {
    const world = aWorld()
    const gate = deferred()
    world.faults.set('claim', answeredAfter(gate.promise))
    const { worker, events, runs } = await finishing(world, { storeTimeoutMs: 1_000, leaseMs: 60_000 })
    await world.pass(1_500)
    expect(events).toContain('error STORE_TIMEOUT')
    world.faults.clear()
    gate.resolve()
    await world.pass(1_000)
    expect(runs()).toBe(1)
    expect(await world.inspector.get('a')).toMatchObject({ state: 'completed', attempts: 0, recoveries: 0 })
    await world.until(worker.stop())
  })

  it('whose reply was lost leaves the job to the reaper (G7, G15)', async () => {
    const world = aWorld()
    const scheduler = world.scheduler({ reapIntervalMs: 100 })
    scheduler.start()
    await scheduler.push('email', {}, { id: 'a', retain: { completedMs: 1e9 } })
    world.faults.set('claim', replyLost)
    const { worker, runs } = await finishing(world)
    world.faults.clear()
    await world.pass(10_000)
    expect(runs()).toBe(1)
    expect(await world.inspector.get('a')).toMatchObject({ state: 'completed', attempts: 0, recoveries: 1 })
    await world.until(Promise.all([worker.stop(), scheduler.stop()]))
  })

  it('follows when a wait fails or hangs', async () => {
    const world = aWorld()
    world.faults.set('waitForReady', hanging)
    const worker = world.worker({ storeTimeoutMs: 1_000 })
    const events = eventsOf(worker)
    let ran = 0
    worker.registerHandler('email', () => void ran++)
    worker.start()
    await world.clock.advance(0)
    await world.scheduler().push('email', {})
    await world.pass(7_000)
    expect(ran).toBe(1)
    expect(events).toContain('error STORE_TIMEOUT')
    await world.until(worker.stop())
  })
})

describe('a worker whose store is away at the start', () => {
  it.each([
    ['fails', failing],
    ['hangs', hanging],
  ])('begins by itself when open %s at first', async (_, fault) => {
    const world = aWorld()
    let attempts = 0
    // What hangs hangs for a minute, as a driver that waits for its connection does.
    world.faults.set('open', (run) =>
      attempts++ > 2
        ? run()
        : Promise.race([
            fault(run),
            new Promise((_r, reject) => void world.clock.setTimer(60_000, () => reject(new Error('gone')))),
          ]),
    )
    const worker = world.worker()
    worker.on('error', () => {})
    let ran = 0
    worker.registerHandler('email', () => void ran++)
    worker.start()
    await world.memory.enqueue({
      jobs: [{ id: 'a', name: 'email', payload: '', options: '', retention: { completedMs: 0, deadMs: 0 } }],
    })
    await world.pass(240_000, 1_000)
    expect(ran).toBe(1)
    await world.until(worker.stop())
  })
})
