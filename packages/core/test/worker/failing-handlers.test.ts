import { describe, expect, it } from 'vitest'
import { type Handler, NonRetryableError, type PushOptions } from '../../src/index.js'
import { aWorld, eventsOf, type World } from '../support/a-world.js'
import { aTrap, broken, hostileError } from '../support/handlers.js'
import { unhandledDuring } from '../support/unhandled-during.js'

/** Pushes one job `a` to a worker with this handler and lets the first attempt end. */
async function run(handler: Handler<unknown, unknown>, options: PushOptions = {}) {
  const world: World = aWorld()
  const scheduler = world.scheduler()
  scheduler.start()
  const worker = world.worker()
  const events = eventsOf(worker)
  worker.registerHandler('email', handler)
  worker.start()
  await scheduler.push('email', {}, { id: 'a', ...options })
  await world.clock.advance(0)
  const stop = (): Promise<unknown> => world.until(Promise.all([worker.stop(), scheduler.stop()]))
  return { world, worker, events, stop, get: () => world.inspector.get('a') }
}

const once = { maxAttempts: 1 }

describe('a handler that fails', () => {
  it.each<[string, Handler<unknown, unknown>, object]>([
    ['throws', broken, { name: 'Error', message: 'SMTP is down' }],
    ['rejects', () => Promise.reject(new TypeError('no')), { name: 'TypeError', message: 'no' }],
    ['throws a text', () => Promise.reject('oops'), { name: 'NonError', message: 'oops' }], // eslint-disable-line @typescript-eslint/prefer-promise-reject-errors
    ['throws undefined', () => Promise.reject(undefined), { name: 'NonError', message: 'undefined' }], // eslint-disable-line @typescript-eslint/prefer-promise-reject-errors
    ['throws an object', () => Promise.reject({ a: 1 }), { name: 'NonError', message: '{"a":1}' }], // eslint-disable-line @typescript-eslint/prefer-promise-reject-errors
    ['throws a symbol', () => Promise.reject(Symbol('s')), { name: 'NonError', message: 'Symbol(s)' }], // eslint-disable-line @typescript-eslint/prefer-promise-reject-errors
    [
      'throws an error with a code',
      () => Promise.reject(Object.assign(new Error('x'), { code: 'ENOENT' })),
      { code: 'ENOENT' },
    ],
  ])('has its error kept when it %s', async (_, handler, error) => {
    const { events, get, stop } = await run(handler, once)
    expect(await get()).toMatchObject({ state: 'dead', deadReason: 'attempts', attempts: 1, error })
    expect(events).toEqual(['started', 'dead'])
    await stop()
  })

  it('has a long message and stack cut', async () => {
    const { get, stop } = await run(() => Promise.reject(new Error('x'.repeat(1e6))), once)
    const error = (await get())?.error
    expect(error?.message.length).toBeLessThanOrEqual(8_193)
    expect(error?.stack?.length).toBeLessThanOrEqual(8_193)
    await stop()
  })

  it.each<[string, Handler<unknown, unknown>]>([
    ['returns at once what throws when it is looked into', () => aTrap({ at: 'has' })],
    ['returns what throws when it is looked into', async () => aTrap({ at: 'has' })],
    ['returns what throws when it may be a promise', async () => aTrap({ at: 'then' })],
    ['returns what throws when it may be a generator', async () => aTrap({ at: 'next' })],
  ])('fails, and its slot is free, when it %s', async (_, handler) => {
    let result: Awaited<ReturnType<typeof run>> | undefined
    const unhandled = await unhandledDuring(async () => {
      result = await run(handler, once)
    })
    expect(unhandled).toEqual([])
    expect(await result?.get()).toMatchObject({ state: 'dead', error: { message: 'a trap' } })
    expect(result?.worker.health().lanes).toMatchObject([{ name: 'email', active: 0 }])
    await result?.stop()
  })

  it.each<[string, () => unknown]>([
    ['defends itself against every look', hostileError],
    ['has no prototype', () => Object.create(null) as unknown],
    [
      'throws when its message is read',
      () =>
        Object.defineProperty(new Error('x'), 'message', {
          get() {
            throw new Error('a trap')
          },
        }),
    ],
  ])('is settled, and its slot freed, when what it throws %s', async (_, make) => {
    let result: Awaited<ReturnType<typeof run>> | undefined
    const unhandled = await unhandledDuring(async () => {
      result = await run(async () => {
        throw make()
      }, once)
    })
    expect(unhandled).toEqual([])
    expect(result?.worker.health().lanes[0]?.active).toBe(0)
    expect(result?.events).toEqual(['started', 'dead'])
    expect(await result?.get()).toMatchObject({ state: 'dead', error: { name: 'NonError' } })
    await result?.stop()
  })

  it('is tried again at once, then after 1 s · 2ⁿ, until it is out of attempts (G6)', async () => {
    const at: number[] = []
    const world = aWorld()
    const handler: Handler<unknown, never> = (job) => {
      at.push(world.clock.monotonic())
      expect(job.attempt).toBe(at.length)
      throw new Error(`failure ${job.attempt}`)
    }
    const scheduler = world.scheduler()
    scheduler.start()
    const worker = world.worker()
    const delays: number[] = []
    worker.on('retrying', ({ delayMs }) => delays.push(delayMs))
    const dead: unknown[] = []
    worker.on('dead', ({ job, reason, error }) => dead.push([job?.attempt, reason, error.message]))
    worker.registerHandler('email', handler)
    worker.start()
    await scheduler.push(
      'email',
      {},
      { id: 'a', maxAttempts: 4, backoff: { type: 'exponential', delayMs: 1_000, jitter: 0 } },
    )
    await world.pass(10_000)
    expect(at).toEqual([0, 0, 1_000, 3_000])
    expect(delays).toEqual([0, 1_000, 2_000])
    expect(dead).toEqual([[4, 'attempts', 'failure 4']])
    expect(await world.inspector.get('a')).toMatchObject({
      ...{ state: 'dead', attempts: 4, error: { message: 'failure 4' }, deadReason: 'attempts' },
    })
    await world.until(Promise.all([worker.stop(), scheduler.stop()]))
  })

  it('ends at once when it throws a NonRetryableError, whatever attempts are left', async () => {
    const { events, get, stop } = await run(() => Promise.reject(new NonRetryableError('the address is gone')))
    expect(events).toEqual(['started', 'dead'])
    expect(await get()).toMatchObject({
      ...{ state: 'dead', deadReason: 'non-retryable', attempts: 1 },
      error: { code: 'NON_RETRYABLE', message: 'the address is gone' },
    })
    await stop()
  })

  it.each<[string, unknown, string[]]>([
    ['its code says so: it may come from another copy of this package', { code: 'NON_RETRYABLE' }, ['started', 'dead']],
    ['its name says so and its code does not', { name: 'NonRetryableError' }, ['started', 'retrying']],
    ['it has another code', { code: 'ENOENT' }, ['started', 'retrying']],
  ])('is believed to be final, or not, when %s', async (_, own, expected) => {
    const { events, stop } = await run(() => Promise.reject(Object.assign(new Error('x'), own)))
    expect(events.slice(0, 2)).toEqual(expected)
    await stop()
  })

  it('succeeds on its second attempt and leaves no trace (G7)', async () => {
    const { world, events, get, stop } = await run((job) => {
      if (job.attempt === 1) throw new Error('once')
    })
    await world.pass(1_000)
    expect(events).toEqual(['started', 'retrying', 'started', 'completed'])
    expect(await get()).toBeNull()
    await stop()
  })

  it('can be redriven when it is dead, with all its attempts and a higher claim (G6)', async () => {
    const claims: number[] = []
    const { world, get, stop } = await run((job) => {
      claims.push(job.fence.claim)
      throw new Error('no')
    }, once)
    expect(await world.inspector.redrive('a')).toEqual({ status: 'redriven' })
    await world.clock.advance(0)
    expect(claims).toEqual([1, 2])
    expect(await get()).toMatchObject({ state: 'dead', attempts: 1 })
    await stop()
  })
})

describe('a result that JSON cannot carry', () => {
  it('harms nobody when the job is not retained', async () => {
    const { events, get, stop } = await run(() => 5n)
    expect(events).toEqual(['started', 'completed'])
    expect(await get()).toBeNull()
    await stop()
  })

  it.each<[string, unknown, string]>([
    ['is of a wrong kind', { at: new Date(0) }, 'RESULT_NOT_SERIALIZABLE'],
    ['is too large', 'x'.repeat(256 * 1024), 'RESULT_TOO_LARGE'],
    ['cannot be looked at', hostileError(), 'RESULT_NOT_SERIALIZABLE'],
  ])('is left out of a retained job that completed, with an error event, when it %s', async (_, result, code) => {
    const { events, get, stop } = await run(async () => ({ result }), { retain: { completedMs: 60_000 } })
    expect(events).toEqual(['started', `error ${code}`, 'completed'])
    expect(await get()).toMatchObject({ state: 'completed' })
    expect(await get()).not.toHaveProperty('result')
    await stop()
  })
})
