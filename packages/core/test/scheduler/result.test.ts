import { describe, expect, it } from 'vitest'
import { Inspector, type JobState, NonRetryableError, Scheduler, Worker } from '../../src/index.js'
import { aWorld } from '../support/a-world.js'
import { openSubscriptions } from '../support/open-subscriptions.js'
import { anOpenHandler, refusal } from '../support/open-handler.js'

const kept = { retain: { completedMs: 3_600_000 } }

/**
 * A job `a` that runs in a worker with a store handle of its own, and a scheduler that waits for it through another:
 * what they know of each other, they know from the store.
 */
async function waiting() {
  const world = aWorld()
  const open = anOpenHandler()
  const worker = new Worker({ store: world.memory, runtime: world.clock })
  worker.registerHandler('email', open.handler)
  worker.start()
  await new Scheduler({ store: world.memory, runtime: world.clock }).push('email', {}, { id: 'a', ...kept })
  await world.clock.advance(0)
  const subscriptions = openSubscriptions(world)
  return { world, worker, open, scheduler: world.scheduler(), subscriptions }
}

describe('the result of a job', () => {
  it('is answered at once when it has completed already', async () => {
    const { world, open, scheduler, subscriptions } = await waiting()
    open.end().resolve({ sum: 5 })
    await world.clock.advance(0)
    expect(await scheduler.result('a')).toEqual({ sum: 5 })
    expect(world.calls('get')).toHaveLength(1)
    await world.clock.advance(0)
    expect(subscriptions.open()).toBe(0)
    expect(scheduler.health().running).toBe(false)
  })

  it('comes with the hint, without a further look in between', async () => {
    const { world, open, scheduler, subscriptions } = await waiting()
    const result = scheduler.result('a')
    await world.pass(5_000)
    expect(world.calls('get')).toHaveLength(1)
    open.end().resolve('done')
    await world.clock.advance(0)
    expect(await result).toBe('done')
    expect(world.calls('get')).toHaveLength(2)
    await world.clock.advance(0)
    expect(subscriptions.open()).toBe(0)
  })

  it('is that of the job which was asked for: the end of another wakes nobody', async () => {
    const { world, open, scheduler } = await waiting()
    await scheduler.push('other', {}, { id: 'b', ...kept })
    const result = scheduler.result('a')
    await world.clock.advance(0)
    await world.inspector.cancel('b')
    await world.clock.advance(0)
    expect(world.calls('get')).toHaveLength(1)
    open.end().resolve('done')
    expect(await world.until(result)).toBe('done')
  })

  it('is nothing when the handler returned nothing', async () => {
    const { world, open, scheduler } = await waiting()
    const result = scheduler.result('a')
    open.end().resolve(undefined)
    expect(await world.until(result)).toBeUndefined()
  })

  it('is looked for after 10 s when no hint comes, and not before', async () => {
    const { world, open, scheduler } = await waiting()
    world.faults.set('subscribe', async () => async () => {})
    const result = scheduler.result('a')
    await world.clock.advance(0)
    open.end().resolve('done')
    await world.pass(9_900)
    expect(world.calls('get')).toHaveLength(1)
    await world.pass(200)
    expect(await result).toBe('done')
    expect(world.calls('get')).toHaveLength(2)
  })

  it('does not miss an end between the first look and the wait', async () => {
    const { world, open, scheduler } = await waiting()
    world.faults.set('get', async (run) => {
      const answer = await run()
      world.faults.clear()
      // While the answer is on its way, the job ends.
      open.end().resolve('done')
      await new Promise<void>((resolve) => void world.clock.setTimer(50, resolve))
      return answer
    })
    const result = scheduler.result('a')
    await world.pass(100)
    expect(await result).toBe('done')
  })

  it('is subscribed to before the first look', async () => {
    const { world, open, scheduler } = await waiting()
    const order: string[] = []
    world.faults.set('subscribe', (run) => (order.push('subscribe'), run()))
    world.faults.set('get', (run) => (order.push('get'), run()))
    open.end().resolve('done')
    await world.clock.advance(0)
    await scheduler.result('a')
    expect(order).toEqual(['subscribe', 'get'])
  })

  it('is waited for through a retry, which is no end', async () => {
    const { world, open, scheduler } = await waiting()
    const keeper = world.scheduler()
    keeper.start()
    const result = scheduler.result('a')
    await world.clock.advance(0)
    open.end().reject(new Error('once'))
    await world.pass(1_000)
    open.end().resolve('at last')
    expect(await world.until(result)).toBe('at last')
    await keeper.stop()
  })

  it.each<[JobState, object]>([
    ['scheduled', { delayMs: 60_000 }],
    ['ready', { delayMs: 0 }],
  ])('that nobody keeps is refused at once: %s', async (state, due) => {
    const { world, scheduler, subscriptions } = await waiting()
    await scheduler.pushScheduled('other', {}, { id: 'b', ...(due as { delayMs: number }) })
    expect(await world.inspector.get('b')).toMatchObject({ state })
    const message = expect.stringContaining('push it with retain: { completedMs }') as string
    expect(await refusal(scheduler.result('b'))).toMatchObject({ code: 'RESULT_NOT_RETAINED', message })
    await world.clock.advance(0)
    expect(subscriptions.open()).toBe(0)
  })

  it('can be waited for by many at once, and Node sees no leak in that', async () => {
    const { world, open, scheduler } = await waiting()
    const warnings: Error[] = []
    const onWarning = (warning: Error): void => void warnings.push(warning)
    process.on('warning', onWarning)
    const results = Array.from({ length: 30 }, () => scheduler.result('a'))
    await world.pass(1_000)
    open.end().resolve('done')
    await world.pass(1_000)
    expect(new Set(await Promise.all(results))).toEqual(new Set(['done']))
    await new Promise((resolve) => setImmediate(resolve))
    process.off('warning', onWarning)
    expect(warnings).toEqual([])
  })

  it('of a job that nobody knows is refused at once', async () => {
    const { world, scheduler, subscriptions } = await waiting()
    const message = expect.stringContaining("there is no job 'nobody'") as string
    expect(await refusal(scheduler.result('nobody'))).toMatchObject({ code: 'NOT_FOUND', message })
    await world.clock.advance(0)
    expect(subscriptions.open()).toBe(0)
  })
})

describe('a job that does not complete', () => {
  it('rejects with the name, message, code and stack of the error that it is dead of', async () => {
    const { world, open, scheduler } = await waiting()
    const result = refusal(scheduler.result('a'))
    const thrown = Object.assign(new NonRetryableError('the order is gone'), { name: 'OrderError' })
    open.end().reject(thrown)
    const error = await world.until(result)
    expect(error).toBeInstanceOf(Error)
    expect(error).toMatchObject({ name: 'OrderError', message: 'the order is gone', code: 'NON_RETRYABLE' })
    expect((error as Error).stack).toBe(thrown.stack)
  })

  it('rejects with its last error when its attempts are spent, and without a code where that had none', async () => {
    const { world, scheduler } = await waiting()
    const worker = world.worker()
    worker.registerHandler('once', () => Promise.reject(new TypeError('no')))
    worker.start()
    await scheduler.push('once', {}, { id: 'b', maxAttempts: 1, ...kept })
    const error = await world.until(refusal(scheduler.result('b')))
    expect(error).toMatchObject({ name: 'TypeError', message: 'no' })
    expect(error).not.toHaveProperty('code')
    await world.until(worker.stop())
  })

  it('rejects with JOB_DEAD and the reason when it expired, or its workers vanished', async () => {
    const { world, scheduler } = await waiting()
    const expiresAt = new Date(world.clock.now() + 1_000)
    await scheduler.push('nobodys', {}, { id: 'late', expiresAt, ...kept })
    await scheduler.push('killer', {}, { id: 'killer', ...kept })
    const claim = { name: 'killer', worker: 'gone', limit: 1, leaseMs: 1_000 }
    // That an attempt of it has failed before is not what it is dead of.
    const lease = (await world.memory.claim(claim)).jobs[0] ?? { id: '', name: '', fence: { generation: 0, claim: 0 } }
    await world.memory.settle({ entries: [{ lease, settlement: { type: 'retry', delayMs: 0, error: '{}' } }] })
    await world.memory.claim(claim)
    const late = refusal(scheduler.result('late'))
    const killer = refusal(scheduler.result('killer'))
    await world.clock.advance(1_000)
    await world.memory.reap({ limit: 10, maxRecoveries: 0 })
    await world.clock.advance(0)
    expect(await late).toMatchObject({ code: 'JOB_DEAD', message: "the job 'late' is dead: expired" })
    expect(await killer).toMatchObject({ code: 'JOB_DEAD', message: "the job 'killer' is dead: recoveries" })
  })

  it('rejects with CANCELLED when it is cancelled, also where its record is kept', async () => {
    const { world, open, scheduler } = await waiting()
    const result = refusal(scheduler.result('a'))
    await world.clock.advance(0)
    await world.inspector.cancel('a')
    await world.clock.advance(0)
    open.end().reject(open.context().signal.reason)
    expect(await world.until(result)).toMatchObject({ code: 'CANCELLED' })
    expect(await refusal(scheduler.result('a'))).toMatchObject({ code: 'CANCELLED' })
  })

  it('rejects with NOT_FOUND at once when it is removed meanwhile', async () => {
    const { world, scheduler } = await waiting()
    await scheduler.pushScheduled('other', {}, { id: 'b', delayMs: 60_000, ...kept })
    const result = refusal(scheduler.result('b'))
    await world.clock.advance(0)
    await new Inspector({ store: world.memory, runtime: world.clock }).remove('b')
    await world.clock.advance(0)
    expect(await result).toMatchObject({ code: 'NOT_FOUND' })
  })

  it('rejects with UNDECODABLE_RECORD when what it returned cannot be read, and says what that is', async () => {
    const { world, open, scheduler } = await waiting()
    open.end().resolve('done')
    await world.clock.advance(0)
    const decode = (): never => {
      throw new Error('of another codec')
    }
    const other = world.scheduler({ codec: { encode: String, decode } })
    const message = 'the stored job cannot be read: its result does not decode'
    expect(await refusal(other.result('a'))).toMatchObject({ code: 'UNDECODABLE_RECORD', message })
    expect(await scheduler.result('a')).toBe('done')
  })
})
