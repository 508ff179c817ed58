import { describe, expect, it } from 'vitest'
import { MemoryStore } from '@goscheds/memory'
import { Inspector, type NewJob } from '../../src/index.js'
import { aWorld, type World } from '../support/a-world.js'
import { broken } from '../support/handlers.js'
import { failing, hanging, withFaults } from '../support/with-faults.js'

function aJob(overrides: Partial<NewJob>): NewJob {
  const retention = { completedMs: 1e9, deadMs: 1e9 }
  return { id: 'a', name: 'email', payload: '{"to":"ada"}', options: '', retention, ...overrides }
}

/** So many jobs of a name, all dead. */
async function deadJobs({ memory }: World, count: number, name = 'email'): Promise<void> {
  await memory.enqueue({ jobs: Array.from({ length: count }, (_, n) => aJob({ id: `${name}-${n}`, name })) })
  const { jobs } = await memory.claim({ name, worker: 'w', limit: count, leaseMs: 1_000 })
  const settlement = { type: 'dead', reason: 'attempts', error: 'not of our form', retentionMs: 1e9 } as const
  await memory.settle({ entries: jobs.map((lease) => ({ lease, settlement })) })
}

describe('an inspector', () => {
  it.each([
    [{}, 'store must be a Store'],
    [{ store: new MemoryStore(), leaseMs: 5 }, "Inspector options has no option 'leaseMs'"],
  ])('refuses bad options %#', (options, message) => {
    expect(() => new Inspector(options as never)).toThrow(message)
  })

  it('rejects with a coded error when the store fails or hangs', async () => {
    const world = aWorld()
    const { store, faults } = withFaults(world.memory)
    const inspector = new Inspector({ store, runtime: world.clock })
    faults.set('get', failing)
    await expect(inspector.get('a')).rejects.toMatchObject({ code: 'STORE_FAILED' })
    faults.set('get', hanging)
    const getting = expect(inspector.get('a')).rejects.toMatchObject({ code: 'STORE_TIMEOUT' })
    await world.clock.advance(10_000)
    await getting
  })

  it.each(['get', 'cancel', 'remove', 'redrive'] as const)('refuses a bad id in %s', async (method) => {
    const { inspector } = aWorld()
    for (const id of ['', 'a{b', undefined, 5]) {
      await expect(inspector[method](id as string)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' })
    }
  })
})

describe('get', () => {
  it('shows a scheduled job as it was pushed', async () => {
    const { scheduler, inspector, clock } = aWorld()
    const now = new Date(clock.now())
    const dueAt = new Date(clock.now() + 60_000)
    const options = { id: 'a', delayMs: 60_000, maxAttempts: 3, metadata: { trace: 't' } }
    await scheduler().pushScheduled('email', { to: 'ada' }, options)
    expect(await inspector.get('a')).toEqual({
      ...{ id: 'a', name: 'email', state: 'scheduled', args: { to: 'ada' }, maxAttempts: 3, metadata: { trace: 't' } },
      ...{ executeAt: dueAt, enqueuedAt: now, dueAt, attempts: 0, recoveries: 0, priority: 0 },
      cancelRequested: false,
    })
  })

  it('shows an active job with its lease and the cancel that was asked for', async () => {
    const { memory, inspector, clock } = aWorld()
    await memory.enqueue({ jobs: [aJob({})] })
    await memory.claim({ name: 'email', worker: 'w', limit: 1, leaseMs: 5_000 })
    await inspector.cancel('a')
    const leaseUntil = new Date(clock.now() + 5_000)
    expect(await inspector.get('a')).toMatchObject({ state: 'active', leaseUntil, cancelRequested: true })
  })

  it('shows a dead job with its reason, its end and its last error', async () => {
    const world = aWorld()
    const worker = world.worker()
    worker.registerHandler('email', broken)
    worker.start()
    await world.scheduler().push('email', {}, { id: 'a', maxAttempts: 1 })
    await world.clock.advance(0)
    expect(await world.inspector.get('a')).toMatchObject({
      ...{ state: 'dead', deadReason: 'attempts', attempts: 1, finishedAt: new Date(world.clock.now()) },
      error: { name: 'Error', message: 'SMTP is down', stack: expect.stringContaining('SMTP is down') },
    })
    await world.until(worker.stop())
  })

  it('answers null for an id that is not known', async () => {
    expect(await aWorld().inspector.get('nobody')).toBeNull()
  })

  it.each([
    ['args', { payload: '{' }],
    ['options', { options: '{' }],
    ['a newer release', { options: '{"v":2}' }],
  ])('shows a record that cannot be read, because of its %s, with the reason', async (_, record) => {
    const { memory, inspector } = aWorld()
    await memory.enqueue({ jobs: [aJob(record)] })
    const view = await inspector.get('a')
    expect(view).toMatchObject({ id: 'a', state: 'ready', undecodable: expect.any(String) })
    expect(view?.args).toBeUndefined()
  })

  it('shows an error text that is not of our form as its message', async () => {
    const world = aWorld()
    await deadJobs(world, 1)
    expect((await world.inspector.get('email-0'))?.error).toEqual({ name: 'Error', message: 'not of our form' })
  })
})

describe('list', () => {
  it('pages through the jobs of a name and state', async () => {
    const { memory, inspector } = aWorld()
    await memory.enqueue({ jobs: Array.from({ length: 25 }, (_, n) => aJob({ id: `j${n}` })) })
    await memory.enqueue({ jobs: [aJob({ id: 'other', name: 'report' })] })
    const seen: string[] = []
    let cursor: string | null = null
    let pages = 0
    do {
      const page = await inspector.list({ name: 'email', state: 'ready', limit: 10, cursor })
      seen.push(...page.jobs.map(({ id }) => id))
      cursor = page.cursor
      pages++
    } while (cursor !== null)
    expect(seen).toEqual(Array.from({ length: 25 }, (_, n) => `j${n}`))
    expect(pages).toBe(3)
  })

  it('shows a hundred when no limit is given', async () => {
    const { memory, inspector } = aWorld()
    await memory.enqueue({ jobs: Array.from({ length: 150 }, (_, n) => aJob({ id: `j${n}` })) })
    expect((await inspector.list({ name: 'email', state: 'ready' })).jobs).toHaveLength(100)
  })

  it('shows a page in which one record cannot be read', async () => {
    const { memory, inspector } = aWorld()
    await memory.enqueue({ jobs: [aJob({ id: 'bad', payload: '{' }), aJob({ id: 'good' })] })
    const { jobs } = await inspector.list({ name: 'email', state: 'ready' })
    expect(jobs.map(({ id, undecodable }) => [id, undecodable !== undefined])).toEqual([
      ['bad', true],
      ['good', false],
    ])
  })

  it.each([
    [undefined, 'list options must be an object'],
    [{ state: 'ready' }, 'name must be a string, got undefined'],
    [{ name: 'a', state: 'waiting' }, 'state must be one of scheduled, ready, active'],
    [{ name: 'a' }, 'state must be one of'],
    [{ name: 'a', state: 'ready', limit: 0 }, 'limit must be a whole number from 1 to 1000, got 0'],
    [{ name: 'a', state: 'ready', limit: 1_001 }, 'limit must be a whole number from 1 to 1000, got 1001'],
    [{ name: 'a', state: 'ready', cursor: 5 }, 'cursor must be'],
    [{ name: 'a', state: 'ready', page: 2 }, "list options has no option 'page'"],
  ])('refuses %j', async (query, message) => {
    await expect(aWorld().inspector.list(query as never)).rejects.toMatchObject({
      ...{ code: 'INVALID_ARGUMENT', message: expect.stringContaining(message) },
    })
  })
})

describe('counts', () => {
  it('counts by name and state, with the age of the oldest ready job', async () => {
    const { scheduler, inspector, clock } = aWorld()
    const producer = scheduler()
    await producer.push('email', {})
    await producer.pushScheduled('email', {}, { delayMs: 60_000 })
    await producer.push('report', {})
    await clock.advance(1_500)
    const none = { active: 0, completed: 0, dead: 0, cancelled: 0, paused: false, groups: 0 }
    expect(await inspector.counts()).toEqual([
      { name: 'email', scheduled: 1, ready: 1, ...none, oldestReadyMs: 1_500 },
      { name: 'report', scheduled: 0, ready: 1, ...none, oldestReadyMs: 1_500 },
    ])
    expect(await inspector.counts(['nothing'])).toMatchObject([{ name: 'nothing', ready: 0, oldestReadyMs: null }])
  })

  it.each([['email'], [{}], [['a{']], [[5]]])('refuses the names %j', async (names) => {
    await expect(aWorld().inspector.counts(names as never)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' })
  })
})

describe('workers', () => {
  it('shows those that are alive', async () => {
    const world = aWorld()
    const worker = world.worker()
    worker.registerHandler('email', () => {})
    worker.start()
    await world.clock.advance(0)
    expect(await world.inspector.workers()).toEqual([
      {
        ...{ id: worker.id, seenAt: new Date(world.clock.now()) },
        lanes: [{ name: 'email', active: 0, concurrency: 10 }],
      },
    ])
    await world.until(worker.stop())
  })
})

describe('control of one job', () => {
  it('cancels a waiting job at once', async () => {
    const { scheduler, inspector } = aWorld()
    await scheduler().push('email', {}, { id: 'a', retain: { completedMs: 1e6 } })
    expect(await inspector.cancel('a')).toEqual({ status: 'cancelled' })
    expect(await inspector.cancel('a')).toEqual({ status: 'finished', state: 'cancelled' })
    expect(await inspector.cancel('nobody')).toEqual({ status: 'not-found' })
  })

  it('gives a waiting job another time', async () => {
    const { scheduler, inspector, clock } = aWorld()
    await scheduler().push('email', {}, { id: 'a' })
    expect(await inspector.reschedule('a', { delayMs: 500 })).toEqual({ status: 'rescheduled', state: 'scheduled' })
    const executeAt = new Date(clock.now() + 900)
    await inspector.reschedule('a', { executeAt })
    expect(await inspector.get('a')).toMatchObject({ state: 'scheduled', executeAt })
    expect(await inspector.reschedule('a', { delayMs: 0 })).toEqual({ status: 'rescheduled', state: 'ready' })
  })

  it.each([
    [undefined, 'reschedule options must be an object'],
    [{}, 'reschedule needs { executeAt: date } or { delayMs: number }'],
    [{ delayMs: 1, executeAt: new Date(0) }, 'not both'],
    [{ delayMs: -1 }, 'delayMs must be a number from 0'],
    [{ executeAt: new Date(NaN) }, 'executeAt must be a valid Date'],
    [{ at: 5 }, "has no option 'at'"],
  ])('refuses to reschedule to %j', async (due, message) => {
    await expect(aWorld().inspector.reschedule('a', due as never)).rejects.toMatchObject({
      ...{ code: 'INVALID_ARGUMENT', message: expect.stringContaining(message) },
    })
  })

  it('removes a job without a trace, unless it is active', async () => {
    const { memory, inspector } = aWorld()
    await memory.enqueue({ jobs: [aJob({}), aJob({ id: 'b' })] })
    await memory.claim({ name: 'email', worker: 'w', limit: 1, leaseMs: 5_000 })
    expect(await inspector.remove('a')).toEqual({ status: 'active' })
    expect(await inspector.remove('b')).toEqual({ status: 'removed', state: 'ready' })
    expect(await inspector.get('b')).toBeNull()
  })

  it('puts a dead job back, with all its attempts', async () => {
    const world = aWorld()
    await deadJobs(world, 1)
    expect(await world.inspector.redrive('email-0')).toEqual({ status: 'redriven' })
    expect(await world.inspector.get('email-0')).toMatchObject({ state: 'ready', attempts: 0 })
    expect(await world.inspector.redrive('email-0')).toEqual({ status: 'not-dead', state: 'ready' })
  })
})

describe('sweeps', () => {
  it('redrive all dead jobs of a name, over several pages, and no others', async () => {
    const world = aWorld()
    await deadJobs(world, 1_250)
    await deadJobs(world, 3, 'report')
    expect(await world.inspector.redriveAll('email')).toBe(1_250)
    expect(await world.inspector.counts()).toMatchObject([
      { name: 'email', ready: 1_250, dead: 0 },
      { name: 'report', ready: 0, dead: 3 },
    ])
  })

  it('do not redrive a second time what dies again meanwhile', async () => {
    const world = aWorld()
    await deadJobs(world, 600)
    const { store, faults, calls } = withFaults(world.memory)
    faults.set('redrive', async (run) => {
      const outcomes = await run()
      const { jobs } = await world.memory.claim({ name: 'email', worker: 'w', limit: 1_000, leaseMs: 1_000 })
      const settlement = { type: 'dead', reason: 'attempts', error: 'again', retentionMs: 1e9 } as const
      await world.memory.settle({ entries: jobs.map((lease) => ({ lease, settlement })) })
      return outcomes
    })
    const inspector = new Inspector({ store, runtime: world.clock })
    expect(await inspector.redriveAll('email')).toBe(600)
    const redriven = calls('redrive').flatMap((input) => (input as { ids: string[] }).ids)
    expect(redriven).toHaveLength(600)
    expect(new Set(redriven).size).toBe(600)
  })

  it.each(['scheduled', 'ready', 'dead'] as const)('purge %s jobs of a name, over several pages', async (state) => {
    const world = aWorld()
    const delayMs = state === 'scheduled' ? 1e6 : 0
    if (state === 'dead') await deadJobs(world, 1_100)
    else await world.memory.enqueue({ jobs: Array.from({ length: 1_100 }, (_, n) => aJob({ id: `j${n}`, delayMs })) })
    await world.memory.enqueue({ jobs: [aJob({ id: 'other', name: 'report', delayMs: 1e6 })] })
    expect(await world.inspector.purge('email', state)).toBe(1_100)
    expect(await world.inspector.counts()).toMatchObject([{ name: 'report', scheduled: 1 }])
  })

  it('find nothing to do', async () => {
    expect(await aWorld().inspector.purge('email', 'dead')).toBe(0)
    expect(await aWorld().inspector.redriveAll('email')).toBe(0)
  })

  it('refuse active jobs, unknown states and bad names', async () => {
    const { inspector } = aWorld()
    await expect(inspector.purge('email', 'active' as never)).rejects.toThrow('active jobs cannot be purged')
    await expect(inspector.purge('email', 'gone' as never)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' })
    await expect(inspector.purge('', 'dead')).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' })
    await expect(inspector.redriveAll('a{')).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' })
  })
})
