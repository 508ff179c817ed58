import { describe, expect, it } from 'vitest'
import { defineJob } from '../../src/index.js'
import { aSchema } from '../support/a-schema.js'
import { aWorld } from '../support/a-world.js'
import { deferred } from '../support/deferred.js'
import { turns } from '../support/turns.js'
import { failing, hanging, replyLost } from '../support/with-faults.js'

describe('push', () => {
  it('stores a job that is due now, without the scheduler being started', async () => {
    const { scheduler, inspector } = aWorld()
    const { id, status } = await scheduler().push('email', { to: 'ada' })
    expect(status).toBe('added')
    expect(id).toMatch(/^\w{14}$/)
    expect(await inspector.get(id)).toMatchObject({ name: 'email', args: { to: 'ada' }, state: 'ready' })
  })

  it('answers duplicate for an id that is known, and changes nothing', async () => {
    const { scheduler, inspector } = aWorld()
    const producer = scheduler()
    expect(await producer.push('email', { n: 1 }, { id: 'a' })).toEqual({ id: 'a', status: 'added' })
    expect(await producer.push('email', { n: 2 }, { id: 'a' })).toEqual({ id: 'a', status: 'duplicate' })
    expect(await inspector.get('a')).toMatchObject({ args: { n: 1 } })
  })

  it('stores jobs in the order in which they were pushed', async () => {
    const { scheduler, inspector } = aWorld()
    const producer = scheduler()
    await Promise.all(Array.from({ length: 2_500 }, (_, n) => producer.push('email', n)))
    const first = await inspector.list({ name: 'email', state: 'ready', limit: 1_000 })
    expect(first.jobs.map(({ args }) => args)).toEqual(Array.from({ length: 1_000 }, (_, n) => n))
  })

  it.each([
    ['an empty name', '', {}, {}, 'INVALID_ARGUMENT', 'name must have 1 to 256 characters, got 0'],
    ['a name with a brace', 'a{b', {}, {}, 'INVALID_ARGUMENT', 'name must have no control'],
    ['no name', undefined, {}, {}, 'INVALID_ARGUMENT', 'name must be a string, got undefined'],
    ['an unknown option', 'a', {}, { delay: 5 }, 'INVALID_ARGUMENT', "options has no option 'delay'"],
    [
      'a time, which pushScheduled takes',
      'a',
      {},
      { delayMs: 5 },
      'INVALID_ARGUMENT',
      'pushScheduled takes executeAt or delayMs',
    ],
    ['options that are null', 'a', {}, null, 'INVALID_ARGUMENT', 'options must be an object, got null'],
    ['args that are no JSON', 'a', { f: () => {} }, {}, 'ARGS_NOT_SERIALIZABLE', 'args.f is a function'],
    ['args that are too large', 'a', 'x'.repeat(1_048_576), {}, 'ARGS_TOO_LARGE', 'args has 1048578 bytes'],
  ])('refuses %s and stores nothing', async (_, name, args, options, code, message) => {
    const { scheduler, calls } = aWorld()
    const pushing = scheduler().push(name as string, args, options as object)
    await expect(pushing).rejects.toMatchObject({ code, message: expect.stringContaining(message) })
    expect(calls('enqueue')).toHaveLength(0)
  })

  it('takes args of exactly 1 MiB', async () => {
    const { scheduler } = aWorld()
    expect(await scheduler().push('a', 'x'.repeat(1_048_574))).toMatchObject({ status: 'added' })
  })

  it('rejects with STORE_FAILED and the cause when the store fails', async () => {
    const { scheduler, faults } = aWorld()
    faults.set('enqueue', failing)
    await expect(scheduler().push('email', {})).rejects.toMatchObject({
      ...{ code: 'STORE_FAILED', cause: expect.any(Error) },
    })
  })

  it('rejects what a store gives no outcome for, and nothing else', async () => {
    const { scheduler, faults } = aWorld()
    faults.set('enqueue', async (run) => [undefined, ...((await run()) as unknown[]).slice(1)])
    const producer = scheduler()
    const pushes = await Promise.allSettled([producer.push('email', 1), producer.push('email', 2)])
    expect(pushes).toMatchObject([{ status: 'rejected' }, { status: 'fulfilled', value: { status: 'added' } }])
    faults.clear()
    expect(await producer.push('email', 3)).toMatchObject({ status: 'added' })
    expect(producer.health().inFlight).toBe(0)
  })

  it('rejects with STORE_TIMEOUT within the time-out when the store hangs', async () => {
    const { scheduler, faults, clock } = aWorld()
    faults.set('enqueue', hanging)
    const pushing = expect(scheduler({ storeTimeoutMs: 500 }).push('email', {})).rejects.toMatchObject({
      code: 'STORE_TIMEOUT',
    })
    await clock.advance(500)
    await pushing
  })

  it('rejects within twice the time-out when it waits behind calls that hang, however many wait', async () => {
    const { scheduler, faults, clock } = aWorld()
    faults.set('enqueue', hanging)
    const producer = scheduler({ storeTimeoutMs: 500 })
    producer.push('email', {}).catch(() => {})
    await clock.advance(100)
    let rejected = 0
    for (let n = 0; n < 5_000; n++) producer.push('email', n).catch(() => rejected++)
    await clock.advance(1_000)
    expect(rejected).toBe(5_000)
    await producer.stop()
    expect(clock.pendingTimers).toBe(0)
  })

  it('can be repeated with the same id after its reply was lost: one job is stored (G15)', async () => {
    const { scheduler, faults, inspector } = aWorld()
    const producer = scheduler()
    faults.set('enqueue', replyLost)
    await expect(producer.push('email', {}, { id: 'a' })).rejects.toMatchObject({ code: 'STORE_FAILED' })
    faults.delete('enqueue')
    expect(await producer.push('email', {}, { id: 'a' })).toEqual({ id: 'a', status: 'duplicate' })
    expect(await inspector.counts()).toMatchObject([{ name: 'email', ready: 1 }])
  })

  it('is refused after stop', async () => {
    const { scheduler } = aWorld()
    const producer = scheduler()
    await producer.stop()
    await expect(producer.push('email', {})).rejects.toMatchObject({ code: 'INVALID_STATE' })
    await expect(producer.pushMany([])).rejects.toMatchObject({ code: 'INVALID_STATE' })
    await expect(producer.pushScheduled('email', {}, { delayMs: 1 })).rejects.toMatchObject({ code: 'INVALID_STATE' })
    expect(() => producer.start()).toThrow(expect.objectContaining({ code: 'INVALID_STATE' }))
  })

  it('is waited for by stop', async () => {
    const { scheduler, faults } = aWorld()
    const gate = deferred()
    faults.set('enqueue', async (run) => (await gate.promise, run()))
    const producer = scheduler()
    const order: string[] = []
    const pushing = producer.push('email', {}).then(() => order.push('pushed'))
    const stopping = producer.stop().then(() => order.push('stopped'))
    gate.resolve()
    await Promise.all([pushing, stopping])
    expect(order).toEqual(['pushed', 'stopped'])
  })

  it('is waited for by every stop, also by two at once', async () => {
    const { scheduler, faults } = aWorld()
    const gate = deferred()
    faults.set('enqueue', async (run) => (await gate.promise, run()))
    const producer = scheduler()
    const order: string[] = []
    const pushing = producer.push('email', {}).then(() => order.push('pushed'))
    const first = producer.stop().then(() => order.push('stopped'))
    const second = producer.stop().then(() => order.push('stopped'))
    await turns()
    expect(order).toEqual([])
    gate.resolve()
    await Promise.all([pushing, first, second])
    expect(order).toEqual(['pushed', 'stopped', 'stopped'])
  })

  it('is waited for by stop while its schema still checks the args', async () => {
    const { scheduler } = aWorld()
    const gate = deferred<number>()
    const slow = defineJob({ name: 'slow', args: aSchema<number>(() => gate.promise) })
    const producer = scheduler()
    const order: string[] = []
    const pushing = producer.push(slow, 1).then(() => order.push('pushed'))
    const stopping = producer.stop().then(() => order.push('stopped'))
    setImmediate(() => gate.resolve(1))
    await Promise.all([pushing, stopping])
    expect(order).toEqual(['pushed', 'stopped'])
  })
})

describe('pushScheduled', () => {
  it('stores a job for an instant or after a span', async () => {
    const { scheduler, inspector, clock } = aWorld()
    const executeAt = new Date(clock.now() + 60_000)
    await scheduler().pushScheduled('email', {}, { executeAt, id: 'at' })
    await scheduler().pushScheduled('email', {}, { delayMs: 60_000, id: 'after' })
    expect(await inspector.get('at')).toMatchObject({ state: 'scheduled', executeAt, dueAt: executeAt })
    expect(await inspector.get('after')).toMatchObject({ state: 'scheduled', executeAt, dueAt: executeAt })
  })

  it('puts what is due straight into the work queue', async () => {
    const { scheduler, inspector } = aWorld()
    await scheduler().pushScheduled('email', {}, { executeAt: new Date(0), id: 'past' })
    await scheduler().pushScheduled('email', {}, { delayMs: 0, id: 'now' })
    expect(await inspector.get('past')).toMatchObject({ state: 'ready' })
    expect(await inspector.get('now')).toMatchObject({ state: 'ready' })
  })

  it.each([
    [{}, 'pushScheduled needs { executeAt: date } or { delayMs: number }'],
    [{ executeAt: new Date(5), delayMs: 5 }, 'give executeAt or delayMs, not both'],
    [{ executeAt: new Date(NaN) }, 'executeAt must be a valid Date'],
    [{ executeAt: 5 }, 'executeAt must be a Date, got 5'],
    [{ delayMs: -5 }, 'delayMs must be a number from 0'],
    [{ delayMs: NaN }, 'delayMs must be a number from 0'],
    [undefined, 'options must be an object, got undefined'],
  ])('refuses %j', async (options, message) => {
    const { scheduler, calls } = aWorld()
    await expect(scheduler().pushScheduled('email', {}, options as never)).rejects.toMatchObject({
      ...{ code: 'INVALID_ARGUMENT', message: expect.stringContaining(message) },
    })
    expect(calls('enqueue')).toHaveLength(0)
  })
})

describe('pushMany', () => {
  it('answers each entry in order, and a bad one does not harm its neighbours (G17)', async () => {
    const { scheduler, inspector } = aWorld()
    const strict = defineJob({
      name: 'strict',
      args: aSchema<number>(() => {
        throw new Error('never')
      }),
    })
    const results = await scheduler().pushMany([
      { name: 'email', args: 1, id: 'a' },
      { name: 'email', args: 1n },
      { name: 'email', args: 2, id: 'a' },
      { name: '', args: 3 },
      strict.entry(1),
      { name: 'email', args: 4, delayMs: -1 },
      null as never,
      { name: 'email', args: 5, colour: 'red' } as never,
      { name: 'email', args: 6, id: 'b', delayMs: 1_000 },
    ])
    const codes = results.map((result) => (result.status === 'rejected' ? result.error.code : result.status))
    expect(codes).toEqual([
      ...['added', 'ARGS_NOT_SERIALIZABLE', 'duplicate', 'INVALID_ARGUMENT', 'INVALID_ARGUMENT'],
      ...['INVALID_ARGUMENT', 'INVALID_ARGUMENT', 'INVALID_ARGUMENT', 'added'],
    ])
    expect(await inspector.counts()).toMatchObject([{ name: 'email', ready: 1, scheduled: 1 }])
  })

  it('sends at most a thousand jobs in one call', async () => {
    const { scheduler, calls } = aWorld()
    const results = await scheduler().pushMany(Array.from({ length: 2_500 }, (_, n) => ({ name: 'email', args: n })))
    expect(results).toHaveLength(2_500)
    const sizes = calls('enqueue').map((input) => (input as { jobs: unknown[] }).jobs.length)
    expect(sizes).toEqual([1_000, 1_000, 500])
  })

  it('sends less at once when the args are large', async () => {
    const { scheduler, calls } = aWorld()
    const args = 'x'.repeat(1_000_000)
    await scheduler().pushMany(Array.from({ length: 20 }, () => ({ name: 'email', args })))
    expect(calls('enqueue')).toHaveLength(2)
  })

  it('answers no entries with no results', async () => {
    expect(await aWorld().scheduler().pushMany([])).toEqual([])
  })

  it('refuses what is no array', async () => {
    const pushing = aWorld()
      .scheduler()
      .pushMany({ name: 'a' } as never)
    await expect(pushing).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' })
  })

  it('rejects when the store fails', async () => {
    const { scheduler, faults } = aWorld()
    faults.set('enqueue', failing)
    await expect(scheduler().pushMany([{ name: 'a', args: 1 }])).rejects.toMatchObject({ code: 'STORE_FAILED' })
  })
})
