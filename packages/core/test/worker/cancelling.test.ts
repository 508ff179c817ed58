import { describe, expect, it } from 'vitest'
import { type HandlerContext, type Job, NonRetryableError } from '../../src/index.js'
import { aWorld, eventsOf } from '../support/a-world.js'
import { deferred } from '../support/deferred.js'
import { endless, untilAborted } from '../support/handlers.js'

/** A store that never sends a hint. */
const deaf = async (): Promise<() => Promise<void>> => async () => {}

async function running(handler: (job: Job, context: HandlerContext) => unknown, { hints = true } = {}) {
  const world = aWorld()
  if (!hints) world.faults.set('subscribe', deaf)
  const worker = world.worker()
  const events = eventsOf(worker)
  worker.registerHandler('email', handler)
  worker.start()
  await world.scheduler().push('email', {}, { id: 'a', retain: { completedMs: 1e6 } })
  await world.clock.advance(0)
  return { world, worker, events, get: () => world.inspector.get('a') }
}

describe('cancelling a running job', () => {
  it('aborts its signal with CANCELLED at once, through the hint', async () => {
    let reason: unknown
    const { world, worker, events, get } = await running((job, context) => {
      context.signal.addEventListener('abort', () => (reason = context.signal.reason))
      return untilAborted(job, context)
    })
    expect(await world.inspector.cancel('a')).toEqual({ status: 'requested' })
    await world.clock.advance(0)
    expect(reason).toMatchObject({ code: 'CANCELLED' })
    expect(events).toEqual(['started', 'cancelled'])
    expect(await get()).toMatchObject({ state: 'cancelled', attempts: 0 })
    await world.until(worker.stop())
    expect(world.clock.pendingTimers).toBe(0)
  })

  it('aborts its signal with the next renewal when no hint comes', async () => {
    const { world, worker, get } = await running(untilAborted, { hints: false })
    await world.inspector.cancel('a')
    await world.pass(11_000)
    expect(await get()).toMatchObject({ state: 'cancelled' })
    await world.until(worker.stop())
  })

  it('ends it a second later also when the handler ignores the signal', async () => {
    const { world, worker, events, get } = await running(endless)
    await world.inspector.cancel('a')
    await world.clock.advance(1_000)
    expect(events).toEqual(['started', 'cancelled'])
    expect(await get()).toMatchObject({ state: 'cancelled' })
    expect(worker.health().lanes[0]?.active).toBe(0)
    await world.until(worker.stop())
  })

  it('loses to a handler that says that there is no point in another attempt', async () => {
    const gate = deferred<string>()
    const { world, worker, events, get } = await running(() => gate.promise)
    await world.inspector.cancel('a')
    await world.clock.advance(0)
    gate.reject(new NonRetryableError('the account is gone'))
    await world.clock.advance(0)
    expect(events).toEqual(['started', 'dead'])
    expect(await get()).toMatchObject({ state: 'dead', deadReason: 'non-retryable' })
    await world.until(worker.stop())
  })

  it('loses to a handler that completes its work', async () => {
    const gate = deferred<string>()
    const { world, worker, events, get } = await running(() => gate.promise)
    await world.inspector.cancel('a')
    await world.clock.advance(0)
    gate.resolve('done')
    await world.clock.advance(0)
    expect(events).toEqual(['started', 'completed'])
    expect(await get()).toMatchObject({ state: 'completed', result: 'done' })
    await world.until(worker.stop())
  })

  it('turns a retry into cancelled when the worker has not heard of it', async () => {
    const gate = deferred()
    const { world, worker, events, get } = await running(() => gate.promise, { hints: false })
    await world.inspector.cancel('a')
    gate.reject(new Error('no'))
    await world.clock.advance(0)
    expect(events).toEqual(['started', 'cancelled'])
    expect(await get()).toMatchObject({ state: 'cancelled' })
    await world.until(worker.stop())
  })

  it('turns the release at a stop into cancelled, and is announced as that', async () => {
    const { world, worker, events, get } = await running(untilAborted, { hints: false })
    await world.inspector.cancel('a')
    await world.until(worker.stop({ graceMs: 0 }))
    expect(await get()).toMatchObject({ state: 'cancelled' })
    expect(events).toEqual(['started', 'cancelled'])
  })

  it('concerns no other job of the same worker', async () => {
    const { world, worker, events } = await running(untilAborted)
    await world.scheduler().push('email', {}, { id: 'b' })
    await world.clock.advance(0)
    await world.inspector.cancel('a')
    await world.clock.advance(0)
    expect(events).toEqual(['started', 'started', 'cancelled'])
    expect(await world.inspector.get('b')).toMatchObject({ state: 'active' })
    await world.until(worker.stop({ graceMs: 0 }))
  })

  it('is ended by the reaper when its worker has died', async () => {
    const world = aWorld()
    const scheduler = world.scheduler()
    scheduler.start()
    await scheduler.push('email', {}, { id: 'a', retain: { completedMs: 1e6 } })
    await world.memory.claim({ name: 'email', worker: 'vanished', limit: 1, leaseMs: 1_000 })
    await world.inspector.cancel('a')
    await world.pass(6_000)
    expect(await world.inspector.get('a')).toMatchObject({ state: 'cancelled' })
    await scheduler.stop()
  })
})
