import { describe, expect, it } from 'vitest'
import type { StoreHint } from '../../src/index.js'
import { aWorld } from '../support/a-world.js'
import { deferred } from '../support/deferred.js'
import { leftInSignal } from '../support/left-in-signal.js'
import { openSubscriptions } from '../support/open-subscriptions.js'
import { refusal } from '../support/open-handler.js'
import { turns } from '../support/turns.js'
import { unhandledDuring } from '../support/unhandled-during.js'
import { failing, hanging } from '../support/with-faults.js'

const kept = { retain: { completedMs: 3_600_000 } }

/** A scheduler that is to wait for the job `a`, which nobody runs. */
async function waiting() {
  const world = aWorld()
  const scheduler = world.scheduler()
  await scheduler.push('email', {}, { id: 'a', ...kept })
  const complete = async (): Promise<void> => {
    const [job] = (await world.memory.claim({ name: 'email', worker: 'w', limit: 1, leaseMs: 60_000 })).jobs
    if (job === undefined) throw new Error('there is no job to complete')
    const settlement = { type: 'completed', retentionMs: 3_600_000, result: '"done"' } as const
    await world.memory.settle({ entries: [{ lease: job, settlement }] })
    await world.clock.advance(0)
  }
  const took = async (promise: Promise<unknown>): Promise<number> => {
    const began = world.clock.monotonic()
    await world.until(promise)
    return world.clock.monotonic() - began
  }
  return { world, scheduler, complete, took }
}

describe('waiting for a result', () => {
  it.each([
    [{ timeoutMs: -1 }, 'timeoutMs must be a number from 0 to 2147483647, got -1'],
    [{ timeoutMs: Infinity }, 'timeoutMs must be a number from 0 to 2147483647, got Infinity'],
    [{ timeoutMs: '5' }, 'timeoutMs must be a number from 0 to 2147483647, got "5"'],
    [{ signal: {} }, 'signal must be an AbortSignal, got an object'],
    [{ signal: null }, 'signal must be an AbortSignal, got null'],
    [{ timeout: 5 }, "result options has no option 'timeout'; it knows timeoutMs, signal"],
    [null, 'result options must be an object, got null'],
  ])('takes no options %j', async (options, message) => {
    const { scheduler, world } = await waiting()
    expect(await refusal(scheduler.result('a', options as object))).toMatchObject({ code: 'INVALID_ARGUMENT', message })
    expect(await refusal(scheduler.result(''))).toMatchObject({ code: 'INVALID_ARGUMENT' })
    expect(world.calls('subscribe')).toEqual([])
  })

  it('ends with RESULT_TIMEOUT after timeoutMs, or 30 s, and holds nothing then', async () => {
    const { world, scheduler, took } = await waiting()
    const subscriptions = openSubscriptions(world)
    const error = refusal(scheduler.result('a', { timeoutMs: 1_500 }))
    expect(await took(error)).toBe(1_500)
    expect(await error).toMatchObject({ code: 'RESULT_TIMEOUT', message: expect.stringContaining('1500 ms') as string })
    expect((await error) as Error).toHaveProperty('cause', undefined)
    expect(await took(refusal(scheduler.result('a')))).toBe(30_000)
    expect(subscriptions.open()).toBe(0)
    expect(world.clock.pendingTimers).toBe(0)
  })

  it('looks once when it may not wait at all', async () => {
    const { scheduler, complete } = await waiting()
    expect(await refusal(scheduler.result('a', { timeoutMs: 0 }))).toMatchObject({ code: 'RESULT_TIMEOUT' })
    await complete()
    expect(await scheduler.result('a', { timeoutMs: 0 })).toBe('done')
  })

  it('ends with the reason of its signal at once, and holds nothing then', async () => {
    const { world, scheduler } = await waiting()
    const subscriptions = openSubscriptions(world)
    const controller = new AbortController()
    const error = refusal(scheduler.result('a', { signal: controller.signal }))
    await world.clock.advance(100)
    const reason = new Error('the client went away')
    controller.abort(reason)
    await world.clock.advance(0)
    expect(await error).toBe(reason)
    expect(subscriptions.open()).toBe(0)
    expect(world.clock.pendingTimers).toBe(0)
    const before = world.calls('subscribe').length
    expect(await refusal(scheduler.result('a', { signal: controller.signal }))).toBe(reason)
    expect(world.calls('subscribe')).toHaveLength(before)
  })

  it('leaves nothing in a signal that outlives it', async () => {
    const { world, scheduler, complete } = await waiting()
    const { signal } = new AbortController()
    await world.until(refusal(scheduler.result('a', { signal, timeoutMs: 25_000 })))
    await complete()
    await scheduler.result('a', { signal })
    expect(leftInSignal(signal)).toBe(0)
  })

  it('does not add to the time that a stop takes on a store that hangs', async () => {
    const { world, scheduler } = await waiting()
    scheduler.start()
    await world.clock.advance(0)
    world.faults.set('get', hanging)
    world.faults.set('promote', hanging)
    const refused = refusal(scheduler.result('a'))
    await world.pass(6_000)
    const stopsAt = world.clock.now()
    await world.until(scheduler.stop())
    expect(await refused).toMatchObject({ code: 'INVALID_STATE' })
    expect(world.clock.now() - stopsAt).toBeLessThan(11_000)
  })

  it('ends with INVALID_STATE when its scheduler is stopped, which waits until nothing is held', async () => {
    const { world, scheduler } = await waiting()
    const subscriptions = openSubscriptions(world)
    const error = refusal(scheduler.result('a'))
    await world.clock.advance(0)
    await world.until(scheduler.stop())
    expect(subscriptions.open()).toBe(0)
    expect(world.clock.pendingTimers).toBe(0)
    expect(await error).toMatchObject({ code: 'INVALID_STATE' })
    expect(await refusal(scheduler.result('a'))).toMatchObject({ code: 'INVALID_STATE' })
  })

  it('goes on while the store is away, and is answered when it is back', async () => {
    const { world, scheduler, complete } = await waiting()
    const subscriptions = openSubscriptions(world)
    world.faults.set('get', failing)
    const result = scheduler.result('a')
    await world.pass(20_000)
    const looks = world.calls('get').length
    expect(looks).toBeGreaterThan(4)
    expect(looks).toBeLessThan(20)
    await complete()
    world.faults.delete('get')
    await world.pass(5_000)
    expect(await result).toBe('done')
    await world.clock.advance(0)
    expect(world.calls('subscribe')).toHaveLength(1)
    expect(subscriptions.open()).toBe(0)
  })

  it('is told by the hint also when it could not subscribe at first', async () => {
    const { world, scheduler, complete } = await waiting()
    world.faults.set('subscribe', failing)
    const result = scheduler.result('a')
    await world.pass(1_000)
    world.faults.clear()
    await world.pass(6_000)
    const looks = world.calls('get').length
    await complete()
    expect(await Promise.race([result, turns().then(() => 'nothing')])).toBe('done')
    expect(world.calls('get')).toHaveLength(looks + 1)
  })

  it('says what the store failed with when it is still away at the end', async () => {
    const { world, scheduler, took } = await waiting()
    world.faults.set('subscribe', failing)
    const error = refusal(scheduler.result('a', { timeoutMs: 7_000 }))
    expect(await took(error)).toBe(7_000)
    expect(await error).toMatchObject({ code: 'RESULT_TIMEOUT', cause: { code: 'STORE_FAILED' } })
  })

  it('does not blame a store that has been away, and is back, for the time it took', async () => {
    const { world, scheduler } = await waiting()
    world.faults.set('get', failing)
    const error = refusal(scheduler.result('a', { timeoutMs: 20_000 }))
    await world.pass(1_000)
    world.faults.clear()
    expect(((await world.until(error)) as Error).cause).toBeUndefined()
  })

  it('pauses between two tries also when hints come meanwhile', async () => {
    const { world, scheduler } = await waiting()
    const late = deferred()
    let listener: ((hint: StoreHint) => void) | undefined
    const { store } = world
    const subscribe = store.subscribe.bind(store)
    // The first subscription is answered too late, and hears of an end before it is given up.
    world.faults.set('subscribe', async () => {
      await late.promise
      return async () => {}
    })
    const own = new Proxy(store, {
      get: (target, key) =>
        key === 'subscribe'
          ? (given: (hint: StoreHint) => void, of?: { readonly job: string }) => (
              (listener = given),
              subscribe(given, of)
            )
          : (Reflect.get(target, key) as unknown),
    })
    const other = world.scheduler({ store: own })
    const error = refusal(other.result('a', { timeoutMs: 20_000 }))
    await world.pass(10_000)
    world.faults.set('subscribe', failing)
    listener?.({ type: 'finished', id: 'a' })
    const before = world.calls('subscribe').length
    await world.pass(5_000)
    expect(world.calls('subscribe').length - before).toBeLessThan(12)
    late.resolve()
    await world.until(error)
    await scheduler.stop()
  })
})

describe('a store that hangs', () => {
  it.each(['subscribe', 'get'] as const)('does not keep a wait from its end: %s', async (method) => {
    const { world, scheduler, took } = await waiting()
    world.faults.set(method, hanging)
    const error = refusal(scheduler.result('a', { timeoutMs: 2_500 }))
    expect(await took(error)).toBeLessThanOrEqual(2_600)
    expect(await error).toMatchObject({ code: 'RESULT_TIMEOUT', cause: { code: 'STORE_TIMEOUT' } })
    const controller = new AbortController()
    const aborted = refusal(scheduler.result('a', { signal: controller.signal }))
    await world.clock.advance(100)
    controller.abort(new Error('enough'))
    await turns()
    expect(await Promise.race([aborted, turns().then(() => 'still waiting')])).toMatchObject({ message: 'enough' })
    await world.until(scheduler.stop())
    expect(world.clock.pendingTimers).toBe(0)
  })

  it('does not keep the result from whoever waits when the subscription cannot be ended', async () => {
    const { world, scheduler, complete } = await waiting()
    world.faults.set('subscribe', async (run) => {
      await run()
      return () => new Promise<void>(() => {})
    })
    await complete()
    expect(await Promise.race([scheduler.result('a'), turns(20).then(() => 'nothing')])).toBe('done')
    await world.until(scheduler.stop())
    expect(world.clock.pendingTimers).toBe(0)
  })

  it('harms nobody when the subscription is ended with an error', async () => {
    const unhandled = await unhandledDuring(async () => {
      const { world, scheduler, complete } = await waiting()
      world.faults.set('subscribe', async () => () => Promise.reject(new Error('ECONNRESET')))
      await complete()
      expect(await scheduler.result('a')).toBe('done')
      await turns()
    })
    expect(unhandled).toEqual([])
  })
})
