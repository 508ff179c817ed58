import { describe, expect, it } from 'vitest'
import { defineJob, type Handler, NonRetryableError } from '../../src/index.js'
import { aSchema } from '../support/a-schema.js'
import { aWorld, eventsOf } from '../support/a-world.js'
import { endless, untilAborted } from '../support/handlers.js'

async function run(handler: Handler<unknown, unknown>, maxAttempts = 1) {
  const world = aWorld()
  const worker = world.worker({ concurrency: 1 })
  const events = eventsOf(worker)
  worker.registerHandler('email', handler)
  worker.start()
  await world.scheduler().push('email', {}, { id: 'a', timeoutMs: 500, maxAttempts })
  return { world, worker, events, get: () => world.inspector.get('a'), stop: () => world.until(worker.stop()) }
}

describe('an attempt with a time limit', () => {
  it('has its signal aborted with JOB_TIMED_OUT when the time is over, and not before', async () => {
    let reason: unknown
    const { world, get, events, stop } = await run((job, context) => {
      context.signal.addEventListener('abort', () => (reason = context.signal.reason))
      return untilAborted(job, context)
    })
    await world.clock.advance(499)
    expect(reason).toBeUndefined()
    await world.clock.advance(1)
    expect(reason).toMatchObject({ code: 'JOB_TIMED_OUT' })
    expect(events).toEqual(['started', 'dead'])
    expect(await get()).toMatchObject({ state: 'dead', attempts: 1, error: { code: 'JOB_TIMED_OUT' } })
    await stop()
  })

  it('counts as a failed attempt and is tried again', async () => {
    const { world, get, events, stop } = await run(untilAborted, 2)
    await world.clock.advance(500)
    expect(events).toEqual(['started', 'retrying', 'started'])
    await world.clock.advance(500)
    expect(await get()).toMatchObject({ state: 'dead', attempts: 2 })
    await stop()
  })

  it('has its slot freed a second later when the handler ignores the signal', async () => {
    const { world, worker, get, stop } = await run(endless)
    await world.clock.advance(1_499)
    expect(worker.health().lanes[0]?.active).toBe(1)
    await world.clock.advance(1)
    expect(worker.health().lanes[0]?.active).toBe(0)
    expect(await get()).toMatchObject({ state: 'dead', attempts: 1, error: { code: 'JOB_TIMED_OUT' } })
    await stop()
    expect(world.clock.pendingTimers).toBe(0)
  })

  it('has failed also when the handler returns after the time is over', async () => {
    const { world, get, stop } = await run(
      (_job, { signal }) => new Promise((resolve) => signal.addEventListener('abort', resolve)),
    )
    await world.clock.advance(500)
    expect(await get()).toMatchObject({ state: 'dead', error: { code: 'JOB_TIMED_OUT' } })
    await stop()
  })

  it('is dead at once when the handler says so by a NonRetryableError', async () => {
    const { world, get, stop } = await run(
      (_job, { signal }) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => reject(new NonRetryableError('too slow for ever')))
        }),
      5,
    )
    await world.clock.advance(500)
    expect(await get()).toMatchObject({ state: 'dead', deadReason: 'non-retryable' })
    await stop()
  })

  it('leaves no timer when it ends in time', async () => {
    const { world, events, stop } = await run(() => {})
    await world.clock.advance(0)
    expect(events).toEqual(['started', 'completed'])
    await stop()
    expect(world.clock.pendingTimers).toBe(0)
  })

  it('gives a handler that first asks for the signal when it is over an aborted one', async () => {
    let aborted: boolean | undefined
    const { world, stop } = await run(async (_job, context) => {
      await new Promise<void>((resolve) => void world.clock.setTimer(600, resolve))
      aborted = context.signal.aborted
    })
    await world.pass(700)
    expect(aborted).toBe(true)
    await stop()
  })

  it('is announced as retrying when the time is over before the args were parsed', async () => {
    const world = aWorld()
    const worker = world.worker()
    const events = eventsOf(worker)
    const slow = defineJob({ name: 'slow', args: aSchema<number>(() => new Promise<number>(() => {})) })
    worker.registerHandler(slow, () => {})
    worker.start()
    await world.scheduler().push('slow', 1, { id: 'a', timeoutMs: 500, maxAttempts: 2 })
    await world.clock.advance(1_500)
    expect(await world.inspector.get('a')).toMatchObject({ attempts: 1 })
    expect(events).toEqual(['retrying'])
    await world.until(worker.stop({ graceMs: 0 }))
  })
})
