import { getEventListeners } from 'node:events'
import { describe, expect, it } from 'vitest'
import { type Handler, NonRetryableError, type Store, type WorkerOptions } from '../../src/index.js'
import { aWorld, eventsOf, type World } from '../support/a-world.js'
import { deferred } from '../support/deferred.js'
import { endless, untilAborted } from '../support/handlers.js'
import { answeredAfter, failing, hanging } from '../support/with-faults.js'

async function running(world: World, handler: Handler<unknown, unknown>, options: Partial<WorkerOptions> = {}) {
  const worker = world.worker(options)
  const events = eventsOf(worker)
  worker.registerHandler('email', handler)
  worker.start()
  await world.scheduler().push('email', {}, { id: 'a' })
  await world.clock.advance(0)
  return { worker, events }
}

/** Guarantee G16: no lease, no timer, no listener is held. */
async function expectNothingHeld(world: World): Promise<void> {
  expect(world.clock.pendingTimers).toBe(0)
  for (const { active } of await world.inspector.counts()) expect(active).toBe(0)
  expect(await world.inspector.workers()).toEqual([])
}

const everything = ['claim', 'settle', 'extend', 'heartbeat', 'leave', 'waitForReady', 'subscribe'] as const

describe('stopping a worker (G16)', () => {
  it('believes a handler that says meanwhile that there is no point in another attempt', async () => {
    const world = aWorld()
    const { worker, events } = await running(world, async (job, context) => {
      await Promise.resolve(untilAborted(job, context)).catch(() => {})
      throw new NonRetryableError('the account is gone')
    })
    await world.until(worker.stop({ graceMs: 0 }))
    expect(events).toEqual(['started', 'dead'])
    expect(await world.inspector.get('a')).toMatchObject({ state: 'dead', deadReason: 'non-retryable' })
  })

  it('resolves at once when it is idle', async () => {
    const world = aWorld()
    const worker = world.worker()
    worker.registerHandler('email', () => {})
    worker.start()
    await world.clock.advance(1_234)
    const stopping = worker.stop()
    await world.clock.advance(0)
    await stopping
    await expectNothingHeld(world)
  })

  it('resolves at once before it was started', async () => {
    const world = aWorld()
    await world.worker().stop()
    expect(world.calls('open')).toHaveLength(0)
    await expectNothingHeld(world)
  })

  it('resolves right after the start, before the store has answered anything', async () => {
    const world = aWorld()
    const worker = world.worker()
    worker.registerHandler('email', () => {})
    worker.start()
    await world.until(worker.stop())
    await expectNothingHeld(world)
  })

  it('lets running handlers finish within the grace', async () => {
    const world = aWorld()
    const gate = deferred()
    let aborted = false
    const { worker, events } = await running(world, (_job, { signal }) => {
      signal.addEventListener('abort', () => (aborted = true))
      return gate.promise
    })
    let stopped = false
    const stopping = worker.stop().then(() => (stopped = true))
    await world.pass(15_000, 1_000)
    expect(stopped).toBe(false)
    gate.resolve()
    await world.clock.advance(0)
    await stopping
    expect(aborted).toBe(false)
    expect(events).toEqual(['started', 'completed'])
    expect(await world.inspector.get('a')).toBeNull()
    await expectNothingHeld(world)
  })

  it('renews the leases of handlers that finish within the grace', async () => {
    const world = aWorld()
    const { worker } = await running(world, untilAborted, { leaseMs: 1_000 })
    const stopping = worker.stop({ graceMs: 10_000 })
    for (let passed = 0; passed < 10_000; passed += 500) {
      expect((await world.memory.reap({ limit: 10, maxRecoveries: 0 })).reaped).toEqual([])
      await world.clock.advance(500)
    }
    await stopping
    await expectNothingHeld(world)
  })

  it('aborts with WORKER_STOPPING after the grace and releases the job, which keeps its attempt', async () => {
    const world = aWorld()
    let reason: unknown
    const { worker, events } = await running(world, (job, context) => {
      context.signal.addEventListener('abort', () => (reason = context.signal.reason))
      return untilAborted(job, context)
    })
    const stopping = worker.stop({ graceMs: 5_000 })
    await world.clock.advance(4_999)
    expect(reason).toBeUndefined()
    await world.clock.advance(1)
    await stopping
    expect(reason).toMatchObject({ code: 'WORKER_STOPPING' })
    expect(events).toEqual(['started', 'released'])
    expect(await world.inspector.get('a')).toMatchObject({ state: 'ready', attempts: 0, recoveries: 0 })
    await expectNothingHeld(world)
  })

  it('leaves behind a handler that ignores the signal for a second, and releases its job', async () => {
    const world = aWorld()
    const { worker } = await running(world, endless)
    const stopping = worker.stop({ graceMs: 0 })
    await world.clock.advance(1_000)
    await stopping
    expect(await world.inspector.get('a')).toMatchObject({ state: 'ready', attempts: 0 })
    await expectNothingHeld(world)
  })

  it('completes a job whose handler finishes its work although it was aborted', async () => {
    const world = aWorld()
    const { worker, events } = await running(
      world,
      (_job, { signal }) => new Promise((resolve) => signal.addEventListener('abort', resolve)),
    )
    await world.until(worker.stop({ graceMs: 0 }))
    expect(events).toEqual(['started', 'completed'])
    await expectNothingHeld(world)
  })

  it('claims nothing more', async () => {
    const world = aWorld()
    const { worker } = await running(world, untilAborted)
    const stopping = worker.stop({ graceMs: 2_000 })
    await world.scheduler().push('email', {}, { id: 'b' })
    await world.pass(3_000)
    await stopping
    expect(await world.inspector.get('b')).toMatchObject({ state: 'ready', attempts: 0 })
  })

  it('waits for the first stop when it is called twice', async () => {
    const world = aWorld()
    const { worker } = await running(world, untilAborted)
    const order: string[] = []
    const first = worker.stop({ graceMs: 3_000 }).then(() => order.push('first'))
    const second = worker.stop({ graceMs: 0 }).then(() => order.push('second'))
    await world.clock.advance(2_999)
    expect(order).toEqual([])
    await world.until(Promise.all([first, second]))
    await worker.stop()
    expect(order).toEqual(['first', 'second'])
    await expectNothingHeld(world)
  })

  it.each([{ graceMs: -1 }, { graceMs: NaN }, { grace: 5 }])('refuses %j and goes on running', async (options) => {
    const world = aWorld()
    const worker = world.worker()
    worker.start()
    await expect(worker.stop(options as object)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' })
    expect(worker.health().running).toBe(true)
    await world.until(worker.stop())
  })

  it('is what disposing of it does', async () => {
    const world = aWorld()
    const worker = world.worker()
    worker.start()
    await world.clock.advance(0)
    await world.until(worker[Symbol.asyncDispose]())
    expect(worker.health().running).toBe(false)
    await expectNothingHeld(world)
  })

  it('may be asked for by a handler, which is then waited for no longer than the grace', async () => {
    const world = aWorld()
    const worker = world.worker()
    worker.registerHandler('email', () => worker.stop({ graceMs: 100 }))
    worker.start()
    await world.scheduler().push('email', {}, { id: 'a' })
    await world.pass(2_000)
    expect(worker.health().running).toBe(false)
    await expectNothingHeld(world)
  })

  it('gives back what a claim under way brings', async () => {
    const world = aWorld()
    await world.scheduler().push('email', {}, { id: 'a' })
    const gate = deferred()
    world.faults.set('claim', answeredAfter(gate.promise))
    const worker = world.worker()
    let ran = false
    worker.registerHandler('email', () => void (ran = true))
    worker.start()
    await world.clock.advance(0)
    const stopping = worker.stop()
    await world.clock.advance(0)
    gate.resolve()
    await world.until(stopping)
    expect(ran).toBe(false)
    expect(await world.inspector.get('a')).toMatchObject({ state: 'ready', attempts: 0 })
    await expectNothingHeld(world)
  })

  it('gives back what a claim brings that is answered after the stop', async () => {
    const world = aWorld()
    await world.scheduler().push('email', {}, { id: 'a' })
    const gate = deferred()
    world.faults.set('claim', answeredAfter(gate.promise))
    const worker = world.worker({ storeTimeoutMs: 500 })
    worker.on('error', () => {})
    worker.registerHandler('email', () => {})
    worker.start()
    await world.clock.advance(0)
    await world.until(worker.stop())
    gate.resolve()
    await world.clock.advance(0)
    expect(await world.inspector.get('a')).toMatchObject({ state: 'ready', attempts: 0 })
    await expectNothingHeld(world)
  })

  it('waits for a claim that has timed out, so that no lease is granted to it afterwards', async () => {
    const world = aWorld()
    await world.scheduler().push('email', {}, { id: 'a' })
    const gate = deferred()
    world.faults.set('claim', answeredAfter(gate.promise))
    const worker = world.worker({ storeTimeoutMs: 500 })
    worker.on('error', () => {})
    worker.registerHandler('email', () => {})
    worker.start()
    await world.clock.advance(500)
    const stopping = worker.stop()
    await world.clock.advance(100)
    gate.resolve()
    await world.clock.advance(0)
    await stopping
    expect(await world.inspector.get('a')).toMatchObject({ state: 'ready', attempts: 0, recoveries: 0 })
    await expectNothingHeld(world)
  })

  it('does not wait for a claim that got no answer long ago, and signs off', async () => {
    const world = aWorld()
    world.faults.set('claim', hanging)
    const { worker } = await running(world, () => {})
    await world.pass(15_000)
    world.faults.clear()
    await world.pass(60_000)
    const began = world.clock.monotonic()
    await world.until(worker.stop(), 10)
    expect(world.clock.monotonic() - began).toBeLessThan(1_000)
    await expectNothingHeld(world)
  })

  it('begins its grace at once, also while the store hangs', async () => {
    const world = aWorld()
    const { worker } = await running(world, untilAborted)
    worker.on('error', () => {})
    for (const method of everything) world.faults.set(method, hanging)
    const stopping = worker.stop({ graceMs: 1_000 })
    await world.pass(999, 100)
    expect(worker.health().lanes).toMatchObject([{ active: 1 }])
    await world.clock.advance(1)
    expect(worker.health().lanes).toMatchObject([{ active: 0 }])
    await world.until(stopping, 500)
  })

  it('is seen among the workers while its handlers run', async () => {
    const world = aWorld()
    const gate = deferred()
    const { worker } = await running(world, () => gate.promise)
    const stopping = worker.stop()
    await world.clock.advance(100)
    expect(await world.inspector.workers()).toMatchObject([{ id: worker.id, lanes: [{ active: 1 }] }])
    gate.resolve()
    await world.clock.advance(0)
    await stopping
    expect(await world.inspector.workers()).toEqual([])
  })

  it('settles what has ended before it resolves', async () => {
    const world = aWorld()
    const gate = deferred()
    world.faults.set('settle', async (run) => (await gate.promise, run()))
    const { worker, events } = await running(world, () => {})
    const stopping = worker.stop()
    await world.clock.advance(0)
    gate.resolve()
    await world.clock.advance(0)
    await stopping
    expect(events).toEqual(['started', 'completed'])
    await expectNothingHeld(world)
  })

  it.each([
    ['fails', failing],
    ['hangs', hanging],
  ])('is bounded while the store %s, and leaves no timer', async (_, fault) => {
    const world = aWorld()
    const { worker } = await running(world, untilAborted)
    worker.on('error', () => {})
    for (const method of everything satisfies readonly (keyof Store)[]) world.faults.set(method, fault)
    const before = world.clock.monotonic()
    await world.until(worker.stop({ graceMs: 1_000 }), 500)
    // The grace, a second for the handler to follow its signal, one time-out of the store, and the step of the clock.
    expect(world.clock.monotonic() - before).toBeLessThanOrEqual(12_500)
    await world.pass(60_000, 1_000)
    expect(world.clock.pendingTimers).toBe(0)
  })

  it('unsubscribes from hints', async () => {
    const world = aWorld()
    let listening = 0
    world.faults.set('subscribe', async (run) => {
      const unsubscribe = (await run()) as () => Promise<void>
      listening++
      return async () => (listening--, unsubscribe())
    })
    const { worker } = await running(world, () => {})
    expect(listening).toBe(1)
    await world.until(worker.stop())
    expect(listening).toBe(0)
  })

  it('leaves no listener on the signal that its waits were given', async () => {
    const world = aWorld()
    const worker = world.worker({ concurrency: 1 })
    worker.registerHandler('email', () => new Promise<void>((resolve) => void world.clock.setTimer(10, resolve)))
    worker.start()
    for (let n = 0; n < 50; n++) {
      await world.scheduler().push('email', n)
      await world.pass(100, 50)
    }
    const waits = world.calls('waitForReady') as readonly { readonly signal: AbortSignal }[]
    expect(waits.length).toBeGreaterThan(40)
    const listeners = (): number[] => waits.map(({ signal }) => getEventListeners(signal, 'abort').length)
    expect(Math.max(...listeners())).toBeLessThanOrEqual(1)
    await world.until(worker.stop())
    expect(Math.max(...listeners())).toBe(0)
  })
})
